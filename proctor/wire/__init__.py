"""Between processes: frames and values; the sender is never trusted."""
