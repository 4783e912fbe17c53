"""Writes the file of a new revision."""
