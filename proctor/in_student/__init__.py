"""Runs beside the student's code; may lie."""
