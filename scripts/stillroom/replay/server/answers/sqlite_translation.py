"""Translates a query of MySQL into one of SQLite, if it means the same in both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from stillroom.catalog import quoted_name
from stillroom.catalog.parser.lexer import Kind, Token


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What can be computed on rows: the same in both, apart from the order of some characters.
_SAFE_WORDS = _words(
    "SELECT DISTINCT FROM WHERE AND OR NOT IN IS NULL LIKE BETWEEN AS JOIN INNER LEFT OUTER ON"
    " ORDER BY ASC DESC LIMIT OFFSET COUNT MAX MIN EXISTS GROUP HAVING UNION ALL TRUE FALSE CASE"
    " WHEN THEN ELSE END COALESCE IFNULL UPDATE SET DELETE FOR DUAL SHARE LOCK MODE"
)
# Other words of the grammar; any further word is a name, which might be a keyword in SQLite only.
_GRAMMAR = _SAFE_WORDS | _words(
    "WITH RECURSIVE CROSS NATURAL RIGHT FULL USING ESCAPE REGEXP RLIKE INTERSECT EXCEPT VALUES"
    " CAST CHAR SIGNED UNSIGNED DECIMAL DATE DATETIME TIME INTEGER OVER PARTITION WINDOW ROWS RANGE"
    " INTERVAL BINARY CONVERT USE FORCE IGNORE XOR SOUNDS MEMBER AGAINST MATCH ROLLUP"
)
_SAFE_SYMBOLS = _words("( ) , . = < > <= >= <> != * ; -")
_ORDERING = _words("MAX MIN ORDER BETWEEN < > <= >=")
_DIFFERENT = _words("/ % ^ ~ DIV MOD CAST CONVERT BINARY REGEXP RLIKE")
AGGREGATES = _words(
    "COUNT SUM MIN MAX AVG STD STDDEV STDDEV_POP STDDEV_SAMP VARIANCE VAR_POP VAR_SAMP BIT_AND"
    " BIT_OR BIT_XOR GROUP_CONCAT JSON_ARRAYAGG JSON_OBJECTAGG ANY_VALUE"
)
_WORDS = {
    "IF": "IIF",
    "DATABASE": "mysql_database",
    "SCHEMA": "mysql_database",
    "REPLACE": "mysql_replace",
    "DIV": "/",
    "MOD": "%",
    "STRAIGHT_JOIN": "JOIN",
    "SEPARATOR": ",",
    "DISTINCTROW": "DISTINCT",
    "SQL_NO_CACHE": "",
    "SQL_CALC_FOUND_ROWS": "",
    "HIGH_PRIORITY": "",
}
_FUNCTIONS_WITHOUT_PARENTHESES = {
    "CURRENT_TIMESTAMP": "NOW",
    "LOCALTIMESTAMP": "NOW",
    "LOCALTIME": "NOW",
    "CURRENT_DATE": "CURDATE",
    "CURRENT_TIME": "CURTIME",
    "UTC_TIMESTAMP": "UTC_TIMESTAMP",
    "UTC_DATE": "UTC_DATE",
    "CURRENT_USER": "USER",
}
_SYMBOLS = {"&&": " AND ", "!": " NOT ", "<=>": " IS "}
_CALLED_FUNCTIONS = frozenset({"IF", "DATABASE", "SCHEMA", "REPLACE"})


@dataclass(frozen=True)
class Translation:
    """SQLite text; ``safe`` if it may be trusted on rows, ``ordering`` if it compares by order.

    ``different`` says that it has operators that compute something else in SQLite.
    """

    text: str
    safe: bool
    ordering: bool
    different: bool


def translate(
    tokens: Iterable[Token],
    own_schemas: frozenset[str],
    variable: Callable[[str], str],
    names: frozenset[str],
) -> Translation:
    """The statement for SQLite.

    ``own_schemas`` are names, in lower case, that are left away in front of a table; ``names``
    those of tables and columns, in lower case. ``variable`` gives the literal of a variable.
    """
    listed = [token for token in tokens if token.kind is not Kind.END]
    parts = list(_parts(listed, own_schemas, variable))
    words = {token.value for token in listed if token.kind is Kind.WORD}
    symbols = {token.value for token in listed if token.kind is Kind.SYMBOL}
    other = {token.kind for token in listed} & {Kind.HEX, Kind.BIT, Kind.VARIABLE}
    unsafe = {word for word in words - _SAFE_WORDS if word.lower() not in names}
    aliases = set(_aliases(listed))
    safe = not (unsafe - aliases) and symbols <= _SAFE_SYMBOLS and not other
    used = words | symbols
    return Translation(" ".join(parts), safe, bool(used & _ORDERING), bool(used & _DIFFERENT))


def _aliases(tokens: list[Token]) -> Iterator[str]:
    """Words that name something in this statement: behind AS, around a dot, behind a name."""
    for before, token, after in zip(tokens, tokens[1:], [*tokens[2:], None], strict=False):
        if token.kind is not Kind.WORD:
            continue
        dotted = (after is not None and after.value == ".") or before.value == "."
        if dotted or before.value in ("AS", "FROM", "JOIN", "UPDATE"):
            yield token.value
    if tokens and tokens[0].kind is Kind.WORD and len(tokens) > 1 and tokens[1].value == ".":
        yield tokens[0].value


def _parts(
    tokens: list[Token], own_schemas: frozenset[str], variable: Callable[[str], str]
) -> Iterator[str]:
    position = 0
    while position < len(tokens):
        token = tokens[position]
        following = tokens[position + 1] if position + 1 < len(tokens) else None
        before = tokens[position - 1] if position else None
        skipped = _skipped(tokens, position)
        if skipped:
            position += skipped
            continue
        if _qualifier(token, before, following) and token.value.lower() in own_schemas:
            position += 2
            continue
        # What EXISTS selects is never looked at.
        star = token.value == "*" and _words_before(tokens, position) == ("EXISTS", "(", "SELECT")
        yield "1" if star else _part(token, before, following, variable)
        position += 1


def _words_before(tokens: list[Token], position: int) -> tuple[str, ...]:
    return tuple(token.value for token in tokens[max(position - 3, 0) : position])


def _qualifier(token: Token, before: Token | None, following: Token | None) -> bool:
    named = token.kind in (Kind.WORD, Kind.NAME)
    first = before is None or before.value != "."
    return named and first and following is not None and following.value == "."


def _skipped(tokens: list[Token], position: int) -> int:
    """How many tokens SQLite does not want to see here."""
    words = tuple(token.value for token in tokens[position : position + 4])
    if tokens[position].kind is not Kind.WORD:
        return 0
    if words[:2] in (("FOR", "UPDATE"), ("FOR", "SHARE"), ("FROM", "DUAL")):
        return 2
    if words == ("LOCK", "IN", "SHARE", "MODE"):
        return 4
    if words[0] == "COLLATE":
        return 2
    following = tokens[position + 1 : position + 2]
    introducer = words[0].startswith("_") and following and following[0].kind is Kind.STRING
    return 1 if introducer else 0


def _part(
    token: Token,
    before: Token | None,
    following: Token | None,
    variable: Callable[[str], str],
) -> str:
    match token.kind:
        case Kind.STRING | Kind.NATIONAL:
            return quoted(token.value)
        case Kind.NAME:
            return quoted_name(token.value)
        case Kind.HEX:
            return f"X'{token.value}'"
        case Kind.BIT:
            return str(int(token.value or "0", 2))
        case Kind.VARIABLE:
            return variable(token.value)
        case Kind.SYMBOL:
            return _SYMBOLS.get(token.value, "OR" if token.value == "||" else token.value)
        case Kind.WORD if before is not None and before.value == ".":
            return f"`{token.text}`"
        case Kind.WORD:
            return _word(token, following)
        case _:
            return token.text


def _word(token: Token, following: Token | None) -> str:
    called = following is not None and following.value == "("
    if token.value in _FUNCTIONS_WITHOUT_PARENTHESES:
        return _FUNCTIONS_WITHOUT_PARENTHESES[token.value] + ("" if called else "()")
    if token.value in _WORDS and (called or token.value not in _CALLED_FUNCTIONS):
        return _WORDS[token.value]
    if called or token.value in _GRAMMAR:
        return token.text
    return f"`{token.text}`"


def quoted(text: str) -> str:
    """``text`` as a string literal of SQLite."""
    return "'" + text.replace("'", "''").replace("\0", "") + "'"
