"""Parse indexes, foreign keys and CHECKs, in CREATE TABLE and behind ADD."""

from __future__ import annotations

from typing import Any

from stillroom.catalog.parser.cursor import Cursor
from stillroom.catalog.parser.syntax import (
    CheckSpec,
    ForeignKeySpec,
    IndexSpec,
    KeyPartSpec,
    Reference,
)
from stillroom.catalog.record import replace

_OPENINGS = (
    "CONSTRAINT",
    "PRIMARY",
    "UNIQUE",
    "INDEX",
    "KEY",
    "FULLTEXT",
    "SPATIAL",
    "FOREIGN",
    "CHECK",
)


def at_constraint(cursor: Cursor) -> bool:
    """Whether an index, foreign key or check begins here."""
    return cursor.at_any(*_OPENINGS) or (has_vector_indexes(cursor) and cursor.at("VECTOR"))


def has_vector_indexes(cursor: Cursor) -> bool:
    """Whether the target has VECTOR indexes, and reserves the word."""
    return cursor.target.mariadb_from(11, 7)


def constraint(cursor: Cursor) -> IndexSpec | ForeignKeySpec | CheckSpec:
    """One of ``_OPENINGS`` up to its end."""
    position = cursor.position
    name: str | None = None
    if_not_exists = False
    if cursor.accept("CONSTRAINT"):
        if_not_exists = cursor.own_if_not_exists()
        if not cursor.at_any("PRIMARY", "UNIQUE", "FOREIGN", "CHECK"):
            name = cursor.identifier()
    if cursor.at("CHECK"):
        return replace(check(cursor), name=name, if_not_exists=if_not_exists, position=position)
    if cursor.at("FOREIGN"):
        key = _foreign_key(cursor)
        if_not_exists = if_not_exists or key.if_not_exists
        return replace(key, name=name, if_not_exists=if_not_exists, position=position)
    is_key = True
    if cursor.accept("PRIMARY"):
        kind = "PRIMARY"
        cursor.expect("KEY")
    else:
        kind = cursor.accept_any("UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR") or ""
        is_key = cursor.accept_any("INDEX", "KEY") is not None
        if not is_key and not kind:
            raise cursor.syntax_error()
    if_not_exists = cursor.own_if_not_exists() or if_not_exists
    own_name = None
    if not cursor.at("(") and not _at_using(cursor):
        own_name = cursor.identifier()
    spec = IndexSpec(
        kind,
        (),
        own_name or name,
        constraint=kind == "UNIQUE" and not is_key,
        if_not_exists=if_not_exists,
        position=position,
    )
    return index_body(cursor, spec)


def index_body(cursor: Cursor, spec: IndexSpec) -> IndexSpec:
    """``[USING …] (parts) options``"""
    algorithm = _using(cursor)
    parts = key_parts(cursor)
    if spec.kind == "VECTOR" and (algorithm or len(parts) > 1 or parts[0].length or parts[0].order):
        raise cursor.syntax_error()
    return _options(cursor, replace(spec, parts=parts, algorithm=algorithm))


def _at_using(cursor: Cursor) -> bool:
    """TYPE is a name as well, unless an algorithm follows."""
    return cursor.at("USING") or (
        cursor.at("TYPE") and cursor.peek().value in ("BTREE", "HASH", "RTREE")
    )


def _using(cursor: Cursor) -> str | None:
    if not cursor.accept_any("USING", "TYPE"):
        return None
    algorithm = cursor.accept_any("BTREE", "HASH", "RTREE")
    if algorithm is None:
        raise cursor.syntax_error()
    return algorithm


def key_parts(cursor: Cursor) -> tuple[KeyPartSpec, ...]:
    """``(column(10) DESC, (expression), …)``"""
    cursor.expect("(")
    parts = [_key_part(cursor)]
    while cursor.accept(","):
        parts.append(_key_part(cursor))
    if cursor.at("WITHOUT"):
        raise cursor.unsupported("WITHOUT OVERLAPS is not supported")
    cursor.expect(")")
    return tuple(parts)


def _key_part(cursor: Cursor) -> KeyPartSpec:
    position = cursor.position
    if cursor.target.mysql and cursor.at("("):
        part = KeyPartSpec(expression=cursor.raw_parentheses(), position=position)
    else:
        part = KeyPartSpec(cursor.identifier(), position=position)
        if cursor.accept("("):
            part = replace(part, length=cursor.integer())
            cursor.expect(")")
    return replace(part, order=cursor.accept_any("ASC", "DESC"))


def _options(cursor: Cursor, spec: IndexSpec) -> IndexSpec:
    changes: dict[str, Any] = {}
    while True:
        if cursor.at_any("USING", "TYPE"):
            changes["algorithm"] = _using(cursor)
        elif cursor.accept("COMMENT"):
            changes["comment"] = cursor.string()
        elif cursor.accept("KEY_BLOCK_SIZE"):
            cursor.accept("=")
            changes["key_block_size"] = cursor.integer()
        elif cursor.accept("WITH"):
            cursor.expect("PARSER")
            changes["parser"] = cursor.identifier()
        elif cursor.target.mysql and cursor.at_any("VISIBLE", "INVISIBLE"):
            changes["invisible"] = cursor.take().value == "INVISIBLE"
        elif cursor.target.mariadb and cursor.accept("IGNORED"):
            changes["ignored"] = True
        elif cursor.target.mariadb and cursor.accept("NOT", "IGNORED"):
            changes["ignored"] = False
        elif cursor.target.mariadb and cursor.at_identifier() and cursor.peek().text == "=":
            name = cursor.identifier()
            cursor.take()
            changes["options"] = (*changes.get("options", ()), (name, _option_value(cursor)))
        else:
            return replace(spec, **changes) if changes else spec


def _option_value(cursor: Cursor) -> str | None:
    """The value of an option of an engine; None for DEFAULT."""
    if cursor.accept("DEFAULT"):
        return None
    if cursor.at_string():
        return cursor.string()
    return cursor.take().text


def _foreign_key(cursor: Cursor) -> ForeignKeySpec:
    cursor.expect("FOREIGN", "KEY")
    if_not_exists = cursor.own_if_not_exists()
    index_name = None if cursor.at("(") else cursor.identifier()
    columns = cursor.names()
    return ForeignKeySpec(
        columns, reference(cursor), index_name=index_name, if_not_exists=if_not_exists
    )


def reference(cursor: Cursor) -> Reference:
    """``REFERENCES table (columns) …``"""
    cursor.expect("REFERENCES")
    table = cursor.table_name()
    columns = cursor.names() if cursor.at("(") else ()
    match = None
    actions: dict[str, str] = {}
    if cursor.accept("MATCH"):
        match = cursor.accept_any("FULL", "PARTIAL", "SIMPLE")
        if match is None:
            raise cursor.syntax_error()
    while cursor.at("ON"):
        event = cursor.peek().value
        if event not in ("DELETE", "UPDATE") or event in actions:
            raise cursor.syntax_error()
        cursor.take()
        cursor.take()
        actions[event] = _action(cursor)
    return Reference(table, columns, match, actions.get("DELETE"), actions.get("UPDATE"))


def _action(cursor: Cursor) -> str:
    for words in (("SET", "NULL"), ("SET", "DEFAULT"), ("NO", "ACTION")):
        if cursor.accept(*words):
            return " ".join(words)
    action = cursor.accept_any("RESTRICT", "CASCADE")
    if action is None:
        raise cursor.syntax_error()
    return action


def check(cursor: Cursor) -> CheckSpec:
    """``[CONSTRAINT name] CHECK (…) [[NOT] ENFORCED]``"""
    position = cursor.position
    name = None
    if cursor.accept("CONSTRAINT") and not cursor.at("CHECK"):
        name = cursor.identifier()
    cursor.expect("CHECK")
    expression = cursor.raw_parentheses()
    enforced = True
    if cursor.target.mysql and cursor.accept("NOT", "ENFORCED"):
        enforced = False
    elif cursor.target.mysql:
        cursor.accept("ENFORCED")
    return CheckSpec(expression, name, enforced, position=position)
