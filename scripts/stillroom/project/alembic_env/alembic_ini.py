"""``sqlalchemy.url`` in the text of an alembic.ini: read and set, with every other byte kept.

ConfigParser, read and written back, loses all comments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from stillroom.errors import SettingsError
from stillroom.shell import Command

# What `alembic init` writes; nobody's password.
PLACEHOLDER = "driver://user:pass@localhost/dbname"
SECRETS = {"password", "passwd", "ssl_key_password", "sslpassword"}
_OPTION = re.compile(r"(?P<key>sqlalchemy\.url[ \t]*[=:][ \t]*)(?P<value>[^\r\n]*)", re.IGNORECASE)


@dataclass(frozen=True)
class UrlLine:
    """Where ``sqlalchemy.url`` stands: lines ``start`` to ``end`` (exclusive, from 0)."""

    start: int
    end: int
    value: str


def without_password(url: URL, root: Path) -> str:
    """``url`` as it may be committed, ``%`` escaped as alembic.ini wants it.

    A file of SQLite inside ``root`` is named relative to alembic.ini.
    """
    database, here = url.database, ""
    if url.get_backend_name() == "sqlite" and database:
        file = Path(database).resolve()
        if Path(database).is_absolute() and file.is_relative_to(root.resolve()):
            database, here = f"/{file.relative_to(root.resolve()).as_posix()}", "%(here)s"
    bare = URL.create(
        url.drivername,
        username=url.username,
        host=url.host,
        port=url.port,
        database=database,
        query={key: value for key, value in url.query.items() if key.lower() not in SECRETS},
    )
    text = bare.render_as_string(hide_password=False).replace("%", "%%")
    return text.replace(":////", f":///{here}/", 1) if here else text


def with_url(text: str, value: str) -> str:
    """The text of an alembic.ini with ``sqlalchemy.url`` set to ``value`` (already escaped).

    Raises SettingsError if a password stands there, or if there is no [alembic].
    """
    lines = text.splitlines(keepends=True)
    header = _header(lines)
    place = find_url(text)
    if place is None:
        ending = "\r\n" if lines[header].endswith("\r\n") else "\n"
        if not lines[header].endswith(("\n", "\r")):
            lines[header] += ending
        lines.insert(header + 1, f"sqlalchemy.url = {value}{ending}")
        return "".join(lines)
    refuse_password(text)
    if place.value == value:
        return text
    match = _OPTION.match(lines[place.start])
    assert match is not None
    key = match["key"] if match["key"][-1] in " \t" else match["key"] + " "
    rest = lines[place.end - 1]
    ending = rest[len(rest.rstrip("\r\n")) :]
    lines[place.start : place.end] = [f"{key}{value}{ending}"]
    return "".join(lines)


def refuse_password(text: str) -> None:
    """Raise SettingsError if a password stands in the text of an alembic.ini."""
    url = find_url(text)
    if url is not None and _has_password(url.value):
        raise SettingsError(
            "there is a password in a file that is committed",
            where=f"alembic.ini:{url.start + 1}",
            fix=(
                f"Remove it, set DB_URL or DB_PASSWORD in .env instead, and run `{Command('init')}`"
                " again.\nIf it was ever committed, change it on the server too: git keeps"
                " old versions."
            ),
        )


def find_url(text: str) -> UrlLine | None:
    """``sqlalchemy.url`` of the section [alembic]; a value may go on in indented lines."""
    lines = text.splitlines()
    for start in range(_header(lines) + 1, len(lines)):
        if lines[start].startswith("["):
            return None
        if match := _OPTION.match(lines[start]):
            end = start + 1
            while end < len(lines) and lines[end][:1] in (" ", "\t") and lines[end].strip():
                end += 1
            more = (line.strip() for line in lines[start + 1 : end])
            return UrlLine(start, end, "".join([match["value"].strip(), *more]))
    return None


def _header(lines: list[str]) -> int:
    for number, line in enumerate(lines):
        if line.lstrip("\ufeff").strip() == "[alembic]":
            return number
    raise SettingsError(
        "has no section [alembic]",
        where="alembic.ini",
        fix="Put it back (`git diff alembic.ini`), or move the file away and run"
        f" `{Command('init')}`.",
    )


def _has_password(value: str) -> bool:
    if value == PLACEHOLDER:
        return False
    value = re.sub(r"%\(\w+\)s", "", value).replace("%%", "%")
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        return False
    return bool(url.password) or any(url.query.get(key) for key in SECRETS)
