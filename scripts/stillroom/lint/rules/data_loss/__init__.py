"""Rules on statements that lose data."""
