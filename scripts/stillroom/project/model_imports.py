"""Imports the models, and finds the tables that nothing imports.

Alembic compares the database with the tables that have been imported. One forgotten import makes
autogenerate drop that table, data and all.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from alembic.util import CommandError
from sqlalchemy import Table

from stillroom.errors import StillroomError
from stillroom.findings import Finding, Place, shown

_MARKS = (b"__tablename__", b"Table(", b"table=True", b".Model)", b".Model,")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # where one begins


class ModelsError(StillroomError, CommandError):
    """A module with models cannot be imported.

    It is Alembic's CommandError too, so that ``alembic`` itself prints it without a traceback.
    """


def import_models(packages: str | Iterable[str]) -> list[ModuleType]:
    """Import every module of ``packages`` (``"app.models other.models"``), at any depth.

    Raises ModelsError, with the file and line to mend, if one of them cannot be imported.
    """
    names = packages.split() if isinstance(packages, str) else packages
    return [module for name in names for module in _import_tree(name)]


def _import_tree(name: str) -> Iterator[ModuleType]:
    module = import_project_module(name)
    yield module
    for info in pkgutil.iter_modules(getattr(module, "__path__", []), f"{name}."):
        yield from _import_tree(info.name)


def import_project_module(name: str) -> ModuleType:
    """Import ``name``. Raises ModelsError with the place inside the project that is to blame."""
    try:
        return importlib.import_module(name)
    except (StillroomError, CommandError):
        raise
    except Exception as error:
        from stillroom.project.servers.passwords import masked  # an env.py that works needs none

        raise ModelsError(
            "this module cannot be imported",
            where=str(_blamed(error) or name),
            fix=(
                f"{type(error).__name__}: {masked(_first_line(error))}\n"
                "Fix it and run the command again. Nothing was changed."
            ),
        ) from error


def _blamed(error: BaseException) -> Place | None:
    """The line that a person must look at: the innermost one of the project."""
    if isinstance(error, SyntaxError) and error.filename:
        return Place(shown(error.filename), error.lineno or 0)
    from stillroom.project.call_site import CallSites  # an env.py that works needs none

    return CallSites().of(error)


def _first_line(error: BaseException) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return text.splitlines()[0] if text else "no message"


def unimported_tables(root: Path, models: Iterable[str], files: Iterable[str]) -> list[Finding]:
    """The tables in ``files`` (paths relative to ``root``) that no imported module defines.

    Looked at are modules beside the packages ``models``; if there are none of these, those that
    are in one folder with a table that was imported. To be called once env.py has run, or
    `import_models`. Files are read, never run.
    """
    tops = (str(root), str(root.resolve()))
    imported = {
        Path(file).resolve(): module
        for module in list(sys.modules.values())
        if (file := getattr(module, "__file__", None) or "").startswith(tops)
    }
    modules = [file for file in files if file.endswith(".py")]
    packages = tuple(f"{name.partition('.')[0]}/" for name in models)
    sources = [file for file in modules if file.startswith(packages)]
    if not sources:
        folders = {path.parent for path, module in imported.items() if _has_tables(module)}
        sources = [file for file in modules if (root / file).resolve().parent in folders]
    return [
        Finding(
            code="MD101",
            where=Place(file, line),
            what=f"table {table} is in no imported module",
            why="Autogenerate would take it for a dropped table.",
            fix="Move it to the models, or import it from a module there.",
        )
        for file in sources
        if (root / file).resolve() not in imported
        for table, line in _tables_in(root / file)
    ]


def _has_tables(module: ModuleType) -> bool:
    """Whether a class of this module is mapped to a table, or a table stands in it."""
    return any(
        isinstance(value, Table)
        or (
            isinstance(value, type)
            and value.__module__ == module.__name__
            and isinstance(vars(value).get("__table__"), Table)
        )
        for value in list(vars(module).values())
    )


def _tables_in(path: Path) -> list[tuple[str, int]]:
    """Name and line of each table that the source at ``path`` declares."""
    try:
        source = path.read_bytes()
    except OSError:  # a file that git tracks and someone has just deleted declares nothing
        return []
    if not any(mark in source for mark in _MARKS):
        return []
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise ModelsError(
            "this module cannot be read",
            where=str(Place(str(path), getattr(error, "lineno", 0) or 0)),
            fix=_first_line(error),
        ) from error
    if _is_revision(tree):
        return []
    return [table for node in ast.walk(tree) if (table := _declared_table(node))]


def _is_revision(tree: ast.Module) -> bool:
    """Whether it is a revision of Alembic, in the package of the application: it has no models."""
    names = {
        target.id
        for statement in tree.body
        if isinstance(statement, (ast.Assign, ast.AnnAssign))
        for target in (
            statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        )
        if isinstance(target, ast.Name)
    }
    return {"revision", "down_revision"} <= names


def _declared_table(node: ast.AST) -> tuple[str, int] | None:
    if isinstance(node, ast.ClassDef):
        for statement in node.body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id="__tablename__")], value=value)
                    | ast.AnnAssign(target=ast.Name(id="__tablename__"), value=value)
                ) if value is not None:
                    return ast.unparse(value).strip("'\""), node.lineno
        if any(ast.unparse(keyword) == "table=True" for keyword in node.keywords):
            return node.name.lower(), node.lineno  # as SQLModel names it
        if _is_of_flask(node):
            return _WORD.sub("_", node.name).lower(), node.lineno  # as Flask-SQLAlchemy does
    # Table(name, metadata, …): reports and user interfaces have a Table(…) of their own.
    if (
        isinstance(node, ast.Call)
        and len(node.args) > 1
        and ast.unparse(node.func).rpartition(".")[2] == "Table"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
        and "metadata" in ast.unparse(node.args[1]).lower()
    ):
        return node.args[0].value, node.lineno
    return None


def _is_of_flask(node: ast.ClassDef) -> bool:
    """Whether it derives from ``db.Model`` and has columns; Django's models have fields."""
    bases = any(isinstance(base, ast.Attribute) and base.attr == "Model" for base in node.bases)
    if not bases or any(ast.unparse(part).startswith("__abstract__") for part in node.body):
        return False
    calls = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
    return any(
        ast.unparse(call).rpartition(".")[2] in ("Column", "mapped_column") for call in calls
    )
