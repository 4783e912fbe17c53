"""The ways to alter a table, the gentlest first, as the server is asked for them one by one.

The server itself says what it cannot do (errors 1845, 1846 …): its version, the table's format
and its foreign keys decide, so that asking is better than any table of costs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from stillroom.apply.statements import Statement
from stillroom.catalog import Target

# Not supported in that way; MySQL: too many instant changes; ALGORITHM and LOCK do not fit.
NOT_SO = frozenset({1845, 1846, 4092, 1221})

_NAME = r"(?:`(?:[^`]|``)+`|[\w$]+)"
_TABLE = rf"(?P<table>{_NAME}(?:\s*\.\s*{_NAME})?)"
_ALTER = re.compile(rf"\s*ALTER\s+TABLE\s+{_TABLE}\s+(?P<clauses>\S.*)", re.I | re.S)
_CREATE_INDEX = re.compile(
    rf"\s*CREATE\s+(?P<kind>(?:UNIQUE\s+|FULLTEXT\s+|SPATIAL\s+)?)INDEX\s+(?P<name>{_NAME})\s+"
    rf"(?P<using>(?:USING\s+\w+\s+)?)ON\s+{_TABLE}\s*(?P<rest>\(.*)",
    re.I | re.S,
)
_DROP_INDEX = re.compile(rf"\s*DROP\s+INDEX\s+(?P<name>{_NAME})\s+ON\s+{_TABLE}[\s;]*\Z", re.I)
# These say themselves how they are to be done, or take no such clause.
_OWN_WAY = frozenset({"ALGORITHM", "LOCK", "WAIT", "NOWAIT"})
_INDEX = frozenset({"INDEX", "KEY", "UNIQUE", "FULLTEXT", "SPATIAL"})
_OTHERS = frozenset({"COLUMN", "MODIFY", "CHANGE", "FOREIGN", "DROP", "RENAME"})
_PARTITION = frozenset({"PARTITION", "PARTITIONING"})


@dataclass(frozen=True)
class Alter:
    """A statement as ``ALTER TABLE table clauses``; ``table`` is quoted as it was written."""

    table: str
    clauses: str

    def on(self, table: str) -> str:
        """The same for another table."""
        return f"ALTER TABLE {table} {self.clauses}"

    def by(self, way: str) -> str:
        """The statement with its way to be done."""
        return f"ALTER TABLE {self.table} {way}, {self.clauses}"


def alter(text: str) -> Alter | None:
    """The ALTER TABLE that the text is in effect; None if it is none."""
    body = text.rstrip().rstrip(";").rstrip()
    if found := _ALTER.match(body):
        return Alter(found["table"], found["clauses"])
    if found := _CREATE_INDEX.match(body):
        clauses = f"ADD {found['kind']}INDEX {found['name']} {found['using']}{found['rest']}"
        return Alter(found["table"], clauses)
    if found := _DROP_INDEX.match(body):
        return Alter(found["table"], f"DROP INDEX {found['name']}")
    return None


def ways(statement: Statement, target: Target) -> tuple[str, ...]:
    """The statement in the ways that let others read and write, the gentlest first.

    None for what is no ALTER, says itself how it is to be done, or is about partitions.
    """
    found = alter(statement.text)
    words = frozenset(statement.words)
    if found is None or words & (_OWN_WAY | _PARTITION):
        return ()
    # MySQL takes no LOCK beside INSTANT.
    known = ["ALGORITHM=INSTANT"]
    if target.mariadb:
        known.append("ALGORITHM=NOCOPY, LOCK=NONE")
    known.append("ALGORITHM=INPLACE, LOCK=NONE")
    if target.mariadb_from(11, 2):
        known.append("ALGORITHM=COPY, LOCK=NONE")
    if words & {"ADD", "CREATE"} and words & _INDEX and not words & _OTHERS:
        known = known[1:]  # no index is built at once
    return tuple(found.by(way) for way in known)
