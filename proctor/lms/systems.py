"""The systems that a course's lists and submissions come from, by name."""

CANVAS, MOODLE, PLAIN, GIT = "canvas", "moodle", "csv", "git"
DRIVE, GRADESCOPE = "drive", "gradescope"
