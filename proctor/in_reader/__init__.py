"""Reads and mends what was handed in; runs no byte of it."""
