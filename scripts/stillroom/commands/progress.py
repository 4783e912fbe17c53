"""What an upgrade tells while it runs, and the options that it runs with."""

from __future__ import annotations

from argparse import ArgumentParser

from stillroom.apply import Options
from stillroom.apply.events import Event, Listener
from stillroom.commands.notices import note
from stillroom.errors import SettingsError
from stillroom.project import Project
from stillroom.render import progress


def add_format(parser: ArgumentParser) -> None:
    """``--format``: plain lines, or a line of JSON for each event."""
    parser.add_argument("--format", choices=("text", "json"), default="text")


def listener(format_: str) -> Listener:
    """Prints the events that are worth a line."""
    return _print_json if format_ == "json" else _print_text


def _print_text(event: Event) -> None:
    if line := progress.text(event):
        note(line)


def _print_json(event: Event) -> None:
    print(progress.json_line(event), flush=True)


def options(project: Project) -> Options:
    """The options of ``[stillroom]``. SQLite is no server: it fits every target."""
    settings = project.settings
    target = settings.target if project.url.get_backend_name() != "sqlite" else ""
    if not settings.lock_timeout:
        return Options(target=target or None)
    try:
        return Options(lock_timeout=float(settings.lock_timeout), target=target or None)
    except ValueError as error:
        raise SettingsError(
            "is no number of seconds", where="alembic.ini: [stillroom] lock_timeout"
        ) from error
