"""``revision``: write the revision that the models need."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from typing import Any

from alembic import command
from alembic.operations.ops import MigrationScript

from stillroom.commands.arguments import add_message
from stillroom.commands.notices import note_database, show_log
from stillroom.discovery import import_models, unimported_tables
from stillroom.errors import StillroomError
from stillroom.gitindex import tracked_files
from stillroom.project import Project, open_project


def arguments(parser: ArgumentParser) -> None:
    add_message(parser)


def run(args: Namespace) -> int:
    if not args.message:
        raise StillroomError(
            "what does the revision do? m= is missing",
            fix='make revision m="add last_login to user"',
        )
    project = open_project()
    note_database(project)
    write_revision(project, args.message)
    return 0


def write_revision(project: Project, message: str) -> bool:
    """Write the revision; returns False, having said so, if the models need none."""
    refuse_unimported_tables(project)
    show_log("alembic.autogenerate.compare", only="Detected ")
    with project.explaining():
        written = command.revision(
            project.config,
            message=message,
            autogenerate=True,
            process_revision_directives=_drop_empty,
        )
    if not written:
        print("The models need no revision: nothing was written.")
    return bool(written)


def refuse_unimported_tables(project: Project) -> None:
    """Raise StillroomError if tracked code declares a table that nothing imports."""
    with project.explaining():
        import_models(project.settings.models)
    packages = {name.partition(".")[0] for name in project.settings.models}
    files = [
        file
        for file in tracked_files(project.settings.root)
        if file.endswith(".py") and file.partition("/")[0] in packages
    ]
    findings = unimported_tables(project.settings.root, files)
    if findings:
        lines = "\n".join(f"{found.where}: {found.code} {found.what}" for found in findings)
        raise StillroomError(
            f"{lines}\n{findings[0].why}", fix=f"{findings[0].fix}\nNothing was written."
        )


def _drop_empty(
    context: Any, revision: str | Iterable[str | None], directives: list[MigrationScript]
) -> None:
    operations = directives[0].upgrade_ops
    if operations is not None and operations.is_empty():
        directives.clear()
