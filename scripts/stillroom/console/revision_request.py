"""The arguments and answers of ``revision`` and ``migrate``, as a request for a revision."""

from __future__ import annotations

import re
import sys
from argparse import Action, ArgumentParser, Namespace
from collections.abc import Mapping
from typing import Any

from stillroom.authoring.renames.questions import Interactive, Questioner
from stillroom.authoring.request import Request
from stillroom.console.arguments import add_message
from stillroom.errors import StillroomError

_TEXTS = {
    "rename": "what was renamed: table.old:new or table:new, separated by spaces",
    "drop": "what was dropped, not renamed: table.column or table, separated by spaces",
    "default": "new columns without a server default: table.column:none, separated by spaces",
    "fill": ("the value of a new column in existing rows: table.column=SQL, separated by ;"),
    "steps": "2: in two revisions, between which old and new code can run (default: 1)",
    "head": "the revision to follow, if there are several heads",
    "splice": "follow a revision that already has a successor",
    "branch": "the label of a new branch",
    "depends_on": "a revision that must have run before, in another branch",
    "empty": "write a skeleton, for a revision that changes rows",
}
_FLAGS = ("splice", "empty")
_APART = {"rename": " ", "drop": " ", "default": " ", "fill": ";"}


_QUOTED = "'(?:[^']|'')*'"
_PIECE = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|."  # of SQL


class _Joining(Action):
    """May be given several times: the values are one, with ``const`` between them."""

    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, value: Any, option: str | None = None
    ) -> None:
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, f"{before}{self.const}{value}" if before else value)


def add_request(parser: ArgumentParser) -> None:
    """``--message``, the answers to what a revision may ask, and where it goes."""
    add_message(parser)
    for name, text in _TEXTS.items():
        option = f"--{name.replace('_', '-')}"
        if name in _FLAGS:
            parser.add_argument(option, action="store_true", help=text)
        elif name in _APART:
            apart = _APART[name]
            parser.add_argument(option, action=_Joining, const=apart, default="", help=text)
        else:
            parser.add_argument(option, default="", help=text)


def request_of(args: Namespace) -> Request:
    """What ``args`` ask for. Raises StillroomError if an answer is malformed."""
    if args.steps not in ("", "1", "2"):
        raise StillroomError(
            f"steps: {args.steps!r} is neither 1 nor 2",
            fix="steps=2 writes an expand and a contract revision.",
        )
    steps = int(args.steps or 1)
    if steps == 2 and args.empty:
        raise StillroomError(
            "steps: a skeleton has no steps", fix="Leave out steps or empty. Nothing was written."
        )
    renames = dict(_rename(text) for text in _words(args, "rename"))
    asks = Interactive if sys.stdin is not None and sys.stdin.isatty() else Questioner
    return Request(
        args.message,
        empty=args.empty,
        head=args.head or "head",
        splice=args.splice,
        branch_label=args.branch or None,
        depends_on=args.depends_on or None,
        fills=_fills(args.fill),
        without_default=[_without_default(word) for word in _words(args, "default")],
        steps=steps,
        questioner=asks(renames, [_name(word) for word in _words(args, "drop")]),
    )


def _words(args: Namespace, name: str) -> list[str]:
    """The answers of an option; blanks and commas separate them, except in quotes."""
    return re.findall(rf"(?:{_QUOTED}|[^\s,])+", getattr(args, name))


def _name(text: str) -> str:
    """A name, which `spelled` may have put in quotes, or somebody parts of it."""
    return re.sub(_QUOTED, lambda quoted: quoted[0][1:-1].replace("''", "'"), text)


def _rename(text: str) -> tuple[str, str]:
    parts = re.fullmatch(rf"((?:{_QUOTED}|[^':])+):((?:{_QUOTED}|[^':])+)", text)
    if parts is None:
        raise _malformed("rename", text, "article.title:headline")
    return _name(parts[1]), _name(parts[2])


def _without_default(text: str) -> str:
    parts = re.fullmatch(rf"((?:{_QUOTED}|[^':])+):none", text)
    if parts is None:
        raise _malformed("default", text, "article.views:none")
    return _name(parts[1])


def _fills(text: str) -> Mapping[str, str]:
    """SQL by column."""
    given: dict[str, str] = {}
    rest = text
    while rest.strip("; \n"):
        name, value, rest = _fill(rest.lstrip("; \n"))
        given[name] = value
    return given


def _fill(text: str) -> tuple[str, str, str]:
    """A column, its SQL, and what is behind; a semicolon in quotes or brackets is part of it."""
    parts = re.match(rf"((?:{_QUOTED}|[^'=;])+)=", text)
    value, depth = "", 0
    for piece in re.findall(_PIECE, text[parts.end() :] if parts else "", re.DOTALL):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == ";" and depth <= 0:
            break
        value += piece
    if parts is None or not value.strip():
        raise _malformed("fill", text.partition(";")[0].strip(), "article.slug=''")
    return _name(parts[1].strip()), value.strip(), text[parts.end() + len(value) :]


def _malformed(option: str, text: str, example: str) -> StillroomError:
    return StillroomError(f"{option}: '{text}' is not of the form {example}")
