"""The author's tools: notebooks/ to source/, release/ and the package tinytorch/."""
