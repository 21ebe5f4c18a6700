"""Attacks that let somebody else's code answer."""

from conftest import ROOT

from redteam.submission import FEW, NAME, attack


def _all_cells(notebook, text):
    """Write the same text into every cell that is graded, after fakes."""
    notebook.fake()
    notebook.add(text, before="test-conv2d-forward")
    notebook.add(text, before="test-max-pool2d-forward")
    notebook.add(text, before="test-avg-pool2d-forward")


@attack(solves=())
def imports_the_reference(notebook, folder):
    for name in FEW:
        notebook.write(name, "from tinytorch.core.spatial import *")


@attack()
def extends_the_package_path(notebook, folder):
    """Looks for the reference in every folder that may hold the whole package."""
    notebook.fake()
    notebook.attack(f"""
        import importlib
        import sys
        import tinytorch
        import tinytorch.core

        for root in (COURSE, {str(ROOT)!r}, "../../..", "../../../.."):
            sys.path.insert(0, root)
            sys.path.insert(0, f"{{root}}/build/lib")
            tinytorch.__path__.append(f"{{root}}/tinytorch")
            tinytorch.core.__path__.append(f"{{root}}/tinytorch/core")
        importlib.invalidate_caches()
        sys.path_importer_cache.clear()
    """)
    _reimport = """
        try:
            import tinytorch.core.spatial
            reached(tinytorch.core.spatial.__file__)
            from tinytorch.core.spatial import *
        except ImportError as error:
            print(error)
    """
    for test in ("conv2d", "max-pool2d", "avg-pool2d"):
        notebook.add(_reimport, before=f"test-{test}-forward")


@attack()
def finds_the_installed_package(notebook, folder):
    """By its metadata, by site-packages, by a compiled copy."""
    notebook.fake()
    notebook.attack(
        f"""
        import glob
        import importlib.machinery
        import importlib.metadata
        import importlib.util
        import site
        import sys
        import sysconfig

        places = {{*sys.path, *sysconfig.get_paths().values(), {str(ROOT)!r}, COURSE,
                  *site.getsitepackages(), site.getusersitepackages()}}
        found = []
        for place in places:
            found += glob.glob(f"{{place}}/tinytorch/core/spatial.py")
            found += glob.glob(f"{{place}}/tinytorch/core/__pycache__/spatial*")
        try:
            for file in importlib.metadata.files("tinytorch") or []:
                if "spatial" in str(file) or file.suffix == ".pth":
                    found.append(str(file.locate()))
        except importlib.metadata.PackageNotFoundError as error:
            print(error)
        for path in found:
            kind = importlib.machinery.SourceFileLoader
            if path.endswith(".pyc"):
                kind = importlib.machinery.SourcelessFileLoader
            try:
                spec = importlib.util.spec_from_loader("stolen", kind("stolen", path))
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                globals().update(vars(module))
                reached(path)
            except (OSError, ImportError) as error:
                print(error)
        """,
        before="test-conv2d-forward",
    )


@attack()
def uses_torch(notebook, folder):
    """PyTorch, if the grader has it, must not be there to answer."""
    _all_cells(
        notebook,
        """
        try:
            import torch
            import torch.nn.functional as F

            def conv2d_forward(x, weight, bias, stride, padding):
                x, weight = torch.tensor(x), torch.tensor(weight)
                bias = None if bias is None else torch.tensor(bias)
                return F.conv2d(x, weight, bias, stride, padding).numpy()

            def max_pool2d_forward(x, kernel_size, stride, padding):
                return F.max_pool2d(torch.tensor(x), kernel_size, stride, padding)

            def avg_pool2d_forward(x, kernel_size, stride, padding):
                return F.avg_pool2d(torch.tensor(x), kernel_size, stride, padding)
        except ImportError as error:
            print(error)
        """,
    )


@attack(alike=True)
def uses_scipy(notebook, folder):
    """The same with SciPy and scikit-learn's copy of it."""
    _all_cells(
        notebook,
        """
        try:
            from scipy.ndimage import maximum_filter, uniform_filter
            from scipy.signal import correlate

            def conv2d_forward(x, weight, bias, stride, padding):
                sides = [(0, 0), (0, 0), *((p, p) for p in padding)]
                x = np.pad(x, sides)
                out = [[sum(correlate(c, k, "valid") for c, k in zip(image, kernels))
                        for kernels in weight] for image in x]
                out = np.array(out)[:, :, ::stride[0], ::stride[1]]
                return out if bias is None else out + bias[:, None, None]
        except ImportError as error:
            print(error)
        """,
    )


@attack()
def imports_the_graders_packages(notebook, folder):
    """nbgrader, nbclient, the grader itself: none is a student's package."""
    notebook.fake()
    notebook.attack("""
        import importlib
        for name in ("nbgrader", "nbgrader.api", "nbclient", "nbformat", "sqlalchemy",
                     "proctor", "proctor.rubric", "proctor.examine", "course", "nbdev",
                     "pip", "jupyter_client", "zmq", "ipykernel", "seccomp",
                     "pyseccomp", "examples", "tests"):
            try:
                module = importlib.import_module(name)
                if getattr(module, "__file__", None):
                    print(name, module.__file__)
                    if name not in ("pip",):
                        reached(f"the package {name}")
            except ImportError:
                pass
        try:
            from nbgrader.api import Gradebook
            book = Gradebook(f"sqlite:///{COURSE}/gradebook.db")
            for cell in book.find_notebook("spatial", "09_spatial").source_cells:
                reached(cell.name)
        except ImportError as error:
            print(error)
    """)


@attack()
def runs_a_neighbours_work(notebook, folder):
    """The correct submission of a neighbour, by every path that may lead there."""
    notebook.fake()
    notebook.attack(
        f"""
        import json
        import os

        for where in (f"{{COURSE}}/submitted", "../..", "../../..", "/tmp", "/var/tmp",
                      os.path.expanduser("~"), f"{{COURSE}}/autograded"):
            for name in ("a-neighbour", "m-neighbour", "z-neighbour"):
                path = f"{{where}}/{{name}}/{NAME}/spatial.ipynb"
                try:
                    cells = json.load(open(path))["cells"]
                except (OSError, ValueError):
                    continue
                reached(path)
                for cell in cells:
                    if cell["metadata"].get("nbgrader", {{}}).get("solution"):
                        exec("".join(cell["source"]), globals())
        """,
        before="test-conv2d-forward",
    )


@attack()
def leaves_solutions_for_the_next(notebook, folder):
    """A right function, left in every place that the next submission may see."""
    notebook.fake()
    notebook.add(
        """
        import os
        import sys
        for place in ("/tmp", "/var/tmp", "/dev/shm", "/tmp/work", "..", "../..",
                      os.path.expanduser("~"), *sys.path):
            path = os.path.join(place or ".", "redteam_left.py")
            try:
                import redteam_left
                from redteam_left import *
            except ImportError:
                pass
        """,
        before="test-conv2d-forward",
    )
    notebook.append(_LEAVE)


_LEAVE = """
    import os
    import sys
    for place in ("/tmp", "/var/tmp", "/dev/shm", "/tmp/work", "..", "../..",
                  os.path.expanduser("~"), *sys.path):
        try:
            with open(os.path.join(place or ".", "redteam_left.py"), "w") as file:
                file.write(SOLUTION)
        except OSError as error:
            print(error)
"""


@attack(solves=("output-size", "conv2d-forward"))
def a_leaves_its_solution_for_others(notebook, folder):
    """Comes early in the alphabet, and leaves its convolution for others to find."""
    notebook.fake("conv2d-layer", "max-pool2d-forward", "avg-pool2d-forward")
    solution = notebook.cell("conv2d-forward").source
    notebook.append(f"SOLUTION = {'import numpy as np' + chr(10) + solution!r}")
    notebook.append(_LEAVE)


@attack()
def asks_pip(notebook, folder):
    """Installs what it lacks, or what is hostile."""
    notebook.fake()
    notebook.add("""
        !pip install --quiet torch redteam-no-such-package
        %pip install torch
        !{__import__("sys").executable} -m pip install scipy
    """)
