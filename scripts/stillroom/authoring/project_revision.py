"""Writes the next revision of a project, from its models and its history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.operations.ops import MigrationScript

from stillroom.authoring.author import InTwoSteps, refuse_unimported, write
from stillroom.authoring.drafted import Written
from stillroom.authoring.request import Request
from stillroom.authoring.two_step.author import WrittenTwoSteps, write_two_steps
from stillroom.drift import CLEAN, check
from stillroom.errors import StillroomError
from stillroom.project.explanations import explained
from stillroom.project.folders import drafts_folder
from stillroom.project.git import tracked_files
from stillroom.project.model_imports import import_models, unimported_tables
from stillroom.project.project import alembic_config, application_engine, make_importable
from stillroom.project.settings import Settings
from stillroom.replay import History
from stillroom.replay.sandbox import sandbox
from stillroom.shell import Command
from stillroom.staged.workspace import inside, load_settings, project_history, scratch_server


def write_revision(root: Path, request: Request) -> Written | WrittenTwoSteps | Path | None:
    """Write the revision that the project at ``root`` needs; returns None if it needs none.

    In two steps, these are two. None is also the answer where the models match the tables before a
    contract revision that waits.

    Where the application's engine is SQLite whatever is set, Alembic writes it, from a look at
    that database: then the path is returned, as nothing else is known of it.
    """
    settings = load_settings(root)
    with scratch_server(settings) as scratch, inside(settings), sandbox(settings.root):
        make_importable(settings)
        if _is_for_sqlite(settings):
            if request.steps == 2:
                raise StillroomError(
                    "steps: SQLite has one user at a time, and no change in two steps",
                    fix="Leave steps out. Nothing was written.",
                )
            _refuse_unimported_tables(settings)
            return _by_alembic(alembic_config(settings), settings, request)
        sources = tracked_files(settings.root)
        with project_history(settings, scratch=scratch) as history:
            if history.last_contracts() and _is_before_contract(history):
                return None
            drafts = drafts_folder(settings.root)
            if request.steps == 1:
                try:
                    return write(history, request, drafts=drafts, sources=sources)
                except InTwoSteps:  # as was answered
                    request = replace(request, steps=2)
            return write_two_steps(history, request, drafts=drafts, sources=sources)


def _is_before_contract(history: History) -> bool:
    """Whether the models match the tables before a contract revision, which is the newest.

    Raises StillroomError if they are nearly that: a new revision could only follow the contract.
    """
    verdict = check(history)
    if verdict.before and verdict.status != CLEAN:
        raise StillroomError(
            f"the models nearly match the tables before the contract revision {verdict.before}, but"
            " a new revision would follow it",
            fix=f"First change the models to what the contract leads to; `{Command('check')}` says"
            " what they lack.\nNothing was written.",
        )
    return bool(verdict.before)


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
    files = tracked_files(settings.root)
    refuse_unimported(unimported_tables(settings.root, settings.models, files))
