"""Reads the definitions of a server's objects, as SHOW CREATE gives them."""

from __future__ import annotations

import re

from stillroom.apply.connection import Raw, error_code
from stillroom.apply.statements import DatabaseObject
from stillroom.catalog import error_numbers as er
from stillroom.catalog import with_backticks

# Column of SHOW CREATE … that holds the definition.
_COLUMN = {"TRIGGER": 2, "PROCEDURE": 2, "FUNCTION": 2, "EVENT": 3}
# No such table, database, trigger, routine, event, user; and what is no sequence or view.
_ABSENT = frozenset(
    {
        er.NO_SUCH_TABLE,
        er.BAD_DB_ERROR,
        er.TRG_DOES_NOT_EXIST,
        er.SP_DOES_NOT_EXIST,
        er.EVENT_DOES_NOT_EXIST,
        er.NONEXISTING_GRANT,
        er.REVOKE_GRANTS,
        er.USER_DOES_NOT_EXIST,
        er.MARIADB_UNKNOWN_SEQUENCES,
        er.MARIADB_UNKNOWN_VIEW,
        er.WRONG_OBJECT,
    }
)
_COUNTER = re.compile(r" AUTO_INCREMENT=(\d+)(?=[ \n]|$)")


def definition(raw: Raw, item: DatabaseObject) -> str | None:
    """The text of ``SHOW CREATE``, None if the object is not there."""
    kind = "TABLE" if item.kind == "VIEW" else item.kind
    try:
        rows = raw.execute(f"SHOW CREATE {kind} {item.name}")
    except Exception as failure:
        if error_code(failure) in _ABSENT:
            return None
        raise
    column = _COLUMN.get(kind, len(rows[0]) - 1 if kind == "USER" else 1)
    text = rows[0][column]
    text = text.decode() if isinstance(text, bytes) else str(text)
    # The session decides about the quotes, and a revision may change it. Bodies stay as they are.
    return with_backticks(text) if kind == "TABLE" else text


def without_counter(text: str | None) -> str | None:
    """The definition without AUTO_INCREMENT=n, which other sessions move."""
    return None if text is None else _COUNTER.sub("", text)


def counter(text: str) -> int:
    """The next AUTO_INCREMENT value that a definition tells."""
    match = _COUNTER.search(text)
    return int(match[1]) if match else 1
