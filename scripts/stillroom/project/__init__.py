"""The project that is worked on: its settings, git, models, engine and Alembic's Config."""
