"""What an env.py that someone else wrote still lacks."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

from stillroom.errors import StillroomError
from stillroom.findings import Finding, Place
from stillroom.project.model_imports import import_project_module, unimported_tables
from stillroom.project.settings import Settings


def missing_in(env_py: Path, settings: Settings) -> list[Finding]:
    """What to add to ``env_py``. It is read, not run; the models that it imports are imported."""
    place = os.path.relpath(env_py, settings.root)
    try:
        tree = ast.parse(env_py.read_bytes())
    except SyntaxError as error:
        raise StillroomError(
            f"SyntaxError: {error.msg}", where=f"{place}:{error.lineno}", fix="Fix the file."
        ) from error
    return [
        *_metadata(tree, place, settings),
        *_url(tree, place, settings),
        *_models(tree, place, settings),
    ]


def _metadata(tree: ast.Module, place: str, settings: Settings) -> Iterator[Finding]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "target_metadata":
            break
        if isinstance(node, ast.Constant) and node.value == "target_metadata":
            break
    else:
        yield Finding(
            code="CF101",
            where=Place(place),
            what="gives Alembic no target_metadata, so autogenerate sees no models",
            fix=f"{_import_of(settings.base)}\n"
            f"    context.configure(target_metadata={settings.base.partition(':')[2]}.metadata, …)",
        )
    for node in ast.walk(tree):
        match node:
            case ast.Assign(
                targets=[ast.Name(id="target_metadata")], value=ast.Constant(value=None)
            ):
                yield Finding(
                    code="CF101",
                    where=Place(place, node.lineno),
                    what="target_metadata is None, so autogenerate sees no models",
                    fix=f"{_import_of(settings.base)}\n"
                    f"    target_metadata = {settings.base.partition(':')[2]}.metadata",
                )


def _url(tree: ast.Module, place: str, settings: Settings) -> Iterator[Finding]:
    module = settings.engine.partition(":")[0]
    if module not in set(_imported(tree)):
        yield Finding(
            code="CF102",
            where=Place(place),
            what=(
                "does not take the database from the application, and alembic.ini has no password"
            ),
            fix=f"{_import_of(settings.engine)}, and connect with it",
        )


def _models(tree: ast.Module, place: str, settings: Settings) -> Iterator[Finding]:
    if "import_models" in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}:
        return
    top = {name.partition(".")[0] for name in settings.models}
    for name in _imported(tree):
        if name.partition(".")[0] in top and _exists(settings.root, name):
            import_project_module(name)
    files = [
        path.relative_to(settings.root).as_posix()
        for name in settings.models
        for path in sorted((settings.root / name.replace(".", "/")).rglob("*.py"))
    ]
    for unimported in unimported_tables(settings.root, files):
        yield Finding(
            code=unimported.code,
            where=unimported.where,
            what=f"{unimported.what}: {place} imports none that does",
            why=unimported.why,
            fix="In env.py: from stillroom.env import import_models\n"
            f'    import_models("{" ".join(settings.models)}")',
        )


def _imported(tree: ast.Module) -> Iterator[str]:
    """The modules that ``tree`` names in imports; some names in it may be no modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _exists(root: Path, module: str) -> bool:
    path = root / module.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def _import_of(reference: str) -> str:
    module, _, name = reference.partition(":")
    return f"from {module} import {name}"
