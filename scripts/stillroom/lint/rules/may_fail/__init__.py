"""Rules on statements that the server may refuse."""
