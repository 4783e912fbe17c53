"""Commands as they are typed: by ``make`` if the Makefile runs our verbs, else ``stillroom``."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stillroom.errors import printable

# Always in quotes, which they mostly need.
_TEXTS = ("m", "rename", "drop", "default", "fill")
# By their place alone, where there is no make.
_POSITIONAL = ("rev", "shell")
# The recipe of the one rule that runs every verb.
_RECIPE = "-m stillroom $@"
_PLAIN = re.compile(r"[\w@%+=:,./…-]+")
_QUOTABLE = re.compile(r'[^"$`\\!\x00-\x1f\x7f]*')

Value = str | bool | Sequence[object]

_root: Path | None = None
_options: tuple[str, ...] = ()
_database = ""


@contextmanager
def commands_of(root: Path, options: Sequence[str] = (), database: str = "") -> Iterator[None]:
    """Name commands as they are given in ``root``, wherever the process goes meanwhile.

    ``options`` are those that stand before the verb. Make has none: with them, it is not used.
    ``database`` is the one of several that each command is for.
    """
    global _root, _options, _database  # as is the working directory that they stand for
    before = _root, _options, _database
    _root, _options, _database = root, tuple(options), database
    try:
        yield
    finally:
        _root, _options, _database = before


def by_make() -> bool:
    """Whether the project at hand has a Makefile that runs our verbs."""
    if _options:
        return False
    try:
        text = ((_root or Path.cwd()) / "Makefile").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return _RECIPE in text


def skip_hint(hook: str) -> list[str]:
    """How to commit once without ``hook``, as whoever runs it understands; none in no hook."""
    if os.environ.get("PRE_COMMIT"):
        return [f"Skip once: SKIP={hook} git commit"]
    if "GIT_INDEX_FILE" in os.environ:  # git runs the hook by itself
        return ["Skip once: git commit --no-verify"]
    return []


class Command:
    """One of our commands, with its arguments named as make names them.

    ``str()`` is what to type: ``Command("revision", m="add a", empty=True)`` is
    ``make revision m="add a" empty=1`` or ``stillroom revision -m "add a" --empty``. A name that
    is a keyword of Python has an underscore behind it: ``from_``. ``action`` is the second word of
    a verb that has two: ``make fleet-plan``, ``stillroom fleet plan``.
    """

    def __init__(self, verb: str, /, **arguments: Value) -> None:
        self.verb = verb
        self.arguments = {
            name.rstrip("_"): value for name, value in arguments.items() if value not in ("", False)
        }

    def __str__(self) -> str:
        arguments = {**self.arguments}
        second = str(arguments.pop("action", ""))
        if by_make():
            verb = f"{self.verb}-{second}" if second else self.verb
            named = {"db": _database} if _database else {}
            given = [_for_make(name, value) for name, value in {**named, **arguments}.items()]
            return " ".join(["make", verb, *given])
        section = ["-n", _database] if _database else []
        given = [_for_stillroom(name, value) for name, value in arguments.items()]
        words = [*_options, *section, self.verb, *([second] if second else [])]
        return " ".join(["stillroom", *map(quote, words), *given])


def quote(text: str) -> str:
    """``text`` as one word of a shell: as it is, else in double quotes, else as shlex quotes it."""
    if _PLAIN.fullmatch(text):
        return text
    is_seen = printable(text) == text
    return f'"{text}"' if is_seen and _QUOTABLE.fullmatch(text) else word(text)


def word(text: str) -> str:
    """``text`` as one word of a shell, exactly; in bash's own quotes if a terminal hides some."""
    if printable(text) == text:
        return shlex.quote(text)
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{''.join(map(_ansi, escaped))}'"


def _ansi(char: str) -> str:
    if printable(char) == char:
        return char
    return f"\\x{ord(char):02x}" if ord(char) < 128 else f"\\U{ord(char):08x}"


def _for_make(name: str, value: Value) -> str:
    if value is True:
        return f"{name}=1"
    return f"{name}={_word(name, value if isinstance(value, str) else _listed(value))}"


def _for_stillroom(name: str, value: Value) -> str:
    option = "-m" if name == "m" else f"--{name.replace('_', '-')}"
    if value is True:
        return option
    text = _word(name, value) if isinstance(value, str) else _listed(value)
    return text if name in _POSITIONAL else f"{option} {text}"


def _listed(value: Value) -> str:
    assert not isinstance(value, bool)
    return " ".join(map(str, value))


def _word(name: str, value: str) -> str:
    return f'"{value}"' if name in _TEXTS and _PLAIN.fullmatch(value) else quote(value)
