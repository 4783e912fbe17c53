"""Expressions as the server prints them: CHECK, generated columns, DEFAULT, keys, partitions.

A server does not keep the text of an expression, it prints the tree that it parsed.
``canonical`` gives that print for the text that a user wrote. Both are what stands between
the parentheses of the clause, so the caller writes

- ``CHECK (…)``, ``GENERATED ALWAYS AS (…)``, ``PARTITION BY HASH (…)`` or ``RANGE (…)``
  around it, on both families; MySQL's own parentheses come on top: ``CHECK ((`a` > 0))``;
- a functional key part of MySQL as ``(…)``: ``KEY `k` ((lower(`s`)))``. The text to pass is
  the one inside the parentheses of the key part;
- ``DEFAULT …`` with nothing around it: the parentheses of a DEFAULT are in the result, since
  MariaDB prints ``DEFAULT uuid()`` and ``DEFAULT (1 + 1)``.

A DEFAULT that is a constant, or the current timestamp, is none on MariaDB: there it is stored
as if it stood without the parentheses.

Not decided here, since it takes the other columns of the table: that an expression names a
column behind it (MariaDB 4029; MySQL 3107 for a generated column, 3767 for a default), and
that a CHECK in a column definition of MySQL names another column (3813). What depends on types is
not refused either: a string as a partition function, a TEXT as a key. Expressions that real
servers took are what counts here.

Names in a print are always quoted, and nothing else is quoted with backticks. MariaDB writes
the new name into its expressions when a column is renamed. MySQL refuses to rename or drop a
column that an expression of another column or key names (3108 generated, 3766 default, 3837
key, 3855 partition, 3959 check; a CHECK that names no other column goes away with a dropped
one, on MariaDB too). MariaDB refuses the drop with 1054, as ``Scope.column`` words it.
"""

from __future__ import annotations

from stillroom.catalog.errors import DDLError, Unsupported
from stillroom.catalog.expressions import charsets, constants, functions, limits, mariadb, mysql
from stillroom.catalog.expressions.nullability import may_be_null
from stillroom.catalog.expressions.scope import ColumnShape, Scope
from stillroom.catalog.expressions.syntax import parse
from stillroom.catalog.expressions.tree import Node

__all__ = ["ColumnShape", "Scope", "canonical", "is_nullable"]


def canonical(text: str, scope: Scope) -> str:
    """What SHOW CREATE TABLE prints for the expression ``text``.

    Raises DDLError with the server's number if the server would refuse it, Unsupported with a
    position in ``text`` if its print is not known.
    """
    tree = _kept(text, scope)
    if scope.target.mysql:
        printed = mysql.Printer(scope, text).text(tree)
        return f"({printed})" if scope.usage == "default" else printed
    if scope.usage == "default" and (tree.op, tree.text) == ("call", "pi"):
        raise Unsupported(text, tree.at, "how many of its digits MariaDB keeps is not known")
    printed = mariadb.Printer(scope, text).text(tree)
    if scope.usage == "default" and mariadb.in_parentheses(tree):
        return f"({printed})"
    return printed


def is_nullable(text: str, scope: Scope) -> bool:
    """Whether MySQL takes it that the expression ``text`` may be NULL.

    So does one that cannot be read: what is wrong with it is said where it is printed.
    """
    try:
        return may_be_null(parse(text, scope), scope)
    except (DDLError, Unsupported):
        return True


def _kept(text: str, scope: Scope) -> Node:
    tree = parse(text, scope)
    family = mysql if scope.target.mysql else mariadb
    tree = family.kept(tree, scope, text)
    limits.check(tree, scope, text)
    functions.check(tree, scope, text)
    if scope.target.mariadb or scope.usage != "check":
        tree = constants.converted(tree, scope, text)
        tree = charsets.resolved(tree, scope, text)
    return tree
