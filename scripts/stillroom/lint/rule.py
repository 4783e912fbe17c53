"""A rule: what it is called, and what it finds in a revision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from stillroom.findings import Finding
from stillroom.lint.executed import Act, Run

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

Look = Callable[[Run], Iterable[Finding]]


@dataclass(frozen=True)
class Rule:
    """``summary`` is the line of the documentation; ``look`` gives the findings of a revision.

    What a rule that ``settles`` finds where the server refuses a statement says all there is to
    say about it: that the replay ends there is no other problem.
    """

    code: str
    group: str
    summary: str
    look: Look
    severity: str = ERROR
    settles: bool = False


def each(look: Callable[[Act], Iterable[Finding]]) -> Look:
    """A rule on single statements as one on revisions."""

    def on_all(run: Run) -> Iterator[Finding]:
        for act in run.acts:
            yield from look(act)

    return on_all
