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
    "head": "the revision to follow, if there are several heads",
    "splice": "follow a revision that already has a successor",
    "branch": "the label of a new branch",
    "depends_on": "a revision that must have run before, in another branch",
    "empty": "write a skeleton, for a revision that changes rows",
}
_FLAGS = ("splice", "empty")
_APART = {"rename": " ", "drop": " ", "default": " ", "fill": ";"}


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
        questioner=asks(renames, [word.replace("'", "") for word in _words(args, "drop")]),
    )


def _words(args: Namespace, name: str) -> list[str]:
    """The answers of an option; a name with blanks is in single quotes."""
    return [str(word) for word in re.findall(r"(?:'[^']*'|[^\s,])+", getattr(args, name))]


def _rename(text: str) -> tuple[str, str]:
    parts = re.fullmatch(r"((?:'[^']*'|[^':])+):((?:'[^']*'|[^':])+)", text)
    if parts is None:
        raise _malformed("rename", text, "article.title:headline")
    old, new = (part.replace("'", "") for part in parts.groups())
    return old, new


def _without_default(text: str) -> str:
    name, _, value = text.replace("'", "").rpartition(":")
    if not name or value != "none":
        raise _malformed("default", text, "article.views:none")
    return name


def _fills(text: str) -> Mapping[str, str]:
    """SQL by column; a semicolon in quotes or brackets is part of it."""
    parts: list[str] = [""]
    depth = 0
    for piece in re.findall(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|.", text, re.DOTALL):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == ";" and depth <= 0:
            parts.append("")
        else:
            parts[-1] += piece
    return dict(_fill(part) for part in parts if part.strip())


def _fill(text: str) -> tuple[str, str]:
    name, parts, value = (part.strip() for part in text.partition("="))
    if not name or not parts or not value:
        raise _malformed("fill", text.strip(), "article.slug=''")
    return name, value


def _malformed(option: str, text: str, example: str) -> StillroomError:
    return StillroomError(f"{option}: '{text}' is not of the form {example}")
