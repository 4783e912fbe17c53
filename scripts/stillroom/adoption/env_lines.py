"""Adds the lines to an env.py that make plain ``alembic`` stop at a half-applied revision."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from stillroom.adoption.edit import line_end

IMPORT = "from stillroom.env import guard"
CALL = "guard(context.get_context())"


def with_guard(text: str) -> str:
    """``text`` with the import behind the others, and the call behind each connection's configure.

    As it is where it has them, and where it calls ``context.configure`` nowhere, or only without
    a connection, as for ``--sql``. Raises SyntaxError for what is no Python.
    """
    tree = ast.parse(text)
    if "stillroom.env" in text:
        return text
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Expr) and _is_configure(node.value)
    ]
    imports = [
        node for node in _top_level(tree.body) if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    if not calls or not imports:
        return text
    end = line_end(text)
    lines = text.splitlines(keepends=True)
    for node in sorted(calls, key=lambda node: -node.lineno):
        assert node.end_lineno is not None
        lines.insert(node.end_lineno, f"{' ' * node.col_offset}{CALL}{end}")
    last = max(node.end_lineno or node.lineno for node in imports if node.lineno < calls[0].lineno)
    lines.insert(last, f"{IMPORT}{end}")
    return "".join(lines)


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that begin the module, as far as imports reach."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            return
        yield node


def _is_configure(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "configure"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "context"
        and any(keyword.arg == "connection" for keyword in node.keywords)
    )
