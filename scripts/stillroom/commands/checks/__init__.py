"""Verbs that judge models and revisions, as the git hooks do."""
