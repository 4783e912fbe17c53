"""Finds the comments that mark a revision, such as ``# stillroom: data-only``.

The same words in a docstring or another string are no mark: a message may quote them.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from typing import NamedTuple


def is_reason(text: str) -> bool:
    """Whether something is said behind an allowance; what stands in angle brackets is to be."""
    return bool(text) and not re.fullmatch(r"<[^<>]*>\W*", text)


class Comment(NamedTuple):
    """A comment as it stands, its line (from 1) and its column (from 0)."""

    text: str
    line: int
    column: int


def comments(source: str) -> Iterator[Comment]:
    """The comments of a module that mark something; none behind what is no Python."""
    if "stillroom:" not in source:
        return  # most revisions have none, and are not read a second time
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT and "stillroom:" in token.string:
                yield Comment(token.string, *token.start)
    except (SyntaxError, ValueError, tokenize.TokenError):
        return


def with_comments(text: str, lines: Sequence[str]) -> str:
    """The text of a revision with comments in front of ``upgrade()``, or at its end."""
    block = "\n".join(lines)
    head, separator, tail = text.partition("\ndef upgrade(")
    if not separator:
        return f"{text.rstrip()}\n\n{block}\n"
    return f"{head.rstrip()}\n\n{block}\n\n{separator}{tail}"
