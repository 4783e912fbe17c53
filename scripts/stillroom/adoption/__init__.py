"""Prepares an existing project for Stillroom: looks at what it has, and adds what it needs."""
