# Set-up: run this cell first. In Colab it installs the course's package, tinytorch.
import importlib.util
import subprocess
import sys
import tempfile

repository, branch = "$git_url", "$branch"

if importlib.util.find_spec("tinytorch") is None:
    if "google.colab" not in sys.modules:
        raise ModuleNotFoundError(
            "No module named 'tinytorch'. Open a terminal in the course's folder, type "
            f"PYTHON={sys.executable} sh binder/postBuild and restart the kernel."
        )
    with tempfile.TemporaryDirectory() as folder:

        def run(*command):
            subprocess.run(command, cwd=folder, check=True)

        run(
            "git",
            "clone",
            "--quiet",
            "--depth=1",
            f"--branch={branch}",
            repository,
            ".",
        )
        run(sys.executable, "-m", "course", "build", "--student", "student")
        run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "./student")
    importlib.invalidate_caches()
