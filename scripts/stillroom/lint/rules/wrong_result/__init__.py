"""Rules on statements that succeed and leave something else than was meant."""
