"""Tell the kind of a statement from its first words; cut a script into statements."""

from __future__ import annotations

import re
from enum import Enum


class StatementKind(Enum):
    """Who has to answer a statement."""

    DDL = "ddl"  # changes a catalog
    DML = "dml"  # changes rows
    SELECT = "select"  # reads rows
    SHOW = "show"  # reads the catalog: SHOW, DESCRIBE, EXPLAIN
    SESSION = "session"  # SET and USE
    TRANSACTION = "transaction"
    ROUTINE = "routine"  # CALL, DO, PREPARE and what else runs code
    ADMIN = "admin"  # maintenance, locks and accounts
    EMPTY = "empty"  # nothing but blanks and comments
    UNKNOWN = "unknown"


_KINDS = {
    StatementKind.DDL: "CREATE ALTER DROP RENAME TRUNCATE",
    StatementKind.DML: "INSERT UPDATE DELETE REPLACE LOAD IMPORT",
    StatementKind.SELECT: "SELECT WITH VALUES TABLE (",
    StatementKind.SHOW: "SHOW DESC DESCRIBE EXPLAIN HELP",
    StatementKind.SESSION: "SET USE",
    StatementKind.TRANSACTION: "BEGIN START COMMIT ROLLBACK SAVEPOINT RELEASE XA",
    StatementKind.ROUTINE: "CALL DO PREPARE EXECUTE DEALLOCATE HANDLER DECLARE SIGNAL",
    StatementKind.ADMIN: (
        "ANALYZE CHECK CHECKSUM OPTIMIZE REPAIR FLUSH RESET GRANT REVOKE LOCK UNLOCK KILL"
        " PURGE CACHE CHANGE STOP BINLOG"
    ),
}
_BY_WORD = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_LEAD = re.compile(
    r"(?:\s+|\#[^\n]*(?:\n|\Z)|--(?=\s|\Z)[^\n]*(?:\n|\Z)|/\*(?!!|M!)(?s:.*?)\*/"
    r"|/\*M?!\d*|\*/|;)*"
)
_WORD = re.compile(r"[A-Za-z_]+|\(")
_ACCOUNTS = re.compile(r"(?:CREATE|ALTER|DROP|RENAME)\s+(?:OR\s+REPLACE\s+)?(?:USER|ROLE)\b", re.I)
_WITH_DML = re.compile(r"\)\s*(UPDATE|DELETE|INSERT|REPLACE)\b", re.I)


def word_behind_with(sql: str) -> re.Match[str] | None:
    """The word that says what a statement with WITH in front changes, as group 1."""
    lead = _LEAD.match(sql)
    start = lead.end() if lead else 0
    return _WITH_DML.search(sql, start) if sql[start : start + 4].upper() == "WITH" else None


def kind(sql: str) -> StatementKind:
    """Classify one statement by its first word, looking into executable comments."""
    lead = _LEAD.match(sql)
    start = lead.end() if lead else 0
    if start >= len(sql):
        return StatementKind.EMPTY
    word = _WORD.match(sql, start)
    if word is None:
        return StatementKind.UNKNOWN
    word_kind = _BY_WORD.get(word.group().upper(), StatementKind.UNKNOWN)
    if word_kind is StatementKind.DDL and _ACCOUNTS.match(sql, start):
        return StatementKind.ADMIN
    if word.group().upper() == "WITH" and _WITH_DML.search(sql, start):
        return StatementKind.DML
    return word_kind


_PIECE = re.compile(
    r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`
    |\#[^\n]*|--(?=\s|\Z)[^\n]*|/\*(?s:.*?)\*/|;|[A-Za-z_][\w$]*|\s+|.""",
    re.VERBOSE | re.DOTALL,
)
_PROGRAM = re.compile(
    r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:DEFINER\s*=\s*\S+\s+)?(?:AGGREGATE\s+)?"
    r"(?:PROCEDURE|FUNCTION|TRIGGER|EVENT|PACKAGE)\b",
    re.I,
)
_BLOCK_WORDS = ("IF", "CASE", "LOOP", "WHILE", "REPEAT")
_STATEMENT_STARTS = ("", ";", "BEGIN", "THEN", "ELSE", "DO", "LOOP", "REPEAT", ":")


def statements(script: str) -> list[str]:
    """The statements of a script, without their semicolons and without empty ones.

    Semicolons inside strings, comments and the bodies of stored programs do not count.
    """
    pieces: list[str] = []
    start = 0
    blocks = _Blocks()
    for piece in _PIECE.finditer(script):
        text = piece.group()
        if text == ";" and not blocks.open:
            pieces.append(script[start : piece.start()])
            start = piece.end()
            blocks = _Blocks()
        elif not text.isspace() and not text.startswith(("#", "--", "/*")):
            blocks.see(text, script, piece.start())
    pieces.append(script[start:])
    return [text.strip() for text in pieces if kind(text) is not StatementKind.EMPTY]


class _Blocks:
    """How deep inside BEGIN … END a place in a stored program is."""

    def __init__(self) -> None:
        self.open = 0
        self.program: bool | None = None
        self.last = ""
        self.case_expressions = 0

    def see(self, text: str, script: str, position: int) -> None:
        if self.program is None:
            self.program = _PROGRAM.match(script, position) is not None
        word = text.upper()
        if self.program:
            self._count(word)
        self.last = word

    def _count(self, word: str) -> None:
        if word == "END":
            self.open -= 1
        elif self.last == "END" and word in _BLOCK_WORDS:
            return  # END IF closed it already
        elif word in ("BEGIN", "CASE") or (
            word in _BLOCK_WORDS
            # The body of a trigger, behind FOR EACH ROW, may be one statement.
            and (self.last == "ROW" or (self.open and self.last in _STATEMENT_STARTS))
        ):
            self.open += 1
