"""Submissions that try to earn what they did not do, graded for real."""
