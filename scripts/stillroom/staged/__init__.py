"""What is staged in git: a copy of it, and the verdicts on it that are cached."""
