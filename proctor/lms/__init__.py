"""What course systems hand out and take back: rosters, archives, sheets of grades."""
