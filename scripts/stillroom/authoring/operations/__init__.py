"""The operations of a new revision: their statements and their order."""
