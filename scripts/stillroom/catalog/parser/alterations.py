"""Parse ALTER TABLE, CREATE INDEX and DROP INDEX: all become ALTER TABLE clauses."""

from __future__ import annotations

from stillroom.catalog.parser.columns import column
from stillroom.catalog.parser.cursor import Cursor
from stillroom.catalog.parser.data_types import charset_clause
from stillroom.catalog.parser.defaults import altered_default
from stillroom.catalog.parser.keys import at_constraint, constraint
from stillroom.catalog.parser.lexer import Kind
from stillroom.catalog.parser.partition_clauses import partition, partition_names
from stillroom.catalog.parser.syntax import (
    Action,
    AddColumn,
    AddElement,
    AlterCheck,
    AlterColumn,
    AlterIndex,
    AlterTable,
    ChangeColumn,
    ConvertCharset,
    Drop,
    Hint,
    Option,
    Partition,
    RenameColumn,
    RenameIndex,
    RenameTo,
    SetOptions,
)
from stillroom.catalog.parser.tables import (
    at_option,
    partition_by,
    partition_definitions,
    table_options,
)

# Words before PARTITION. All but the first three leave the partitions as they are.
_PARTITIONED = frozenset(
    ["REORGANIZE", "COALESCE", "EXCHANGE", "TRUNCATE", "REBUILD", "ANALYZE", "CHECK", "OPTIMIZE"]
) | {"REPAIR", "DISCARD", "IMPORT"}


def alter_table(cursor: Cursor, start: int) -> AlterTable:
    """Everything behind ``ALTER [ONLINE] [IGNORE] TABLE``."""
    if_exists = cursor.own_if_exists()
    table = cursor.table_name()
    if cursor.accept("WAIT"):
        cursor.integer()
    else:
        cursor.accept("NOWAIT")
    actions: list[Action] = []
    if not cursor.at_end and not cursor.at(";"):
        actions += _actions(cursor)
        while cursor.accept(","):
            actions += _actions(cursor)
    if len(actions) > 1 and any(isinstance(action, Partition) for action in actions):
        raise cursor.syntax_error(actions[-1].position)  # it stands alone, or behind the list
    position = cursor.position
    if cursor.at("PARTITION"):
        actions.append(Partition("BY", partition_by(cursor), position=position))
    elif cursor.accept("REMOVE", "PARTITIONING"):
        actions.append(Partition("REMOVE", position=position))
    cursor.expect_end()
    return AlterTable(table, tuple(actions), if_exists, start)


def _actions(cursor: Cursor) -> list[Action]:
    """One clause; ``ADD (a INT, b INT)`` is several."""
    position = cursor.position
    if at_option(cursor):
        return [SetOptions(table_options(cursor), position)]
    if cursor.at("PARTITION", "BY"):
        return [Partition("BY", partition_by(cursor), position=position)]
    if cursor.token.kind is not Kind.WORD:
        raise cursor.syntax_error()
    word = cursor.take().value
    match word:
        case "ADD":
            return _add(cursor, position)
        case "DROP":
            return [_drop(cursor, position)]
        case "MODIFY" | "CHANGE":
            return [_change(cursor, word, position)]
        case "ALTER":
            return [_alter(cursor, position)]
        case "RENAME":
            return [_rename(cursor, position)]
        case "CONVERT":
            return [_convert(cursor, position)]
        case _:
            return [_other(cursor, word, position)]


def _other(cursor: Cursor, word: str, position: int) -> Action:
    if word in ("ENABLE", "DISABLE") and cursor.accept("KEYS"):
        return Hint(f"{word} KEYS", position=position)
    if word in ("ALGORITHM", "LOCK"):
        cursor.accept("=")
        return Hint(word, cursor.take().value, position)
    if word == "FORCE":
        return Hint("FORCE", position=position)
    if word in ("WITH", "WITHOUT") and cursor.accept("VALIDATION"):
        return Hint(f"{word} VALIDATION", position=position)
    if word == "ORDER":
        return _order_by(cursor, position)
    if word == "REMOVE" and cursor.accept("PARTITIONING"):
        return Partition("REMOVE", position=position)
    if word in _PARTITIONED and cursor.at("PARTITION"):
        return partition(cursor, word, position)
    raise cursor.unsupported("unknown clause of ALTER TABLE", position)


def _order_by(cursor: Cursor, position: int) -> Hint:
    cursor.expect("BY")
    names = []
    while True:
        names.append(cursor.column_name())
        cursor.accept_any("ASC", "DESC")
        if not cursor.accept(","):
            return Hint("ORDER BY", ",".join(names), position)


def _add(cursor: Cursor, position: int) -> list[Action]:
    if cursor.accept("PARTITION"):
        cursor.accept_any("NO_WRITE_TO_BINLOG", "LOCAL")
        if cursor.accept("PARTITIONS"):
            return [Partition("ADD", count=cursor.integer(), position=position)]
        if cursor.at_end:
            return [Partition("ADD", position=position)]
        if cursor.own_if_not_exists():
            raise cursor.unsupported("ADD PARTITION IF NOT EXISTS is not supported", position)
        definitions = partition_definitions(cursor)
        return [Partition("ADD", definitions=definitions, position=position)]
    if cursor.target.mariadb and cursor.accept("SYSTEM", "VERSIONING"):
        return [SetOptions((Option("SYSTEM VERSIONING", "1", position),), position)]
    _check_period(cursor)
    if at_constraint(cursor):
        return [AddElement(constraint(cursor), position)]
    cursor.accept("COLUMN")
    if_not_exists = cursor.own_if_not_exists()
    if cursor.accept("("):
        found_actions = [_added(cursor, position, if_not_exists)]
        while cursor.accept(","):
            found_actions.append(_added(cursor, position, if_not_exists))
        cursor.expect(")")
        return found_actions
    spec = column(cursor)
    first, after = _place(cursor)
    return [AddColumn(spec, first, after, if_not_exists, position)]


def _check_period(cursor: Cursor) -> None:
    """Periods of time are MariaDB's, and not known here."""
    if cursor.at("PERIOD", "FOR") or cursor.at("SYSTEM", "VERSIONING"):
        if cursor.target.mysql:
            raise cursor.syntax_error()
        raise cursor.unsupported("PERIOD is not supported")


def _added(cursor: Cursor, position: int, if_not_exists: bool) -> Action:
    """One element of ``ADD (…)``."""
    if at_constraint(cursor):
        return AddElement(constraint(cursor), position)
    return AddColumn(column(cursor), if_not_exists=if_not_exists, position=position)


def _place(cursor: Cursor) -> tuple[bool, str | None]:
    if cursor.accept("FIRST"):
        return True, None
    if cursor.accept("AFTER"):
        return False, cursor.identifier()
    return False, None


def _change(cursor: Cursor, word: str, position: int) -> ChangeColumn:
    cursor.accept("COLUMN")
    if_exists = cursor.own_if_exists()
    old_name = cursor.column_name() if word == "CHANGE" else None
    spec = column(cursor)
    first, after = _place(cursor)
    return ChangeColumn(old_name or spec.name, spec, first, after, if_exists, position)


def _drop(cursor: Cursor, position: int) -> Action:
    if cursor.accept("PRIMARY"):
        cursor.expect("KEY")
        return Drop("PRIMARY KEY", "PRIMARY", position=position)
    if cursor.accept("PARTITION"):
        if_exists = cursor.own_if_exists()
        names = partition_names(cursor)
        return Partition("DROP", names=names, if_exists=if_exists, position=position)
    if cursor.target.mariadb and cursor.accept("SYSTEM", "VERSIONING"):
        return SetOptions((Option("SYSTEM VERSIONING", "0", position),), position)
    _check_period(cursor)
    kind = "COLUMN"
    if cursor.accept("FOREIGN"):
        cursor.expect("KEY")
        kind = "FOREIGN KEY"
    elif cursor.accept_any("INDEX", "KEY"):
        kind = "INDEX"
    elif cursor.accept("CONSTRAINT"):
        kind = "CONSTRAINT"
    elif cursor.target.mysql and cursor.accept("CHECK"):
        kind = "CHECK"
    else:
        cursor.accept("COLUMN")
    if_exists = cursor.own_if_exists()
    name = cursor.column_name() if kind == "COLUMN" else constraint_name(cursor)
    cursor.accept_any("RESTRICT", "CASCADE")
    return Drop(kind, name, if_exists, position)


def constraint_name(cursor: Cursor) -> str:
    """The name of a key or constraint; ``PRIMARY`` for the primary key."""
    if cursor.accept("PRIMARY"):
        return "PRIMARY"
    return cursor.identifier()


def _alter(cursor: Cursor, position: int) -> Action:
    if cursor.target.mysql and cursor.at_any("CHECK", "CONSTRAINT"):
        cursor.take()
        name = cursor.identifier()
        enforced = not cursor.accept("NOT")
        cursor.expect("ENFORCED")
        return AlterCheck(name, enforced, position)
    if cursor.accept_any("INDEX", "KEY"):
        return _alter_index(cursor, position)
    cursor.accept("COLUMN")
    if_exists = cursor.own_if_exists()
    name = cursor.column_name()
    if cursor.accept("DROP"):
        cursor.expect("DEFAULT")
        return AlterColumn(name, if_exists=if_exists, position=position)
    cursor.expect("SET")
    if cursor.target.mysql and cursor.at_any("VISIBLE", "INVISIBLE"):
        return AlterColumn(name, invisible=cursor.take().value == "INVISIBLE", position=position)
    cursor.expect("DEFAULT")
    return AlterColumn(name, altered_default(cursor), if_exists=if_exists, position=position)


def _alter_index(cursor: Cursor, position: int) -> Action:
    if_exists = cursor.own_if_exists()
    name = cursor.identifier()
    if cursor.target.mysql and cursor.at_any("VISIBLE", "INVISIBLE"):
        return AlterIndex(name, cursor.take().value == "INVISIBLE", if_exists, position)
    if cursor.target.mariadb:
        hidden = not cursor.accept("NOT")
        cursor.expect("IGNORED")
        return AlterIndex(name, hidden, if_exists, position)
    raise cursor.syntax_error()


def _rename(cursor: Cursor, position: int) -> Action:
    if cursor.accept("COLUMN"):
        if_exists = cursor.own_if_exists()
        old_name = cursor.column_name()
        cursor.expect("TO")
        return RenameColumn(old_name, cursor.column_name(), if_exists, position)
    if cursor.accept_any("INDEX", "KEY"):
        if_exists = cursor.own_if_exists()
        old_name = cursor.identifier()
        cursor.expect("TO")
        return RenameIndex(old_name, cursor.identifier(), if_exists, position)
    if not cursor.accept_any("TO", "AS"):
        cursor.accept("=")
    return RenameTo(cursor.table_name(), position)


def _convert(cursor: Cursor, position: int) -> ConvertCharset:
    cursor.expect("TO")
    if (
        cursor.at_any("CHARSET", "CHARACTER", "CHAR")
        and cursor.tokens[cursor.index + (1 if cursor.at("CHARSET") else 2)].value == "DEFAULT"
    ):
        raise cursor.unsupported("CONVERT TO CHARACTER SET DEFAULT is not supported", position)
    charset = charset_clause(cursor)
    collation = None
    if cursor.accept("COLLATE"):
        cursor.accept("=")
        collation = "binary" if cursor.accept("BINARY") else cursor.word_or_string().lower()
    return ConvertCharset(charset, collation, position)
