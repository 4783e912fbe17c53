"""Turns an unexpected exception into three lines and a log file with its traceback."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import traceback
from datetime import datetime
from importlib import metadata
from pathlib import Path

import stillroom
from stillroom.errors import StillroomError
from stillroom.project.folders import local_folder
from stillroom.project.servers import passwords
from stillroom.shell import quote

_LOG = "unexpected-error.log"
_SECRET = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN", re.IGNORECASE)


def report(error: BaseException, root: Path) -> str:
    """Write the log of the project at ``root``; returns what the user is told."""
    try:
        path = _written(root, masked("".join(traceback.format_exception(error)), root))
        place = f"The traceback is in {quote(str(path))}"
    except OSError as failure:
        place = f"The traceback could not be written: {failure.strerror}"
    words = masked(str(error), root).strip().partition("\n")[0]
    head = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return (
        f"unexpected error: {head}\n    The command stopped without a verdict. {place}\n"
        f"    Please report it {_where()}. Passwords in the file are masked, but"
        " read it before you send it."
    )


def _where() -> str:
    """To whom, as whoever published this package says in its metadata; a checkout has none."""
    try:
        addresses = metadata.metadata("stillroom").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        addresses = []
    labels = dict(text.split(", ", 1) for text in addresses)
    return f"at {labels['Issues']}" if "Issues" in labels else "to the maintainers"


def masked(text: str, root: Path) -> str:
    """``text`` without the passwords of URLs and those in the environment and in ``.env``."""
    for secret in sorted(_secrets(root), key=len, reverse=True):
        text = text.replace(secret, "***")
    return passwords.masked(text)


def _secrets(root: Path) -> set[str]:
    values = list(os.environ.items())
    try:
        lines = (root / ".env").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        lines = []
    values += [(name, value.strip("\"' ")) for name, _, value in (x.partition("=") for x in lines)]
    secrets = {value for name, value in values if _SECRET.search(name)}
    secrets |= {
        passwords.password_in(value) for name, value in values if name.strip().endswith("_URL")
    }
    return {value for value in secrets if len(value) > 3}  # less would garble the traceback


def _written(root: Path, text: str) -> Path:
    versions = f"stillroom {stillroom.__version__}, Python {sys.version.split()[0]}"
    for name in ("alembic", "sqlalchemy"):
        if version := getattr(sys.modules.get(name), "__version__", ""):
            versions += f", {name} {version}"
    moment = datetime.now().astimezone().isoformat(timespec="seconds")
    text = f"{moment} {versions}\n{text}"
    handle, name = tempfile.mkstemp(prefix="stillroom-", suffix=".log", text=True)  # 0600
    with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123  # a descriptor
        file.write(text)
    try:
        path = local_folder(root) / _LOG
        shutil.move(name, path)  # over a link of that name, too, not to where it leads
    except (OSError, StillroomError):
        return Path(name)
    return path.relative_to(root)
