"""Tells a rename from a drop and an addition, by asking."""
