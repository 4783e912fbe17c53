"""MY505: a key needs more bytes than InnoDB allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from stillroom.catalog import Column, Index, KeyPart, Table
from stillroom.catalog.collations import widest_character
from stillroom.catalog.keys.index_limits import type_bytes
from stillroom.catalog.parser.syntax import CreateTable
from stillroom.catalog.types.kinds import is_blob, is_string
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.lint.measures.intended_table import IntendedTable, intended_table
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import call, create_index, index_code, name_sql, quoted
from stillroom.lint.rule import MAY_FAIL, Rule, each

_LONGEST = 3072
_LONGEST_NARROW = 767  # of one column, in the old row formats


def look(statement: RevisionStatement) -> Iterator[Finding]:
    wanted = intended_table(statement)
    if wanted is None or wanted.table.engine != "InnoDB":
        return
    for index in _touched(statement, wanted):
        sizes = [_bytes(part, wanted.table) for part in index.parts]
        limit = _limit(wanted.table)
        total = sum(sizes)
        if total <= _LONGEST and max(sizes, default=0) <= limit:
            continue
        if total > _LONGEST >= max(sizes):
            limit = _LONGEST
        yield _finding(statement, wanted.table, index, sizes, limit)


def _touched(statement: RevisionStatement, wanted: IntendedTable) -> Iterator[Index]:
    """The indexes that the statement makes, or whose columns it widens."""
    before = statement.before.find(wanted.table.schema, wanted.table.name)
    candidates = list(wanted.new_indexes)
    for index in wanted.indexes:
        for name in index.columns:
            old, new = before.column(name) if before else None, wanted.table.column(name)
            if old and new and old.type != new.type:
                candidates.append(index)
                break
    for index in candidates:
        if index.kind not in ("FULLTEXT", "SPATIAL") and not index.hashed:
            yield index


def _limit(table: Table) -> int:
    narrow = (table.option("ROW_FORMAT") or "").upper() in ("COMPACT", "REDUNDANT")
    return _LONGEST_NARROW if narrow else _LONGEST


def _bytes(part: KeyPart, table: Table) -> int:
    column = table.column(part.column)
    if column is None:
        return 0
    if part.length:
        return part.length * _width(column)
    return 0 if is_blob(column.type) or column.type.name == "json" else type_bytes(column.type)


def _width(column: Column) -> int:
    return widest_character(column.type.charset) if column.type.charset else 1


def _finding(
    statement: RevisionStatement, table: Table, index: Index, sizes: Sequence[int], limit: int
) -> Finding:
    named = [
        f"{part.column} {size}"
        for part, size in zip(index.parts, sizes, strict=True)
        if part.column
    ]
    name = index.name or index.parts[0].column
    return Finding(
        "MY505",
        statement.place,
        f"the key {name} of {table.name} needs {sum(sizes)} bytes ({', '.join(named)}); "
        f"the limit is {limit}",
        why=(
            "Each character counts as the most bytes that its character set may need."
            f" {_answer(statement, table)}"
        ),
        fix=_fix(statement, table, replace(index, name=name), sizes, limit),
    )


def _answer(statement: RevisionStatement, table: Table) -> str:
    """What the server does instead."""
    if statement.refusal is not None:
        return f"The server refuses it (error {statement.refusal.number})."
    after = statement.after.find(table.schema, table.name)
    hashed = after is not None and any(index.hashed for index in after.indexes)
    if hashed:
        return (
            "MariaDB keeps a hash instead: it finds equal values only, no ranges and no order, "
            "and every INSERT locks more rows."
        )
    return "MariaDB silently indexes only the beginning of the values."


def _fix(
    statement: RevisionStatement, table: Table, index: Index, sizes: Sequence[int], limit: int
) -> str:
    if index.unique:
        wide = max(range(len(sizes)), key=sizes.__getitem__)
        name = index.parts[wide].column
        column = table.column(name)
        width = _width(column) if column else 1
        fits = (min(limit, _LONGEST - sum(sizes) + sizes[wide])) // width
        if fits < 1:
            return "Leave columns out of the key."
        hashed = f"{name[:59]}_hash"
        computed = f'sa.Computed("SHA2({name_sql(name)}, 256)", persisted=True)'
        added = call("sa.Column", [quoted(hashed), "sa.CHAR(64)", computed])
        parts = (KeyPart(hashed) if part.column == name else part for part in index.parts)
        over = create_index(table, replace(index, kind="UNIQUE", parts=tuple(parts)))
        return (
            f"A unique key needs whole columns: {name} may have at most {fits} characters. Or put "
            f"the key on a hash of it:\n"
            f"{block(call('op.add_column', [quoted(table.name), added]), over)}"
        )
    fitting = replace(index, parts=tuple(_cut(table, index, sizes, limit)))
    code = create_index(table, fitting)
    if isinstance(statement.parsed, CreateTable):
        code = index_code(fitting)
    return f"Index only the beginning of the values:\n{block(code)}"


def _cut(table: Table, index: Index, sizes: Sequence[int], limit: int) -> Iterator[KeyPart]:
    """The parts with prefixes that fit: the room is shared by those that are too wide."""
    share = min(limit, _LONGEST // len(sizes))
    for part, size in zip(index.parts, sizes, strict=True):
        column = table.column(part.column)
        cut = column is not None and size > share and is_string(column.type)
        yield replace(part, length=share // _width(column)) if cut and column else part


RULE = Rule(
    "MY505", MAY_FAIL, "a key needs more bytes than the server allows", each(look), settles=True
)
