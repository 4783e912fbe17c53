"""Evidence that a simple DDL statement took effect: a name that exists now, or no longer does.

Most statements of migrations add, drop or rename one thing. For those nobody has to read the
definitions of tables before: what was to be added is there afterwards, or it is not. That saves one
message to the server for each statement, and no change of another session can mislead it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from stillroom.apply.statements import DatabaseObject, Statement, tokens_of
from stillroom.catalog import quoted_name, unquoted_name

COLUMN, INDEX, CONSTRAINT, TABLE = "column", "index", "constraint", "table"
PRIMARY, SPECIAL = "primary key", "special index"
AGAIN = "again"  # running the statement once more does no harm
ROWS = "rows"  # TRUNCATE in a script: done if there are no rows, else nobody knows
_PATTERNS = {
    COLUMN: r"^ +`{}` ",
    INDEX: r"^ +(?:UNIQUE |FULLTEXT |SPATIAL |VECTOR )?KEY `{}` ",
    # What was made for a foreign key before, perhaps under the same name, is plain.
    SPECIAL: r"^ +(?:UNIQUE|FULLTEXT|SPATIAL|VECTOR) KEY `{}` ",
    # Not the index of that name: the servers make one for a foreign key, and leave it there.
    CONSTRAINT: r"^ +CONSTRAINT `{}` ",
    PRIMARY: r"^ +PRIMARY KEY ",
}
_DROPPED = {
    "COLUMN": COLUMN,
    "INDEX": INDEX,
    "KEY": INDEX,
    "FOREIGN": CONSTRAINT,
    "CHECK": CONSTRAINT,
}
# What gives the same table however often it is done.
_REPEATABLE = frozenset({"MODIFY", "ALTER", "COMMENT", "ENGINE", "DEFAULT", "CONVERT", "CHARACTER"})


@dataclass(frozen=True)
class Evidence:
    """After the statement an object of ``kind`` and ``name`` is there, or (``there``) is not.

    ``kind`` is one of the constants of this module, or that of an object with a definition of its
    own, in capitals ("VIEW"). ``table`` is the table that it belongs to, if that is not the first
    one that the statement names. ``columns`` are those of an index whose name alone does not tell.
    """

    kind: str
    name: str = ""
    there: bool = True
    columns: tuple[str, ...] = ()
    table: str = ""

    @classmethod
    def from_journal(cls, before: Mapping[str, str | bool | None]) -> Evidence | None:
        """What a script, which reads no definitions, has written into the journal; else None."""
        if "fact" not in before:
            return None
        kind, table, name = (str(before[key]) for key in ("fact", "table", "name"))
        if (kind, name) == (INDEX, "PRIMARY"):
            kind = PRIMARY
        return cls(kind, name, bool(before["there"]), table=table)

    def subject(self, statement: Statement) -> DatabaseObject:
        """The object whose definition to look at."""
        if self.kind.isupper():
            return DatabaseObject(self.kind, quoted_name(self.name))
        return (
            DatabaseObject("TABLE", quoted_name(self.table)) if self.table else statement.objects[0]
        )

    def why(self, done: bool) -> str:
        """The reason of a verdict."""
        if self.kind == AGAIN:
            return "running it again gives the same table"
        subject = self.kind if self.kind == PRIMARY else f"{self.kind.lower()} {self.name}".strip()
        return subject + (" is there" if done is self.there else " does not exist")

    def shows_done(self, definition: str | None) -> bool:
        """Whether the statement has happened, by the definition as it is now."""
        if self.kind == AGAIN:
            return False
        if self.kind == TABLE or self.kind.isupper():
            return (definition is not None) is self.there
        pattern = _PATTERNS[self.kind].format(_escaped(self.name))
        if self.columns:
            # MariaDB cuts what is too long for a key.
            columns = ",".join(rf"`{_escaped(column)}`(?:\(\d+\))?" for column in self.columns)
            pattern += rf"\({columns}\)"
        match = re.search(pattern, definition or "", re.IGNORECASE | re.MULTILINE)
        return bool(match) is self.there


def evidence_of(statement: Statement) -> Evidence | None:
    """The evidence that a statement leaves; None if one name does not tell."""
    if len(statement.objects) != 1 or statement.objects[0].kind != "TABLE":
        return None
    words = statement.words
    if statement.verb in ("CREATE", "DROP") and words[1] == "TABLE":
        plain = "LIKE" not in words[:8] and "IF" not in words[:3]
        return Evidence(TABLE, there=statement.verb == "CREATE") if plain else None
    tokens = tokens_of(statement.text)
    if statement.verb in ("CREATE", "DROP") and "INDEX" in words[:3] and "ON" in words:
        place = words.index("INDEX") + 1
        if words[place] in ("IF", "ON") or words[0:2] == ("CREATE", "OR"):
            return None
        name = unquoted_name(tokens[place])
        if statement.verb == "DROP":
            return Evidence(INDEX, name, there=False)
        if words[1] != "INDEX":
            return Evidence(SPECIAL, name, there=True)
        columns = _columns(tokens)
        return Evidence(INDEX, name, there=True, columns=columns) if columns else None
    if words[:2] == ("ALTER", "TABLE") and words[2] != "IF":
        return _of_alter(tokens[2:])
    return None


def _columns(tokens: list[str]) -> tuple[str, ...]:
    """The columns of an index; none if there is more in its brackets than their names."""
    if "(" not in tokens or ")" not in tokens:
        return ()
    inner = tokens[tokens.index("(") + 1 : tokens.index(")")]
    names, marks = inner[::2], inner[1::2]
    if set(marks) - {","} or not all(
        re.fullmatch(r"`(?:[^`]|``)+`|[\w$]+", name) for name in names
    ):
        return ()
    return tuple(unquoted_name(name) for name in names)


def _of_alter(tokens: list[str]) -> Evidence | None:
    """The evidence of ``ALTER TABLE name clause`` with a single clause."""
    start = 3 if tokens[1:2] == ["."] else 1
    clause = tokens[start:]
    words = [token.upper() for token in clause]
    if len(clause) < 2 or _has_more(words) or "IF" in words[:4]:
        return None
    if words[0] in _REPEATABLE:
        return Evidence(AGAIN)
    if words[0] == "ADD":
        return _of_add(clause, words)
    if words[0] == "DROP":
        return _of_drop(clause, words)
    if words[0] == "CHANGE":
        old, new = clause[1:3] if words[1] != "COLUMN" else clause[2:4]
        same = unquoted_name(old).lower() == unquoted_name(new).lower()
        return Evidence(AGAIN) if same else Evidence(COLUMN, unquoted_name(new), there=True)
    return None


def _of_add(clause: list[str], words: list[str]) -> Evidence | None:
    if words[1] == "COLUMN" and words[2] != "(":
        return Evidence(COLUMN, unquoted_name(clause[2]), there=True)
    if words[1] == "CONSTRAINT" and words[2] not in ("UNIQUE", "PRIMARY", "FOREIGN", "CHECK"):
        if words[3] == "PRIMARY":
            return Evidence(PRIMARY, there=True)
        kind = SPECIAL if words[3] == "UNIQUE" else CONSTRAINT
        return Evidence(kind, unquoted_name(clause[2]), there=True)
    return None


def _of_drop(clause: list[str], words: list[str]) -> Evidence | None:
    if words[1] == "PRIMARY":
        return Evidence(PRIMARY, there=False)
    kind = _DROPPED.get(words[1])
    if kind is None:
        return None
    return Evidence(kind, unquoted_name(clause[3 if words[1] == "FOREIGN" else 2]), there=False)


def _has_more(words: list[str]) -> bool:
    """Whether there is a comma outside of brackets: a second clause."""
    depth = 0
    for word in words:
        depth += {"(": 1, ")": -1}.get(word, 0)
        if word == "," and depth == 0:
            return True
    return False


def _escaped(name: str) -> str:
    return re.escape(quoted_name(name)[1:-1])
