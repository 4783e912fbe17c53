"""Rules on statements that others must wait for."""
