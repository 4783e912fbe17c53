"""Makes one revision of all up to some revision."""
