"""What a project has set: ``[stillroom]`` in alembic.ini, secrets in ``.env``.

alembic.ini holds what is true for everybody and is committed; ``[tool.stillroom]`` in
pyproject.toml does as well. ``.env`` holds what is secret or local and never is; the environment
beats it. A new setting is one field here: reading it, the options of an upgrade and the README's
table (a test compares them) follow from it.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from configparser import ConfigParser, MissingSectionHeaderError, ParsingError
from configparser import Error as ConfigParserError
from dataclasses import dataclass, field, fields
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from stillroom.catalog.target import Target
from stillroom.errors import SettingsError
from stillroom.project.alembic_env import alembic_options

if TYPE_CHECKING:
    from alembic.config import Config

SECTION = "stillroom"
PYPROJECT = "pyproject.toml"
DEFAULT_TARGET = Target.parse("mariadb 10.11")
# What is set in the environment or in .env, and what it means.
VARIABLES = {
    "DB_URL": "the whole URL, as SQLAlchemy takes it: "
    "`mysql+pymysql://user:password@host:3306/name`",
    "DB_DRIVER": "instead of `DB_URL`: `mysql+pymysql` unless set",
    "DB_HOST": "",
    "DB_PORT": "",
    "DB_USER": "",
    "DB_PASSWORD": "no character needs escaping",
    "DB_NAME": "",
    "SCRATCH_URL": "a server for an exact check of what cannot be replayed",
    "REPLICA_URLS": "the URLs of replicas, separated by spaces; changes in batches wait for them",
    "LINT_URL": "a server that `lint-revisions` asks what statements cost; see `docs/rules.md`",
}


class Description(NamedTuple):
    """What is told of a setting: its default in words, and what it means.

    ``read`` turns the text of alembic.ini into the value; ValueError says what is wrong with it.
    """

    default: str
    meaning: str
    read: Callable[[str], Any]


def _setting(value: Any, meaning: str, read: Callable[[str], Any], default: str = "") -> Any:
    return field(default=value, metadata={SECTION: Description(default, meaning, read)})


def _seconds(value: float, meaning: str) -> Any:
    return _setting(value, meaning, _read_number, f"{value:,.0f} s")


def _count(value: int, meaning: str) -> Any:
    return _setting(value, meaning, lambda text: round(_read_number(text)), f"{value:,}")


def _read_number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ValueError(f"'{text}' is not a number from 0 up")
    return number


def _read_switch(text: str) -> bool:
    if text.lower() not in ("on", "off"):
        raise ValueError(f"'{text}' is neither on nor off")
    return text.lower() == "on"


def _read_online_ddl(text: str) -> str:
    if text not in ("off", "pt-osc"):
        raise ValueError(f"'{text}' is neither off nor pt-osc")
    return "" if text == "off" else text


def _read_modules(text: str) -> tuple[str, ...]:
    names = tuple(text.split())
    for name in names:
        if not all(part.isidentifier() for part in name.split(".")):
            raise ValueError(f"'{name}' is no name of a module; put spaces between several")
    return names


def _read_reference(text: str) -> str:
    module, _, name = text.partition(":")
    if not all(part.isidentifier() for part in (*module.split("."), *name.split("."))):
        raise ValueError(f"'{text}' is not of the form module:name, as in app.db:Base")
    return text


def _read_words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _read_severity(text: str) -> tuple[tuple[str, str], ...]:
    entries = [entry.split() for entry in re.split(r"[\n,]", text) if entry.strip()]
    for entry in entries:
        if len(entry) != 2:
            raise ValueError(
                f"'{' '.join(entry)}' is not the code of a rule and a severity; "
                "write for example: MY301 off, MY601 warning"
            )
    return tuple((code, severity) for code, severity in entries)


@dataclass(frozen=True, kw_only=True)
class UpgradeSettings:
    """What an upgrade may do to a server, and for how long; times are in seconds."""

    lock_timeout: float = _seconds(300.0, "how long an upgrade waits for another deployer")
    merge: bool = _setting(
        True,
        "whether ALTERs of one table that follow each other go to the server as one, where that "
        "gives the same table and costs less",
        _read_switch,
        "`on`",
    )
    max_blocking_rows: int = _count(
        100_000, "how many rows a table may have that an upgrade keeps writers out of"
    )
    lock_wait: float = _seconds(
        1.0, "how long a statement waits for a table, and others wait behind it"
    )
    lock_limit: float = _seconds(600.0, "how long a statement that has to wait is tried again")
    online_ddl: Literal["", "pt-osc"] = _setting(
        "",
        "`pt-osc`: what would keep writers out of a large table is copied by that program",
        _read_online_ddl,
        "`off`",
    )
    max_load: int = _count(
        25,
        "how many statements may run on the server while changes in batches and copies go on; "
        "0 does not look",
    )
    max_lag: float = _seconds(5.0, "how far replicas may be behind while they go on")
    pause_limit: float = _seconds(3600.0, "how long they wait for that before they give up")


@dataclass(frozen=True)
class Settings(UpgradeSettings):
    """The settings of the project at ``root``; ``environment`` is ``.env`` under ``os.environ``."""

    root: Path
    ini: Path
    environment: Mapping[str, str]
    target: Target | None = _setting(
        None,
        "the server that the revisions are for; once it is set, they run on no other",
        Target.parse,
        f"`{DEFAULT_TARGET}`",
    )
    models: tuple[str, ...] = _setting(
        ("app.models",),
        "the packages whose modules hold the models, separated by spaces",
        _read_modules,
        "`app.models`",
    )
    engine: str = _setting(
        "app.database.engine:engine",
        "where the engine of the application is",
        _read_reference,
        "`app.database.engine:engine`",
    )
    base: str = _setting(
        "app.database.engine:Base",
        "where the base class of the models is",
        _read_reference,
        "`app.database.engine:Base`",
    )
    nullable_defaults: bool = _setting(
        True,
        "whether `revision` gives new columns that may be NULL the default of their model on the "
        "server, as it does for others",
        _read_switch,
        "`on`",
    )
    rules: tuple[str, ...] = _setting((), "packages with lint rules of your own", _read_modules)
    severity: tuple[tuple[str, str], ...] = _setting(
        (), "of lint rules: `MY303 error, MY601 off`", _read_severity
    )
    extra_files: tuple[str, ...] = _setting(
        (),
        "files that git does not have, or that are larger than 5 MB, and that models, env.py or "
        "revisions read; patterns such as `config/*.json` are allowed",
        _read_words,
    )
    small_tables: tuple[str, ...] = _setting(
        (), "tables whose changes block nobody for long", _read_words
    )

    @property
    def is_there(self) -> bool:
        """Whether the project has a configuration of Alembic."""
        return self.ini.exists() or bool(_tool(self.root / PYPROJECT, "alembic"))

    @property
    def names_engine(self) -> bool:
        """Whether there is an engine under the name that is set, or that is the default."""
        module = self.engine.partition(":")[0]
        default = next(one.default for one in fields(Settings) if one.name == "engine")
        path = self.root.joinpath(*module.split("."))
        return self.engine != default or path.with_suffix(".py").exists()

    @property
    def names_models(self) -> bool:
        """Whether there are models under the name that is set, or that is the default."""
        default = next(one.default for one in fields(Settings) if one.name == "models")
        return self.models != default or any(
            self.root.joinpath(*name.split(".")).with_suffix(suffix).exists()
            for name in self.models
            for suffix in ("", ".py")
        )

    def source(self, name: str) -> str:
        """Where ``name`` is set: ``"the environment"``, ``".env:3"``, or ``""`` if nowhere."""
        if name in os.environ:
            return "the environment"
        for key, _, line in _bindings(self.root / ".env"):
            if key == name:
                return f".env:{line}"
        return ""


def descriptions() -> dict[str, Description]:
    """What there is to set in [stillroom], by name; what is for everybody comes first."""
    own = [one for one in fields(Settings) if one.name not in _UPGRADE]
    every = [*own, *fields(UpgradeSettings)]
    return {one.name: one.metadata[SECTION] for one in every if SECTION in one.metadata}


_UPGRADE = frozenset(one.name for one in fields(UpgradeSettings))


def load(root: Path, *, dotenv_root: Path | None = None) -> Settings:
    """Read the settings of the project at ``root``. Raises SettingsError with file and line.

    ``dotenv_root`` is where ``.env`` is, if elsewhere: a copy of what is committed has none.
    """
    ini = root / alembic_options.current().file
    toml = root / PYPROJECT
    if not ini.exists() and not _tool(toml, "alembic"):
        ini = _flask_migrate(root) or ini
    environment = {**dotenv((dotenv_root or root) / ".env"), **os.environ}
    values = {**_values(_tool(toml, SECTION), toml), **_values(_section(ini), ini)}
    return Settings(root, ini, environment, **values)


def _flask_migrate(root: Path) -> Path | None:
    """The ini file of Flask-Migrate, which is beside env.py; the application is above both."""
    ini = root / "migrations" / "alembic.ini"
    return ini if ini.exists() and ini.with_name("env.py").exists() else None


def of_config(config: Config) -> Settings:
    """The settings in the section [stillroom] of Alembic's own configuration."""
    ini = Path(config.config_file_name or "alembic.ini").absolute()
    toml = Path(config.toml_file_name or ini.with_name(PYPROJECT)).absolute()
    section = config.get_section(SECTION, {}) or {}
    own = {name: text for name, text in section.items() if name != "here"}  # Alembic adds it
    values = {**_values(_tool(toml, SECTION), toml), **_values(own, ini)}
    return Settings(ini.parent, ini, os.environ, **values)


def target_of(config: Config) -> Target:
    """The server that the revisions are for: ``target`` in [stillroom], else MariaDB 10.11."""
    return of_config(config).target or DEFAULT_TARGET


def _values(options: Mapping[str, str], ini: Path) -> dict[str, Any]:
    known = descriptions()
    values = {}
    for name, text in options.items():
        if name not in known:
            raise SettingsError(
                f"[{SECTION}] has no setting '{name}'",
                where=_place(ini, name),
                fix=f"It knows {', '.join(sorted(known))}.",
            )
        if not text.strip():
            continue  # as if it were not there
        try:
            values[name] = known[name].read(text.strip())
        except ValueError as error:
            raise SettingsError(f"[{SECTION}] {name}: {error}", where=_place(ini, name)) from error
    return values


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


def _tool(toml: Path, name: str) -> dict[str, str]:
    """The table [tool.NAME] of a pyproject.toml, with its values as an ini file has them."""
    try:
        tool = tomllib.loads(toml.read_text(encoding="utf-8")).get("tool", {})
    except OSError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"is no TOML: {error}", where=toml.name) from error
    return {key: _as_text(value) for key, value in dict(tool.get(name, {})).items()}


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return str(value)


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


def _place(ini: Path, option: str) -> str:
    """``alembic.ini:3``; without the number if the setting does not come from the file."""
    try:
        lines = ini.read_text(encoding="utf-8-sig").splitlines()
    except OSError:
        return ini.name
    heads = (f"[{SECTION}]", f"[tool.{SECTION}]")
    start = next((i for i, text in enumerate(lines) if text.strip() in heads), 0)
    named = (i for i in range(start, len(lines)) if lines[i].lower().startswith(option))
    return f"{ini.name}:{next(named, start) + 1}"
