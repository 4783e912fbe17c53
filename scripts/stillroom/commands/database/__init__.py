"""Verbs that change a database, or show what it is at and what is to come."""
