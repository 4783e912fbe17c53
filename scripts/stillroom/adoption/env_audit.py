"""What an env.py that someone else wrote still lacks: it is run in a replay, and not only read."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext

from stillroom.drift.models import metadata_of
from stillroom.findings import Finding, Place
from stillroom.project.alembic_env.env_runner import engine_of_env
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.model_imports import unimported_tables
from stillroom.project.project import alembic_config, application_engine, make_importable
from stillroom.project.settings import Settings
from stillroom.replay.alembic_project import run
from stillroom.replay.server import Server
from stillroom.staged.workspace import inside, project_history

# Nobody's server: whoever takes the database from there shows it.
_ELSEWHERE = "mysql+pymysql://somebody@elsewhere.invalid/elsewhere"


def missing_in(env_py: Path, settings: Settings) -> list[Finding]:
    """What to add to ``env_py``. Raises CannotTell if it fails in a replay."""
    place = os.path.relpath(env_py, settings.root)
    findings = in_fresh_process(partial(_of_run, env_py, place, settings))
    if settings.names_engine and not _follows(settings):
        findings.insert(
            1 if findings and findings[0].code == "CF101" else 0,
            Finding(
                code="CF102",
                where=Place(place),
                what="does not take the database from the application, "
                "and alembic.ini has no password",
                fix=f"{_import_of(settings.engine)}, and connect with it",
            ),
        )
    return findings


def _of_run(env_py: Path, place: str, settings: Settings) -> list[Finding]:
    """What a replay of no revision shows: the metadata, and the tables that it imports."""
    findings: list[Finding] = []

    def steps(heads: tuple[str, ...], context: MigrationContext) -> Iterable[Any]:
        if not metadata_of(context.opts.get("target_metadata")) and not findings:
            line = _line_of_none(env_py)
            findings.append(
                Finding(
                    code="CF101",
                    where=Place(place, line) if line else Place(place),
                    what=f"{'target_metadata is None' if line else 'gives no target_metadata'}, "
                    "so autogenerate sees no models",
                    fix=f"{_import_of(settings.base)}\n"
                    f"    target_metadata = {settings.base.partition(':')[2]}.metadata",
                )
            )
        return ()

    with project_history(settings) as history:
        run(history.project, Server(history.empty), steps)
        files = [
            path.relative_to(settings.root).as_posix()
            for package in settings.models
            for path in sorted(settings.root.joinpath(*package.split(".")).rglob("*.py"))
        ]
        missing = unimported_tables(settings.root, settings.models, files)
    return [*findings, *(_unimported(table, place, settings) for table in missing)]


def _unimported(table: Finding, place: str, settings: Settings) -> Finding:
    return Finding(
        code=table.code,
        where=table.where,
        what=f"{table.what}: {place} imports none that does",
        why=table.why,
        fix="In env.py: from stillroom.env import import_models\n"
        f'    import_models("{" ".join(settings.models)}")',
    )


def _follows(settings: Settings) -> bool:
    """Whether env.py connects where the application does, also where that is somewhere else."""
    return all(
        in_fresh_process(partial(_url, settings, True, address))
        == in_fresh_process(partial(_url, settings, False, address))
        for address in ("", _ELSEWHERE)
    )


def _url(settings: Settings, of_env: bool, address: str) -> str:
    with inside(settings):
        make_importable(settings)
        os.environ.update(settings.environment)
        if address:
            os.environ["DB_URL"] = address
        try:
            engine = engine_of_env(alembic_config(settings)) if of_env else None
            engine = engine if of_env else application_engine(settings)
        except Exception:  # noqa: BLE001 - a bad URL or driver; whoever opens the project explains it
            return ""
        return engine.url.render_as_string(hide_password=False) if engine is not None else ""


def _line_of_none(env_py: Path) -> int:
    """Where env.py says that there is no metadata, as Alembic's template does; 0 if nowhere."""
    for node in ast.walk(ast.parse(env_py.read_bytes())):
        match node:
            case ast.Assign(
                targets=[ast.Name(id="target_metadata")], value=ast.Constant(value=None)
            ):
                return node.lineno
    return 0


def _import_of(reference: str) -> str:
    module, _, name = reference.partition(":")
    return f"from {module} import {name}"
