"""Compares the tables of two catalogs, in what matters to a server and not in what is printed.

The order of columns and keys is no difference: no statement that Alembic writes could change it.
A name that the server has chosen is none either, as long as the part itself is there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from stillroom.catalog import Catalog, Check, Column, DataType, ForeignKey, Index, KeyPart, Table
from stillroom.catalog.keys.supporting_indexes import supporting_indexes
from stillroom.catalog.printing.text import type_text
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift.difference import ABSENT, Difference, shown_schema

# MySQL keeps CURRENT_TIMESTAMP in parentheses, as SQLAlchemy writes func.now(), in other words.
_NOW = re.compile(r"\(now\((\d?)\)\)")


def differences(history: Catalog, models: Catalog) -> list[Difference]:
    """What ``history`` and ``models`` do not have in common, in the order of their tables.

    A schema that only the history knows is left out, but for the default one.
    """
    result: list[Difference] = []
    for schema in models.schemas:
        ours = history.schemas[schema].tables if schema in history.schemas else {}
        theirs = models.schemas[schema].tables
        result += table_differences(shown_schema(schema), ours, theirs)
    return result


def table_differences(
    schema: str, history: Mapping[str, Table], models: Mapping[str, Table]
) -> Iterator[Difference]:
    """What tables by name do not have in common; ``schema`` is that of the differences."""
    for name in sorted({*history, *models}):
        ours, theirs = history.get(name), models.get(name)
        if ours is None and theirs is not None:
            yield Difference(
                schema, name, "table", name, "", ABSENT, f"{len(theirs.columns)} columns"
            )
        elif theirs is None and ours is not None:
            yield Difference(
                schema, name, "table", name, "", f"{len(ours.columns)} columns", ABSENT
            )
        elif ours is not theirs and ours is not None and theirs is not None:
            for kind, inside, aspect, before, after in _table(ours, theirs):
                yield Difference(schema, name, kind, inside, aspect, before, after)


Found = tuple[str, str, str, str, str]


def _table(history: Table, models: Table) -> Iterator[Found]:
    yield from _columns(history, models)
    yield from _primary_keys(history, models)
    yield from _named(
        "index",
        _indexes(history, models),
        [index for index in models.indexes if not index.generated and index.kind != "PRIMARY"],
        index_text,
        _chosen_index_name,
    )
    yield from _named(
        "foreign key", history.foreign_keys, models.foreign_keys, foreign_key_text, _chosen_key_name
    )
    yield from _named("check", history.checks, models.checks, check_text, _chosen_check_name)
    yield from _options(history, models)


def _columns(history: Table, models: Table) -> Iterator[Found]:
    for column in history.columns:
        if models.column(column.name) is None:
            yield "column", column.name, "", column_text(column, history), ABSENT
    for column in models.columns:
        before = history.column(column.name)
        if before is None:
            yield "column", column.name, "", ABSENT, column_text(column, models)
        elif before != column:
            if before.name != column.name:  # in case alone: to a server it is the same column
                yield "column", column.name, "name", before.name, column.name
            ours, theirs = _aspects(before, history), _aspects(column, models)
            for aspect, text in theirs.items():
                if ours[aspect] != text:
                    yield "column", column.name, aspect, ours[aspect], text


def _aspects(column: Column, table: Table) -> dict[str, str]:
    """What a column is, in words that can be compared and read."""
    own_collation = column.type.collation not in (None, table.collation)
    return {
        "type": type_words(column.type),
        # A column without a collation of its own follows its table, which is compared itself.
        "collation": f"COLLATE {column.type.collation}" if own_collation else "",
        "nullability": "NULL" if column.nullable else "NOT NULL",
        "default": _default(column),
        "on update": f"ON UPDATE {column.on_update}" if column.on_update else "",
        "autoincrement": "AUTO_INCREMENT" if column.auto_increment else "",
        "expression": _generation(column),
        "check": f"CHECK ({column.check})" if column.check else "",
        "visibility": "INVISIBLE" if column.invisible else "",
        "compression": "COMPRESSED" if column.compressed else "",
        "comment": f"COMMENT {column.comment!r}" if column.comment else "",
    }


def _default(column: Column) -> str:
    if column.default in (None, "NULL"):
        return ""
    moment = _NOW.fullmatch(column.default)
    if moment and column.type.name in ("datetime", "timestamp"):
        digits = moment.group(1)
        if int(digits or 0) == (column.type.length or 0):
            return f"DEFAULT CURRENT_TIMESTAMP{f'({digits})' if digits else ''}"
    return f"DEFAULT {column.default}"


def _generation(column: Column) -> str:
    if column.generated is None:
        return ""
    return f"AS ({column.generated}) {'STORED' if column.stored else 'VIRTUAL'}"


def _primary_keys(history: Table, models: Table) -> Iterator[Found]:
    before = key_text(history.primary_key) if history.primary_key else ABSENT
    after = key_text(models.primary_key) if models.primary_key else ABSENT
    if before != after:
        yield "primary key", "", "", before, after


def _indexes(history: Table, models: Table) -> list[Index]:
    """The history's indexes, but for those that only serve a foreign key which the models have.

    InnoDB makes an index for a foreign key that has none, so the models need not name it.
    """
    unnamed = {key.columns for key in models.foreign_keys if not _names_index(models, key)}
    keys = {key.columns for key in models.foreign_keys}
    names = {key.name.lower() for key in (*history.foreign_keys, *models.foreign_keys)}
    named = {index.name.lower() for index in models.indexes if not index.generated}
    return [
        index
        for index in history.indexes
        if index.kind != "PRIMARY"
        and not index.generated
        and not (
            index.kind == ""
            # Where the models name one, another is left over, unless InnoDB made it, and a dump
            # that the history begins with does not tell: the server has dropped that by itself.
            and index.columns
            in (keys if index.name.lower() in names or _chosen_index_name(index) else unnamed)
            and index.name.lower() not in named
        )
    ]


def _names_index(table: Table, key: ForeignKey) -> bool:
    """Whether a table declares an index that serves the foreign key."""
    return any(not index.generated for index in supporting_indexes(table, key.columns))


Part = TypeVar("Part", Index, ForeignKey, Check)


def _named(
    kind: str,
    history: Sequence[Part],
    models: Sequence[Part],
    text: Callable[[Part], str],
    chosen: Callable[[Part], bool],
) -> Iterator[Found]:
    """Pair parts by name, then those whose name the server chose by what they are."""
    left: dict[str, Part] = {part.name.lower(): part for part in history}
    unnamed: list[Part] = []
    for part in models:
        if chosen(part):
            unnamed.append(part)
            continue
        before = left.pop(part.name.lower(), None)
        if before is None:
            yield kind, part.name, "", ABSENT, text(part)
        elif text(before) != text(part):
            yield kind, part.name, "", text(before), text(part)
    for part in unnamed:
        # One of the same name first: another of the same shape may belong to its own twin.
        twins = [other for other in left.values() if text(other) == text(part)]
        twins.sort(key=lambda other: other.name.lower() != part.name.lower())
        same = twins[0] if twins else None
        if same is None:
            yield kind, part.name, "", ABSENT, text(part)
        else:
            del left[same.name.lower()]
    for part in left.values():
        yield kind, part.name, "", text(part), ABSENT


def _chosen_index_name(index: Index) -> bool:
    """Servers name a key after its first column, and number it if that name is taken."""
    first = index.columns[0] if index.columns else ""
    return re.fullmatch(rf"{re.escape(first)}(_\d+)?", index.name, re.IGNORECASE) is not None


def _chosen_key_name(key: ForeignKey) -> bool:
    return re.fullmatch(r"(.*_ibfk_)?\d+", key.name) is not None


def _chosen_check_name(check: Check) -> bool:
    return re.fullmatch(r"CONSTRAINT_\d+|.*_chk_\d+", check.name) is not None


def _options(history: Table, models: Table) -> Iterator[Found]:
    before, after = _option_texts(history), _option_texts(models)
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield "option", "", name, before.get(name, ABSENT), after.get(name, ABSENT)


def _option_texts(table: Table) -> dict[str, str]:
    texts = {
        "collation": f"COLLATE {table.collation}",
        "engine": f"ENGINE {table.engine}",
        **{name.lower().replace("_", " "): f"{name} {value}" for name, value in table.options},
    }
    if table.comment:
        texts["comment"] = f"COMMENT {table.comment!r}"
    if table.partitions is not None:
        bounds = ", ".join(
            f"{part.name} {part.values}".strip() for part in table.partitions.definitions
        )
        count = f" PARTITIONS {table.partitions.count}" if table.partitions.count else ""
        texts["partitions"] = f"PARTITION BY {table.partitions.by}{count} ({bounds})"
    return texts


# parts of tables in words, to be compared and to be read


def type_words(type_: DataType) -> str:
    """A type, its keywords in capitals: ``VARCHAR(80)``, ``ENUM('a','b')``, ``INT UNSIGNED``."""
    name, bracket, rest = type_text(type_).partition("(")
    inner, closing, attributes = rest.rpartition(")")
    return f"{name.upper()}{bracket}{inner}{closing}{attributes.upper()}"


def column_text(column: Column, table: Table) -> str:
    """A whole column, as a person would declare it."""
    own_collation = column.type.collation not in (None, table.collation)
    words = [
        type_words(column.type),
        f"COLLATE {column.type.collation}" if own_collation else "",
        f"AS ({column.generated})" if column.generated else "",
        "NULL" if column.nullable else "NOT NULL",
        f"DEFAULT {column.default}" if column.default not in (None, "NULL") else "",
        f"ON UPDATE {column.on_update}" if column.on_update else "",
        "AUTO_INCREMENT" if column.auto_increment else "",
    ]
    return " ".join(word for word in words if word)


def index_text(index: Index) -> str:
    """An index without its name: ``UNIQUE (a, b(10) DESC) USING HASH``."""
    words = [
        index.kind,
        key_text(index),
        f"USING {index.algorithm}" if index.algorithm else "",
        f"WITH PARSER {index.parser}" if index.parser else "",
        f"KEY_BLOCK_SIZE {index.key_block_size}" if index.key_block_size else "",
        f"COMMENT {index.comment!r}" if index.comment else "",
        "INVISIBLE" if index.invisible else "",
        "IGNORED" if index.ignored else "",
    ]
    return " ".join(word for word in words if word)


def key_text(index: Index) -> str:
    """The columns of an index: ``(a, b(10) DESC)``."""
    return "(" + ", ".join(map(_part_text, index.parts)) + ")"


def _part_text(part: KeyPart) -> str:
    text = part.column if part.expression is None else f"({part.expression})"
    if part.length:
        text += f"({part.length})"
    return text + (" DESC" if part.descending else "")


def foreign_key_text(key: ForeignKey) -> str:
    """A foreign key without its name: ``(a) → users (id) ON DELETE CASCADE``."""
    table = key.table if key.schema == DEFAULT_SCHEMA else f"{key.schema}.{key.table}"
    text = f"({', '.join(key.columns)}) → {table} ({', '.join(key.referenced_columns)})"
    for event, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update)):
        # Without a word, and with either of these, the server does the same.
        if action not in (None, "RESTRICT", "NO ACTION"):
            text += f" ON {event} {action}"
    return text


def check_text(check: Check) -> str:
    """A check without its name."""
    return f"({check.expression})" + ("" if check.enforced else " NOT ENFORCED")
