"""Proctor's own tests: they need nothing of a course but what they make."""
