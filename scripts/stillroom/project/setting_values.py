"""How a setting is described, and read from the text of alembic.ini."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from typing import Any, NamedTuple

from stillroom.project.settings_files import SECTION


class Description(NamedTuple):
    """What is told of a setting: its default in words, and what it means.

    ``read`` turns the text of alembic.ini into the value; ValueError says what is wrong with it.
    """

    default: str
    meaning: str
    read: Callable[[str], Any]


def setting(value: Any, meaning: str, read: Callable[[str], Any], default: str = "") -> Any:
    """A field of a dataclass of settings; ``default`` says in words what ``value`` is."""
    return field(default=value, metadata={SECTION: Description(default, meaning, read)})


def seconds(value: float, meaning: str) -> Any:
    """A field that holds a time in seconds."""
    return setting(value, meaning, _read_number, f"{value:,.0f} s")


def count(value: int, meaning: str) -> Any:
    """A field that holds a whole number from 0 up."""
    return setting(value, meaning, lambda text: round(_read_number(text)), f"{value:,}")


def _read_number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ValueError(f"'{text}' is not a number from 0 up")
    return number


def read_switch(text: str) -> bool:
    """``on`` or ``off``."""
    if text.lower() not in ("on", "off"):
        raise ValueError(f"'{text}' is neither on nor off")
    return text.lower() == "on"


def read_fresh(text: str) -> str:
    """How an empty database is made: ``upgrade`` or ``load``."""
    if text not in ("upgrade", "load"):
        raise ValueError(f"'{text}' is neither upgrade nor load")
    return text


def read_online_ddl(text: str) -> str:
    """The program for large copies; empty for ``off``."""
    if text not in ("off", "pt-osc"):
        raise ValueError(f"'{text}' is neither off nor pt-osc")
    return "" if text == "off" else text


def read_modules(text: str) -> tuple[str, ...]:
    """Names of modules or packages, with spaces between them."""
    names = tuple(text.split())
    for name in names:
        if not all(part.isidentifier() for part in name.split(".")):
            raise ValueError(f"'{name}' is not the name of a module; separate several by spaces")
    return names


def read_reference(text: str) -> str:
    """A module and a name in it: ``app.db:Base``."""
    module, _, name = text.partition(":")
    if not all(part.isidentifier() for part in (*module.split("."), *name.split("."))):
        raise ValueError(f"'{text}' is not of the form module:name, as in app.db:Base")
    return text


def read_words(text: str) -> tuple[str, ...]:
    """Words with spaces between them."""
    return tuple(text.split())


def read_severity(text: str) -> tuple[tuple[str, str], ...]:
    """Codes of rules, each with its severity: ``MY301 off, MY601 warning``."""
    entries = [entry.split() for entry in re.split(r"[\n,]", text) if entry.strip()]
    for entry in entries:
        if len(entry) != 2:
            raise ValueError(
                f"'{' '.join(entry)}' is not the code of a rule and a severity; "
                "write for example: MY301 off, MY601 warning"
            )
    return tuple((code, severity) for code, severity in entries)
