"""MY508: the id of a revision is longer than the version table holds."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.catalog import error_numbers as er
from stillroom.findings import Finding
from stillroom.lint.executed import VERSION_COLUMN, LintedRevision, version_tables
from stillroom.lint.rule import MAY_FAIL, Rule


def look(revision: LintedRevision) -> Iterator[Finding]:
    if not revision.statements:
        return
    for table, room in version_tables(revision.statements[-1].after).items():
        if len(revision.id) > room:
            yield Finding(
                "MY508",
                revision.at(_line(revision)),
                f"the id {revision.id} has {len(revision.id)} characters;"
                f" {table}.{VERSION_COLUMN} holds {room}",
                why=f"The server refuses it (error {er.DATA_TOO_LONG}) after all statements of the"
                " revision have run.",
                fix="Shorten the id, and rename the file; or widen the column in an earlier"
                " revision, by op.alter_column.",
            )


def _line(revision: LintedRevision) -> int:
    """The line that declares the id."""
    lines = revision.source.splitlines()
    declared = (n for n, line in enumerate(lines, 1) if line.startswith(("revision ", "revision:")))
    return next(declared, 1)


RULE = Rule("MY508", MAY_FAIL, "the id of a revision is longer than the version table holds", look)
