"""Adds the lines to an env.py that give plain ``alembic`` the lock, the journal and the replay."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from stillroom.adoption.edit import Edit, line_end, read
from stillroom.errors import CannotTell

IMPORT = "from stillroom.env import guard"
CALL = "guard(context)"


def edit(env_py: Path) -> Edit:
    """The change of an env.py. Raises CannotTell for what is no Python."""
    text = read(env_py)
    try:
        return Edit(env_py, text, with_guard(text))
    except SyntaxError as error:
        raise CannotTell(
            f"is not valid Python: {error.msg}",
            where=f"{env_py.name}:{error.lineno}",
            fix="Fix it; `alembic current` works again once it is valid.",
        ) from error


def with_guard(text: str) -> str:
    """``text`` with the import behind the others, and the call behind that.

    As it is where it has them, and where it does not import ``context`` from Alembic. Raises
    SyntaxError for what is no Python.
    """
    tree = ast.parse(text)
    if "stillroom.env" in text:
        return text
    imports = [
        node for node in _top_level(tree.body) if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    if not any(map(_is_of_context, imports)):
        return text
    end = line_end(text)
    lines = text.splitlines(keepends=True)
    last = max(node.end_lineno or node.lineno for node in imports)
    if not lines[last - 1].endswith(end):
        lines[last - 1] += end
    lines.insert(last, f"{IMPORT}{end}{end}{CALL}{end}")
    return "".join(lines)


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that begin the module, as far as imports reach."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return
        yield node


def _is_of_context(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether it is ``from alembic import context``."""
    return (
        isinstance(node, ast.ImportFrom)
        and node.module == "alembic"
        and any(name.name == "context" and name.asname is None for name in node.names)
    )
