"""MY606: a statement cannot be read by the replay."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.executed import LintedRevision, RevisionStatement
from stillroom.lint.rule import STRUCTURE, Rule

_LONGEST = 60


def look(revision: LintedRevision) -> Iterator[Finding]:
    for statement in revision.statements:
        if statement.error is not None and statement.refusal is None:
            yield _finding(statement)


def _finding(statement: RevisionStatement) -> Finding:
    sql = " ".join(statement.sql.split())
    shown = sql if len(sql) <= _LONGEST else f"{sql[:_LONGEST]}…"
    if statement.kind == "dml":
        fix = (
            "Put it into a revision of its own that is never replayed:\n    # stillroom: data-only"
        )
    else:
        fix = (
            "Write it as operations of Alembic or as plain DDL. Where that is not possible, let a "
            "server run the history:\n    SCRATCH_URL=mysql+pymysql://root@127.0.0.1/ git commit"
        )
    why = str(statement.error)
    return Finding(
        "MY606",
        statement.place,
        f"cannot tell what this statement does: `{shown}`",
        why=f"{why[:1].upper()}{why[1:]}. After it, neither the rules nor the check of the models "
        "know the tables.",
        fix=fix,
    )


RULE = Rule("MY606", STRUCTURE, "a statement cannot be read", look)
