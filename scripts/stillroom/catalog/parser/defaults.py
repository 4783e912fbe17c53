"""Parse the values of DEFAULT and ON UPDATE: literals, the current time, expressions."""

from __future__ import annotations

from stillroom.catalog.parser.cursor import Cursor
from stillroom.catalog.parser.lexer import Kind
from stillroom.catalog.parser.reserved_words import reserved_words
from stillroom.catalog.parser.syntax import Literal, Now, Raw, Value
from stillroom.catalog.record import replace

_CONSTANTS = (Kind.STRING, Kind.NATIONAL, Kind.NUMBER, Kind.HEX, Kind.BIT)
_NOW = ("NOW", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP")


def now(cursor: Cursor) -> Now | None:
    """CURRENT_TIMESTAMP, NOW() and their synonyms, if one of them comes next."""
    position = cursor.position
    word = cursor.token.value if cursor.token.kind is Kind.WORD else ""
    if word not in _NOW or (word == "NOW" and cursor.peek().text != "("):
        return None
    cursor.take()
    fsp = 0
    if cursor.accept("("):
        if not cursor.at(")"):
            fsp = cursor.integer()
        cursor.expect(")")
    return Now(fsp, position)


def default_value(cursor: Cursor) -> Value:
    """What stands behind DEFAULT."""
    moment = now(cursor)
    if moment is not None:
        return moment
    token = cursor.token
    if token.text == "(":
        raw = cursor.raw_parentheses()
        return _constant(cursor, raw) if cursor.target.mariadb else raw
    if token.kind is Kind.WORD:
        return _word_default(cursor)
    if token.kind is Kind.NAME and cursor.target.mariadb:  # another column
        cursor.take()
        return Raw(token.text, token.start)
    return literal(cursor)


def altered_default(cursor: Cursor) -> Value:
    """What stands behind SET DEFAULT, where MySQL too takes a constant out of its parentheses."""
    value = default_value(cursor)
    return _constant(cursor, value) if isinstance(value, Raw) else value


def _constant(cursor: Cursor, raw: Raw) -> Value:
    """The constant that ``raw`` is, however many parentheses are around it; else ``raw``."""
    inner = Cursor(raw.text, cursor.target, cursor.sql_mode)
    *negations, word, _end = [t.value for t in inner.tokens if t.text not in ("(", ")")]
    negated = bool(negations) and {*negations} <= {"NOT", "!"} and word in ("TRUE", "FALSE")
    if negated and cursor.target.mariadb:
        truth = (word == "TRUE") ^ (len(negations) % 2 == 1)
        return Literal("boolean", str(int(truth)), raw.position)
    depth = 0
    while inner.accept("("):
        depth += 1
    token = inner.token
    moment = token.value in ("DATE", "TIME", "TIMESTAMP") and inner.peek().kind is Kind.STRING
    if moment and cursor.target.mysql:
        raise cursor.unsupported(
            "a DATE, TIME or TIMESTAMP literal in parentheses is not supported", raw.position
        )
    constant = moment or token.value in ("NULL", "TRUE", "FALSE") or token.value.startswith("_")
    signs = 0
    while inner.peek(signs).text in ("+", "-" if cursor.target.mariadb else "+"):
        signs += 1
    if signs and inner.peek(signs).kind is Kind.NUMBER:
        token = inner.peek(signs)
    if token.kind not in _CONSTANTS and not (token.kind is Kind.WORD and constant):
        return raw
    value = default_value(inner)
    while depth and inner.accept(")"):
        depth -= 1
    if not inner.at_end or not isinstance(value, Literal):
        return raw
    return replace(value, position=raw.position)


def _word_default(cursor: Cursor) -> Value:
    token = cursor.token
    if token.value in ("NULL", "TRUE", "FALSE"):
        cursor.take()
        if token.value == "NULL":
            return Literal("null", "NULL", token.start)
        return Literal("boolean", "1" if token.value == "TRUE" else "0", token.start)
    if token.value.startswith("_"):
        cursor.take()
        if cursor.token.kind in (Kind.STRING, Kind.HEX, Kind.BIT):
            return literal(cursor)
        raise cursor.syntax_error()
    if token.value in ("DATE", "TIME", "TIMESTAMP") and cursor.peek().kind is Kind.STRING:
        cursor.take()
        return replace(literal(cursor), position=token.start)
    if cursor.target.mariadb and token.value in ("NEXT", "PREVIOUS"):
        cursor.take()
        cursor.expect("VALUE", "FOR")
        cursor.table_name()
        end = cursor.tokens[cursor.index - 1].end
        return Raw(cursor.text[token.start : end], token.start)
    if cursor.target.mariadb and cursor.peek().text == "(":
        cursor.take()
        cursor.raw_parentheses()
        end = cursor.tokens[cursor.index - 1].end
        return Raw(cursor.text[token.start : end], token.start)
    if cursor.target.mariadb and token.value in (
        "CURRENT_USER",
        "CURRENT_ROLE",
        "CURRENT_DATE",
        "CURRENT_TIME",
        "UTC_TIMESTAMP",
        "UTC_DATE",
        "UTC_TIME",
    ):
        cursor.take()
        return Raw(token.text, token.start)
    if cursor.target.mysql or token.value in reserved_words(cursor.target):
        raise cursor.syntax_error()
    cursor.take()  # another column
    return Raw(token.text, token.start)


def literal(cursor: Cursor) -> Literal:
    """A constant with an optional sign; adjacent strings are one."""
    position = cursor.position
    sign = ""
    while cursor.at_any("+", "-"):
        if cursor.take().text == "-":
            sign = "" if sign else "-"
    token = cursor.take()
    if token.kind is Kind.NUMBER:
        return Literal("number", sign + token.text, position)
    if sign:
        raise cursor.unsupported(
            "a sign before something that is not a number is not supported", position
        )
    if token.kind in (Kind.STRING, Kind.NATIONAL):
        value = token.value
        while cursor.at_string():
            value += cursor.take().value
        return Literal("string", value, position)
    if token.kind is Kind.HEX:
        quoted = cursor.target.mariadb and token.text[:1] in "xX"  # there it is no number
        return Literal("hex string" if quoted else "hex", token.value, position)
    if token.kind is Kind.BIT:
        return Literal("bit", token.value, position)
    raise cursor.syntax_error(token.start)
