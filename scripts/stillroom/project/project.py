"""The project that a command works on: its settings, its engine, its Alembic configuration."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from configparser import InterpolationError
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from alembic.config import Config
from alembic.util.pyfiles import coerce_resource_to_filename
from sqlalchemy import URL, Engine

from stillroom.errors import SettingsError, StillroomError
from stillroom.findings import shown
from stillroom.project import settings as settings_
from stillroom.project.alembic_env import alembic_options
from stillroom.project.alembic_env.env_runner import (
    NoMigrationsRun,
    engine_of_env,
    no_migrations,
)
from stillroom.project.alembic_env.flask_application import application_context
from stillroom.project.call_site import CallSites
from stillroom.project.explanations import (
    IMPORTABLE,
    SET_THEM,
    explained,
    missing_module,
    missing_settings,
    undoubled_percent,
)
from stillroom.project.git import Repository
from stillroom.project.model_imports import import_project_module
from stillroom.project.servers.connection_errors import checked
from stillroom.project.servers.passwords import masked
from stillroom.project.servers.unsupported_servers import kind_of_driver, unsupported
from stillroom.project.settings import Settings
from stillroom.shell import Command, quote

LOCAL_HOSTS = {None, "", "localhost", "::1"}


@dataclass(frozen=True)
class Project:
    """A project with an Alembic environment and an engine."""

    settings: Settings
    config: Config
    engine: Engine

    @property
    def url(self) -> URL:
        """The URL, password included, of the application's engine."""
        return self.engine.url

    @property
    def database(self) -> str:
        """The database in words, without a password: ``app.db`` or ``shop on db1:3306``."""
        if self.url.get_backend_name() == "sqlite":
            file = Path(self.url.database or ":memory:")
            root = self.settings.root
            return str(file.relative_to(root) if file.is_relative_to(root) else file)
        return f"{self.url.database} on {self.url.host or 'localhost'}:{self.url.port or 3306}"

    @property
    def is_local(self) -> bool:
        """Whether the database is on this machine, where a mistake costs least."""
        return is_local_host(self.url.host)

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the SQLite file that is used when nothing is set."""
        return self.url.get_backend_name() == "sqlite" and not any(
            self.settings.environment.get(name) for name in ("DB_URL", "DB_HOST", "DB_NAME")
        )

    @property
    def is_missing(self) -> bool:
        """Whether it is a file of SQLite that is not there: to connect to it would create it."""
        is_file = self.url.get_backend_name() == "sqlite" and self.url.database
        return bool(is_file) and not Path(str(self.url.database)).exists()

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Turn what Alembic, SQLAlchemy or a driver raise into errors that a user can mend.

        Within it Flask's application is there, if env.py asks for one.
        """
        try:
            with ExitStack() as stack:
                try:
                    folder = script_folder(self.settings)
                    stack.enter_context(application_context(folder / "env.py"))
                except Exception as error:
                    raise _env_failed(self.settings, error) from error
                yield
        except BrokenPipeError:  # whoever reads the output has seen enough
            raise
        except Exception as error:
            raise explained(error, self.settings, self.url) from error

    def answer(self, command: Callable[[Config], object]) -> str:
        """What an Alembic ``command`` prints."""
        self.config.stdout = output = StringIO()
        with self.explaining():
            command(self.config)
        return output.getvalue().strip()


def revisions_answer(command: Callable[[Config], object], root: Path | None = None) -> str:
    """What an Alembic ``command`` prints that looks at the revisions and at no database."""
    settings = settings_.load((root or Path.cwd()).resolve())
    require_project(settings)
    make_importable(settings)  # revisions may import it
    config = alembic_config(settings)
    config.stdout = output = StringIO()
    try:
        command(config)
    except Exception as error:
        raise explained(error, settings) from error
    return output.getvalue().strip()


def open_project(root: Path | None = None) -> Project:
    """The project at ``root`` (the current folder). Raises StillroomError if there is none."""
    root = (root or Path.cwd()).resolve()
    settings = settings_.load(root)
    require_project(settings)
    engine = application_engine(settings)
    kind = engine.url.get_backend_name()
    if kind not in ("mysql", "mariadb", "sqlite"):
        raise StillroomError(unsupported(kind), fix="Use plain Alembic for this database.")
    return Project(settings, alembic_config(settings), engine)


def alembic_config(settings: Settings) -> Config:
    """Alembic's own, from alembic.ini and from pyproject.toml as ``alembic`` reads it."""
    toml = settings.root / "pyproject.toml"
    options = alembic_options.current()
    # As `alembic` gives it to env.py: seen from the folder in which the command runs.
    inside = Path.cwd() == settings.root and settings.ini.is_relative_to(settings.root)
    config = Config(
        str(settings.ini.relative_to(settings.root) if inside else settings.ini),
        ini_section=options.section,
        cmd_opts=Namespace(x=list(options.x)) if options.x else None,
        toml_file=str(toml) if toml.exists() else None,
        # The logging of alembic.ini is for `alembic` itself; the verbs print what is worth it.
        attributes={"configure_logger": False},
    )
    _check_urls(config, settings)
    beside = settings.ini.with_name("env.py")
    location = config.get_alembic_option("script_location")
    if beside.exists() and not _leads_to_env(location, settings):
        config.set_main_option("script_location", str(beside.parent).replace("%", "%%"))
    return config


def _leads_to_env(location: str | None, settings: Settings) -> bool:
    """Whether an env.py is where ``script_location`` says; Flask-Migrate does not read it."""
    if not location:
        return False
    return ":" in location or (settings.root / location / "env.py").exists()


def _check_urls(config: Config, settings: Settings) -> None:
    """Raise SettingsError for a URL that configparser would quote when it cannot read it."""
    file = config.file_config
    for section in file.sections():
        for option in filter(lambda name: "url" in name, file.options(section)):
            try:
                file.get(section, option)
            except InterpolationError:
                raise SettingsError(
                    "has a % that is not doubled",
                    where=f"{shown(settings.ini)}: [{section}] {option}",
                    fix="Write each % as %%. A password belongs in .env: see DB_URL there.",
                ) from None


def script_folder(settings: Settings) -> Path:
    """Where env.py is: the ``script_location``, or ``alembic`` if none is named."""
    location = alembic_config(settings).get_alembic_option("script_location") or "alembic"
    if ":" in location:  # in a package
        make_importable(settings)
    try:
        return settings.root / coerce_resource_to_filename(location)
    except ImportError as error:
        raise SettingsError(
            f"cannot import the package of {location}: {error}",
            where=f"{shown(settings.ini)}: script_location",
            fix=IMPORTABLE,
        ) from error


def application_engine(settings: Settings) -> Engine:
    """The application's engine; of an async one, what is below it.

    It is the one that [stillroom] names; without the setting, the one that env.py connects with.
    """
    make_importable(settings)
    if not settings.names_engine:
        return _engine_of_env(settings)
    module, _, name = settings.engine.partition(":")
    try:
        engine = getattr(import_project_module(module), name, None)
    except Exception as error:
        if _is_missing(module, error.__cause__):
            raise _no_engine(f"there is no module {module}") from error
        raise explained(error, settings) from error
    engine = getattr(engine, "sync_engine", engine)  # of an AsyncEngine
    if not isinstance(engine, Engine):
        raise _no_engine(f"{module} has no engine named '{name}'")
    checked(engine.url, settings)
    return engine


def _engine_of_env(settings: Settings) -> Engine:
    try:
        engine = engine_of_env(alembic_config(settings))
    except ImportError as error:
        if kind := kind_of_driver(error.name):
            raise StillroomError(unsupported(kind), fix="Use plain Alembic.") from error
        raise _env_failed(settings, error) from error
    except NoMigrationsRun as error:
        raise no_migrations(script_folder(settings) / "env.py") from error
    except Exception as error:
        raise _env_failed(settings, error) from error
    if engine is None:
        raise _no_engine("env.py connects to no database")
    checked(engine.url, settings)
    return engine


def _env_failed(settings: Settings, error: Exception) -> StillroomError:
    """What env.py raised, with the line of the project that is to blame."""
    try:
        return explained(error, settings)
    except Exception:  # noqa: BLE001  # it is the error itself: nothing of ours that could be named
        folder = script_folder(settings)
        place = CallSites([folder]).of(error) or folder / "env.py"
        if missing := missing_settings(error):
            return StillroomError(missing, where=str(place), fix=SET_THEM)
        if undoubled := undoubled_percent(error):
            return StillroomError(undoubled.what, where=str(place), fix=undoubled.fix)
        what = str(error).partition("\n")[0]
        what = masked(f"{type(error).__name__}: {what}")
        return StillroomError(what, where=str(place), fix=missing_module(error))


def is_local_host(host: str | None) -> bool:
    """Whether the host of a URL is this machine."""
    return host in LOCAL_HOSTS or str(host).startswith("127.")


def make_importable(settings: Settings) -> None:
    """Let the project be imported as Alembic will: from alembic.ini's ``prepend_sys_path``."""
    paths = alembic_config(settings).get_prepend_sys_paths_list() or []
    sys.path[:0] = [path for path in [str(settings.root), *paths] if path not in sys.path]


def _is_missing(module: str, error: BaseException | None) -> bool:
    """Whether ``error`` says that ``module`` or a package above it does not exist."""
    return isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}.")


def _no_engine(what: str) -> SettingsError:
    return SettingsError(
        what,
        where="alembic.ini: [stillroom] engine",
        fix=(
            "Name the module and the engine of your application: engine = app.db:engine\n"
            "If they differ from the defaults, also set: base = app.db:Base, models"
            " = app.models"
        ),
    )


def require_project(settings: Settings) -> None:
    """Raise StillroomError if there is no alembic.ini."""
    if not settings.is_there:
        raise _not_here(settings.root, settings.ini.relative_to(settings.root))


def _not_here(root: Path, ini: Path) -> StillroomError:
    above = next((folder for folder in root.parents if (folder / ini).exists()), None)
    if above:
        return StillroomError(f"no {ini} is here", where=str(root), fix=f"cd {quote(str(above))}")
    repository = Repository.find(root)
    staged = repository.staged() if repository else ()
    others = [file for file in staged if file.rpartition("/")[2] == ini.name]
    if others:
        return StillroomError(
            f"no {ini} is here",
            where=str(root),
            fix="\n".join(f"export ALEMBIC_CONFIG={quote(file)}" for file in sorted(others)),
        )
    return StillroomError(
        f"no {ini} is here",
        where=str(root),
        fix="Run this in the root of your project; "
        f"`{Command('init')}` creates what is missing there.",
    )
