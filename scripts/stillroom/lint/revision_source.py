"""Reads the source of a revision: its functions, imports, branches and calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def function(source: str, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """A function at the top of a module; None if there is none."""
    for node in _tree(source).body:
        if isinstance(node, _FUNCTIONS) and node.name == name:
            return node
    return None


def is_empty(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function does nothing: pass, docstrings and ``...``."""
    return all(
        isinstance(node, ast.Pass)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in function.body
    )


def imports(source: str) -> Iterator[tuple[str, int, list[str]]]:
    """The modules that a revision imports, with their lines and the names taken from them.

    Relative ones begin with a dot.
    """
    for node in ast.walk(_tree(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, []
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            yield "." * node.level + (node.module or ""), node.lineno, names


def branches(source: str, name: str) -> Iterator[ast.If | ast.IfExp | ast.While]:
    """Where the function ``name`` decides what to do."""
    definition = function(source, name)
    for node in ast.walk(definition) if definition else ():
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            yield node


def arguments(source: str, method: str, line: int) -> set[str] | None:
    """The keywords of the call of ``op.<method>`` on a line; None if there is none or it has **."""
    for node in ast.walk(_tree(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr == method and node.lineno <= line <= (node.end_lineno or node.lineno):
            keywords = [keyword.arg for keyword in node.keywords]
            return None if None in keywords else {name for name in keywords if name}
    return None


def calls(source: str, module: str, line: int) -> bool:
    """Whether the statement on a line calls a function of ``module``, as ``batches.update()``."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == module
        and node.lineno <= line <= (node.end_lineno or node.lineno)
        for node in ast.walk(_tree(source))
    )


def names(expression: ast.AST) -> set[str]:
    """The names and attributes that an expression uses."""
    nodes = list(ast.walk(expression))
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    return used | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def _tree(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])  # the replay says what is wrong with it
