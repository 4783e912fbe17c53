"""Tells whether an interrupted DDL statement took effect."""
