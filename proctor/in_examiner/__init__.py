"""Runs tests; no byte of a student's."""
