"""Indexes and foreign keys, and the indexes that foreign keys need."""
