"""Decides what a new revision should contain, and proves that it does."""
