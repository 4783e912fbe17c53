"""What SQLAlchemy and a driver say of a URL, or of a server that does not let us in, explained."""

from __future__ import annotations

import traceback
from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from stillroom.catalog import error_numbers as er
from stillroom.catalog.quoting import quoted_name, quoted_string
from stillroom.errors import SettingsError, StillroomError
from stillroom.project.alembic_env import alembic_options
from stillroom.project.servers.passwords import masked
from stillroom.project.settings import Settings
from stillroom.project.settings_files import place, sections
from stillroom.shell import Command

_NO_ANSWER = frozenset(
    [
        er.CLIENT_CONNECTION_ERROR,
        er.CLIENT_CONN_HOST_ERROR,
        er.CLIENT_UNKNOWN_HOST,
        er.CLIENT_SERVER_LOST,
    ]
)
_WRONG_PASSWORD = frozenset([er.ACCESS_DENIED_ERROR, er.ACCESS_DENIED_NO_PASSWORD_ERROR])
# Module of a driver -> the package that brings it.
PACKAGES = {
    "MySQLdb": "mysqlclient",
    "aiomysql": "aiomysql",
    "aiosqlite": "aiosqlite",
    "asyncmy": "asyncmy",
    "cryptography": "cryptography",
    "cymysql": "cymysql",
    "greenlet": "sqlalchemy[asyncio]",
    "mariadb": "mariadb",
    "mysql": "mysql-connector-python",
    "psycopg": "psycopg",
    "psycopg2": "psycopg2-binary",
    "pymysql": "pymysql",
    "pyodbc": "pyodbc",
}


def checked(url: URL, settings: Settings) -> URL:
    """``url``, unless a part of its password has slipped into the host."""
    if url.host and "@" in url.host:
        raise _malformed(settings)
    return url


def explained_url(error: Exception, variable: str, url: URL) -> StillroomError | None:
    """What ``error`` says of the URL in ``variable``, or of its server; None if neither."""
    return of_url(error, variable, url) or of_server(error, variable, url)


def malformed(variable: str) -> SettingsError:
    """``variable`` holds no URL. What it holds is not quoted: it may be a piece of a password."""
    return SettingsError(
        "is not a database URL",
        where=variable,
        fix="It has the form mysql+pymysql://user:password@host:3306/database, with the special\n"
        "characters of user and password percent-encoded (@ is %40).",
    )


def _place(settings: Settings | str, *parts: str, url: URL | None = None) -> str:
    """Where the URL comes from, or those ``parts`` of it, as well as can be told."""
    if isinstance(settings, str):
        return settings
    for name in ("DB_URL", *(parts or ("DB_DRIVER", "DB_HOST", "DB_PORT", "DB_NAME"))):
        if source := settings.source(name):
            return f"{name} in {source}"
    section, option = alembic_options.current().section, "sqlalchemy.url"
    written = sections(settings.ini).get(section, {}).get(option, "").replace("%%", "%")
    with suppress(ArgumentError, ValueError):
        if url is not None and make_url(written) == url:
            return f"{option} in {place(settings.ini, option, section)}"
    return settings.engine if settings.names_engine else "the URL in env.py"


def _malformed(settings: Settings | str) -> SettingsError:
    error = malformed(_place(settings))
    if isinstance(settings, str):
        return error
    fix = (
        f"{error.fix} Or set DB_HOST, DB_USER,\n"
        "DB_PASSWORD and DB_NAME instead, where nothing needs encoding."
    )
    return SettingsError(error.what, where=error.where, fix=fix)


def of_url(
    error: Exception, settings: Settings | str, url: URL | None = None
) -> SettingsError | None:
    """A URL that SQLAlchemy or the driver cannot use; ``settings`` may be a variable's name."""
    if isinstance(error, NoSuchModuleError):
        name = str(error).rpartition(":")[2].replace(".", "+")
        return SettingsError(
            f"SQLAlchemy has no dialect or driver '{name}'",
            where=_place(settings),
            fix="Use mysql+pymysql://, mariadb+pymysql://, mysql+aiomysql:// (async) or sqlite://.",
        )
    if isinstance(error, ModuleNotFoundError) and error.name in PACKAGES:
        return SettingsError(
            f"the driver {error.name} is not installed",
            where=_place(settings),
            fix=f"pip install {PACKAGES[error.name]}",
        )
    if isinstance(error, ArgumentError | ValueError) and raised_by(error, "engine/url.py"):
        return _malformed(settings)
    if isinstance(error, ValueError) and _raised_last_by(error, "database/engine.py"):
        return SettingsError("is not a number", where=_place_of_port(settings), fix="Set DB_PORT.")
    if isinstance(error, TypeError) and "unexpected keyword argument" in str(error):
        option = str(error).rpartition("argument ")[2]
        return SettingsError(
            f"the driver has no option {option}",
            where=_place(settings),
            fix="Options follow the ? in a URL; the driver's documentation lists them.",
        )
    if isinstance(error, UnicodeEncodeError) and _while_connecting(error):
        return SettingsError(  # which character it is must not be shown
            "the driver cannot send the password: a character in it is not in Latin-1",
            where=_place(settings),
            fix="Change the password, or use another driver, such as mysql+mysqldb://.",
        )
    if not isinstance(error, DBAPIError) and _while_connecting(error):
        return SettingsError(
            f"the driver cannot connect with these options: {_words(error, settings, url)}",
            where=_place(settings),
            fix="Options follow the ? in a URL; the driver's documentation lists them.",
        )
    return None


def _while_connecting(error: Exception) -> bool:
    """Whether it came from a driver that was to connect, such as for a file of TLS options."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(
        frame.name == "connect" and Path(frame.filename).as_posix().endswith("engine/default.py")
        for frame in frames
    )


def _words(error: Exception, settings: Settings | str, url: URL | None) -> str:
    """The error; of a file that is missing Python's own does not say which."""
    if isinstance(error, FileNotFoundError):
        if url is None:
            given = "" if isinstance(settings, str) else settings.environment.get("DB_URL", "")
            url = make_url(given or "sqlite://")
        for name, value in url.query.items():
            if name.startswith("ssl") and not Path(str(value)).exists():
                return f"there is no file {value}, which is its {name}"
    return masked(f"{type(error).__name__}: {error}")


def _raised_last_by(error: Exception, file: str) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and Path(frames[-1].filename).as_posix().endswith(file)


def _place_of_port(settings: Settings | str) -> str:
    if isinstance(settings, str):
        return settings
    source = settings.source("DB_PORT")
    return f"DB_PORT in {source}" if source else settings.engine


def raised_by(error: BaseException, file: str) -> bool:
    """Whether it has passed through a file whose path ends in ``file``."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(Path(frame.filename).as_posix().endswith(file) for frame in frames)


def of_server(error: Exception, settings: Settings | str, url: URL | None) -> StillroomError | None:
    """A server that is not there, or does not let us in."""
    if isinstance(error, RuntimeError) and "cryptography" in str(error):
        return StillroomError(
            "this account can log in only over TLS, or with the package cryptography",
            where=_place(settings),
            fix="pip install cryptography",
        )
    if not isinstance(error, DBAPIError) or error.orig is None or url is None:
        return None
    number, text = server_error(error)
    where, database = _address(url), quoted_name(str(url.database))
    if number in _NO_ANSWER:
        return StillroomError(
            f"no server answers: {text}",
            where=where,
            fix=f"Start the server, or correct {_place(settings, 'DB_HOST', 'DB_PORT', url=url)}. "
            f"`{Command('db-start')}` starts one for development.",
        )
    if number in _WRONG_PASSWORD:
        return StillroomError(
            f"the server rejects the user '{url.username}' or its password",
            where=where,
            fix=f"Correct {_place(settings, 'DB_PASSWORD', 'DB_USER', url=url)}.",
        )
    if number == er.BAD_DB_ERROR:
        return StillroomError(
            f"the server has no database '{url.database}'",
            where=where,
            fix=f"Create it:\nCREATE DATABASE {database} CHARACTER SET utf8mb4",
        )
    if number in er.LACKS_PRIVILEGE:
        return StillroomError(
            f"user '{url.username}' lacks a privilege: {text}",
            where=where,
            fix=(
                "Let an administrator run this:\n"
                f"GRANT ALL ON {database}.* TO {quoted_string(str(url.username))}"
                if url.database
                else f"{Command('doctor')} tells which privileges it needs, and where."
            ),
        )
    if "unable to open database file" in text or "readonly database" in text:
        return StillroomError(
            "the file cannot be opened for writing",
            where=str(url.database),
            fix="Create its folder, or make it writable.",
        )
    return None


def server_error(error: DBAPIError) -> tuple[int, str]:
    """The number (0 if there is none) and the text that the database gave."""
    args: tuple[object, ...] = getattr(error.orig, "args", ())
    if len(args) > 1 and isinstance(args[0], int):
        return args[0], str(args[1])
    return 0, str(error.orig)


def _address(url: URL) -> str:
    if url.host is None:
        return str(url.query.get("unix_socket", url.database))
    return f"{url.host}:{url.port or 3306}"
