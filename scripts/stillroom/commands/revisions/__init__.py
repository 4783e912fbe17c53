"""Verbs that write, join, move and show revisions; none of them needs a database."""
