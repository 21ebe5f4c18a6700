"""What lasts: the database, points by hand, the graded notebooks, the one writer."""
