"""Turns what SQLAlchemy, a driver or Alembic said into an error with its place and remedy."""

from __future__ import annotations

import re
import traceback
from configparser import InterpolationError
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from stillroom.errors import SettingsError, StillroomError
from stillroom.project.servers.connection_errors import of_server, of_url, raised_by, server_error
from stillroom.project.servers.passwords import masked
from stillroom.project.settings import Settings
from stillroom.shell import Command, quote

SET_THEM = "Set them in .env or in the environment."
IMPORTABLE = (
    "Install it beside stillroom, or name the folder that it is in, in alembic.ini: "
    "prepend_sys_path = .."
)
DOUBLE_PERCENT = "Write %% for each single %, or hand the text to op.execute(), which does that."
_UNFORMATTABLE = re.compile(
    "unsupported format character|incomplete format|not enough arguments for format string"
)
# Where os.environ[…] raises KeyError.
_READERS = ("os", "stillroom.replay.server.urls")


def explained(error: Exception, settings: Settings, url: URL | None = None) -> StillroomError:
    """``error`` as a StillroomError; raises ``error`` itself if it is none that a user can mend."""
    if isinstance(error, StillroomError):
        return _better(error, settings, url) or error
    explanation = (
        of_url(error, settings)
        or of_server(error, settings, url)
        or _of_revision(error, settings)
        or of_write_hook(error)
        or of_alembic(error)
    )
    if explanation is None:
        raise error
    return explanation


def _better(error: StillroomError, settings: Settings, url: URL | None) -> StillroomError | None:
    """What its cause says more exactly: the URL, the server, the name of a revision."""
    cause = error.__cause__
    if not isinstance(cause, Exception) or _innermost(cause, settings):
        return None
    if isinstance(cause, StillroomError):
        return None  # it has said all that it knows
    return (
        of_url(cause, settings)
        or of_server(cause, settings, url)
        or _of_syntax(cause, settings)
        or of_alembic(cause)
    )


def _of_revision(error: Exception, settings: Settings) -> StillroomError | None:
    """Something in a revision: its syntax, or a statement that the server refused."""
    if syntax := _of_syntax(error, settings):
        return syntax
    place = _innermost(error, settings)
    if place and isinstance(error, DBAPIError) and error.orig is not None:
        number, text = server_error(error)
        what = f"the database refused this statement: {text}" + (f" ({number})" if number else "")
        return StillroomError(what, where=place, fix=str(error.statement).strip())
    if place:
        first = masked(str(error).partition("\n")[0])
        return StillroomError(f"{type(error).__name__}: {first}", where=place, fix="Fix the file.")
    return None


def _of_syntax(error: Exception, settings: Settings) -> StillroomError | None:
    if not isinstance(error, SyntaxError) or not error.filename:
        return None
    place = _shown(error.filename, settings)
    if (error.text or "").startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return StillroomError(
            "has a merge-conflict marker",
            where=f"{place}:{error.lineno}",
            fix=f"Resolve the conflict, then: git add {quote(place)}",
        )
    return StillroomError(
        f"SyntaxError: {error.msg}", where=f"{place}:{error.lineno}", fix="Fix the file."
    )


def missing_settings(error: BaseException) -> str:
    """Which fields pydantic finds no value for, or os.environ lacks, in words; "" for others."""
    names = _missing_names(error)
    return f"these settings are missing: {', '.join(names)}" if names else ""


def missing_module(error: BaseException) -> str:
    """How to mend the import of a package that is not found; "" for other errors."""
    is_package = isinstance(error, ModuleNotFoundError) and "." not in (error.name or ".")
    return IMPORTABLE if is_package else ""


def undoubled_percent(error: BaseException) -> StillroomError | None:
    """What configparser says of a value with a single %, which it quotes; None for other errors.

    Its words are not used: the value may be a password, and not only a URL with one.
    """
    if isinstance(error, InterpolationError):
        what = f"[{error.section}] {error.option} has a % that is not doubled"
    elif isinstance(error, ValueError) and str(error).startswith("invalid interpolation syntax"):
        what = "sets a value with a % that is not doubled"
    else:
        return None
    return StillroomError(
        what,
        fix="Alembic's config takes a % for the beginning of a reference. Double it where the value"
        ' is set:\nconfig.set_main_option("sqlalchemy.url", url.replace("%", "%%"))',
    )


def lone_percent(words: str) -> str:
    """How to mend a text that a driver could not format; "" if ``words`` say something else."""
    return DOUBLE_PERCENT if _UNFORMATTABLE.search(words) else ""


def _missing_names(error: BaseException) -> list[str]:
    if isinstance(error, KeyError):
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        inside = trace is not None and trace.tb_frame.f_globals.get("__name__") in _READERS
        return [str(error.args[0])] if inside else []
    errors = getattr(error, "errors", None)
    if type(error).__module__.partition(".")[0] != "pydantic_core" or not callable(errors):
        return []
    missing = [problem["loc"] for problem in errors() if problem.get("type") == "missing"]
    return [".".join(map(str, place)) for place in missing]


def of_write_hook(error: BaseException) -> SettingsError | None:
    """``error``, if a hook has failed that a new revision goes through, or is not there."""
    failures = (CommandError, OSError, ImportError)
    if not isinstance(error, failures) or not raised_by(error, "script/write_hooks.py"):
        return None
    return SettingsError(
        f"a hook failed on the new revision: {str(error).rstrip('.')}",
        where="alembic.ini: [post_write_hooks]",
        fix="Install what the hook runs, or remove the hook.",
    )


def of_alembic(error: BaseException) -> StillroomError | None:
    """What Alembic itself says is wrong, with a remedy if there is one; None for other errors."""
    if not isinstance(error, CommandError):
        return None
    text, cause = str(error), str(error.__cause__)
    fix = ""
    if cause.startswith("Multiple revisions start"):
        # Alembic itself says that there is none.
        text, fix = cause, "Give more of its characters."
    elif "Can't locate revision" in text or "No such revision" in text:
        fix = f"`{Command('history')}` lists the revisions there are."
    elif text.startswith("Relative revision"):
        fix = (
            f"`{Command('current')}` shows where the database is, "
            f"`{Command('history')}` lists the revisions."
        )
    elif "multiple head" in text.lower():
        fix = f"`{Command('heads')}` shows them."
    return StillroomError(text.rstrip(".").replace("\n", " "), fix=fix)


def _innermost(error: Exception, settings: Settings) -> str:
    """``file:line`` of the innermost frame that runs in a revision; ``""`` if none does."""
    place, is_read = "", False
    for frame, line in traceback.walk_tb(error.__traceback__):
        is_read = is_read or frame.f_code.co_name == "_from_path"  # by Alembic: from its top on
        is_top = is_read and frame.f_code.co_name == "<module>"
        if "down_revision" in frame.f_globals or (is_top and not place):
            place = f"{_shown(frame.f_code.co_filename, settings)}:{line}"
    return place


def _shown(file: str, settings: Settings) -> str:
    path = Path(file)
    return str(path.relative_to(settings.root)) if path.is_relative_to(settings.root) else file
