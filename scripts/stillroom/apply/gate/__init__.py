"""Intercepts every statement of a revision: records it, sends it, or answers from the journal."""
