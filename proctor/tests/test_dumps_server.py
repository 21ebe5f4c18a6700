"""A gradebook on a PostgreSQL server, backed up and put back by its own programs."""

import os
from contextlib import closing

import pytest
from traitlets.config import Config

from proctor.errors import GradingError
from proctor.gradebook.backup import back_up, restore
from proctor.gradebook.database import open_gradebook
from proctor.layout import Layout
from proctor.tests.servers import SECRET, Postgres, programs


@pytest.fixture(scope="module")
def server():
    # pg_dump is asked for a server of its own version, or an older one.
    with pytest.MonkeyPatch.context() as patch, closing(Postgres()) as server:
        patch.setenv("PATH", f"{programs()}:{os.environ['PATH']}")
        yield server


def layout_of(folder, url: str) -> Layout:
    config = Config()
    config.CourseDirectory.db_url = url
    config.CourseDirectory.course_id = "tiny"
    return Layout.of(folder, config)


@pytest.mark.slow
def test_a_server_is_backed_up_and_put_back(server, tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    handed_in = "submitted/all-right/01_tiny/tiny.ipynb"
    (old / handed_in).parent.mkdir(parents=True)
    (old / handed_in).write_text("{}")
    new.mkdir()
    here, there = (layout_of(f, server.url(server.new())) for f in (old, new))
    with open_gradebook(here, new=True) as gradebook:
        gradebook.add_student("all-right", first_name="All")
        gradebook.add_assignment("01_tiny")
    file = tmp_path / "backup.tar.gz"
    assert back_up(here, file) == 2
    assert restore(there, file) == 2
    with open_gradebook(there) as gradebook:
        assert gradebook.find_student("all-right").first_name == "All"
        assert gradebook.find_assignment("01_tiny")
    assert (new / handed_in).read_text() == "{}"
    # Nothing is written over, nor put where it does not belong.
    in_file = layout_of(tmp_path / "file", f"sqlite:///{tmp_path}/file/gradebook.db")
    (tmp_path / "file").mkdir()
    no_server = layout_of(new, server.url("nobodys"))
    for layout, said in (
        (there, "there is a gradebook in the database"),
        (in_file, "has another kind of gradebook: this course's is a file"),
        (no_server, "the gradebook's server cannot be used"),
    ):
        with pytest.raises(GradingError, match=said) as refused:
            restore(layout, file)
        assert SECRET not in str(refused.value)
    assert not any((tmp_path / "file").iterdir())
