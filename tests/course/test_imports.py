"""The course's tools and the autograder know nothing of each other."""

import pytest
from conftest import ROOT

from proctor.tests.imports import files_of, imports_of


@pytest.mark.parametrize(
    ("package", "others"),
    [("course", {"proctor"}), ("tinytorch", {"course", "proctor"})],
)
def test_packages_that_know_nothing_of_each_other(package, others):
    files = files_of(ROOT / package)
    assert len(files) > 10
    assert [
        f"{name} imports {imported}"
        for name, path in files.items()
        for imported, _ in imports_of(path.read_text("utf-8"), name, set(files))
        if imported.split(".")[0] in others
    ] == []
