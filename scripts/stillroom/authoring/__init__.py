"""What a new revision should say, and the proof that it does."""
