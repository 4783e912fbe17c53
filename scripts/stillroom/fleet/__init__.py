"""One history over many databases: which they are, where each is, and an upgrade through all."""
