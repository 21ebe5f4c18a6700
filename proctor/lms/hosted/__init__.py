"""What hosted systems want of an assignment's grading: files ready to commit."""
