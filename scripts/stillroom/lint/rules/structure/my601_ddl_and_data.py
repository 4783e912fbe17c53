"""MY601: tables and rows change in one revision."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint import revision_source
from stillroom.lint.executed import LintedRevision, RevisionStatement
from stillroom.lint.rule import STRUCTURE, WARNING, Rule
from stillroom.replay.revisions.squashes import squashes_of
from stillroom.shell import Command


def look(revision: LintedRevision) -> Iterator[Finding]:
    if squashes_of(revision.source):
        return  # it fills the tables that it makes, in a database that has none yet
    data = next(
        (statement for statement in revision.statements if _changes_rows(statement, revision)), None
    )
    ddl = next((statement for statement in revision.statements if _alters(statement)), None)
    if data is None or ddl is None:
        return
    yield Finding(
        "MY601",
        data.place,
        f"changes rows in a revision that also changes tables ({ddl.place})",
        why="DDL cannot be rolled back: if a later statement fails, these rows stay changed, and "
        "running the revision again changes them twice.",
        fix="Change the rows in a revision of their own:\n"
        f"    {Command('revision', m=f'rows of {data.rows_of or revision.id}', empty=True)}",
    )


def _changes_rows(statement: RevisionStatement, revision: LintedRevision) -> bool:
    """Whether it changes rows, and not by our own helper, which changes each row once."""
    return statement.kind == "dml" and not revision_source.calls(
        revision.source, "batches", statement.place.line
    )


def _alters(statement: RevisionStatement) -> bool:
    return statement.change is not None


RULE = Rule("MY601", STRUCTURE, "tables and rows change in one revision", look, WARNING)
