"""The algorithms for altering a table, in the order in which they are tried: gentlest first.

The server itself says what it cannot do (errors 1845, 1846 …): its version, the table's format
and its foreign keys decide, so that asking is better than any table of costs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from stillroom.apply.statements import Statement
from stillroom.catalog import CatalogError, Target
from stillroom.catalog import error_numbers as er
from stillroom.catalog.parser.statements import parse
from stillroom.catalog.parser.syntax import AlterTable, Partition
from stillroom.cost.partitions import partition_cost

# Also a syntax error: a statement that the server alone can read has no place for ALGORITHM and
# LOCK. Without them the server says what is really wrong.
NOT_SO = er.WRONG_ALGORITHM | {er.PARSE_ERROR}

_NAME = r"(?:`(?:[^`]|``)+`|[\w$]+)"
_TABLE = rf"(?P<table>{_NAME}(?:\s*\.\s*{_NAME})?)"
_ALTER = re.compile(
    r"\s*(?P<head>ALTER\s+(?:(?:ONLINE|IGNORE)\s+)*TABLE\s+(?:IF\s+EXISTS\s+)?)"
    rf"{_TABLE}\s+(?P<wait>(?:WAIT\s+\d+\s+|NOWAIT\s+)?)(?P<clauses>\S.*)",
    re.I | re.S,
)
_CREATE_INDEX = re.compile(
    rf"\s*CREATE\s+(?P<kind>(?:UNIQUE\s+|FULLTEXT\s+|SPATIAL\s+)?)INDEX\s+(?P<name>{_NAME})\s+"
    rf"(?P<using>(?:USING\s+\w+\s+)?)ON\s+{_TABLE}\s*(?P<rest>\(.*)",
    re.I | re.S,
)
_DROP_INDEX = re.compile(rf"\s*DROP\s+INDEX\s+(?P<name>{_NAME})\s+ON\s+{_TABLE}[\s;]*\Z", re.I)
_PLAIN = "ALTER TABLE "
_INDEX = frozenset({"INDEX", "KEY", "UNIQUE", "FULLTEXT", "SPATIAL"})
_OTHERS = frozenset({"COLUMN", "MODIFY", "CHANGE", "FOREIGN", "DROP", "RENAME"})
_VALUES = frozenset({"DEFAULT", "INSTANT", "NOCOPY", "INPLACE", "COPY", "NONE", "SHARED"})
_VALUES |= {"EXCLUSIVE"}


@dataclass(frozen=True)
class Alter:
    """A statement as ``head table wait clauses``; ``table`` is quoted as it was written."""

    table: str
    clauses: str
    head: str = _PLAIN
    wait: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether it says nothing but its clauses."""
        return self.head.split() == _PLAIN.split() and not self.wait

    def on(self, table: str) -> str:
        """The same clauses for another table."""
        return f"ALTER TABLE {table} {self.clauses}"

    def by(self, way: str) -> str:
        """The statement with its way to be done."""
        return f"{self.head}{self.table} {self.wait}{way}, {self.clauses}"


def alter(text: str) -> Alter | None:
    """The ALTER TABLE that the text is in effect; None if it is none."""
    body = text.rstrip().rstrip(";").rstrip()
    if match := _ALTER.match(body):
        return Alter(match["table"], match["clauses"], match["head"], match["wait"])
    if match := _CREATE_INDEX.match(body):
        clauses = f"ADD {match['kind']}INDEX {match['name']} {match['using']}{match['rest']}"
        return Alter(match["table"], clauses)
    if match := _DROP_INDEX.match(body):
        return Alter(match["table"], f"DROP INDEX {match['name']}")
    return None


def ways(statement: Statement, target: Target) -> tuple[str, ...]:
    """The statement in the ways that let others read and write, the gentlest first.

    None for what is no ALTER, says itself how it is to be done, or is about partitions.
    """
    change = alter(statement.text)
    words = frozenset(statement.words)
    own = _said(statement, "ALGORITHM")
    if change is None or _said(statement, "LOCK") or own == "INSTANT" or "PARTITION" in words:
        return ()
    if own:
        return (change.by("LOCK=NONE"),)
    # MySQL takes no LOCK beside INSTANT.
    known = ["ALGORITHM=INSTANT"]
    if target.mariadb:
        known.append("ALGORITHM=NOCOPY, LOCK=NONE")
    known.append("ALGORITHM=INPLACE, LOCK=NONE")
    if target.mariadb_from(11, 2):
        known.append("ALGORITHM=COPY, LOCK=NONE")
    if words & {"ADD", "CREATE"} and words & _INDEX and not words & _OTHERS:
        known = known[1:]  # no index is built at once
    return tuple(change.by(way) for way in known)


def may_block(statement: Statement, target: Target) -> bool:
    """Whether the statement as it is written may keep writers out until it is done."""
    if _said(statement, "LOCK") == "NONE" or _said(statement, "ALGORITHM") == "INSTANT":
        return False
    if alter(statement.text) is None:
        return False
    try:
        parsed = parse(statement.text, target)
    except CatalogError:
        return True
    for action in parsed.actions if isinstance(parsed, AlterTable) else ():
        if isinstance(action, Partition):
            return partition_cost(action, target).blocks
    return True


def _said(statement: Statement, name: str) -> str:
    """What the statement says itself of ALGORITHM or LOCK, or ""."""
    words = statement.words
    for position, word in enumerate(words[:-1]):
        if word == name:
            following = [word for word in words[position + 1 : position + 3] if word != "="]
            if following and following[0] in _VALUES:
                return following[0]
    return ""
