"""MY606: a statement that the replay cannot read."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint.executed import Act, Run
from stillroom.lint.rule import STRUCTURE, Rule

_LONGEST = 60


def look(run: Run) -> Iterator[Finding]:
    for act in run.acts:
        if act.error is not None and act.refusal is None:
            yield _finding(act)


def _finding(act: Act) -> Finding:
    sql = " ".join(act.sql.split())
    shown = sql if len(sql) <= _LONGEST else f"{sql[:_LONGEST]}…"
    if act.kind == "dml":
        fix = "Put it into a revision of its own, which no replay runs:\n    # stillroom: data-only"
    else:
        fix = (
            "Write it as operations, or as plain DDL; where that cannot be, let a server judge "
            "the history:\n    SCRATCH_URL=mysql+pymysql://root@127.0.0.1/ git commit"
        )
    why = str(act.error)
    return Finding(
        "MY606",
        act.place,
        f"cannot tell what this does: `{shown}`",
        why=f"{why[:1].upper()}{why[1:]}. Neither this rule nor the check of the models knows the "
        "tables behind it.",
        fix=fix,
    )


RULE = Rule("MY606", STRUCTURE, "a statement cannot be read", look)
