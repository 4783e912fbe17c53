"""Adds settings to ``[stillroom]`` in alembic.ini, or to ``[tool.stillroom]`` in pyproject.toml.

By text, so that comments, order and layout of a file of somebody else's stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from stillroom.adoption.edit import line_end
from stillroom.project.settings_files import SECTION


def with_settings(
    text: str, values: Mapping[str, str], *, toml: bool, section: str = SECTION
) -> str:
    """``text`` with those of ``values`` in ``section`` that it does not set yet."""
    header = f"[tool.{section}]" if toml else f"[{section}]"
    end = line_end(text)
    lines = text.splitlines(keepends=True)
    start = _position(lines, header)
    there = lines[start : _end_of_section(lines, start)] if start is not None else []
    new = [
        f"{name} = {_quoted(value) if toml else value}{end}"
        for name, value in values.items()
        if not any(re.match(rf"\s*{re.escape(name)}\s*[=:]", line) for line in there)
    ]
    if not new:
        return text
    if start is not None:
        if not lines[start].endswith("\n"):
            lines[start] += end
        return "".join([*lines[: start + 1], *new, *lines[start + 1 :]])
    gap = "" if not text or text.endswith(end * 2) else end if text.endswith(end) else end * 2
    return f"{text}{gap}{header}{end}{''.join(new)}"


def _position(lines: list[str], header: str) -> int | None:
    return next((i for i, line in enumerate(lines) if line.split("#")[0].strip() == header), None)


def _end_of_section(lines: list[str], start: int) -> int:
    following = (i for i in range(start + 1, len(lines)) if lines[i].startswith("["))
    return next(following, len(lines))


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
