"""How long a string an expression may give: MySQL keeps no longer one than 512 in a key."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stillroom.catalog.expressions.charsets import case_groups
from stillroom.catalog.expressions.scope import Scope
from stillroom.catalog.expressions.tree import Node, names

_MOST_CHARACTERS = 512
_LOBS = {
    **dict.fromkeys(("tinytext", "tinyblob"), 255),
    **dict.fromkeys(("text", "blob", "json", "geometry", "point"), 65535),
    **dict.fromkeys(("mediumtext", "mediumblob", "longtext", "longblob"), 1 << 24),
}
_MERGES = names("coalesce greatest if ifnull least")
_LIKE_FIRST = names(
    "lcase lower ltrim nullif quote replace reverse rtrim substring_index trim ucase upper"
)


def is_lob(node: Node, scope: Scope) -> bool:
    """Whether MySQL takes what the expression gives for a TEXT or BLOB."""
    if node.op == "column":
        return scope.columns[node.text].kind in _LOBS
    if any(is_lob(part, scope) for part in _merged(node)):
        return True
    return _characters(node, scope) > _MOST_CHARACTERS


def _merged(node: Node) -> Sequence[Node]:
    """The operands of which the expression gives one."""
    if node.op == "case":
        return [node.args[i] for i in case_groups(node.text, [*range(len(node.args))])[-1]]
    if node.op == "call" and node.text in _MERGES:
        return node.args[node.text == "if" :]
    return ()


def _characters(node: Node, scope: Scope) -> int:
    """The most characters that the expression gives; 0 for what is no string, or not known."""
    if node.op == "column":
        column = scope.columns[node.text]
        return _LOBS.get(column.kind, column.characters)
    if node.op == "string":
        return len(node.text)
    if node.op == "cast":
        length = re.match(r"(?:char|binary)\((\d+)\)", node.text)
        return int(length[1]) if length else 0
    if merged := _merged(node):
        return max(_characters(part, scope) for part in merged)
    if node.op in ("convert", "collate", "trim"):
        return _characters(node.args[-1], scope)
    return _of_call(node, scope) if node.op == "call" else 0


def _of_call(node: Node, scope: Scope) -> int:
    widths = [_characters(arg, scope) for arg in node.args]
    match node.text:
        case "concat" | "concat_ws":
            return sum(widths)
        case "insert":
            return widths[0] + widths[3]
        case "hex":
            return 2 * widths[0]
        case "substr" if len(node.args) == 2:
            return widths[0]
        case "left" | "right" | "substr":
            return min(widths[0], _number(node.args[-1], widths[0]))
        case "lpad" | "rpad":
            return _number(node.args[1], widths[0])
        case name if name in _LIKE_FIRST:
            return widths[0]
    return 0


def _number(node: Node, otherwise: int) -> int:
    return int(node.text) if node.op == "number" and node.text.isdigit() else otherwise
