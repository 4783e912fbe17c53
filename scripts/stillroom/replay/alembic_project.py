"""Opens a project that uses Alembic, and runs its env.py on a server in memory."""

from __future__ import annotations

import copy
import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import alembic
from alembic import context
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import MetaData, create_engine
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, NoReferencedTableError

import stillroom.project.alembic_env.sqlite_copies  # noqa: F401  # so that Alembic copies tables as it will then
from stillroom.catalog import error_numbers as er
from stillroom.errors import CannotTell, StillroomError
from stillroom.findings import shown
from stillroom.project.alembic_env import alembic_internals
from stillroom.project.alembic_env.env_runner import (
    NoMigrationsRun,
    Steps,
    no_migrations,
    run_env,
)
from stillroom.project.alembic_env.flask_application import application_context
from stillroom.project.call_site import CallSites
from stillroom.project.explanations import (
    SET_THEM,
    missing_module,
    missing_settings,
    of_alembic,
    undoubled_percent,
)
from stillroom.project.servers.passwords import masked
from stillroom.project.servers.unsupported_servers import NAME_TARGET, kind_of_driver, unsupported
from stillroom.project.settings import of_config
from stillroom.replay.databases import settle
from stillroom.replay.revisions.source import conflict_error
from stillroom.replay.sandbox import sandbox
from stillroom.replay.server import Server, stand_in
from stillroom.replay.server.refusals import failed_connection
from stillroom.replay.server.urls import STAND_IN

_ANY_VALUE = "Any value will do: a replay contacts no database."
# What a server says of a table, column or key that is there already, or that is not there.
_THERE = frozenset({er.TABLE_EXISTS_ERROR, er.DUP_FIELDNAME, er.DUP_KEYNAME})
_MISSING = frozenset(
    {
        er.BAD_TABLE_ERROR,
        er.BAD_FIELD_ERROR,
        er.KEY_COLUMN_DOES_NOT_EXIST,
        er.CANT_DROP_FIELD_OR_KEY,
        er.NO_SUCH_TABLE,
        er.KEY_DOES_NOT_EXIST,
        er.FK_CANNOT_OPEN_PARENT,
        er.MARIADB_UNKNOWN_SEQUENCES,
    }
)
_BLIND_TO_REFERRED = ("1.18.0", "1.18.1", "1.18.2")
_UPDATE_ALEMBIC = (
    "Alembic 1.18.0 to 1.18.2 cannot compare a table whose foreign key goes together with the "
    "table that it refers to. Update it:\npip install 'alembic>=1.18.3'"
)
_START = "start = schema.sql (of `mysqldump --no-data`)"
_MADE_TWICE = (
    "If the history is right from some revision on only, name that one, and a file with the tables "
    f"at it, in [stillroom]:\nsince = REVISION\n{_START}"
)
_MADE_BEFORE = (
    "If tables were there before the first revision, name a file that makes them, in [stillroom]:\n"
    f"{_START}. If the history is right from some revision on "
    "only:\nsince = REVISION, with the tables at that revision in the file"
)


@dataclass(frozen=True)
class AlembicProject:
    """A project that uses Alembic: a private copy of its Config, its root and its scripts.

    Unless ``runs_env``, its env.py is not run, nor what that would import. ``models`` are the
    MetaData that it gave Alembic when it first ran, for each of its databases by number.
    """

    config: Config
    root: Path
    scripts: ScriptDirectory
    runs_env: bool = True
    models: dict[int, Any] = field(default_factory=dict, compare=False)

    @property
    def env_py(self) -> Path:
        """The project's env.py, absolute."""
        return Path(self.scripts.env_py_location).resolve()

    @property
    def call_sites(self) -> CallSites:
        """Revisions first, then env.py."""
        return CallSites([*alembic_internals.version_folders(self.scripts), self.env_py])


@contextmanager
def opened(config: Config, *, runs_env: bool = True) -> Iterator[AlembicProject]:
    """A project to work with, in a sandbox. What env.py changes in ``config`` changes a copy."""
    root = root_of(config)
    with sandbox(root):
        private = _copied(config)
        try:
            scripts = ScriptDirectory.from_config(private)
        except CommandError as error:
            raise CannotTell(str(error), where=shown(config.config_file_name or root)) from None
        if not Path(scripts.env_py_location).exists():
            raise CannotTell("there is no env.py", where=shown(scripts.dir), fix="alembic init")
        yield AlembicProject(private, root, scripts, runs_env)


def root_of(config: Config) -> Path:
    """The working directory, unless the path of alembic.ini is absolute.

    Then it is that file's folder; the one above, if that is env.py's.
    """
    name = Path(config.config_file_name or "")
    if not name.is_absolute():
        return Path.cwd()  # where `alembic -c folder/alembic.ini` is typed, and imports from
    folder = name.resolve().parent
    # Flask-Migrate keeps both in migrations/, and the application beside that.
    return folder.parent if (folder / "env.py").exists() else folder


def _copied(config: Config) -> Config:
    private = copy.copy(config)
    private.__dict__["file_config"] = copy.deepcopy(config.file_config)
    private.__dict__["attributes"] = dict(config.attributes)
    section = private.config_ini_section
    if not private.file_config.get(section, "sqlalchemy.url", raw=True, fallback=""):
        private.set_main_option("sqlalchemy.url", STAND_IN.render_as_string())
    return private


def run(project: AlembicProject, server: Server, steps: Steps, **options: Any) -> None:
    """Run env.py against ``server``; ``steps`` and ``options`` are those of ``run_env``.

    Anything that goes wrong is a CannotTell with its place.
    """
    settings = of_config(project.config)
    runs = 0

    def around(environment: EnvironmentContext, proceed: Callable[[], None]) -> None:
        nonlocal runs
        _keep_models(project, runs, environment.get_context())
        runs += 1
        if runs == 1:
            settle(environment.get_context(), server)
        proceed()

    with stand_in(server, for_all=settings.target is not None):
        try:
            state = server.state
            with _attributes_replaced(project.config), _application(project):
                server.state = state  # an application may upgrade its database when it is made
                instead = None if project.runs_env else _connect_and_run
                options |= {"around": around, "instead": instead}
                run_env(project.config, project.scripts, steps, **options)
        except KeyboardInterrupt:
            raise
        except NoMigrationsRun:
            raise server.refused or no_migrations(project.env_py) from None
        except BaseException as error:  # SystemExit in an env.py, too
            raise server.refused or explained(error, project) from error
    if server.refused is not None:  # swallowed by an except in the project
        raise server.refused


def _keep_models(project: AlembicProject, number: int, context: MigrationContext) -> None:
    """Give Alembic the models of the first run, where a later one of env.py has none left.

    Alembic runs it once in a process. One that begins with an empty MetaData, and has the models
    imported into it, finds those imported already when it runs again.
    """
    given = context.opts.get("target_metadata")
    first = project.models.setdefault(number, given)
    if _has_tables(first) and not _has_tables(given):
        context.opts["target_metadata"] = first


def _has_tables(metadata: MetaData | Sequence[MetaData] | None) -> bool:
    several = [metadata] if isinstance(metadata, MetaData) else metadata or ()
    return any(metadata.tables for metadata in several)


def _application(project: AlembicProject) -> AbstractContextManager[None]:
    if not project.runs_env:
        return nullcontext()
    return application_context(project.env_py, replayed=True)


def _connect_and_run() -> None:
    """What any env.py does."""
    with create_engine(STAND_IN).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


@contextmanager
def _attributes_replaced(config: Config) -> Iterator[None]:
    """Put others in place of a connection or an engine that the caller handed over."""
    before = dict(config.attributes)
    with ExitStack() as stack:
        for name, value in before.items():
            if isinstance(value, Engine):
                config.attributes[name] = create_engine(value.url)
            elif isinstance(value, Connection):
                engine = create_engine(value.engine.url)
                config.attributes[name] = stack.enter_context(engine.connect())
        try:
            yield
        finally:
            config.attributes.clear()
            config.attributes.update(before)


def explained(error: BaseException, project: AlembicProject) -> CannotTell:
    """What went wrong while the project's code ran, with its place and without passwords."""
    if isinstance(error, CannotTell):
        return error
    if isinstance(error, StillroomError):  # it has a place of its own
        return CannotTell(error.what, where=error.where, fix=error.fix)
    place = project.call_sites.of(error)
    told = of_alembic(error)
    if told is not None and told.fix and place is None:  # of what was asked for, not of any code
        return CannotTell(told.what, fix=told.fix)
    where = str(place) if place else shown(project.env_py)
    if isinstance(error, SyntaxError) and error.filename:
        return _syntax(error)
    what, fix = _of_surroundings(error) or (_what(error), _remedy(error))
    inner = CallSites().of(error)
    if inner and not fix and str(inner) != where:  # the line that imports a module is not at fault
        first, *rest = what.split("\n")
        what = "\n".join([f"{first} (raised in {inner})", *rest])
    fix = fix or missing_module(error) or (_MADE_BEFORE if _refused(error, project) else "")
    return CannotTell(masked(what), where=where, fix=fix)


def _refused(error: BaseException, project: AlembicProject) -> bool:
    """Whether a revision itself says that the database is not as it expects."""
    *_, last = traceback.extract_tb(error.__traceback__) or [None]
    if last is None or not (last.line or "").startswith("raise "):
        return False
    if isinstance(error, NotImplementedError):  # there is no way back, whatever is there
        return False
    folders = alembic_internals.version_folders(project.scripts)
    return any(Path(last.filename).is_relative_to(folder) for folder in folders)


def _of_surroundings(error: BaseException) -> tuple[str, str] | None:
    """What is wrong and how to mend it, if the project itself is right."""
    if missing := missing_settings(error):
        return missing, f"{SET_THEM} {_ANY_VALUE}"
    if told := failed_connection(error) or undoubled_percent(error):
        return told.what, told.fix
    if isinstance(error, ImportError) and (kind := kind_of_driver(error.name)):
        return unsupported(kind), NAME_TARGET
    return None


def _what(error: BaseException) -> str:
    if isinstance(error, DBAPIError) and error.orig is not None:
        number, *message = error.orig.args or ("",)
        return f"a server would refuse this: {' '.join(map(str, message))} ({number})"
    if isinstance(error, ImportError):
        return f"cannot import: {error}"
    if isinstance(error, SystemExit):
        return f"the code ended the process with exit status {error.code}"
    if isinstance(error, CommandError):
        return str(error)
    return f"{type(error).__name__}: {error}"


def _remedy(error: BaseException) -> str:
    """How to mend what is no fault of the revision's text."""
    if isinstance(error, NoReferencedTableError) and alembic.__version__ in _BLIND_TO_REFERRED:
        return _UPDATE_ALEMBIC
    arguments = getattr(error.orig, "args", ()) if isinstance(error, DBAPIError) else ()
    number = arguments[0] if arguments else 0
    return _MADE_TWICE if number in _THERE else _MADE_BEFORE if number in _MISSING else ""


def _syntax(error: SyntaxError) -> CannotTell:
    path = Path(error.filename or "")
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    if re.search(r"^<{7} ", text, re.MULTILINE):
        return conflict_error(path, text)
    return CannotTell(f"not valid Python: {error.msg}", where=f"{shown(path)}:{error.lineno or 0}")
