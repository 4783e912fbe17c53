"""One name that tells whether a simple DDL statement has happened.

Most statements of migrations add, drop or rename one thing. For those no picture of the
tables has to be taken before: what was to be added is there, or it is not. That is one
message to the server less for each statement, and no other session's change can mislead it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from stillroom.apply.statements import Statement, tokens

COLUMN, INDEX, CONSTRAINT, TABLE = "column", "index", "constraint", "table"
_PATTERNS = {
    COLUMN: r"^ +`{}` ",
    INDEX: r"^ +(?:UNIQUE |FULLTEXT |SPATIAL |VECTOR )?KEY `{}` ",
    # What was made for a foreign key before, perhaps under the same name, is plain.
    "special index": r"^ +(?:UNIQUE|FULLTEXT|SPATIAL|VECTOR) KEY `{}` ",
    # Not the index of that name: the servers make one for a foreign key, and leave it there.
    CONSTRAINT: r"^ +CONSTRAINT `{}` ",
    "primary": r"^ +PRIMARY KEY ",
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
class Witness:
    """After the statement ``name`` is in the definition of its first table, or is not.

    ``there`` None: the statement may be repeated, and nothing has to be known. ``columns``: those
    of an index, when its name alone does not tell.
    """

    kind: str
    name: str = ""
    there: bool | None = None
    columns: tuple[str, ...] = ()

    def why(self, done: bool) -> str:
        """The reason of a verdict."""
        if self.there is None:
            return "running it again gives the same table"
        there = done is self.there
        return f"{self.kind} {self.name}".strip() + (" is there" if there else " is not there")

    def verdict(self, definition: str | None) -> bool:
        """Whether the statement has happened, from the definition of its table now."""
        if self.there is None:
            return False
        if self.kind == TABLE:
            return (definition is not None) is self.there
        pattern = _PATTERNS[self.kind].format(_escaped(self.name))
        if self.columns:
            # MariaDB cuts what is too long for a key.
            columns = ",".join(rf"`{_escaped(column)}`(?:\(\d+\))?" for column in self.columns)
            pattern += rf"\({columns}\)"
        found = re.search(pattern, definition or "", re.IGNORECASE | re.MULTILINE)
        return bool(found) is self.there


def witness(statement: Statement) -> Witness | None:
    """The witness of a statement, or None if it takes more than one to tell."""
    if len(statement.things) != 1 or statement.things[0].kind != "TABLE":
        return None
    words = statement.words
    if statement.verb in ("CREATE", "DROP") and words[1] == "TABLE":
        plain = "LIKE" not in words[:8] and "IF" not in words[:3]
        return Witness(TABLE, there=statement.verb == "CREATE") if plain else None
    found = tokens(statement.text)
    if statement.verb in ("CREATE", "DROP") and "INDEX" in words[:3] and "ON" in words:
        place = words.index("INDEX") + 1
        if words[place] in ("IF", "ON") or words[0:2] == ("CREATE", "OR"):
            return None
        name = _plain(found[place])
        if statement.verb == "DROP":
            return Witness(INDEX, name, there=False)
        if words[1] != "INDEX":
            return Witness("special index", name, there=True)
        columns = _columns(found)
        return Witness(INDEX, name, there=True, columns=columns) if columns else None
    if words[:2] == ("ALTER", "TABLE") and words[2] != "IF":
        return _of_alter(found[2:])
    return None


def _columns(found: list[str]) -> tuple[str, ...]:
    """The columns of an index; none if there is more in its brackets than their names."""
    if "(" not in found or ")" not in found:
        return ()
    inner = found[found.index("(") + 1 : found.index(")")]
    names, marks = inner[::2], inner[1::2]
    if set(marks) - {","} or not all(re.fullmatch(r"`(?:[^`]|``)+`|[\w$]+", one) for one in names):
        return ()
    return tuple(_plain(name) for name in names)


def _of_alter(found: list[str]) -> Witness | None:
    """The witness of ``ALTER TABLE name clause`` with a single clause."""
    start = 3 if found[1:2] == ["."] else 1
    clause = found[start:]
    words = [token.upper() for token in clause]
    if len(clause) < 2 or _has_more(words) or "IF" in words[:4]:
        return None
    if words[0] in _REPEATABLE:
        return Witness("repeatable")
    if words[0] == "ADD":
        return _of_add(clause, words)
    if words[0] == "DROP":
        return _of_drop(clause, words)
    if words[0] == "CHANGE":
        old, new = clause[1:3] if words[1] != "COLUMN" else clause[2:4]
        same = _plain(old).lower() == _plain(new).lower()
        return Witness("repeatable") if same else Witness(COLUMN, _plain(new), there=True)
    return None


def _of_add(clause: list[str], words: list[str]) -> Witness | None:
    if words[1] == "COLUMN" and words[2] != "(":
        return Witness(COLUMN, _plain(clause[2]), there=True)
    if words[1] == "CONSTRAINT" and words[2] not in ("UNIQUE", "PRIMARY", "FOREIGN", "CHECK"):
        if words[3] == "PRIMARY":
            return Witness("primary", there=True)
        kind = "special index" if words[3] == "UNIQUE" else CONSTRAINT
        return Witness(kind, _plain(clause[2]), there=True)
    return None


def _of_drop(clause: list[str], words: list[str]) -> Witness | None:
    if words[1] == "PRIMARY":
        return Witness("primary", there=False)
    kind = _DROPPED.get(words[1])
    if kind is None:
        return None
    return Witness(kind, _plain(clause[3 if words[1] == "FOREIGN" else 2]), there=False)


def _has_more(words: list[str]) -> bool:
    """Whether there is a comma outside of brackets: a second clause."""
    depth = 0
    for word in words:
        depth += {"(": 1, ")": -1}.get(word, 0)
        if word == "," and depth == 0:
            return True
    return False


def _escaped(name: str) -> str:
    return re.escape(name.replace("`", "``"))


def _plain(token: str) -> str:
    return token[1:-1].replace("``", "`") if token[:1] == "`" else token
