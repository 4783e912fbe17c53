"""Print what both families print alike: function calls, CASE and string literals."""

from __future__ import annotations

from collections.abc import Sequence

from stillroom.catalog.expressions.tree import Node

# By operation; {0} and on are the operands, {all} is their list, {text} what the node adds.
_FORMS = {
    "row": "({all})",
    "call": "{text}({all})",
    "cast": "cast({0} as {text})",
    "convert": "convert({0} using {text})",
    "extract": "extract({text} from {0})",
    "timestampdiff": "timestampdiff({text},{all})",
}
_ESCAPES = str.maketrans(
    {"\\": "\\\\", "'": "\\'", "\0": "\\0", "\n": "\\n", "\r": "\\r", "\x1a": "\\Z"}
)


def function_text(node: Node, args: Sequence[str]) -> str | None:
    """The text of a function with printed arguments; None if it is no such node."""
    if node.op == "case":
        return _case_text(node.text, list(args))
    form = _FORMS.get(node.op)
    return form.format(*args, all=",".join(args), text=node.text) if form else None


def _case_text(shape: str, args: list[str]) -> str:
    operand = f" {args.pop(0)}" if shape.startswith("operand") else ""
    last = f" else {args.pop()}" if shape.endswith("else") else ""
    pairs = zip(args[::2], args[1::2], strict=True)
    return f"case{operand}{''.join(f' when {w} then {t}' for w, t in pairs)}{last} end"


def string_literal(value: str) -> str:
    """A string in an expression: SHOW CREATE TABLE escapes another set of characters there."""
    return f"'{value.translate(_ESCAPES)}'"
