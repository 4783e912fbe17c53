"""Writes the next revision of a project, from its models and its history."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.operations.ops import MigrationScript

from stillroom.authoring.author import Written, refuse_unimported, write
from stillroom.authoring.request import Request
from stillroom.errors import StillroomError
from stillroom.project.explanations import explained
from stillroom.project.folders import drafts_folder
from stillroom.project.git import tracked_files
from stillroom.project.model_imports import import_models, model_sources, unimported_tables
from stillroom.project.project import alembic_config, application_engine, make_importable
from stillroom.project.settings import Settings
from stillroom.replay.sandbox import sandbox
from stillroom.staged.workspace import inside, load_settings, project_history, scratch_server


def write_revision(root: Path, request: Request) -> Written | Path | None:
    """Write the revision that the project at ``root`` needs; returns None if it needs none.

    Where the application's engine is SQLite whatever is set, Alembic writes it, from a look at
    that database: then the path is returned, as nothing else is known of it.
    """
    settings = load_settings(root)
    with scratch_server(settings) as scratch, inside(settings), sandbox(settings.root):
        make_importable(settings)
        if _is_for_sqlite(settings):
            _refuse_unimported_tables(settings)
            return _by_alembic(alembic_config(settings), settings, request)
        sources = model_sources(settings.models, tracked_files(settings.root))
        with project_history(settings, scratch=scratch) as history:
            return write(history, request, drafts=drafts_folder(settings.root), sources=sources)


def _is_for_sqlite(settings: Settings) -> bool:
    """Whether the project's engine is SQLite whatever is set: no replay stands in for it."""
    if settings.target or not settings.names_engine:
        return False
    try:
        return application_engine(settings).url.get_backend_name() == "sqlite"
    except StillroomError:
        return False  # env.py may have an engine of its own; if not, it says what is wrong


def _by_alembic(config: Config, settings: Settings, request: Request) -> Path | None:
    """Alembic's own revision, from a look at the database."""
    try:
        written = command.revision(
            config,
            message=request.message,
            autogenerate=not request.empty,
            head=request.head,
            splice=request.splice,
            branch_label=request.branch_label,
            depends_on=request.depends_on,
            process_revision_directives=None if request.empty else _drop_empty,
        )
    except Exception as error:
        raise explained(error, settings) from error
    script = written[0] if isinstance(written, list) else written
    return Path(script.path) if script else None


def _drop_empty(
    context: Any, revision: str | Iterable[str | None], directives: list[MigrationScript]
) -> None:
    operations = directives[0].upgrade_ops
    if operations is not None and operations.is_empty():
        directives.clear()


def _refuse_unimported_tables(settings: Settings) -> None:
    """Raise StillroomError if tracked code declares a table that nothing imports."""
    if not settings.names_models:
        return  # env.py imports them, or nobody does
    try:
        import_models(settings.models)
    except Exception as error:
        raise explained(error, settings) from error
    files = model_sources(settings.models, tracked_files(settings.root))
    refuse_unimported(unimported_tables(settings.root, files))
