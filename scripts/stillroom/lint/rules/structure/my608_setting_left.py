"""MY608: a setting of the connection stays changed behind the revision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from stillroom.catalog import Session
from stillroom.findings import Finding
from stillroom.lint.executed import LintedRevision, RevisionStatement
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import sql_call
from stillroom.lint.rule import STRUCTURE, WARNING, Rule

_OFF = ("0", "OFF", "FALSE")
_SETTINGS: dict[str, Callable[[Session], object]] = {
    "foreign_key_checks": lambda session: session.foreign_key_checks,
    "sql_mode": lambda session: session.sql_mode,
    "unique_checks": lambda session: (
        str(session.variables.get("unique_checks")).upper() not in _OFF
    ),
}


def look(revision: LintedRevision) -> Iterator[Finding]:
    yield from _left(revision.statements)
    yield from _left(revision.downgrade_statements)


def _left(statements: Sequence[RevisionStatement]) -> Iterator[Finding]:
    for name, value in _SETTINGS.items() if statements else ():
        changes = [each for each in statements if value(each.session) != value(each.session_after)]
        if changes and value(statements[0].session) != value(changes[-1].session_after):
            yield Finding(
                "MY608",
                changes[-1].place,
                f"leaves {name} changed for the revisions behind it",
                why="They run with it only in the same upgrade. Run alone, or after an "
                "interruption, they meet the server's own setting.",
                fix="Put it back at the end of the revision:\n"
                f"{block(sql_call(f'SET {name} = DEFAULT'))}",
            )


RULE = Rule(
    "MY608", STRUCTURE, "a setting of the connection stays changed behind it", look, WARNING
)
