"""The schema at head as one SQL file beside the revisions: written, read, and judged.

`schema.sql` holds what a replay of the revisions makes, so that a reviewer sees it, a database is
made from it at once, and a check need not replay what it stands for.
"""
