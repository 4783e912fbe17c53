"""The project at hand: its settings, git, models, engine and Alembic's Config."""
