"""Servers: what their URLs say, which ones are supported, and a private one for development."""
