"""Writes types, columns, keys and operations of a table as Python code, for remedies."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from keyword import iskeyword

from stillroom.catalog import Column, DataType, ForeignKey, Index, Table, Target, quoted_name
from stillroom.catalog.parser.reserved_words import reserved_words
from stillroom.catalog.types.kinds import is_integer, is_string
from stillroom.errors import printable

_RESERVED = reserved_words(Target.parse("mariadb 11.8")) | reserved_words(Target.parse("mysql 9.7"))
_IN_QUOTES = re.compile(r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`""", re.DOTALL)
_BLANKS = re.compile(rf"({_IN_QUOTES.pattern})|\s+", re.DOTALL)
_COMMENT = re.compile(r"--\s|#")
_WIDEST = 88  # characters of a call that stays on one line
_GENERIC = {
    "int": "sa.Integer()",
    "bigint": "sa.BigInteger()",
    "smallint": "sa.SmallInteger()",
    "text": "sa.Text()",
    "date": "sa.Date()",
    "json": "sa.JSON()",
    "blob": "sa.LargeBinary()",
    "double": "sa.Double()",
}


def quoted(text: str) -> str:
    """A string of Python, without characters that an editor or a terminal would not show."""
    return printable(json.dumps(text, ensure_ascii=False))


def as_text_clause(sql: str) -> str:
    """``sql`` as a string for ``sa.text()``, where no colon begins a parameter."""
    return quoted(re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", sql))


def identifier(name: str) -> str:
    """A name of Python that is like ``name``."""
    word = re.sub(r"\W", "_", name)
    return word if word.isidentifier() and not iskeyword(word) else f"_{word}"


def sql_call(sql: str) -> str:
    """``op.execute`` with a statement, exactly as it is."""
    if ":" in sql:  # as text() it would begin a parameter
        return f"op.execute(sa.DDL({quoted(sql.replace('%', '%%'))}))"
    return f"op.execute({quoted(sql)})"


def driver_call(sql: str) -> str:
    """A statement, exactly as it is, whose answer is looked at."""
    return f"op.get_bind().exec_driver_sql({quoted(sql.replace('%', '%%'))})"


def one_line(sql: str) -> str:
    """``sql`` with its blanks and line breaks as one blank each, but for those in quotes."""
    if _COMMENT.search(_IN_QUOTES.sub("", sql)):
        return sql.strip()  # which ends with its line
    return _BLANKS.sub(lambda match: match[1] or " ", sql).strip()


def name_sql(name: str) -> str:
    """A name in a statement, in backticks where it may need them."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and name.upper() not in _RESERVED
    return name if plain else quoted_name(name)


def call(function: str, arguments: Sequence[str]) -> str:
    """A call, on one line where it has room."""
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= _WIDEST:
        return line
    inner = [f"{argument},".replace("\n", "\n    ") for argument in arguments]
    return "\n".join([f"{function}(", *(f"    {line}" for line in inner), ")"])


def type_code(kind: DataType, table: Table) -> str:
    """The type as a model or a revision says it."""
    if is_string(kind) and kind.collation not in (None, table.collation):
        size = [_values(kind)] if kind.values else [str(kind.length)] if kind.length else []
        arguments = [*size, f"collation={quoted(str(kind.collation))}"]
        return f"mysql.{kind.name.upper()}({', '.join(arguments)})"
    if kind.values:
        return f"{'sa.Enum' if kind.name == 'enum' else 'mysql.SET'}({_values(kind)})"
    if kind.name == "varchar":
        return f"sa.String({kind.length})"
    if kind.name == "char":
        return f"sa.CHAR({kind.length or 1})"
    if kind.name == "decimal" and not kind.unsigned:
        return f"sa.Numeric({kind.length or 10}, {kind.scale or 0})"
    if kind.name == "datetime" and not kind.length:
        return "sa.DateTime()"
    if kind.name in _GENERIC and not kind.unsigned and not kind.zerofill:
        return _GENERIC[kind.name]
    return f"mysql.{_CLASSES.get(kind.name, kind.name.upper())}({', '.join(_options(kind))})"


_CLASSES = {"int": "INTEGER"}


def _values(kind: DataType) -> str:
    return ", ".join(quoted(value) for value in kind.values)


def _options(kind: DataType) -> list[str]:
    options = []
    if kind.name in ("datetime", "timestamp", "time"):
        options += [f"fsp={kind.length}"] if kind.length else []
    elif kind.length is not None and not (is_integer(kind) and kind.name != "tinyint"):
        options += [str(kind.length), *([str(kind.scale)] if kind.scale is not None else [])]
    if kind.unsigned:
        options.append("unsigned=True")
    if kind.zerofill:
        options.append("zerofill=True")
    return options


def default_code(column: Column) -> str:
    """The default as ``server_default`` takes it, ON UPDATE included; nothing if there is none."""
    if column.default in (None, "NULL"):
        return ""
    update = f" ON UPDATE {column.on_update}" if column.on_update else ""
    return f"sa.text({as_text_clause(f'{column.default}{update}')})"


def column_code(column: Column, table: Table) -> str:
    """``sa.Column`` of a column."""
    arguments = [quoted(column.name), type_code(column.type, table)]
    if column.generated is not None:
        formula = as_text_clause(column.generated)
        arguments.append(f"sa.Computed({formula}, persisted={column.stored})")
    if not column.nullable:
        arguments.append("nullable=False")
    if default := default_code(column):
        arguments.append(f"server_default={default}")
    if column.comment:
        arguments.append(f"comment={quoted(column.comment)}")
    return call("sa.Column", arguments)


def mapped_code(name: str, column: Column, table: Table) -> str:
    """The attribute of a model that is called like ``name``, for a column."""
    name = identifier(name)
    arguments = [quoted(column.name)] if name != column.name else []
    arguments.append(type_code(column.type, table))
    if not column.nullable:
        arguments.append("nullable=False")
    return f"{name} = {call('mapped_column', arguments)}"


def add_column(table: Table, column: Column) -> str:
    """Python code that adds a column."""
    return call("op.add_column", [quoted(table.name), column_code(column, table)])


def alter_column(table: Table, old: Column, new: Column) -> str:
    """The call that makes ``new`` of ``old``, and repeats what stays."""
    arguments = [quoted(table.name), quoted(old.name)]
    if new.name != old.name:
        arguments.append(f"new_column_name={quoted(new.name)}")
    arguments.append(f"existing_type={type_code(old.type, table)}")
    if new.type != old.type:
        arguments.append(f"type_={type_code(new.type, table)}")
    if new.nullable != old.nullable:
        arguments.append(f"nullable={new.nullable}")
    elif not old.nullable:
        arguments.append("existing_nullable=False")
    before, after = default_code(old), default_code(new)
    if before != after:
        arguments.append(f"server_default={after or None}")
    elif before:
        arguments.append(f"existing_server_default={before}")
    if new.comment != old.comment:
        arguments.append(f"comment={quoted(new.comment)}")
    elif old.comment:
        arguments.append(f"existing_comment={quoted(old.comment)}")
    if old.auto_increment and new.auto_increment:
        arguments.append("existing_autoincrement=True")
    return call("op.alter_column", arguments)


def create_index(table: Table, index: Index) -> str:
    """The call that makes an index; as SQL where a part is an expression."""
    if any(part.expression is not None for part in index.parts):
        parts = ", ".join(
            f"({part.expression})" if part.expression is not None else name_sql(part.column)
            for part in index.parts
        )
        unique = "UNIQUE " if index.unique else ""
        name = f"{name_sql(index.name)} ON {name_sql(table.name)}"
        return sql_call(f"CREATE {unique}INDEX {name} ({parts})")
    columns = ", ".join(quoted(part.column) for part in index.parts)
    arguments = [quoted(index.name), quoted(table.name), f"[{columns}]", *_index_options(index)]
    return call("op.create_index", arguments)


def index_code(index: Index) -> str:
    """``sa.Index`` of an index on columns, for the table that it belongs to."""
    columns = [quoted(part.column) for part in index.parts]
    return call("sa.Index", [quoted(index.name), *columns, *_index_options(index)])


def _index_options(index: Index) -> list[str]:
    options = ["unique=True"] if index.unique else []
    if index.kind in ("FULLTEXT", "SPATIAL"):
        options.append(f"mysql_prefix={quoted(index.kind)}")
    lengths = {part.column: part.length for part in index.parts if part.length}
    if lengths:
        options.append(f"mysql_length={json.dumps(lengths, ensure_ascii=False)}")
    return options


def create_foreign_key(table: Table, key: ForeignKey) -> str:
    """The call that makes a foreign key."""
    own, theirs = (
        f"[{', '.join(map(quoted, names))}]" for names in (key.columns, key.referenced_columns)
    )
    arguments = [quoted(key.name), quoted(table.name), quoted(key.table), own, theirs]
    if key.on_delete:
        arguments.append(f"ondelete={quoted(key.on_delete)}")
    if key.on_update:
        arguments.append(f"onupdate={quoted(key.on_update)}")
    return call("op.create_foreign_key", arguments)


def zero_sql(column: Column) -> str:
    """A value for rows that have none: the column's default, or what is nearest to nothing."""
    kind = column.type
    if column.default not in (None, "NULL"):
        return str(column.default)
    if kind.values:
        return "'" + kind.values[0].replace("'", "''") + "'"
    if kind.name in ("datetime", "timestamp"):
        return "CURRENT_TIMESTAMP"
    if kind.name in ("date", "time"):
        return f"CURRENT_{kind.name.upper()}"
    if kind.name == "json":
        return "'{}'"
    numbers = ("decimal", "double", "float", "bit", "year")
    return "0" if is_integer(kind) or kind.name in numbers else "''"


def with_default(column: Column) -> Column:
    """The column with a default of the server for existing rows."""
    if column.type.name in ("datetime", "timestamp"):
        fsp = f"({column.type.length})" if column.type.length else ""
        return replace(column, default=f"CURRENT_TIMESTAMP{fsp}")
    zero = zero_sql(column)
    bare = zero.startswith("'") or zero.isdigit()
    lob = column.type.name == "json" or column.type.name.endswith(("text", "blob"))
    return replace(column, default=f"({zero})" if lob or not bare else zero)
