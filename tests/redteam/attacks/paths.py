"""Attacks by what lies in the submitted folder: links, pipes, odd names, odd sizes."""

import os
import shutil
import socket

from redteam.submission import FILE, NAME, attack

_READ = """
    import os
    for top, folders, files in os.walk("."):
        for name in files + folders:
            path = os.path.join(top, name)
            try:
                with open(path, "rb") as file:
                    data = file.read(1 << 22)
            except OSError as error:
                print(path, "->", error)
                continue
            if b"root:" in data or b"SQLite format 3" in data:
                reached(path)
            if b"def conv2d_forward" in data and b"HO, WO" in data:
                reached(path)
            if b"redteam-secret" in data:
                reached(path)
"""


@attack()
def links_to_what_it_must_not_see(notebook, folder):
    """Symlinks beside the notebook, read by the notebook and copied by the grader."""
    course, home = notebook.outside.course, notebook.outside.home
    (folder / "book.db").symlink_to(course / "gradebook.db")
    (folder / "passwd").symlink_to("/etc/passwd")
    (folder / "neighbour.ipynb").symlink_to(
        f"../../m-neighbour/{NAME}/{FILE}",
    )
    (folder / "secret").symlink_to(home / "secret.txt")
    (folder / "data").symlink_to(course / "source")
    notebook.fake()
    notebook.attack(_READ)


@attack()
def links_to_the_root(notebook, folder):
    """A link to /: whoever copies what it leads to, copies the disk."""
    (folder / "root").symlink_to("/")
    (folder / "itself").symlink_to(".")
    (folder / "loop").symlink_to("loop")
    (folder / "proc").symlink_to("/proc")
    (folder / "nowhere").symlink_to("/nonexistent/file")
    notebook.fake()
    notebook.attack(_READ)


@attack()
def hard_links(notebook, folder):
    """A second name of the neighbour's file."""
    notebook.fake()
    neighbour = folder.parent.parent / "m-neighbour" / NAME / FILE
    if neighbour.exists():
        os.link(neighbour, folder / "copy.txt")


@attack(solves=())
def notebook_is_a_link_to_a_neighbours(notebook, folder):
    (folder / FILE).symlink_to(f"../../m-neighbour/{NAME}/{FILE}")
    return False


@attack(solves=())
def notebook_is_a_link_to_the_source(notebook, folder):
    """The instructor's own notebook, with solutions, handed in by a link."""
    source = notebook.outside.course / "source" / NAME / FILE
    (folder / FILE).symlink_to(source)
    return False


@attack(solves=())
def notebook_is_a_link_to_passwords(notebook, folder):
    (folder / FILE).symlink_to("/etc/passwd")
    return False


@attack(solves=())
def folder_is_a_link_to_a_neighbours(notebook, folder):
    folder.rmdir()
    folder.symlink_to(f"../m-neighbour/{NAME}")
    return False


@attack(solves=())
def student_is_a_link_to_a_neighbour(notebook, folder):
    shutil.rmtree(folder.parent)
    folder.parent.symlink_to("m-neighbour")
    return False


@attack(solves=())
def notebook_is_a_pipe(notebook, folder):
    """Whoever opens it to read waits for ever."""
    os.mkfifo(folder / FILE)
    return False


@attack()
def pipe_beside_the_notebook(notebook, folder):
    os.mkfifo(folder / "data.csv")
    notebook.fake()


@attack()
def socket_beside_the_notebook(notebook, folder):
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(folder)  # the name of a socket may have 107 bytes
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("data")
    finally:
        os.chdir(here)
        os.close(here)
    notebook.fake()


@attack(solves=())
def notebook_is_a_folder(notebook, folder):
    (folder / FILE).mkdir()
    (folder / FILE / FILE).write_text("{}")
    return False


@attack(solves=())
def notebook_in_capitals(notebook, folder):
    """Another name: the grader says so, or takes it; it does not stop."""
    (folder / "Spatial.IPYNB").write_text(notebook.text())
    return False


@attack()
def notebook_and_its_copies(notebook, folder):
    """``spatial (1).ipynb`` and others beside it: the right name counts."""
    notebook.fake()
    solved = notebook.text().replace("np.zeros(", "np.ones(")
    for name in ("spatial (1).ipynb", "spatial-Copy1.ipynb", "SPATIAL.ipynb"):
        (folder / name).write_text(solved)
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints/spatial-checkpoint.ipynb").write_text(solved)


@attack()
def folders_in_folders(notebook, folder):
    """Two hundred, one in the other."""
    deep = folder
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(deep)
        for _ in range(200):
            os.mkdir("d" * 20)  # noqa: PTH102 (its path is too long)
            os.chdir("d" * 20)
        with open("bottom.txt", "w") as file:  # noqa: PTH123 (its path is too long)
            file.write("bottom")
    finally:
        os.chdir(here)
        os.close(here)
    notebook.fake()


@attack()
def large_sparse_file(notebook, folder):
    """A hundred megabytes that take no space."""
    with (folder / "data.npy").open("wb") as file:
        file.truncate(100 << 20)
    notebook.fake()


@attack(solves=())
def notebook_of_a_gigabyte(notebook, folder):
    """A sparse file by the notebook's name."""
    with (folder / FILE).open("wb") as file:
        file.truncate(1 << 30)
    return False


@attack()
def many_files(notebook, folder):
    for number in range(3000):
        (folder / f"file-{number}.txt").write_text("x")
    notebook.fake()


@attack()
def odd_file_names(notebook, folder):
    """Bytes that are no text, a line break, a quote, markup, 255 bytes, options."""
    for name in (
        b"\xff\xfe.txt",
        b"line\nbreak.py",
        b"-rf",
        b"--force",
        b"$(touch redteam).txt",
        b"'; DROP TABLE grade; --",
        b"<img src=x onerror=alert(1)>.png",
        b"[bold red]x [link.txt",
        b"x" * 255,
        b" ",
        b"...",
        "\u202etxt.exe".encode(),
    ):
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:  # noqa: PTH123
            file.write(b"x")
    notebook.fake()


@attack()
def unreadable_files(notebook, folder):
    """Without the right to read, for whoever is not root."""
    (folder / "locked.txt").write_text("x")
    (folder / "locked.txt").chmod(0)
    (folder / "closed").mkdir(mode=0)
    notebook.fake()


@attack(solves=())
def unreadable_notebook(notebook, folder):
    notebook.fake()
    (folder / FILE).write_text(notebook.text())
    (folder / FILE).chmod(0)
    return False


@attack(solves=())
def closed_folder(notebook, folder):
    """The folder of the assignment may not be entered, by whoever is not root."""
    (folder / FILE).write_text(notebook.text())
    folder.chmod(0)
    return False


@attack(solves=())
def closed_student(notebook, folder):
    """Nor the student's."""
    (folder / FILE).write_text(notebook.text())
    folder.parent.chmod(0)
    return False


def _at_time(notebook, folder, text: bytes):
    notebook.fake()
    (folder / "timestamp.txt").write_bytes(text)


@attack()
def handed_in_long_ago(notebook, folder):
    """nbgrader's own file for the time of a submission, written by the student."""
    _at_time(notebook, folder, b"1970-01-01 00:00:00.000000 UTC")


@attack()
def handed_in_at_an_odd_time(notebook, folder):
    _at_time(notebook, folder, b"99999999999-13-45 99:99 Mars/Olympus_Mons" * 1000)


@attack()
def handed_in_at_bytes(notebook, folder):
    _at_time(notebook, folder, b"\xff\xfe\x00" * 100)


@attack(solves=())
def empty_submission(notebook, folder):
    return False


@attack(solves=())
def empty_file(notebook, folder):
    return b""


@attack()
def setuid_files(notebook, folder):
    """Modes that must not survive a copy."""
    (folder / "tool").write_text("#!/bin/sh\nexit 0\n")
    (folder / "tool").chmod(0o6777)
    notebook.fake()
    notebook.attack("""
        import os
        try:
            if os.stat("tool").st_mode & 0o6000:
                reached("setuid beside the notebook")
        except OSError as error:
            print(error)
    """)


@attack()
def files_that_leave_their_folder(notebook, folder):
    """A link to a folder outside, through which files would be written."""
    (folder / "out").symlink_to("../../..")
    (folder / "home").symlink_to(notebook.outside.home)
    notebook.fake()
    notebook.attack("""
        import os
        for name in ("out", "home", "../../redteam", "../redteam"):
            path = f"{name}/redteam-left" if "/" not in name else name
            try:
                with open(path, "w") as file:
                    file.write("x")
                if not os.path.realpath(path).startswith(os.getcwd()):
                    os.unlink(path)
                    if not os.path.realpath(path).startswith("/tmp"):
                        reached(path)
            except OSError as error:
                print(error)
    """)
