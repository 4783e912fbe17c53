"""Reads and changes the down_revision in a revision's file."""

from __future__ import annotations

import ast
from collections.abc import Sequence


def with_parents(content: bytes, parents: Sequence[str]) -> bytes | None:
    """A revision's file with other parents; all else stays. None if it is not clear where."""
    tree = ast.parse(content)
    value = _down_revision(tree)
    if value is None or value.end_lineno is None or value.end_col_offset is None:
        return None
    lines = content.splitlines(keepends=True)
    start = sum(map(len, lines[: value.lineno - 1])) + value.col_offset
    end = sum(map(len, lines[: value.end_lineno - 1])) + value.end_col_offset
    quote = "'" if b"'" in content[start:end] else '"'
    changed = content[:start] + parents_text(parents, quote).encode() + content[end:]
    docstring = tree.body[0]
    if ast.get_docstring(tree) is None or docstring.end_lineno is None:
        return changed
    head = changed.splitlines(keepends=True)
    for number in range(docstring.lineno - 1, docstring.end_lineno):
        line = head[number]
        if line.startswith(b"Revises:"):
            ending = line[len(line.rstrip(b"\r\n")) :]
            head[number] = b"Revises: " + ", ".join(parents).encode() + ending
    return b"".join(head)


def _down_revision(tree: ast.Module) -> ast.expr | None:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        if any(isinstance(target, ast.Name) and target.id == "down_revision" for target in targets):
            assert isinstance(node, (ast.Assign, ast.AnnAssign))
            return node.value if isinstance(node.value, (ast.Constant, ast.Tuple)) else None
    return None


def parents_text(parents: Sequence[str], quote: str = '"') -> str:
    """What stands behind ``down_revision =``."""
    names = [f"{quote}{name}{quote}" for name in parents]
    return names[0] if len(names) == 1 else f"({', '.join(names)})"
