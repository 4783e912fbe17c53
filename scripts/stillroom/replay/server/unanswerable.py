"""How a statement fails that cannot be answered without a server."""

from __future__ import annotations


class Unanswerable(Exception):
    """``str()`` says why, to follow a statement's text and a colon."""
