"""Reads what alembic.ini, pyproject.toml and .env say, with the lines for messages."""

from __future__ import annotations

import tomllib
from configparser import ConfigParser, MissingSectionHeaderError, ParsingError
from configparser import Error as ConfigParserError
from io import StringIO
from pathlib import Path
from typing import Any

from stillroom.errors import SettingsError
from stillroom.findings import shown
from stillroom.shell import quote

SECTION = "stillroom"
PYPROJECT = "pyproject.toml"


def dotenv(path: Path) -> dict[str, str]:
    """The values of a ``.env`` file; none if there is no file. Raises SettingsError with the line.

    python-dotenv itself only logs a line that it cannot read, and goes on without it.
    """
    return {key: value for key, value, _ in bindings(path)}


def bindings(path: Path) -> list[tuple[str, str, int]]:
    """Name, value and line of each variable in a ``.env`` file; none if there is no file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as error:
        raise SettingsError("is not UTF-8 text", where=path.name) from error
    from dotenv.parser import parse_stream  # most projects that are only looked at have no .env

    variables = []
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
            variables.append((binding.key, binding.value, line))
    return variables


def tool(toml: Path, name: str) -> dict[str, str]:
    """The table [tool.NAME] of a pyproject.toml, with its values as an ini file has them."""
    try:
        tool = tomllib.loads(toml.read_text(encoding="utf-8")).get("tool", {})
    except OSError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"is not valid TOML: {error}", where=toml.name) from error
    return {key: _as_text(value) for key, value in dict(tool.get(name, {})).items()}


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return str(value)


def sections(ini: Path) -> dict[str, dict[str, str]]:
    """The sections of an alembic.ini, as they are written; none if there is no file."""
    # What [DEFAULT] says is Alembic's: without the name it is a section like the others. "here" is
    # the only value that Alembic adds; nothing in [stillroom] needs it.
    parser = ConfigParser(interpolation=None, default_section="")
    try:
        parser.read_string(ini.read_text(encoding="utf-8-sig"), source=ini.name)
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        raise SettingsError("is not UTF-8 text", where=shown(ini)) from error
    except ConfigParserError as error:
        raise _broken(ini, error) from error
    return {name: dict(parser[name]) for name in parser.sections()}


def databases(ini: Path) -> tuple[str, ...]:
    """The sections that have a script directory of their own, in the order of the file.

    Raises SettingsError for settings of a section that is not there.
    """
    every = sections(ini)
    for name in every:
        owner = name.partition(":")[2]
        if name.startswith(f"{SECTION}:") and owner not in every:
            raise SettingsError(
                f"[{name}] is for the section [{owner}], which is not there",
                where=place(ini, "", name),
                fix=f"Name one that has a script_location: [{SECTION}:NAME].",
            )
    default = every.pop("DEFAULT", {})
    return tuple(
        name
        for name, values in every.items()
        if "script_location" in values or (name == "alembic" and "script_location" in default)
    )


def heads(database: str) -> tuple[str, str]:
    """The sections with the settings of a database: those for all, then its own."""
    return SECTION, f"{SECTION}:{database}"


def _broken(ini: Path, error: ConfigParserError) -> SettingsError:
    line = getattr(error, "lineno", None)
    what = "cannot be read"
    if isinstance(error, MissingSectionHeaderError):
        what = "is before the first [section]"
    elif isinstance(error, ParsingError):
        line, what = error.errors[0][0], "is neither a [section], nor a comment, nor name = value"
    elif line is not None:  # DuplicateSectionError, DuplicateOptionError
        what = "repeats a name that the file has already set"
    return SettingsError(
        what,
        where=f"{shown(ini)}:{line}" if line else shown(ini),
        fix=f"Fix the line; `git diff {quote(shown(ini))}` shows what changed last.",
    )


def place(ini: Path, option: str, section: str = SECTION) -> str:
    """``alembic.ini:3``; without the number if the setting does not come from the file."""
    try:
        lines = ini.read_text(encoding="utf-8-sig").splitlines()
    except OSError:
        return shown(ini)
    headers = (f"[{section}]", f"[tool.{section}]")
    start = next((i for i, text in enumerate(lines) if text.strip() in headers), 0)
    named = (i for i in range(start, len(lines)) if lines[i].lower().startswith(option))
    return f"{shown(ini)}:{next(named, start) + 1}"
