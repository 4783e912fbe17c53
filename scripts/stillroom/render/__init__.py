"""Data into text, JSON and pictures; nothing here prints."""
