"""Sphinx's settings for the web pages; the rest comes from `course.site.build`."""

project = html_title = "TinyTorch"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "course.site.addresses",
    "course.site.formulas",
    "course.site.places",
]
html_theme = "furo"
html_math_renderer = "mathml"
html_static_path = ["static"]
html_css_files = ["pages.css"]
html_js_files = ["pages.js"]
html_show_sphinx = False
html_copy_source = False
html_show_copyright = False
templates_path = ["templates"]

# The notebooks hold what their given cells show; nothing of a student's is run.
nb_execution_mode = "off"
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "attrs_inline"]
# GitHub's names of headings, to which links in the guides go.
myst_heading_anchors = 4
# A notebook begins a part at the level that fits its text.
suppress_warnings = ["myst.header"]

napoleon_numpy_docstring = True
napoleon_google_docstring = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
pygments_style = "default"
pygments_dark_style = "github-dark"
