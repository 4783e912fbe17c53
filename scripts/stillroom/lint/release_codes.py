"""The codes of what stops the code of another release; `release/` finds them."""

from __future__ import annotations

from stillroom.lint.rule import ERROR, WARNING

READS, INSERTS, WRITES, KEYS = "RL101", "RL102", "RL103", "RL104"
# Their text in the documentation, and their severity: the last two are about values that the code
# may write, and may never.
RELEASE_CODES = {
    READS: ("a column or a table that the release uses is gone", ERROR),
    INSERTS: ("an INSERT of the release lacks a value", ERROR),
    WRITES: ("a value that the release may write does not fit", WARNING),
    KEYS: ("a key or a CHECK that the release does not know", WARNING),
}
