"""Predicts what a pending statement costs, and what it loses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stillroom.catalog.parser.syntax import TableName
from stillroom.cost import Cost
from stillroom.lint import rules
from stillroom.lint.executed import LintedRevision, RevisionStatement, statements_of
from stillroom.lint.rule import DATA_LOSS
from stillroom.replay import ReplayedStatement

_ROUNDING = "MY204"
_DELETE = re.compile(
    r"\s*DELETE\s+(?:(?:IGNORE|QUICK|LOW_PRIORITY)\s+)*FROM\s+`?(?P<table>\w+)", re.I
)


@dataclass(frozen=True)
class StatementForecast:
    """``cost`` is None for what alters no table with rows; ``losses`` say what goes for good."""

    cost: Cost | None = None
    losses: tuple[str, ...] = ()


class Forecast:
    """Looks at statement after statement, of revision after revision.

    Tables that the statements make themselves hold nothing yet that could be lost.
    """

    def __init__(self) -> None:
        self._fresh: frozenset[str] = frozenset()
        self._rules = [
            rule for rule in rules.load() if rule.group == DATA_LOSS or rule.code == _ROUNDING
        ]

    def of_revision(self, steps: Iterable[ReplayedStatement], file: str) -> list[StatementForecast]:
        """Those of one revision, in the order of its statements."""
        statements = statements_of(steps, file, self._fresh)
        if statements:
            self._fresh = statements[-1].fresh_after
        return [
            StatementForecast(statement.cost, tuple(self._losses(statement)))
            for statement in statements
        ]

    def _losses(self, statement: RevisionStatement) -> list[str]:
        run = LintedRevision("", Path(statement.place.file), statement.place.file, "", [statement])
        losses = [finding.what for rule in self._rules for finding in rule.look(run)]
        if not losses and statement.kind == "dml":
            losses += [
                f"deletes rows of {name.name}"
                for name in _deleted(statement)
                if statement.find(name)
            ]
        return losses


def _deleted(statement: RevisionStatement) -> list[TableName]:
    """The table of a DELETE that names its rows."""
    match = _DELETE.match(statement.sql)
    return [TableName(match["table"])] if match else []
