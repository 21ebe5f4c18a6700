"""What a function prints while a test runs is nobody's to read, and costs nothing."""

from proctor.tests.naming import returns

pytest_plugins = ["proctor.tests.namer_fixtures"]
PRINTS = """\
import contextlib
import io


class Unprintable:
    def __str__(self):
        raise RuntimeError("its text takes long")


"""
KEEPS = """\
print(Unprintable(), Unprintable(), sep="")
    kept = io.StringIO()
    print("in a file", file=kept)
    with contextlib.redirect_stdout(kept):
        print("in its place", end=".")
    assert kept.getvalue() == "in a file\\nin its place.", kept.getvalue()
    return 2 * x"""


def test_nothing_is_made_of_what_nobody_reads(grade):
    source = returns("2 * x")["double"].replace("return 2 * x", KEEPS)
    verdicts, _ = grade({"double": PRINTS + source})
    assert [check.message for check in verdicts["test-double"].checks] == ["", "", ""]
