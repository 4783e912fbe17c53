"""Check which columns the expressions of a table refer to, once all columns are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import Unsupported
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import Column
from stillroom.catalog.table import Table
from stillroom.catalog.table_expressions import Formulas, named_columns
from stillroom.catalog.target import Target


class _Expression(NamedTuple):
    text: str
    usage: str
    subject: str
    kept: bool  # computed once and kept: a check, a stored column, a virtual one in a key


class References:
    """The expressions of one table, those from before the statement among them."""

    def __init__(self, table: Table, formulas: Formulas) -> None:
        self.columns = table.columns
        self.checks = table.checks
        self.target = table.target
        self.formulas = formulas
        self.indexes = table.indexes
        self.keyed = {name.lower() for index in table.indexes for name in index.columns}

    def check(self) -> None:
        """Raise what the server raises for a reference that it does not allow."""
        for place, column in enumerate(self.columns):
            if column.default_is_expression:
                self._check_default(column, self.columns[place:])
            check_order(column, self.columns[place:], self.target)
        for expression in self._expressions():
            named = self._named(expression.text)
            for column in named:
                if column.auto_increment:
                    self._check_auto_increment(expression, column)
            if self.target.mariadb and expression.kept:
                self._check_kept(expression, named)

    def _expressions(self) -> Iterator[_Expression]:
        for column in self.columns:
            if column.check:
                yield _Expression(column.check, "check", column.name, True)
            if column.generated:
                kept = column.stored or column.name.lower() in self.keyed
                yield _Expression(column.generated, "generated", column.name, kept)
            if column.default and column.default_is_expression:
                yield _Expression(column.default, "default", column.name, False)
        for index in self.indexes:
            for part in index.parts:
                if part.expression:
                    yield _Expression(part.expression, "key", index.name, True)
        for check in self.checks:
            yield _Expression(check.expression, "check", check.name, True)

    def _named(self, text: str) -> list[Column]:
        names = named_columns(text, self.target)
        return [column for column in self.columns if column.name.lower() in names]

    def _check_auto_increment(self, expression: _Expression, column: Column) -> None:
        """A column can become AUTO_INCREMENT after the expression was taken."""
        scope = self.formulas.scope(
            expression.usage, self.columns, expression.subject, stored=expression.kept
        )
        error = scope.refused_auto_increment(column.name)
        if error is not None:
            raise error

    def _check_kept(self, expression: _Expression, named: list[Column]) -> None:
        for column in named:
            if self._cannot_be_kept(column):
                raise self.formulas.scope(
                    expression.usage, self.columns, expression.subject
                ).refused_reference(column.name)
            if expression.usage == "generated" and column.type.name == "char":
                reason = "a STORED generated column that depends on a CHAR column is not supported"
                raise Unsupported(self.formulas.statement, 0, reason)

    def _cannot_be_kept(self, column: Column) -> bool:
        """Whether MariaDB would not keep this virtual column: then nothing is kept of it either.

        Ends, since no column refers to one behind it.
        """
        if column.generated is None or column.stored:
            return False
        if not self.formulas.may_be_kept(column, self.columns):
            return True
        return any(self._cannot_be_kept(other) for other in self._named(column.generated))

    def _check_default(self, column: Column, behind: tuple[Column, ...]) -> None:
        """``behind`` begins with the column itself."""
        named = self._named(column.default or "")
        for other in named:
            if self.target.mariadb and other.generated is not None:
                raise refusal(er.MARIADB_EXPRESSION_REFERS_TO_UNINIT_FIELD, column.name, other.name)
            if other not in behind:
                continue
            if self.target.mysql:
                if other.generated is not None or other.default_is_expression:
                    raise refusal(er.DEFAULT_VAL_GENERATED_NON_PRIOR, column.name)
            elif other.default_is_expression and self._named(other.default or ""):
                raise refusal(er.MARIADB_EXPRESSION_REFERS_TO_UNINIT_FIELD, column.name, other.name)


def check_order(column: Column, behind: Sequence[Column], target: Target) -> None:
    """Nothing generated refers to what is generated behind it, or to itself.

    ``behind`` begins with the column.
    """
    names = named_columns(column.generated or "", target)
    for other in behind:
        if other.generated is not None and other.name.lower() in names:
            raise (
                refusal(er.GENERATED_COLUMN_NON_PRIOR)
                if target.mysql
                else refusal(er.MARIADB_EXPRESSION_REFERS_TO_UNINIT_FIELD, column.name, other.name)
            )
