"""The history as a graph: who has written what, and where the database is."""
