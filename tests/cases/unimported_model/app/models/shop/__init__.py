"""A package below the models."""
