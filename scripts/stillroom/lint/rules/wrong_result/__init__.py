"""Rules on statements that succeed with another result than was meant."""
