# Set-up: run this cell first. In Colab it installs the course's package, tinytorch.
import importlib.util
import subprocess
import sys
import tempfile

repository, branch = "$git_url", "$branch"

if sys.platform == "emscripten":
    # A browser alone (JupyterLite): it fetches what a cell imports before it runs it.
    try:
        import tinytorch
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{error.name} could not be fetched from cdn.jsdelivr.net, where this page "
            "gets it: see that you are online, and run this cell again."
        ) from None
elif importlib.util.find_spec("tinytorch") is None:
    if "google.colab" not in sys.modules:
        raise ModuleNotFoundError(
            "No module named 'tinytorch'. Open a terminal in the course's folder, type "
            f"sh binder/postBuild {sys.executable} and restart the kernel."
        )
    ### BEGIN NO ADDRESS
    raise ModuleNotFoundError(
        "This notebook does not say where its course is: whoever handed it out has to "
        "name the repository in settings.ini, run make build, and hand it out again."
    )
    ### END NO ADDRESS
    with tempfile.TemporaryDirectory() as folder:
        for command in (
            f"git clone --quiet --depth=1 --branch={branch} {repository} .",
            f"{sys.executable} -m course build --student student",
            f"{sys.executable} -m pip install --quiet --no-deps ./student",
        ):
            subprocess.run(command.split(), cwd=folder, check=True)
    importlib.invalidate_caches()
