"""Data in, text out; nothing is printed here."""
