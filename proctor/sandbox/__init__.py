"""The jail that a student's code runs in. It knows nothing of notebooks."""
