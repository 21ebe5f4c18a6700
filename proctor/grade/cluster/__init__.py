"""Grading by the workers of a Dask cluster: packed here, graded there, checked here."""
