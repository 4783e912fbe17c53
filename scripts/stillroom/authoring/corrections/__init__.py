"""Completes what Alembic's autogenerate leaves out."""
