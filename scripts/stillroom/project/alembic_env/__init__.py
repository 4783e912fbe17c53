"""Alembic as the project has set it up: alembic.ini, env.py, options of the command line."""
