"""Verbs that prepare a project or a server for development."""
