"""Two-step changes: an expand revision, on which two releases run, and a contract revision."""
