"""The first lines of a snapshot: which revisions it stands for, and that nobody has edited it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from stillroom.catalog import Target
from stillroom.errors import CannotTell
from stillroom.shell import Command

FORMAT = 1
TITLE = (
    "-- The tables and rows that the revisions make. Stillroom's verb `snapshot` writes this file."
)
END = "-- End of the snapshot."
LINES = 6
_BASE = "base"
_FIELD = re.compile(r"-- (format|target|heads|revisions|content): (.+)")
_CONFLICT = re.compile(r"^(<{7}|\|{7}|>{7})( |$)", re.MULTILINE)


@dataclass(frozen=True)
class Header:
    """``revisions`` is the digest of those that the snapshot stands for, ``heads`` the newest."""

    target: Target
    heads: tuple[str, ...]
    revisions: str


def sealed(header: Header, body: str) -> str:
    """The whole text of a snapshot with this header and body."""
    lines = [
        TITLE,
        f"-- format: {FORMAT}",
        f"-- target: {header.target}",
        f"-- heads: {', '.join(header.heads) or _BASE}",
        f"-- revisions: {header.revisions}",
    ]
    return "\n".join([*lines, f"-- content: {_content_digest(lines, body)}", body])


def opened(content: bytes, shown: str) -> tuple[Header, str]:
    """The header and the body of a snapshot. CannotTell for what nobody but `snapshot` has written.

    ``shown`` is the file, for messages.
    """
    text = _decoded(content, shown)
    lines = text.split("\n", LINES)
    if lines[0] != TITLE:
        raise unusable(
            "is not a snapshot: its first line is not the one that `snapshot` writes", shown
        )
    fields = filter(None, map(_FIELD.fullmatch, lines[1:LINES]))
    values = {match[1]: match[2] for match in fields}
    _check_format(values.get("format", ""), f"{shown}:2")
    if len(values) < LINES - 1 or len(lines) <= LINES or not text.endswith(f"\n{END}\n"):
        raise unusable("is cut off: not all of its lines are there", shown)
    if values["content"] != _content_digest(lines[: LINES - 1], lines[LINES]):
        raise unusable("was edited: its lines are not those that `snapshot` has written", shown)
    try:
        target = Target.parse(values["target"])
    except ValueError as error:
        raise unusable(str(error), f"{shown}:3") from error
    heads = tuple(name for name in values["heads"].split(", ") if name != _BASE)
    return Header(target, heads, values["revisions"]), lines[LINES]


def _decoded(content: bytes, shown: str) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise unusable("is not UTF-8 text", shown) from error
    if conflict := _CONFLICT.search(text):
        line = text.count("\n", 0, conflict.start()) + 1
        raise CannotTell(
            "has a merge conflict: both branches changed what the revisions make",
            where=f"{shown}:{line}",
            fix=(
                "Do not edit it. Join the heads first, then write it again:\n"
                f"{Command('merge', m='join the branches')}\n"
                f"{Command('snapshot')}"
            ),
        )
    if "\r\n" in text:
        fix = f"echo '{shown.rpartition('/')[2]} text eol=lf' >> .gitattributes"
        raise unusable(
            "has Windows line ends (CRLF), which are not those of `snapshot`", shown, fix
        )
    return text


def _check_format(number: str, where: str) -> None:
    if number.isdigit() and int(number) > FORMAT:
        raise CannotTell(
            f"is of format {number}, but this Stillroom reads format {FORMAT}",
            where=where,
            fix=f"Install a newer Stillroom, or write it with this one: {Command('snapshot')}",
        )
    if number != str(FORMAT):
        raise unusable("does not say of which format it is", where)


def unusable(what: str, where: str, also: str = "") -> CannotTell:
    """What is wrong with a snapshot that has to be written again, and ``also`` something else."""
    fix = "\n".join(filter(None, (also, f"{Command('snapshot')}    writes it again")))
    return CannotTell(what, where=where, fix=fix)


def _content_digest(lines: list[str], body: str) -> str:
    text = "\n".join([*lines, body])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
