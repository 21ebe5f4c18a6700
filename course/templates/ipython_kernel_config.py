"""What stops a notebook's cell is said in one line, from the kernel's first cell on.

Installed with tinytorch, as etc/ipython/ipython_kernel_config.py of the environment,
which IPython reads when a kernel starts: after a restart nothing is imported yet, and
the cells that a student runs first need names of cells above.
"""

c = get_config()  # noqa: F821 (traitlets provides it)

# tinytorch is imported when there is something to say, and not before.
c.InteractiveShellApp.exec_lines.append(
    "get_ipython().set_custom_exc((NameError, NotImplementedError, "
    "ImportError), lambda *error, **more: __import__('importlib')"
    ".import_module('tinytorch.stops').shown(*error, **more))"
)
