"""Data types, their literal defaults, and dates and times."""
