"""Reads the settings of a project: ``[stillroom]`` in alembic.ini, secrets in ``.env``.

alembic.ini holds what is true for everybody and is committed; ``[tool.stillroom]`` in
pyproject.toml does as well. ``.env`` holds what is secret or local and never is; the environment
beats it. A new setting is one field here: reading it, the options of an upgrade and the README's
table (a test compares them) follow from it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from stillroom.catalog.target import Target
from stillroom.errors import SettingsError
from stillroom.project.alembic_env import alembic_options
from stillroom.project.fleet_settings import FleetSettings
from stillroom.project.setting_values import (
    Description,
    count,
    read_fresh,
    read_modules,
    read_online_ddl,
    read_reference,
    read_severity,
    read_switch,
    read_words,
    seconds,
    setting,
)
from stillroom.project.settings_files import (
    PYPROJECT,
    SECTION,
    bindings,
    dotenv,
    heads,
    place,
    sections,
    tool,
)

if TYPE_CHECKING:
    from alembic.config import Config

DEFAULT_TARGET = Target.parse("mariadb 10.11")
# What is set in the environment or in .env, and what it means.
VARIABLES = {
    "DB_URL": "the whole URL, as SQLAlchemy takes it: "
    "`mysql+pymysql://user:password@host:3306/name`",
    "DB_DRIVER": "instead of `DB_URL`: `mysql+pymysql` unless set",
    "DB_HOST": "",
    "DB_PORT": "",
    "DB_USER": "",
    "DB_PASSWORD": "the password; no character needs escaping",
    "DB_NAME": "",
    "STILLROOM_RELEASE": "the release that runs, in place of the one in `alembic.ini`",
    "SCRATCH_URL": (
        "a server for an exact check, where a revision cannot be replayed; its account needs on"
        r" `stillroom\_scratch\_%.*` what an upgrade needs"
    ),
    "REPLICA_URLS": (
        "the URLs of replicas, separated by spaces; changes in batches wait until"
        " these have caught up; needs REPLICA MONITOR, on MySQL REPLICATION CLIENT"
    ),
    "FLEET_CONTROL_URL": (
        "the database that the query of `fleet` asks; by default the project's own"
    ),
    "LINT_URL": (
        "a server that tells `lint-revisions` what statements cost; see `docs/rules.md`. Its"
        r" account needs CREATE, DROP, ALTER, INDEX and REFERENCES on `stillroom\_lint\_%.*`"
    ),
}

NO_MODELS = ("none",)
_FLASK_FOLDER = "FLASK_DB_DIRECTORY"  # -d of `flask db`


@dataclass(frozen=True, kw_only=True)
class UpgradeSettings:
    """What an upgrade may do to a server, and for how long; times are in seconds."""

    lock_timeout: float = seconds(300.0, "how long an upgrade waits for another deployer")
    merge: bool = setting(
        True,
        "whether consecutive ALTERs of one table are sent as one, where that gives"
        " the same table and costs less",
        read_switch,
        "`on`",
    )
    max_blocking_rows: int = count(
        100_000, "the largest table, in rows, that an upgrade may block writes to"
    )
    lock_wait: float = seconds(
        1.0, "how long a statement waits for a table, while other sessions queue behind it"
    )
    lock_limit: float = seconds(600.0, "how long a statement that has to wait is retried")
    online_ddl: Literal["", "pt-osc"] = setting(
        "",
        "`pt-osc`: where an ALTER would block writes to a large table, that program"
        " copies the table instead",
        read_online_ddl,
        "`off`",
    )
    max_load: int = count(
        25,
        "batches and copies pause while more statements than this run on the server;"
        " 0 never pauses",
    )
    max_lag: float = seconds(
        5.0, "batches and copies pause while a replica is further behind than this"
    )
    pause_limit: float = seconds(
        3600.0, "how long such a pause may last before the upgrade gives up"
    )


@dataclass(frozen=True)
class Settings(UpgradeSettings, FleetSettings):
    """The settings of the project at ``root``; ``environment`` is ``.env`` under ``os.environ``."""

    root: Path
    ini: Path
    environment: Mapping[str, str]
    target: Target | None = setting(
        None,
        "the server that the revisions are written for; once it is set, they run on no other",
        Target.parse,
        f"`{DEFAULT_TARGET}`",
    )
    models: tuple[str, ...] = setting(
        ("app.models",),
        "the packages whose modules hold the models, separated by spaces; `none` where the "
        "application has none, so that the check judges the revisions alone",
        read_modules,
        "`app.models`",
    )
    engine: str = setting(
        "app.database.engine:engine",
        "where the application's engine is",
        read_reference,
        "`app.database.engine:engine`",
    )
    base: str = setting(
        "app.database.engine:Base",
        "where the base class of the models is",
        read_reference,
        "`app.database.engine:Base`",
    )
    nullable_defaults: bool = setting(
        True,
        "whether `revision` also gives nullable new columns a server default, if"
        " their model has a default",
        read_switch,
        "`on`",
    )
    rules: tuple[str, ...] = setting((), "packages with lint rules of your own", read_modules)
    severity: tuple[tuple[str, str], ...] = setting(
        (), "of lint rules, such as `MY303 error, MY601 off`", read_severity
    )
    start: str = setting(
        "",
        "a file with the statements that make what is there before the first revision, or at "
        "`since`: a history need not begin with an empty database. Where that has not the usual "
        "character set, the file begins with `ALTER DATABASE CHARACTER SET …`",
        str,
    )
    since: tuple[str, ...] = setting(
        (),
        "the revisions from which on the history is replayed; what those and all before them make "
        "is what `start` says",
        read_words,
    )
    extra_files: tuple[str, ...] = setting(
        (),
        "files that models, env.py or revisions read and that are not in git, or"
        " are larger than 5 MB; patterns such as `config/*.json` are allowed",
        read_words,
    )
    release: str = setting(
        "",
        "the release that runs, as git knows it: `origin/main`, a tag. `compatible`, "
        "`lint-revisions`, `plan` and `report` compare with its models, and an upgrade asks it "
        "before a contract revision",
        str,
    )
    fresh: str = setting(
        "upgrade",
        "`load`: `migrate` makes an empty database from `schema.sql`, in place of running all "
        "revisions",
        read_fresh,
        "`upgrade`",
    )
    small_tables: tuple[str, ...] = setting(
        (), "tables so small that changing them blocks nobody for long", read_words
    )

    @property
    def is_there(self) -> bool:
        """Whether the project has a configuration of Alembic."""
        return self.ini.exists() or bool(tool(self.root / PYPROJECT, "alembic"))

    @property
    def has_models(self) -> bool:
        """Whether there are models; a project whose revisions are all there is says ``none``."""
        return self.models != NO_MODELS

    @property
    def names_base(self) -> bool:
        """Whether the base class of the models is set."""
        return self.base != Settings.base

    @property
    def running_release(self) -> str:
        """The release that runs, as git knows it; "" if none is set."""
        return self.environment.get("STILLROOM_RELEASE", "").strip() or self.release

    @property
    def names_engine(self) -> bool:
        """Whether there is an engine under the name that is set, or that is the default."""
        module = self.engine.partition(":")[0]
        path = self.root.joinpath(*module.split("."))
        return self.engine != Settings.engine or path.with_suffix(".py").exists()

    @property
    def names_models(self) -> bool:
        """Whether there are models under the name that is set, or that is the default."""
        return self.models != Settings.models or any(
            self.root.joinpath(*name.split(".")).with_suffix(suffix).exists()
            for name in self.models
            for suffix in ("", ".py")
        )

    def source(self, name: str) -> str:
        """Where ``name`` is set: ``"the environment"``, ``".env:3"``, or ``""`` if nowhere."""
        if name in os.environ:
            return "the environment"
        for key, _, line in bindings(self.root / ".env"):
            if key == name:
                return f".env:{line}"
        return ""


def descriptions() -> dict[str, Description]:
    """What there is to set in [stillroom], by name; what is for everybody comes first."""
    own = [item for item in fields(Settings) if item.name not in _INHERITED]
    every = [*own, *fields(UpgradeSettings), *fields(FleetSettings)]
    return {item.name: item.metadata[SECTION] for item in every if SECTION in item.metadata}


_INHERITED = frozenset(
    item.name for base in (UpgradeSettings, FleetSettings) for item in fields(base)
)


def load(root: Path, *, dotenv_root: Path | None = None) -> Settings:
    """Read the settings of the project at ``root``. Raises SettingsError with file and line.

    ``dotenv_root`` is where ``.env`` is, if elsewhere: a copy of what is committed has none.
    """
    ini, toml = ini_of(root, dotenv_root), root / PYPROJECT
    environment = {**dotenv((dotenv_root or root) / ".env"), **os.environ}
    values, every = _values(tool(toml, SECTION), toml), sections(ini)
    for head in heads(alembic_options.current().section):
        values |= _values(every.get(head, {}), ini, head)
    return Settings(root, ini, environment, **values)


def ini_of(root: Path, dotenv_root: Path | None = None) -> Path:
    """The configuration of Alembic of the project at ``root``, whether it is there or not."""
    ini = root / alembic_options.current().file
    if not ini.exists() and not tool(root / PYPROJECT, "alembic"):
        ini = _flask_migrate(root, dotenv_root or root) or ini
    return ini


def _flask_migrate(root: Path, dotenv_root: Path) -> Path | None:
    """The ini file of Flask-Migrate, which is beside env.py; the application is above both.

    It is where ``flask db`` looks for it, which reads ``.env`` before ``.flaskenv``.
    """
    name = os.environ.get(_FLASK_FOLDER) or next(
        (
            value
            for file in (dotenv_root / ".env", root / ".flaskenv")
            if (value := dotenv(file).get(_FLASK_FOLDER))
        ),
        "migrations",
    )
    ini = root / name / "alembic.ini"
    return ini if ini.exists() and ini.with_name("env.py").exists() else None


def of_config(config: Config) -> Settings:
    """The settings in [stillroom], and in that of the database, of Alembic's own configuration."""
    ini = Path(config.config_file_name or "alembic.ini").absolute()
    toml = Path(config.toml_file_name or ini.with_name(PYPROJECT)).absolute()
    values = _values(tool(toml, SECTION), toml)
    for head in heads(config.config_ini_section):
        section = config.get_section(head, {}) or {}
        # Alembic adds "here", and what [DEFAULT] says.
        own = {k: text for k, text in section.items() if k not in config.file_config.defaults()}
        values |= _values(own, ini, head)
    return Settings(ini.parent, ini, os.environ, **values)


def target_of(config: Config) -> Target:
    """The server that the revisions are for: ``target`` in [stillroom], else MariaDB 10.11."""
    return of_config(config).target or DEFAULT_TARGET


def _values(options: Mapping[str, str], ini: Path, section: str = SECTION) -> dict[str, Any]:
    known = descriptions()
    values = {}
    for name, text in options.items():
        if name not in known:
            raise SettingsError(
                f"[{section}] has no setting '{name}'",
                where=place(ini, name, section),
                fix=f"Its settings are: {', '.join(sorted(known))}.",
            )
        if not text.strip():
            continue  # as if it were not there
        try:
            values[name] = known[name].read(text.strip())
        except ValueError as error:
            where = place(ini, name, section)
            raise SettingsError(f"[{section}] {name}: {error}", where=where) from error
    return values
