"""The autograder: grades submissions through nbgrader, says what was lost and why."""
