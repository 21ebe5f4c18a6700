"""GitHub: a workflow for the course's private repository, another for students'.

The private one is reusable (``workflow_call``), and does its work in a repository that
students cannot read: it fetches what they pushed, and hands the reports back. A
workflow that a student's repository calls would run with that repository's token, and
who can write a workflow there can print each secret that it is given: so no hidden test
goes there. docs.github.com, "Reuse workflows", "Secure use reference".
"""

from __future__ import annotations

from proctor.lms.hosted.ci_jobs import PRIVATE_CHECK, VISIBLE_CHECK, Names, template

_SECRET = """\
Settings > Secrets and variables > Actions: `STUDENTS_TOKEN`, a fine-grained token for
   the students' repositories, with Contents: read and write."""
_START = "Actions > Grade @ASSIGNMENT@ > Run workflow, or wait for its hour."


def github_files(names: Names) -> dict[str, str]:
    """Return the workflows by their paths, those of each repository in its folder."""
    workflows, name = ".github/workflows", names.assignment
    return {
        f"private/{workflows}/grade-{name}.yml": names.fill(
            template("github-private.yml"), GRADE=PRIVATE_CHECK
        ),
        f"students/{workflows}/checks-{name}.yml": names.fill(
            template("github-students.yml"), CHECK=VISIBLE_CHECK
        ),
        "README.md": names.fill(
            template("ci_jobs.md"), SYSTEM="GitHub", SECRET=_SECRET, START=_START
        ),
    }
