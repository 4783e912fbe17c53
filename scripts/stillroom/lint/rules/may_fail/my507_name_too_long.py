"""MY507: a name has more than 64 characters."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from stillroom.catalog import error_numbers as er
from stillroom.findings import Finding, Place
from stillroom.lint.executed import LintedRevision
from stillroom.lint.remedies.python_code import quoted
from stillroom.lint.rule import MAY_FAIL, Rule

_LONGEST = 64
# SQLAlchemy's own words, for names that it does not even send.
_NOT_SENT = re.compile(r"Identifier '(?P<name>.*)' exceeds maximum length")


def look(revision: LintedRevision) -> Iterator[Finding]:
    for statement in revision.statements:
        if statement.refusal is not None and statement.refusal.number == er.TOO_LONG_IDENT:
            name = statement.refusal.message.partition("'")[2].rpartition("'")[0]
            yield _finding(statement.place, name)
    not_sent = _NOT_SENT.search(revision.failure.what) if revision.failure else None
    if revision.failure is not None and not_sent is not None:
        file, _, line = revision.failure.where.partition(":")
        yield _finding(Place(file, int(line or 0)), not_sent["name"])


def _finding(place: Place, name: str) -> Finding:
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    shorter = f"{name[: _LONGEST - 9].rstrip('_')}_{digest}"
    return Finding(
        "MY507",
        place,
        f"the name {name} has {len(name)} characters; the limit is {_LONGEST}",
        why=f"The server refuses the statement (error {er.TOO_LONG_IDENT}). Generated names of "
        "keys and constraints count, too.",
        fix=f"Use a shorter name, here and in the model:\n    {quoted(shorter)}",
    )


RULE = Rule("MY507", MAY_FAIL, "a name has more than 64 characters", look, settles=True)
