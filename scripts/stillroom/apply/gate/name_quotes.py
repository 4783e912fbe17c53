"""Names in statements and answers, where another sql_mode came between a cut and the next run.

With ANSI_QUOTES SQLAlchemy writes names between double quotes, and reads them so in SHOW CREATE.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from stillroom.apply.connection import Answer
from stillroom.apply.statements import Statement
from stillroom.catalog.quoting import with_backticks, with_double_quotes


def usual(text: str, sql_mode: Collection[str]) -> str:
    """The statement as it reads without ANSI_QUOTES, whatever the session has."""
    return with_backticks(text) if "ANSI_QUOTES" in sql_mode else text


def as_asked(answer: Answer, statement: Statement, sql_mode: Collection[str]) -> Answer:
    """The recorded answer with names between the quotes that the session has now."""
    if statement.words[:2] != ("SHOW", "CREATE"):
        return answer
    quoted = with_double_quotes if "ANSI_QUOTES" in sql_mode else with_backticks
    rows = [
        tuple(quoted(cell) if isinstance(cell, str) else cell for cell in row)
        for row in answer.rows
    ]
    return replace(answer, rows=tuple(rows))
