"""Prepares a project of somebody else's for Stillroom: looks at it, and edits what is needed."""
