"""Tells whether a DDL statement that was cut off has happened."""
