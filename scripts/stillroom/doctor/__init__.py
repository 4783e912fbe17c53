"""Examines a project and its database: what is set up, what is not, and how to mend it."""
