"""Print the expressions of a table, with the columns that they may name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from stillroom.catalog.errors import DDLError, Unsupported
from stillroom.catalog.model import Column, DataType
from stillroom.catalog.parser.lexer import Kind, tokenize
from stillroom.catalog.parser.syntax import Raw
from stillroom.catalog.quoting import quoted_name
from stillroom.catalog.record import record
from stillroom.catalog.session import Session
from stillroom.catalog.target import Target
from stillroom.catalog.types.kinds import is_geometry

if TYPE_CHECKING:
    from stillroom.catalog.expressions import ColumnShape, Scope

_SEQUENCE = re.compile(r"\b(?:nextval|lastval)\(`((?:[^`]|``)+)`\.`((?:[^`]|``)+)`\)")
_STRINGS = frozenset(["char", "varchar", "binary", "varbinary"])
_BINARY = frozenset(["binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"])


@record
class Formulas:
    """Prints expressions as the server would, for one table of one statement.

    ``altered`` says that the statement is an ALTER TABLE.
    """

    target: Target
    session: Session
    table: str
    statement: str
    altered: bool = False

    def text(
        self,
        raw: Raw,
        usage: str,
        columns: Sequence[Column],
        subject: str,
        *,
        stored: bool = False,
        kept: bool = False,
    ) -> str:
        """SQL as SHOW CREATE TABLE prints it. ``usage`` and ``subject`` as in Scope."""
        # The room of expressions is large, and few statements have any.
        from stillroom.catalog.expressions import canonical

        try:
            scope = self.scope(usage, columns, subject, stored=stored, kept=kept)
            return canonical(raw.text, scope)
        except Unsupported as error:
            raise Unsupported(
                self.statement, raw.position + error.position, error.reason
            ) from error

    def scope(
        self,
        usage: str,
        columns: Sequence[Column],
        subject: str,
        *,
        stored: bool = False,
        kept: bool = False,
    ) -> Scope:
        """The place of an expression in the table."""
        from stillroom.catalog.expressions import Scope

        return Scope(
            target=self.target,
            usage=usage,
            columns={column.name: self._shape(column, usage) for column in columns},
            subject=subject,
            table=self.table,
            stored=stored,
            charset=self.session.charset,
            sql_mode=self.session.sql_mode,
            altered=self.altered,
            kept=kept,
            schema=self.session.schema or "",
        )

    def _shape(self, column: Column, usage: str) -> ColumnShape:
        from stillroom.catalog.expressions import ColumnShape

        # MySQL asks what a check refers to when all else is done: see References.
        later = self.target.mysql and usage == "check"
        return ColumnShape(
            charset=_charset(column.type),
            kind=column.type.name,
            auto_increment=column.auto_increment and not later,
            characters=column.type.length or 0 if column.type.name in _STRINGS else 0,
            nullable=column.nullable,
        )

    def is_nullable(self, expression: str, columns: Sequence[Column], index: str) -> bool:
        """Whether MySQL takes it that the expression of an index may be NULL."""
        from stillroom.catalog.expressions import is_nullable

        return is_nullable(expression, self.scope("key", columns, index))

    def may_be_kept(self, column: Column, columns: Sequence[Column]) -> bool:
        """Whether a virtual column could be a stored one, as far as its own expression goes."""
        from stillroom.catalog.expressions import canonical

        try:
            canonical(
                column.generated or "", self.scope("generated", columns, column.name, stored=True)
            )
        except DDLError:
            return False
        except Unsupported as error:
            reason = f"whether {column.name} can be kept is not known: {error.reason}"
            raise Unsupported(self.statement, 0, reason) from error
        return True


def _charset(kind: DataType) -> str | None:
    if kind.name in _BINARY or is_geometry(kind):
        return "binary"
    return "utf8mb4" if kind.name == "json" else kind.charset


def named_columns(expression: str, target: Target) -> frozenset[str]:
    """The columns in an expression that a server printed, in lower case."""
    return frozenset(
        token.value.lower() for token in tokenize(expression, target) if token.kind is Kind.NAME
    )


def named_sequences(definition: str) -> list[tuple[str, str]]:
    """The sequences that defaults in a printed definition take values from: schema, name."""
    if "val(`" not in definition:
        return []
    return [
        (schema.replace("``", "`"), name.replace("``", "`"))
        for schema, name in _SEQUENCE.findall(definition)
    ]


def renamed(expression: str, names: dict[str, str], target: Target) -> str:
    """A printed expression after its columns were renamed; ``names`` has lower-case keys."""
    pieces: list[str] = []
    end = 0
    for token in tokenize(expression, target):
        if token.kind is Kind.NAME and token.value.lower() in names:
            pieces += [expression[end : token.start], quoted_name(names[token.value.lower()])]
            end = token.end
    return "".join([*pieces, expression[end:]])
