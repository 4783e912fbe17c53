"""What a project has set: ``[stillroom]`` in alembic.ini, secrets in ``.env``.

alembic.ini holds what is true for everybody and is committed. ``.env`` holds what is secret or
local and never is; the environment beats it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from configparser import ConfigParser, MissingSectionHeaderError, ParsingError
from configparser import Error as ConfigParserError
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from stillroom.errors import SettingsError

SECTION = "stillroom"
KNOWN = frozenset(
    {
        *("models", "engine", "base", "target", "lock_timeout"),
        *("merge", "max_blocking_rows", "lock_wait", "lock_limit", "online_ddl"),
        *("max_load", "max_lag", "pause_limit"),
        *("rules", "severity", "small_tables"),
    }
)


@dataclass(frozen=True)
class Settings:
    """The settings of the project at ``root``; ``environment`` is ``.env`` under ``os.environ``."""

    root: Path
    ini: Path
    environment: Mapping[str, str]
    models: tuple[str, ...] = ("app.models",)
    engine: str = "app.database.engine:engine"
    base: str = "app.database.engine:Base"
    target: str = ""
    lock_timeout: str = ""  # seconds
    merge: str = ""  # "off": every ALTER TABLE goes alone
    max_blocking_rows: str = ""
    lock_wait: str = ""  # seconds
    lock_limit: str = ""  # seconds
    online_ddl: str = ""  # pt-osc, or nothing
    max_load: str = ""  # statements that run on the server
    max_lag: str = ""  # seconds
    pause_limit: str = ""  # seconds
    rules: str = ""  # packages with lint rules of the project's own
    severity: str = ""  # of lint rules: "MY301 off, MY601 warning"
    small_tables: str = ""  # whose changes block nobody for long

    def source(self, name: str) -> str:
        """Where ``name`` is set: ``"the environment"``, ``".env:3"``, or ``""`` if nowhere."""
        if name in os.environ:
            return "the environment"
        for key, _, line in _bindings(self.root / ".env"):
            if key == name:
                return f".env:{line}"
        return ""


def load(root: Path, *, dotenv_root: Path | None = None) -> Settings:
    """Read the settings of the project at ``root``. Raises SettingsError with file and line.

    ``dotenv_root`` is where ``.env`` is, if elsewhere: a copy of what is committed has none.
    """
    ini = root / "alembic.ini"
    options = _section(ini)
    if unknown := sorted(options.keys() - KNOWN):
        raise SettingsError(
            f"[{SECTION}] has no setting '{unknown[0]}'",
            where=f"alembic.ini:{_line_of(ini, unknown[0])}",
            fix=f"It knows {', '.join(sorted(KNOWN))}.",
        )
    return Settings(
        root=root,
        ini=ini,
        environment={**dotenv((dotenv_root or root) / ".env"), **os.environ},
        models=tuple(options.get("models", "app.models").split()),
        **{key: options[key] for key in KNOWN - {"models"} if key in options},
    )


def dotenv(path: Path) -> dict[str, str]:
    """The values of a ``.env`` file; none if there is no file. Raises SettingsError with the line.

    python-dotenv itself only logs a line that it cannot read, and goes on without it.
    """
    return {key: value for key, value, _ in _bindings(path)}


def _bindings(path: Path) -> list[tuple[str, str, int]]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as error:
        raise SettingsError("is not UTF-8 text", where=path.name) from error
    from dotenv.parser import parse_stream  # most projects that are only looked at have no .env

    found = []
    for binding in parse_stream(StringIO(text)):
        skipped = len(binding.original.string) - len(binding.original.string.lstrip("\r\n"))
        line = binding.original.line + binding.original.string[:skipped].count("\n")
        if binding.error:
            raise SettingsError(
                "is not of the form NAME=value",
                where=f"{path.name}:{line}",
                fix="Put a value with spaces, quotes or # between single quotes, "
                "and write \\' for a single quote in it.",
            )
        if binding.key is not None and binding.value is not None:
            found.append((binding.key, binding.value, line))
    return found


def _section(ini: Path) -> dict[str, str]:
    # "here" is the only value that Alembic adds; nothing in [stillroom] needs it.
    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(ini.read_text(encoding="utf-8-sig"), source=ini.name)
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise SettingsError("is not UTF-8 text", where=ini.name) from error
    except ConfigParserError as error:
        raise _broken(ini, error) from error
    return dict(parser[SECTION]) if parser.has_section(SECTION) else {}


def _broken(ini: Path, error: ConfigParserError) -> SettingsError:
    line = getattr(error, "lineno", None)
    what = "cannot be read"
    if isinstance(error, MissingSectionHeaderError):
        what = "stands before the first [section]"
    elif isinstance(error, ParsingError):
        line, what = error.errors[0][0], "is neither a [section], a comment nor name = value"
    elif line is not None:  # DuplicateSectionError, DuplicateOptionError
        what = "says for the second time what the file has said before"
    return SettingsError(
        what,
        where=f"{ini.name}:{line}" if line else ini.name,
        fix="Mend the line; `git diff alembic.ini` shows what was changed last.",
    )


def _line_of(ini: Path, option: str) -> int:
    lines = ini.read_text(encoding="utf-8-sig").splitlines()
    start = next(i for i, text in enumerate(lines) if text.strip() == f"[{SECTION}]")
    named = (i for i in range(start, len(lines)) if lines[i].lower().startswith(option))
    return next(named, start) + 1
