"""What a rule is: its code, group and severity, and the function that looks at a revision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from stillroom.findings import Finding
from stillroom.lint.executed import LintedRevision, RevisionStatement

DATA_LOSS = "data loss"
WRONG_RESULT = "wrong result"
BLOCKING = "blocking"
RUNNING_CODE = "running code"
MAY_FAIL = "may fail"
STRUCTURE = "structure"
GROUPS = (DATA_LOSS, WRONG_RESULT, BLOCKING, RUNNING_CODE, MAY_FAIL, STRUCTURE)

ERROR = "error"
WARNING = "warning"
OFF = "off"
SEVERITIES = (ERROR, WARNING, OFF)

Look = Callable[[LintedRevision], Iterable[Finding]]


@dataclass(frozen=True)
class Rule:
    """``summary`` is its line in the documentation; ``look`` returns the findings of a revision.

    ``settles``: where the server refuses a statement, the finding of this rule explains the
    refusal, so that the end of the replay is not reported once more.
    """

    code: str
    group: str
    summary: str
    look: Look
    severity: str = ERROR
    settles: bool = False


def each(look: Callable[[RevisionStatement], Iterable[Finding]]) -> Look:
    """Turns a function on one statement into one on a revision."""

    def on_all(revision: LintedRevision) -> Iterator[Finding]:
        for statement in revision.statements:
            yield from look(statement)

    return on_all
