"""Linux: levels, namespaces, Landlock, seccomp, limits; knows no notebook."""
