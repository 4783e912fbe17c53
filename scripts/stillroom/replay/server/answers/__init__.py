"""Answers queries from a catalog."""
