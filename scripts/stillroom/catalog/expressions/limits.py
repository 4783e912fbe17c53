"""Check limits on a whole expression: no rows, no LOBs in keys, what a partition may use."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import DDLError, Unsupported
from stillroom.catalog.expressions import mysql
from stillroom.catalog.expressions.key_width import is_lob
from stillroom.catalog.expressions.scope import Scope
from stillroom.catalog.expressions.tree import Node, names
from stillroom.catalog.messages import refusal

_PARTITIONING = names("column number neg call") | {"+", "-", "*", "%", "DIV", "extract"}
_JSON_RESULTS = names(
    "json_array json_array_append json_array_insert json_extract json_insert json_keys "
    "json_merge_patch json_merge_preserve json_object json_remove json_replace json_search json_set"
)
_TEXT_RESULTS = names("json_pretty json_quote json_unquote")


def check(tree: Node, scope: Scope, statement: str) -> None:
    """Raise the server's error if the usage does not take this expression."""
    match scope.usage:
        case "check" if scope.target.mysql and not mysql.boolean(tree):
            raise DDLError(
                er.NON_BOOLEAN_EXPR_FOR_CHECK_CONSTRAINT,
                "An expression of non-boolean type specified to a check constraint "
                f"'{scope.subject}'.",
            )
        case "key":
            _check_key(tree, scope, statement)
        case "partition":
            _check_partition(tree, scope, statement)
        case "default" if tree.op == "row":
            raise _row_default(scope)
    if tree.op == "row":
        raise DDLError(er.OPERAND_COLUMNS, "Operand should contain 1 column(s)")
    _check_kinds(tree, scope)


_ARITHMETIC = ("+", "-", "*", "/", "%", "DIV", "neg")
_PLACES = {
    "check": "CHECK CONSTRAINT",
    "generated": "GENERATED COLUMN",
    "default": "DEFAULT EXPRESSION",
    "key": "GENERATED COLUMN",
}
_NO_NUMBERS = ("uuid", "inet4", "inet6", "vector", "point", "geometry")


def _check_kinds(tree: Node, scope: Scope) -> None:
    """Errors for a calculation with what is no number, and for a vector anywhere in MySQL."""
    kinds = {name.lower(): column.kind for name, column in scope.columns.items()}
    place = _PLACES.get(scope.usage, "") if scope.target.mysql else ""
    for node in tree.walk():
        if place and node.op == "column" and kinds[node.text.lower()] == "vector":
            raise refusal(er.INCORRECT_TYPE, node.text, place)
        if node.op not in _ARITHMETIC:
            continue
        used = [kinds[arg.text.lower()] for arg in node.args if arg.op == "column"]
        if not any(kind in _NO_NUMBERS for kind in used):
            continue
        if scope.target.mysql:
            raise refusal(er.WRONG_ARGUMENTS, node.op)
        what = " and ".join(used)
        message = f"Illegal parameter data types {what} for operation '{node.op}'"
        raise DDLError(er.MARIADB_CANNOT_CAST, message)


def _row_default(scope: Scope) -> DDLError:
    if scope.target.mariadb:
        return DDLError(er.OPERAND_COLUMNS, "Operand should contain 1 column(s)")
    return DDLError(
        er.DEFAULT_VAL_GENERATED_ROW_VALUE,
        f"Default value expression of column '{scope.subject}' cannot refer to a row value.",
    )


def _check_key(tree: Node, scope: Scope, statement: str) -> None:
    if tree.op == "column":
        raise DDLError(
            er.FUNCTIONAL_INDEX_ON_FIELD,
            "Functional index on a column is not supported. Consider using a regular index "
            "instead.",
        )
    if tree.text in _JSON_RESULTS or (tree.op == "cast" and tree.text == "json"):
        raise DDLError(
            er.FUNCTIONAL_INDEX_ON_JSON_OR_GEOMETRY_FUNCTION,
            "Cannot create a functional index on a function that returns a JSON or GEOMETRY value.",
        )
    if tree.text in _TEXT_RESULTS or (not scope.kept and is_lob(tree, scope)):
        raise DDLError(
            er.FUNCTIONAL_INDEX_ON_LOB,
            "Cannot create a functional index on an expression that returns a BLOB or TEXT. "
            "Please consider using CAST.",
        )
    if any(node.op == "regexp" for node in tree.walk()):
        raise Unsupported(statement, tree.at, "a regular expression in a key is not known")
    if not any(node.op == "column" for node in tree.walk()):
        raise Unsupported(statement, tree.at, "a constant in a key is not known")


def _check_partition(tree: Node, scope: Scope, statement: str) -> None:
    nodes = list(tree.walk())
    for node in nodes:
        if node.op == "string" or (node.op == "column" and scope.columns[node.text].charset):
            reason = "a partition function of strings is not known"
            raise Unsupported(statement, node.at, reason)
        if node.op not in _PARTITIONING:
            raise DDLError(
                er.PARTITION_FUNCTION_IS_NOT_ALLOWED, "This partition function is not allowed"
            )
    if not any(node.op in ("column", "call") for node in nodes):
        raise DDLError(
            er.WRONG_EXPR_IN_PARTITION_FUNC,
            "Constant, random or timezone-dependent expressions in (sub)partitioning function "
            "are not allowed",
        )
