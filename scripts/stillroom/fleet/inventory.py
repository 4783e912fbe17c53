"""Reads which databases a fleet has: from a file, a query, a command or a Python function."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import sqlalchemy as sa

from stillroom.errors import SettingsError, StillroomError, counted
from stillroom.fleet.connections import FAILURES, cause
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.project import is_local_host, make_importable
from stillroom.project.servers.passwords import masked
from stillroom.project.setting_values import read_reference
from stillroom.project.settings import Settings

_SETTING = "[stillroom] fleet"
_HOLE = re.compile(r"\$\{(\w+)\}")
_FIELDS = frozenset({"name", "url", "group", "order"})


@dataclass(frozen=True)
class Member:
    """One database of a fleet. ``place`` is where the inventory has it; no ``str()`` shows the URL.

    ``order`` decides who comes first within the fleet, then the order of the inventory does.
    """

    name: str
    url: sa.URL = field(repr=False)
    group: str = ""
    order: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    place: str = ""

    @property
    def host(self) -> str:
        """The host, and the port if one is named."""
        port = f":{self.url.port}" if self.url.port else ""
        return f"{(self.url.host or 'localhost').lower()}{port}"

    @property
    def is_local(self) -> bool:
        """Whether the database is on this machine, where a mistake costs least."""
        return is_local_host(self.url.host)


def read(settings: Settings) -> list[Member]:
    """The databases in the order in which they are worked on.

    Raises SettingsError, with the place, for what cannot be read, and for a database that is named
    twice.
    """
    entries = _entries(settings)
    if not entries:
        raise SettingsError(
            "the fleet has no database",
            where=f"{settings.ini.name}: {_SETTING} = {settings.fleet}",
            fix="Nothing was done. Write a line for each database, or correct the setting.",
        )
    members = [_member(entry, place, settings) for place, entry in entries]
    _refuse_twins(members)
    return sorted(members, key=lambda member: member.order)


def shard(members: Sequence[Member], text: str) -> list[Member]:
    """The share ``I/N`` of the fleet, I from 1 to N: each database is in exactly one of them."""
    number, _, total = text.partition("/")
    if not (number.isdecimal() and total.isdecimal() and 1 <= int(number) <= int(total)):
        raise StillroomError(
            f"'{text}' is no shard", fix="Write for example 2/4: the second of four."
        )
    return list(members[int(number) - 1 :: int(total)])


def _entries(settings: Settings) -> list[tuple[str, Mapping[str, str]]]:
    """Each database as the inventory has it, with its place."""
    source = settings.fleet
    if not source:
        raise SettingsError(
            "there is no fleet: no setting names its databases",
            where=f"{settings.ini.name}: {_SETTING}",
            fix="fleet = tenants.txt    a line for each database: its URL, or its name",
        )
    kind, colon, rest = source.partition(":")
    kind, rest = kind.strip(), rest.strip()
    if colon and kind == "query":
        return _of_rows(rest, settings)
    if colon and kind == "command":
        return _of_text(_output(rest, settings), f"`{rest}`")
    if colon and kind == "function":
        return _of_function(rest, settings)
    path = settings.root / source
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"the databases of the fleet cannot be read: {error}",
            where=f"{settings.ini.name}: {_SETTING}",
            fix="Name a text file with a line for each database,"
            " or begin with query:, command: or function:.",
        ) from error
    return _of_text(text, source)


def _of_text(text: str, source: str) -> list[tuple[str, Mapping[str, str]]]:
    """From lines such as ``mysql+pymysql://…/shop_7 group=canary`` or ``shop_7 host=db3``."""
    entries: list[tuple[str, Mapping[str, str]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        place = f"{source}:{number}"
        first = "url" if "://" in words[0] else "name"
        entry = {first: words[0]}
        for word in words[1:]:
            name, equals, value = word.partition("=")
            if not (equals and name.isidentifier()):
                raise SettingsError(
                    f"'{word}' is not of the form name=value, as in group=canary", where=place
                )
            entry[name] = value
        entries.append((place, entry))
    return entries


def _of_rows(query: str, settings: Settings) -> list[tuple[str, Mapping[str, str]]]:
    """From the columns of a query; one that is no field of ours is a label."""
    values = settings.environment
    text = values.get("FLEET_CONTROL_URL") or values.get("DB_URL")
    if not text:
        raise SettingsError(
            "no database is set that the query could ask",
            where=f"{settings.ini.name}: {_SETTING}",
            fix="Set FLEET_CONTROL_URL in the environment or in .env.",
        )
    url = _parsed(text, "FLEET_CONTROL_URL").set(drivername="mysql+pymysql")
    engine = sa.create_engine(url, connect_args={"connect_timeout": 10})
    try:
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(query.replace("%", "%%")).mappings().all()
    except FAILURES as error:
        raise SettingsError(
            f"the control database did not answer the query of the fleet: {cause(error)}",
            where=f"{settings.ini.name}: {_SETTING}",
            fix="Nothing was done. Correct the query or FLEET_CONTROL_URL, and run this again.",
        ) from error
    finally:
        engine.dispose()
    return [
        (f"row {number} of the query", _of_row(dict(row))) for number, row in enumerate(rows, 1)
    ]


def _of_row(row: Mapping[str, Any]) -> Mapping[str, str]:
    if len(row) == 1:
        [value] = row.values()
        return {"url" if "://" in str(value) else "name": str(value)}
    return {name: str(value) for name, value in row.items() if value is not None}


def _output(command: str, settings: Settings) -> str:
    done = subprocess.run(  # noqa: S602  # the setting is a command for a shell
        command, shell=True, cwd=settings.root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SettingsError(
            f"the command that lists the fleet ended with exit code {done.returncode}:"
            f" {masked(done.stderr.strip()[-500:]) or 'it said nothing'}",
            where=f"{settings.ini.name}: {_SETTING}",
            fix="Nothing was done. Correct the command, and run this again.",
        )
    return done.stdout


def _of_function(reference: str, settings: Settings) -> list[tuple[str, Mapping[str, str]]]:
    """From a function of the project: it returns lines, or mappings with the fields of one."""
    try:
        module, _, name = read_reference(reference).partition(":")
    except ValueError as error:
        raise SettingsError(str(error), where=f"{settings.ini.name}: {_SETTING}") from error

    def call() -> list[Any]:
        make_importable(settings)
        try:
            return [
                item if isinstance(item, str) else dict(item)
                for item in getattr(import_module(module), name)()
            ]
        except Exception as error:
            raise SettingsError(
                f"{reference}() did not return the databases of the fleet:"
                f" {type(error).__name__}: {masked(str(error))}",
                where=f"{settings.ini.name}: {_SETTING}",
                fix="It returns a list: of lines, or of mappings with name or url, group, order.",
            ) from error

    entries: list[tuple[str, Mapping[str, str]]] = []
    for number, item in enumerate(in_fresh_process(call), start=1):
        place = f"item {number} of {reference}()"
        if isinstance(item, str):
            entries += [(place, entry) for _, entry in _of_text(item, place)]
        else:
            entries.append((place, {str(key): str(value) for key, value in item.items()}))
    return entries


def _member(entry: Mapping[str, str], place: str, settings: Settings) -> Member:
    if not (entry.get("url") or entry.get("name")):
        raise SettingsError("it has neither a name nor a url", where=place)
    template = entry.get("url") or settings.fleet_url
    if not template:
        raise SettingsError(
            f"'{entry['name']}' is a name, and no setting makes it a URL",
            where=place,
            fix=f"{settings.ini.name}: [stillroom] fleet_url ="
            " mysql+pymysql://app:${FLEET_PASSWORD}@db.example/${name}",
        )
    values = {**settings.environment, **entry}
    url = _filled(_parsed(template, place), values, place)
    if url.get_backend_name() not in ("mysql", "mariadb") or not url.database:
        raise SettingsError(
            "a database of a fleet is one of MariaDB or MySQL, and its URL names it",
            where=place,
            fix="mysql+pymysql://user:password@host:3306/name",
        )
    order = entry.get("order", "0")
    if not order.lstrip("-").isdecimal():
        raise SettingsError(f"order is '{order}', which is no whole number", where=place)
    port = f":{url.port}" if url.port else ""
    labels = {name: value for name, value in entry.items() if name not in _FIELDS}
    name = entry.get("name") or f"{url.host or 'localhost'}{port}/{url.database}"
    return Member(name, url, entry.get("group", ""), int(order), labels, place)


def _parsed(text: str, place: str) -> sa.URL:
    try:
        return sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        # The text of the error would show the password.
        raise SettingsError(
            "this is not a URL that SQLAlchemy takes",
            where=place,
            fix="mysql+pymysql://user:password@host:3306/name",
        ) from None


def _filled(url: sa.URL, values: Mapping[str, str], place: str) -> sa.URL:
    """The URL with what stands for ``${…}`` in its parts: so no character needs escaping."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise SettingsError(
                f"nothing says what ${{{name}}} stands for",
                where=place,
                fix=f"Set {name} in the environment, or write {name}=… on that line.",
            )
        return values[name]

    def filled(text: str | None) -> str | None:
        return _HOLE.sub(value, text) if text else None

    return url.set(
        username=filled(url.username),
        password=filled(str(url.password) if url.password is not None else None),
        host=filled(url.host),
        database=filled(url.database),
    )


def _refuse_twins(members: Iterable[Member]) -> None:
    """Raise SettingsError for a name, or a database, that is there twice."""
    names: dict[str, Member] = {}
    places: dict[tuple[str, int, str], Member] = {}
    for member in members:
        key = (member.host.partition(":")[0], member.url.port or 3306, str(member.url.database))
        if (twin := places.setdefault(key, member)) is not member:
            is_same = twin.name == member.name
            told = "named twice" if is_same else f"the same database as '{twin.name}'"
            raise SettingsError(
                f"'{member.name}' is {told}",
                where=member.place,
                fix=f"{twin.place} names it already. Nothing was done.",
            )
        if (twin := names.setdefault(member.name, member)) is not member:
            raise SettingsError(
                f"two databases have the name '{member.name}'",
                where=member.place,
                fix=f"{twin.place} has the other one. Nothing was done. Give each its own name.",
            )


def described(members: Sequence[Member]) -> str:
    """``12 databases on 3 hosts``."""
    hosts = len({member.host for member in members})
    return f"{counted(len(members), 'database')} on {counted(hosts, 'host')}"
