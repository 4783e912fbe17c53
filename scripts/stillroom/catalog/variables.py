"""Apply SET: the session variables that DDL depends on, and all others as written."""

from __future__ import annotations

from collections.abc import Sequence

from stillroom.catalog import error_numbers as er
from stillroom.catalog.collations import (
    charset_name,
    collation_charset,
    collation_name,
    default_collation,
)
from stillroom.catalog.errors import Unsupported
from stillroom.catalog.messages import refusal
from stillroom.catalog.parser.lexer import Kind, Token, tokenize
from stillroom.catalog.parser.syntax import Raw, SetVariables
from stillroom.catalog.record import replace
from stillroom.catalog.session import GENERATES_KEYS, REQUIRES_KEYS, Session
from stillroom.catalog.tables.options import engine_name
from stillroom.catalog.target import Target

_Value = str | int | None

_COMBINATIONS = {
    "ANSI": "REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ONLY_FULL_GROUP_BY",
    "TRADITIONAL": (
        "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
        "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
    ),
}
# These change what a statement means in ways that the catalog does not follow.
_MEANINGFUL_NAMES = """
    old_mode old character_set_collations default_collation_for_utf8mb4 collation_server
    character_set_server collation_database character_set_database sql_quote_show_create
    show_create_table_verbosity
    show_create_table_skip_secondary_engine innodb_strict_mode sql_if_exists
    show_gipk_in_create_table_and_information_schema print_identified_with_as_hex
    restrict_fk_on_non_standard_key default_tmp_storage_engine innodb_compression_default
    default_table_encryption
"""
_MARIADB_ALONE = frozenset(["system_versioning_alter_history", "alter_algorithm"])
_MYSQL_ALONE = frozenset([GENERATES_KEYS, REQUIRES_KEYS])
_MEANINGFUL = frozenset(_MEANINGFUL_NAMES.split())


# Values that change nothing, of variables that would.
_DEFAULTS = {
    "innodb_strict_mode": ("1", "ON", "TRUE"),
    "sql_quote_show_create": ("1", "ON", "TRUE"),
    "default_tmp_storage_engine": ("INNODB",),
    "innodb_compression_default": ("0", "OFF", "FALSE"),
    "default_table_encryption": ("0", "OFF", "FALSE"),
    "sql_if_exists": ("0", "OFF", "FALSE"),
}


# Other variables that tables depend on, as docs/server-settings.md tells.
FOLLOWED = (
    "foreign_key_checks",
    "explicit_defaults_for_timestamp",
    "default_storage_engine",
    "system_versioning_alter_history",
    "time_zone",
)


def set_variables(session: Session, statement: SetVariables, target: Target, sql: str) -> Session:
    """The session after a SET."""
    for name, raw in statement.assignments:
        session = _assign(session, name, raw, target, sql)
    return session


def _assign(session: Session, name: str, raw: Raw, target: Target, sql: str) -> Session:  # noqa: C901 - one branch per case
    if name in ("names", "character set"):
        return _names(session, name, raw, target)
    if name in _MARIADB_ALONE and target.mysql:
        raise refusal(er.UNKNOWN_SYSTEM_VARIABLE, name)
    if name in _MYSQL_ALONE and target.mariadb:
        raise refusal(er.UNKNOWN_SYSTEM_VARIABLE, name)
    value = _value(session, raw, target, sql)
    match name:
        case "sql_mode":
            if str(value).startswith("?"):
                what = "a sql_mode that is calculated like this is not supported"
                raise Unsupported(sql, raw.position, what)
            return replace(session, sql_mode=_mode(value, target))
        case "foreign_key_checks":
            return replace(session, foreign_key_checks=_switch(name, value))
        case "explicit_defaults_for_timestamp":
            return replace(session, explicit_timestamps=_switch(name, value))
        case "default_storage_engine" | "storage_engine":
            return replace(session, storage_engine=engine_name(str(value), target))
        case "character_set_connection":
            charset = charset_name(target, str(value).lower())
            if charset is None:
                raise refusal(er.UNKNOWN_CHARACTER_SET, value)
            return replace(session, charset=charset, collation=default_collation(charset, target))
        case "collation_connection":
            full = collation_name(target, str(value).lower(), session.charset)
            if full is None:
                raise refusal(er.UNKNOWN_COLLATION, value)
            return replace(session, charset=collation_charset(full), collation=full)
    if name in _MYSQL_ALONE:
        on = str(value).upper() != "DEFAULT" and _switch(name, value)
        return replace(session, variables={**session.variables, name: int(on)})
    if name in _MEANINGFUL and not _is_default(name, value):
        raise Unsupported(sql, raw.position, f"setting the variable {name} is not supported")
    if name.startswith("global."):
        return session
    return replace(session, variables={**session.variables, name: value})


def _is_default(name: str, value: _Value) -> bool:
    """Whether a variable is set to what it is on a server of default settings."""
    text = str(value).upper()
    return text == "DEFAULT" or text in _DEFAULTS.get(name, ())


def _names(session: Session, name: str, raw: Raw, target: Target) -> Session:
    tokens = [token for token in tokenize(raw.text, target) if token.kind is not Kind.END]
    charset = charset_name(target, tokens[0].value.lower())
    if tokens[0].value.upper() == "DEFAULT":
        charset = "utf8mb4"
    if charset is None:
        raise refusal(er.UNKNOWN_CHARACTER_SET, tokens[0].value)
    collation = default_collation(charset, target)
    if len(tokens) > 2 and tokens[1].value == "COLLATE":
        full = collation_name(target, tokens[2].value.lower(), charset)
        if full is None:
            raise refusal(er.UNKNOWN_COLLATION, tokens[2].value)
        collation = full
    del name
    return replace(session, charset=charset, collation=collation)


def _value(session: Session, raw: Raw, target: Target, sql: str) -> _Value:
    """A constant, the value of another variable, or texts of these put together."""
    tokens = tokenize(raw.text, target, session.sql_mode)[:-1]
    while _in_parentheses(tokens):
        tokens = tokens[2:-1] if tokens[1].value == "SELECT" else tokens[1:-1]
    if (text := _text(session, tokens, target)) is not None:
        return text
    if len(tokens) == 1:
        token = tokens[0]
        match token.kind:
            case Kind.STRING | Kind.NAME:
                return token.value
            case Kind.NUMBER if token.text.isdigit():
                return int(token.text)
            case Kind.WORD:
                return None if token.value == "NULL" else token.text
            case Kind.VARIABLE:
                return _variable(session, token.value, target)
    # A value that cannot be known is kept as unknown, and refused where it would matter.
    return f"?{raw.text}"


def _in_parentheses(tokens: Sequence[Token]) -> bool:
    return len(tokens) > 2 and [tokens[0].value, tokens[-1].value] == ["(", ")"]


def _text(session: Session, tokens: Sequence[Token], target: Target) -> str | None:
    """What CONCAT() or REPLACE() makes; None for anything else, and for what is not known."""
    if len(tokens) < 3 or tokens[0].value not in ("CONCAT", "REPLACE"):
        return None
    if not _in_parentheses(tokens[1:]):
        return None
    texts: list[str] = []
    for argument in _arguments(tokens[2:-1]):
        if len(argument) > 1:
            text: _Value = _text(session, argument, target)
        elif argument and argument[0].kind is Kind.VARIABLE:
            text = _variable(session, argument[0].value, target)
        else:
            text = argument[0].value if argument and argument[0].kind is Kind.STRING else None
        if text is None or str(text).startswith("?"):
            return None
        texts.append(str(text))
    if tokens[0].value == "CONCAT":
        return "".join(texts)
    return texts[0].replace(texts[1], texts[2]) if len(texts) == 3 and texts[1] else None


def _arguments(tokens: Sequence[Token]) -> list[list[Token]]:
    """The arguments of a call, by the commas that are in no parentheses of their own."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.value == "(") - (token.value == ")")
        if token.value == "," and token.kind is Kind.SYMBOL and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _variable(session: Session, name: str, target: Target) -> _Value:
    if not name.startswith("@@"):
        return session.variables.get(name)
    plain = name[2:].split(".")[-1]
    match plain:
        case "sql_mode":
            source = Session.default(target) if "global." in name else session
            return ",".join(sorted(source.sql_mode))
        case "foreign_key_checks":
            return int(session.foreign_key_checks)
        case "character_set_client" | "character_set_connection" | "character_set_results":
            return session.charset
        case "collation_connection":
            return session.collation
        case "unique_checks" | "sql_notes":
            return session.variables.get(plain, 1)
    return session.variables.get(plain, f"?{name}")


def _switch(name: str, value: _Value) -> bool:
    if str(value).upper() in ("1", "ON", "TRUE", "DEFAULT"):
        return True
    if str(value).upper() in ("0", "OFF", "FALSE"):
        return False
    raise refusal(er.WRONG_VALUE_FOR_VAR, name, value)


def _mode(value: _Value, target: Target) -> frozenset[str]:
    if value is None:
        raise refusal(er.WRONG_VALUE_FOR_VAR, "sql_mode", value)
    if str(value).upper() == "DEFAULT":
        return Session.default(target).sql_mode
    modes: set[str] = set()
    for word in str(value).upper().split(","):
        if not word:
            continue
        modes.add(word.strip())
        modes.update(
            _COMBINATIONS.get(word.strip(), "").split(",") if word in _COMBINATIONS else ()
        )
    return frozenset(modes)
