"""Parse SQL text into statements as data."""
