"""GitLab: a job for the course's private project, another for students' projects.

A pipeline of the course's project that a student's could start would need the student
to be a member of it, or a token that the student can read, and takes variables from who
starts it. So the private job runs on a schedule, and fetches. docs.gitlab.com,
"Downstream pipelines", "Trigger pipelines with the API", "Unit test reports".
"""

from __future__ import annotations

from proctor.lms.hosted.ci_jobs import PRIVATE_CHECK, VISIBLE_CHECK, Names, template

_SECRET = """\
Settings > CI/CD > Variables: `STUDENTS_TOKEN` (masked, protected), a token of the
   students' group with `read_repository` and `api`. In `.gitlab-ci.yml`:
   `include: {local: .proctor-ci/grade-@ASSIGNMENT@.gitlab-ci.yml}`."""
_START = "Build > Pipeline schedules: a new one, hourly; or Build > Pipelines > New."


def gitlab_files(names: Names) -> dict[str, str]:
    """Return the jobs by their paths, those of each project in its folder."""
    return {
        f"private/.proctor-ci/grade-{names.assignment}.gitlab-ci.yml": names.fill(
            template("gitlab-private.yml"), GRADE=PRIVATE_CHECK
        ),
        "students/.gitlab-ci.yml": names.fill(
            template("gitlab-students.yml"), CHECK=VISIBLE_CHECK
        ),
        "README.md": names.fill(
            template("ci_jobs.md"), SYSTEM="GitLab", SECRET=_SECRET, START=_START
        ),
    }
