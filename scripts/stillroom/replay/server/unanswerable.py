"""Defines how a statement fails that only a real server could answer."""

from __future__ import annotations


class Unanswerable(Exception):
    """``str()`` says why, to follow a statement's text and a colon."""
