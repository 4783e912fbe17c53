"""Masks the passwords in URLs that others have put into their texts."""

from __future__ import annotations

import re

# To the last @ of the word: a password may hold one, and a quote, that nobody has encoded. A space
# is not encoded even by SQLAlchemy, which encodes all that could end a URL.
_URL = re.compile(r"(://[^\s:/@'\"]*:)(\S*|[^/@'\"\n]*)(@)")


def masked(text: str) -> str:
    """``text`` with ``***`` for the password of each URL."""
    return _URL.sub(r"\1***\3", text)


def password_in(text: str) -> str:
    """The password of the first URL in ``text``; empty if there is none."""
    match = _URL.search(text)
    return match[2] if match else ""
