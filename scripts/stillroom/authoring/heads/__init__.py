"""Joins the heads of a history: by a merge, or by a rebase."""
