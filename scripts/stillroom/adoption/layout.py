"""Finds where a project without alembic.ini keeps its models, their base and its engine."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from stillroom.errors import StillroomError
from stillroom.replay.imported_modules import python_files
from stillroom.shell import Command

_BASES = ("DeclarativeBase", "DeclarativeBaseNoMeta", "SQLModel")
_FUNCTIONS = ("declarative_base", "automap_base")
_ENGINES = ("create_engine", "create_async_engine", "engine_from_config")
_SQLMODEL = "sqlmodel:SQLModel"
_NOT_MODELS = ("tests", "test", "migrations", "alembic")


@dataclass(frozen=True)
class Layout:
    """Names as [stillroom] has them; ``engine`` is empty if no module has one."""

    models: tuple[str, ...]
    base: str
    engine: str = ""
    source: str = ""  # the folder below the root that modules are imported from, such as src


@dataclass
class _Found:
    bases: list[str] = field(default_factory=list)
    engines: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)


def find(root: Path, *, models: str = "", base: str = "", engine: str = "") -> Layout:
    """The layout of the project at ``root``; what is given is taken as it is.

    Files are read, not run. Raises StillroomError, which names what to give, if it is not clear.
    """
    source = "src" if (root / "src").is_dir() else ""
    layout = _Found()
    for path in python_files(root):
        parts = path.relative_to(root).with_suffix("").parts
        parts = parts[1:] if source and parts[0] == source else parts
        if parts and not set(parts).intersection(_NOT_MODELS):
            _read(path, ".".join(parts[:-1] if parts[-1] == "__init__" else parts), layout)
    bases = [base] if base else list(dict.fromkeys(layout.bases))
    if len(bases) != 1:
        raise _unclear("base class of models", bases)
    engines = [engine] if engine else list(dict.fromkeys(layout.engines))
    if len(engines) > 1:
        raise _unclear("engine of SQLAlchemy", engines)
    named = tuple(models.split()) or _packages(layout.models)
    if not named:
        raise _unclear("model", [])
    return Layout(named, bases[0], "".join(engines), source)


def _unclear(what: str, candidates: Sequence[str]) -> StillroomError:
    example = Command("init", base="shop.db:Base", models="shop.models", engine="shop.db:engine")
    if candidates:
        return StillroomError(
            f"there is more than one {what} here: {', '.join(candidates)}",
            fix=f"Say which one Alembic is for: {example}",
        )
    return StillroomError(
        f"there is no alembic.ini here, and no {what} was found",
        fix=f"Name what your application has: {example}\n"
        "Without an engine, env.py connects to DB_URL.",
    )


def _read(path: Path, module: str, layout: _Found) -> None:
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            _read_class(node, module, layout)
        for name, called in _calls(node):
            if called in _FUNCTIONS:
                layout.bases.append(f"{module}:{name}")
            elif called in _ENGINES:
                layout.engines.append(f"{module}:{name}")
            elif called == "Table":
                layout.models.append(module)


def _read_class(node: ast.ClassDef, module: str, layout: _Found) -> None:
    bases = {_last_name(base) for base in node.bases}
    is_table = any(
        word.arg == "table" and isinstance(word.value, ast.Constant) and word.value.value is True
        for word in node.keywords
    )
    if is_table:
        layout.bases.append(_SQLMODEL)
        layout.models.append(module)
    elif bases.intersection(_BASES) and "SQLModel" not in bases:
        layout.bases.append(f"{module}:{node.name}")
    elif any(name == "__tablename__" for inner in node.body for name in _targets(inner)):
        layout.models.append(module)


def _calls(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """The names that a statement gives the results of calls, and what is called."""
    value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
    if isinstance(value, ast.Call):
        for name in _targets(node):
            yield name, _last_name(value.func)


def _targets(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.AnnAssign):
        targets: list[ast.expr] = [node.target]
    else:
        targets = node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _last_name(node: ast.expr) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))


def _packages(modules: Sequence[str]) -> tuple[str, ...]:
    """The smallest packages that hold all of ``modules``: one for each top-level package."""
    tops: dict[str, list[list[str]]] = {}
    for module in dict.fromkeys(modules):
        parts = module.split(".")
        tops.setdefault(parts[0], []).append(parts)
    return tuple(".".join(_common(group)) for group in tops.values())


def _common(group: Sequence[Sequence[str]]) -> list[str]:
    alike = takewhile(lambda parts: len(set(parts)) == 1, zip(*group, strict=False))
    return [parts[0] for parts in alike]
