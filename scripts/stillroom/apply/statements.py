"""Classifies a statement, and finds the objects that it names, as far as the journal needs it.

This is no parser: it looks at the first words, for what a statement does to transactions and
what has to be looked at to see whether it has happened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from stillroom import catalog
from stillroom.catalog import StatementKind, quoted_name


class Kind(StrEnum):
    """What the journal does about a statement."""

    READ = "read"  # answers, and changes nothing: its rows are recorded
    DML = "dml"  # part of a transaction: exactly once
    DDL = "ddl"  # commits by itself: settled by a fingerprint
    CALL = "call"  # runs a routine that may do anything
    SESSION = "session"  # changes the connection alone: run again on every resume
    TEMPORARY = "temporary"  # makes or drops a table that dies with the connection
    TRANSACTION = "transaction"  # begins, commits, rolls back
    OUTSIDE = "outside"  # SQLite: a setting that has no effect inside a transaction


@dataclass(frozen=True)
class DatabaseObject:
    """An object of the server: ``kind`` as in ``SHOW CREATE kind``; ``name`` quoted for SQL."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name.replace('`', '')}"

    def in_database(self, name: str) -> DatabaseObject:
        """The same object by its full name, if it was named as one of a database."""
        if self.kind in ("DATABASE", "USER") or "`.`" in self.name:
            return self
        return DatabaseObject(self.kind, f"{quoted_name(name)}.{self.name}")


@dataclass(frozen=True)
class Statement:
    """One statement: its text, its kind and the objects whose definition shows its effect.

    ``verb`` is its first word in capitals; ``variables`` are the user variables it assigns.
    ``objects`` of a RENAME come in pairs, old and new. ``database`` is the one that a USE of the
    revision has led to.
    """

    text: str
    kind: Kind
    verb: str
    objects: tuple[DatabaseObject, ...] = ()
    variables: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    database: str = ""

    def in_database(self, name: str) -> Statement:
        """The same statement behind ``USE name``."""
        objects = tuple(item.in_database(name) for item in self.objects)
        return replace(self, objects=objects, database=name)

    @property
    def tables(self) -> tuple[DatabaseObject, ...]:
        """The tables among its objects."""
        return tuple(item for item in self.objects if item.kind == "TABLE")


_TOKEN = re.compile(
    r"""
      (?P<comment> /\*(?!M?!).*?\*/ | --(?=\s|$)[^\n]* | \#[^\n]* )
    | (?P<version> /\*M?!\d* | \*/ )            # their content counts
    | (?P<string>  '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" )
    | (?P<quoted>  `(?:[^`]|``)*` )
    | (?P<variable> @@?[\w.$`]* )
    | (?P<word>    [\w$]+ )
    | (?P<mark>    :=|[^\s\w] )
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {
    StatementKind.SELECT: Kind.READ,
    StatementKind.SHOW: Kind.READ,
    StatementKind.DML: Kind.DML,
    StatementKind.SESSION: Kind.SESSION,
    StatementKind.TRANSACTION: Kind.TRANSACTION,
    StatementKind.EMPTY: Kind.SESSION,
}
# Where the kind alone does not say what a statement does to rows and transactions.
_BY_VERB = {
    "CALL": Kind.CALL,
    "EXECUTE": Kind.CALL,
    "DO": Kind.DML,
    "CHECKSUM": Kind.READ,
    "END": Kind.TRANSACTION,  # SQLite's COMMIT
    **dict.fromkeys(("PREPARE", "DEALLOCATE", "HANDLER", "LOCK", "UNLOCK", "KILL"), Kind.SESSION),
    # SQLite: nothing happens, or an error, inside a transaction.
    **dict.fromkeys(("VACUUM", "ATTACH", "DETACH"), Kind.OUTSIDE),
}
_OUTSIDE_PRAGMAS = frozenset({"FOREIGN_KEYS", "JOURNAL_MODE", "SYNCHRONOUS", "PAGE_SIZE"})
_OBJECT_KINDS = {
    "TABLE": "TABLE",
    "TABLES": "TABLE",
    "VIEW": "VIEW",
    "TRIGGER": "TRIGGER",
    "PROCEDURE": "PROCEDURE",
    "FUNCTION": "FUNCTION",
    "EVENT": "EVENT",
    "SEQUENCE": "SEQUENCE",
    "DATABASE": "DATABASE",
    "SCHEMA": "DATABASE",
    "USER": "USER",
    "ROLE": "USER",
    "INDEX": "INDEX",
}
_DATABASE_OPTIONS = frozenset(
    {"CHARACTER", "CHARSET", "COLLATE", "COMMENT", "DEFAULT", "ENCRYPTION", "READ"}
)


def tokens_of(text: str) -> list[str]:
    """The words, names, strings and marks of a text, without comments."""
    return [
        match.group()
        for match in _TOKEN.finditer(text)
        if match.lastgroup not in ("comment", "version")
    ]


@lru_cache(maxsize=512)
def classify(text: str) -> Statement:
    """The kind of a statement and what it names.

    ``text`` is as the driver gets it, with its placeholders. What is not known counts as
    DDL on nothing in particular: it is journalled, and when its outcome is in doubt a person
    is asked.
    """
    tokens = tokens_of(text)
    while tokens and tokens[0] in ("(", ";"):
        tokens = tokens[1:]
    words = tuple(token.upper() for token in tokens)
    verb = words[0] if words else ""
    kind = _kind(text, verb, words)
    objects = _named_objects(verb, tokens) if kind in (Kind.DDL, Kind.TEMPORARY, Kind.CALL) else ()
    if kind is Kind.DML:
        objects = _written(tokens)
    variables = _assigned(verb, tokens)
    if variables and kind is Kind.READ:
        kind = Kind.SESSION
    return Statement(text, kind, verb, objects, variables, words)


def executing(statement: Statement, inner: Statement) -> Statement:
    """``EXECUTE name`` with all that is known of the statement prepared under that name."""
    text = f"{statement.text} /* {inner.text.replace('*/', '* /')} */"
    return Statement(text, inner.kind, inner.verb, inner.objects, (), inner.words)


def recorded(text: str) -> Statement:
    """A statement from the journal: what ``executing`` made of it, or as it stands."""
    match = re.fullmatch(r"\s*EXECUTE\s.*?/\* (.*) \*/", text, re.DOTALL | re.IGNORECASE)
    return classify(match[1] if match else text)


def _kind(text: str, verb: str, words: tuple[str, ...]) -> Kind:
    if verb == "PRAGMA":
        return _kind_of_pragma(words)
    if verb == "SET" and words[1:2] == ("PASSWORD",):
        return Kind.DDL
    if verb in ("CREATE", "DROP") and "TEMPORARY" in words[1:4]:
        return Kind.TEMPORARY
    if verb == "SELECT" and ("NEXTVAL" in words or "SETVAL" in words):
        return Kind.DML
    return _BY_VERB.get(verb) or _KINDS.get(catalog.kind(text), Kind.DDL)


def _kind_of_pragma(words: tuple[str, ...]) -> Kind:
    if "=" not in words and "(" not in words:
        return Kind.READ
    if words[1] in _OUTSIDE_PRAGMAS:
        return Kind.OUTSIDE
    return Kind.SESSION if "=" in words else Kind.READ


def _name(tokens: list[str], start: int) -> tuple[str, int]:
    """The quoted name that begins at a token, and the position behind it."""
    parts = [tokens[start]]
    end = start + 1
    while end + 1 < len(tokens) and tokens[end] == ".":
        parts.append(tokens[end + 1])
        end += 2
    return ".".join(_quote(part) for part in parts), end


def _quote(part: str) -> str:
    if part[:1] in "`'\"" and len(part) > 1:
        inner = part[1:-1].replace(part[0] * 2, part[0])
    else:
        inner = part
    return quoted_name(inner)


def _skip(tokens: list[str], position: int, *phrases: str) -> int:
    for phrase in phrases:
        wanted = phrase.split()
        words = [token.upper() for token in tokens[position : position + len(wanted)]]
        if words == wanted:
            position += len(wanted)
    return position


def _named_objects(verb: str, tokens: list[str]) -> tuple[DatabaseObject, ...]:
    if verb == "TRUNCATE":
        return (DatabaseObject("TABLE", _name(tokens, _skip(tokens, 1, "TABLE"))[0]),)
    if verb == "CALL" and len(tokens) > 1:
        return (DatabaseObject("PROCEDURE", _name(tokens, 1)[0]),)
    if verb not in ("CREATE", "ALTER", "DROP", "RENAME"):
        return ()
    for position in range(1, len(tokens)):
        kind = _OBJECT_KINDS.get(tokens[position].upper())
        # DEFINER=`event`@… and the like are quoted or follow a mark.
        if kind and tokens[position - 1] not in ("=", "@", "."):
            start = _skip(tokens, position + 1, "IF NOT EXISTS", "IF EXISTS")
            unnamed = (verb, kind) == ("ALTER", "DATABASE") and tokens[start:]
            if unnamed and unnamed[0].upper() in _DATABASE_OPTIONS:
                return ()  # it is the current one, whatever its name
            return _named(verb, kind, tokens, start)
    return ()


def _named(verb: str, kind: str, tokens: list[str], start: int) -> tuple[DatabaseObject, ...]:
    if start >= len(tokens):
        return ()
    if kind == "INDEX":
        return _table_of_index(tokens, start)
    if kind == "USER":
        return (DatabaseObject("USER", "".join(tokens[start : start + 3])),)
    name, end = _name(tokens, start)
    objects = [DatabaseObject(kind, name)]
    if verb in ("DROP", "RENAME"):
        while end < len(tokens) and tokens[end].upper() in (",", "TO"):
            name, end = _name(tokens, end + 1)
            objects.append(DatabaseObject(kind, name))
    if verb == "ALTER" and kind == "TABLE":
        objects += _other_tables(tokens, end)
    return tuple(objects)


def _table_of_index(tokens: list[str], start: int) -> tuple[DatabaseObject, ...]:
    for position in range(start, len(tokens) - 1):
        if tokens[position].upper() == "ON":
            return (DatabaseObject("TABLE", _name(tokens, position + 1)[0]),)
    return ()


def _other_tables(tokens: list[str], start: int) -> list[DatabaseObject]:
    """The second table of ``ALTER TABLE … RENAME TO`` and ``… EXCHANGE PARTITION``."""
    objects = []
    for position in range(start, len(tokens) - 1):
        word, follower = tokens[position].upper(), tokens[position + 1].upper()
        if word == "RENAME" and follower not in ("COLUMN", "INDEX", "KEY", "CONSTRAINT"):
            after = _skip(tokens, position + 1, "TO", "AS", "=")
            if after < len(tokens):
                objects.append(DatabaseObject("TABLE", _name(tokens, after)[0]))
        elif word == "WITH" and follower == "TABLE" and position + 2 < len(tokens):
            objects.append(DatabaseObject("TABLE", _name(tokens, position + 2)[0]))
    return objects


_MODIFIERS = frozenset(
    {"LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "IGNORE", "QUICK", "INTO", "FROM", "TABLE"}
)


def _written(tokens: list[str]) -> tuple[DatabaseObject, ...]:
    """Tables that a DML statement may write: for INSERT the first one, else all that it names."""
    if tokens[0].upper() in ("INSERT", "REPLACE"):
        return _name_after(tokens, 1)
    objects: list[DatabaseObject] = []
    for position in range(len(tokens) - 1):
        if tokens[position].upper() in ("INTO", "UPDATE", "FROM", "JOIN"):
            objects += _name_after(tokens, position + 1)
    return tuple(dict.fromkeys(objects))


def written(body: str) -> tuple[DatabaseObject, ...]:
    """Tables that the body of a routine or trigger names as being inserted into."""
    tokens = tokens_of(body)
    objects: list[DatabaseObject] = []
    for position in range(len(tokens) - 1):
        if tokens[position].upper() in ("INSERT", "REPLACE") and tokens[position + 1] != "(":
            objects += _name_after(tokens, position + 1)
    return tuple(dict.fromkeys(objects))


def _name_after(tokens: list[str], position: int) -> tuple[DatabaseObject, ...]:
    while position < len(tokens) and tokens[position].upper() in _MODIFIERS:
        position += 1
    if position < len(tokens) and re.match(r"[\w`$]", tokens[position]):
        return (DatabaseObject("TABLE", _name(tokens, position)[0]),)
    return ()


def _assigned(verb: str, tokens: list[str]) -> tuple[str, ...]:
    """User variables that the statement sets: ``SET @a = …``, ``@a := …``, ``INTO @a``."""
    names = []
    into = False
    for position, token in enumerate(tokens):
        if re.fullmatch(r"@[\w$.]+", token):
            follower = tokens[position + 1] if position + 1 < len(tokens) else ""
            if follower == ":=" or (verb == "SET" and follower == "=") or into:
                names.append(token)
        elif token != ",":  # noqa: S105
            into = token.upper() == "INTO"
    return tuple(dict.fromkeys(names))
