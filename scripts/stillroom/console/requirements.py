"""Checks that this system, and the installed libraries, are ones that Stillroom runs on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import metadata

_SQLALCHEMY = {(3, 14): (2, 0, 41), (3, 13): (2, 0, 31)}  # older ones cannot be imported there
OLDEST = {
    "sqlalchemy": _SQLALCHEMY.get(sys.version_info[:2], (2, 0, 30)),
    "alembic": (1, 16, 3),
}
_NAMES = {"sqlalchemy": "SQLAlchemy", "alembic": "Alembic"}


def unmet() -> str:
    """What is missing here, in one sentence and a remedy; "" if nothing is."""
    if sys.platform == "win32":
        return (
            "Stillroom does not run on Windows: it needs the file locks and processes of Unix\n"
            "    Run it in WSL, in a container, or on Linux or macOS."
        )
    return "\n".join(_old_libraries())


def _old_libraries() -> Iterator[str]:
    for name, oldest in OLDEST.items():
        needed = ".".join(map(str, oldest))
        try:
            # Of what has been imported already the version is known at once.
            version = getattr(sys.modules.get(name), "__version__", "") or metadata.version(name)
        except metadata.PackageNotFoundError:
            yield f"{_NAMES[name]} is not installed; Stillroom needs {needed} or newer"
            continue
        if _numbers(version) < oldest:
            yield (
                f"Stillroom needs {_NAMES[name]} {needed} or newer, but {version} is installed\n"
                f'    python -m pip install "{name}>={needed}"'
            )


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of ``2.1.0b1``: 2, 1, 0."""
    parts = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        parts.append(int(digits))
    return tuple(parts)
