"""Where the models declare a table or a column, as file and line."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

from stillroom.findings import Place
from stillroom.project.call_site import is_library

_LIBRARIES = f"{os.sep}site-packages{os.sep}"
# How far above the project its models may lie, and still be shown relative to it.
_MOST_ABOVE = 3
Places = dict[tuple[str, str], Place]  # (table, column or "") -> place


def declarations(root: Path, tables: Collection[str]) -> Places:
    """Where the imported modules, except libraries, declare ``tables`` and their columns.

    Paths are relative to the project's ``root``, which the models may lie beside.
    """
    places: Places = {}
    of_library = cache(is_library)  # hundreds of modules lie in few folders
    for module in list(sys.modules.values()) if tables else []:
        file = getattr(module, "__file__", None) or ""
        if _LIBRARIES in file or not file.endswith(".py"):
            continue
        if file.startswith(f"{root}{os.sep}") or not of_library(Path(file).parent):
            places.update(_in_file(Path(file), root, tables, _mapped(module)))
    return places


def _shown(path: Path, root: Path) -> str:
    relative = Path(os.path.relpath(path, root))
    return path.as_posix() if relative.parts.count("..") > _MOST_ABOVE else relative.as_posix()


def _mapped(module: ModuleType) -> dict[str, str]:
    """The tables of the classes in a module: a base class may make their names."""
    return {
        value.__name__: name
        for value in list(vars(module).values())
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and isinstance(name := getattr(vars(value).get("__table__"), "name", None), str)
    }


def _in_file(path: Path, root: Path, tables: Collection[str], mapped: Mapping[str, str]) -> Places:
    try:
        source = path.read_bytes()
        if not (
            any(table in tables for table in mapped.values())
            or (b"Table(" in source and any(table.encode() in source for table in tables))
        ):
            return {}
        tree = ast.parse(source)
    except (OSError, SyntaxError, ValueError):
        return {}  # it was imported, so this file is not what was: nothing can be said of it
    shown = _shown(path, root)
    places: Places = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            places.update(_in_class(node, shown, mapped))
        elif isinstance(node, ast.Call) and _called(node) == "Table":
            places.update(_in_table(node, shown))
    return places


def _in_class(
    node: ast.ClassDef, shown: str, mapped: Mapping[str, str]
) -> Iterator[tuple[tuple[str, str], Place]]:
    names = [_text(value) for target, value in _assignments(node) if target == "__tablename__"]
    table = next(filter(None, names), "") or mapped.get(node.name)
    if not table:
        return
    yield (table, ""), Place(shown, node.lineno)
    for statement in node.body:
        for target, value in _assigned(statement):
            column = target
            if isinstance(value, ast.Call) and value.args:
                column = _text(value.args[0]) or target
            yield (table, column), Place(shown, statement.lineno)


def _in_table(node: ast.Call, shown: str) -> Iterator[tuple[tuple[str, str], Place]]:
    table = _text(node.args[0]) if node.args else ""
    if not table:
        return
    yield (table, ""), Place(shown, node.lineno)
    for argument in node.args[1:]:
        if isinstance(argument, ast.Call) and argument.args and (name := _text(argument.args[0])):
            yield (table, name), Place(shown, argument.lineno)


def _assignments(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr | None]]:
    for statement in node.body:
        yield from _assigned(statement)


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, statement.value
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id, statement.value


def _called(node: ast.Call) -> str:
    """The last name of what is called: ``Table`` for ``sa.Table(…)``."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
