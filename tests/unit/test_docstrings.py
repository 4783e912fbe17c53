"""Every module and every exported name of the engine says what it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.projects import ROOT

ENGINE = ROOT / "scripts" / "stillroom"
# What a caller or the language calls by a fixed name says nothing new: a rule's look(), a verb's
# arguments() and run().
FIXED = {"arguments", "look", "run"}


def bare(path: Path) -> Iterator[str]:
    """The names in a module that need a docstring and have none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not (ast.get_docstring(tree) or "").partition("\n")[0]:
        yield "the module"
    fixed = FIXED if {"rules", "commands"} & set(path.parts) else set()
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name in fixed:
            continue
        if node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield node.name
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if not isinstance(method, ast.FunctionDef) or method.name.startswith("_"):
                    continue
                if not ast.get_docstring(method) and not _overrides(method):
                    yield f"{node.name}.{method.name}"


def _overrides(method: ast.FunctionDef) -> bool:
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in method.decorator_list}
    return bool(names & {"override", "overload", "setter"})


def test_all_that_is_exported_has_a_docstring() -> None:
    paths = [path for path in sorted(ENGINE.rglob("*.py")) if "templates" not in path.parts]
    assert len(paths) > 300
    found = {str(path.relative_to(ENGINE)): list(bare(path)) for path in paths}
    assert {path: names for path, names in found.items() if names} == {}
