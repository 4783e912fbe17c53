"""The context of an expression: what it may name, and how the server words its refusals."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import DDLError
from stillroom.catalog.record import field, record
from stillroom.catalog.target import Target

USAGES = ("check", "generated", "default", "key", "partition")

# What MariaDB calls the clause, and MySQL the place of an unknown column.
_CLAUSES = {
    "check": ("CHECK", "check constraint {subject} expression"),
    "generated": ("GENERATED ALWAYS AS", "generated column function"),
    "default": ("DEFAULT", "default value expression"),
    "key": ("", "functional index"),
    "partition": ("PARTITION BY", "partition function"),
}
# MySQL's numbers and words: a function it forbids, a subquery, a variable, AUTO_INCREMENT.
_MYSQL_REFUSALS = {
    "check": (
        (
            er.CHECK_CONSTRAINT_NAMED_FUNCTION_IS_NOT_ALLOWED,
            "An expression of a check constraint '{subject}' contains disallowed function",
        ),
        (
            er.CHECK_CONSTRAINT_FUNCTION_IS_NOT_ALLOWED,
            "An expression of a check constraint '{subject}' contains disallowed function.",
        ),
        (
            er.CHECK_CONSTRAINT_VARIABLES,
            "An expression of a check constraint '{subject}' cannot refer to a user or system "
            "variable.",
        ),
        (
            er.CHECK_CONSTRAINT_REFERS_AUTO_INCREMENT_COLUMN,
            "Check constraint '{subject}' cannot refer to an auto-increment column.",
        ),
    ),
    "generated": (
        (
            er.GENERATED_COLUMN_NAMED_FUNCTION_IS_NOT_ALLOWED,
            "Expression of generated column '{subject}' contains a disallowed function",
        ),
        (
            er.GENERATED_COLUMN_FUNCTION_IS_NOT_ALLOWED,
            "Expression of generated column '{subject}' contains a disallowed function.",
        ),
        (
            er.DEFAULT_VAL_GENERATED_VARIABLES,
            "Default value expression of column '{subject}' cannot refer user or system variables.",
        ),
        (
            er.GENERATED_COLUMN_REF_AUTO_INC,
            "Generated column '{subject}' cannot refer to auto-increment column.",
        ),
    ),
    "default": (
        (
            er.DEFAULT_VAL_GENERATED_NAMED_FUNCTION_IS_NOT_ALLOWED,
            "Default value expression of column '{subject}' contains a disallowed function",
        ),
        (
            er.DEFAULT_VAL_GENERATED_FUNCTION_IS_NOT_ALLOWED,
            "Default value expression of column '{subject}' contains a disallowed function.",
        ),
        (
            er.DEFAULT_VAL_GENERATED_VARIABLES,
            "Default value expression of column '{subject}' cannot refer user or system variables.",
        ),
        (
            er.DEFAULT_VAL_GENERATED_REF_AUTO_INC,
            "Default value expression of column '{subject}' cannot refer to an auto-increment "
            "column.",
        ),
    ),
    "key": (
        (
            er.FUNCTIONAL_INDEX_FUNCTION_IS_NOT_ALLOWED,
            "Expression of functional index '{subject}' contains a disallowed function.",
        ),
        (
            er.FUNCTIONAL_INDEX_FUNCTION_IS_NOT_ALLOWED,
            "Expression of functional index '{subject}' contains a disallowed function.",
        ),
        (
            er.DEFAULT_VAL_GENERATED_VARIABLES,
            "Default value expression of column '{subject}' cannot refer user or system variables.",
        ),
        (
            er.FUNCTIONAL_INDEX_REF_AUTO_INCREMENT,
            "Functional index '{subject}' cannot refer to an auto-increment column.",
        ),
    ),
}
_FUNCTION, _SUBQUERY, _VARIABLE, _AUTO_INCREMENT = range(4)


@record
class ColumnShape:
    """What an expression asks of a column.

    ``charset`` is that of a string column (ENUM and SET too), ``binary`` for BINARY, VARBINARY
    and BLOB, ``utf8mb4`` for JSON, None for numbers, bits, dates and times. ``kind`` is the name
    of the type; it matters for ``bigint``, ``year``, ``bit``, ``date``, ``time``, ``datetime``
    and ``timestamp``, with which servers compare in ways of their own. ``characters`` is the
    declared length of a string, 0 for all else. ``nullable`` matters for the order of keys.
    """

    charset: str | None = None
    kind: str = ""
    auto_increment: bool = False
    characters: int = 0
    nullable: bool = True


@record
class Scope:
    """The place of an expression.

    ``columns`` are all columns of the table, by name as it is printed; ``subject`` is the name
    of the constraint (``check``), of the column (``generated``, ``default``) or of the key;
    ``table`` is what may qualify a column; ``stored`` says that a generated column is STORED or
    has an index. ``charset`` is the one of the connection, which MySQL writes before strings.
    """

    target: Target
    usage: str
    columns: Mapping[str, ColumnShape]
    subject: str = ""
    table: str = ""
    stored: bool = False
    charset: str = "utf8mb4"
    sql_mode: frozenset[str] = field(default_factory=frozenset)
    altered: bool = False
    kept: bool = False  # it was there before: its columns have changed
    schema: str = ""

    def __post_init__(self) -> None:
        if self.usage not in USAGES:
            raise ValueError(f"{self.usage!r} is none of {', '.join(USAGES)}")

    @cached_property
    def _names(self) -> dict[str, str]:
        return {name.lower(): name for name in self.columns}

    def column(self, name: str) -> str:
        """The name as the table spells it. Error 1054 or 3820 if there is none."""
        try:
            return self._names[name.lower()]
        except KeyError:
            raise self._unknown_column(name) from None

    def _unknown_column(self, name: str) -> DDLError:
        if self.target.mysql and self.usage == "check":
            if self.altered:
                clause = f"check constraint {self.subject} expression"
                return DDLError(er.BAD_FIELD_ERROR, f"Unknown column '{name}' in '{clause}'")
            return DDLError(
                er.CHECK_CONSTRAINT_REFERS_UNKNOWN_COLUMN,
                f"Check constraint '{self.subject}' refers to non-existing column '{name}'.",
            )
        clause = _CLAUSES[self.usage][self.target.mysql].format(subject=self.subject)
        return DDLError(er.BAD_FIELD_ERROR, f"Unknown column '{name}' in '{clause}'")

    def refused_function(self, name: str) -> DDLError:
        """The error for a function that is not allowed here."""
        if self.target.mariadb:
            return self._not_in_clause(f"{name}()")
        refusal = self._mysql_refusal(_FUNCTION)
        if not refusal.message.endswith("."):
            refusal = DDLError(refusal.number, f"{refusal.message}: {name}.")
        return refusal

    def refused_aggregate(self, name: str) -> DDLError:
        """The error for an aggregate function."""
        if self.target.mariadb:
            return self._not_in_clause(f"{name}()")
        return DDLError(er.INVALID_GROUP_FUNC_USE, "Invalid use of group function")

    def refused_subquery(self) -> DDLError:
        """The error for a subquery."""
        if self.target.mysql:
            return self._mysql_refusal(_SUBQUERY)
        if self.usage == "check":
            return DDLError(
                er.MARIADB_SUBQUERIES_NOT_SUPPORTED,
                "CHECK does not support subqueries or stored functions",
            )
        return self._not_in_clause("select ...")

    def refused_variable(self, name: str) -> DDLError:
        """The error for a user or system variable."""
        if self.target.mariadb:
            return self._not_in_clause(name)
        return self._mysql_refusal(_VARIABLE)

    def refused_auto_increment(self, column: str) -> DDLError | None:
        """The error for naming an AUTO_INCREMENT column, if that is one here."""
        if self.target.mysql and self.usage != "partition":
            return self._mysql_refusal(_AUTO_INCREMENT)
        if self.usage in ("check", "default") or (self.usage == "generated" and self.stored):
            return self._not_in_clause("AUTO_INCREMENT", column)
        return None

    def refused_reference(self, column: str) -> DDLError:
        """MariaDB's error for naming a virtual column that could not be stored."""
        return self._not_in_clause(column)

    def _not_in_clause(self, what: str, subject: str = "") -> DDLError:
        clause = _CLAUSES[self.usage][0]
        return DDLError(
            er.MARIADB_FUNCTION_NOT_ALLOWED_IN_CLAUSE,
            f"Function or expression '{what}' cannot be used in the {clause} clause of "
            f"`{subject or self.subject}`",
        )

    def _mysql_refusal(self, which: int) -> DDLError:
        number, message = _MYSQL_REFUSALS[self.usage][which]
        return DDLError(number, message.format(subject=self.subject))
