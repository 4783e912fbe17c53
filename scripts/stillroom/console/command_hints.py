"""How a command is given here: by `make` where the Makefile has our targets, else by `stillroom`.

Messages are written for `make`; what is printed goes through `spelled`.
"""

from __future__ import annotations

import re
from pathlib import Path

_COMMAND = re.compile(
    r"\bmake (?P<verb>init|migrate|revision|merge|rebase|upgrade|downgrade|plan|status|resume|"
    r"repair|current|history|heads|stamp|sql|check|lint-revisions|baseline|schema)\b"
    r'(?P<given>(?: [a-z_]+=(?:"[^"]*"|\S*[^\s`.,;:)]))*)'
)
_GIVEN = re.compile(r' ([a-z_]+)=("[^"]*"|\S+)')


def spelled(text: str) -> str:
    """``text`` with its commands as they are given in the current folder."""
    if "make " not in text or _has_our_targets(Path("Makefile")):
        return text
    text = text.replace("python scripts/repair_database.py", "stillroom repair")
    return _COMMAND.sub(_as_stillroom, text)


def _has_our_targets(makefile: Path) -> bool:
    return makefile.exists() and "make_revision.py" in makefile.read_text(encoding="utf-8")


def _as_stillroom(found: re.Match[str]) -> str:
    options = [_option(*given) for given in _GIVEN.findall(found["given"])]
    if found["verb"] == "check":
        options.append("--worktree")
    return " ".join(["stillroom", found["verb"], *options])


def _option(name: str, value: str) -> str:
    if name == "m":
        return f"-m {value}"
    if name == "rev":
        return f"-- {value}" if value.startswith("-") else value
    option = f"--{name.replace('_', '-')}"
    return option if value == "1" else f"{option} {value}"
