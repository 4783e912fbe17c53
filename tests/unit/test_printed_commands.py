"""Whatever is printed to be pasted into a shell can be pasted, whatever the names in it are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.projects import ROOT

ENGINE = ROOT / "scripts" / "stillroom"
# What a line begins with, or stands behind ": " or a backtick, if it is for a shell.
SHELL = re.compile(
    r"(?:^\s*|: |`|&& )(?:git (?:add|rm|restore|log|fsck|init|fetch|diff|config)|make |"
    r"stillroom |cd |rm |"
    r"pip |python |pt-online-schema-change |apt-get |CONFIRM=|SKIP=|[A-Z_]+_URL=)"
)
# Calls whose answer is a word, or several, of a shell; names of things that no user chooses.
QUOTED = {"quote", "word", "join", "Command", "_options"}
CHOSEN_BY_NOBODY = {"PACKAGES", "LOCAL", "hook", "_NAMES", "needed", "name", "command", "dsn"}
# What begins like a command and is none, or was quoted before.
NO_COMMAND = re.compile(r"stillroom (has no verb|\0(, Python.*)?$)|DB_URL=\0$|git init")
VALUE = "\0"


def test_every_value_in_a_shell_command_is_quoted() -> None:
    unquoted = [
        f"{path.relative_to(ENGINE)}:{node.lineno}: {text.replace(VALUE, '{…}').strip()}"
        for path in sorted(ENGINE.rglob("*.py"))
        for node, text in _unquoted(path)
    ]
    assert unquoted == []


def _unquoted(path: Path) -> Iterator[tuple[ast.JoinedStr, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            for line in _lines(node):
                if (
                    VALUE in line
                    and SHELL.search(line.split(VALUE)[0])
                    and not NO_COMMAND.search(line)
                ):
                    yield node, line


def _lines(node: ast.JoinedStr) -> list[str]:
    """The lines of an f-string; the values that are quoted are left out of them."""
    parts = [
        part.value
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
        else ("" if isinstance(part, ast.FormattedValue) and _is_quoted(part.value) else VALUE)
        for part in node.values
    ]
    return "".join(parts).split("\n")


def _is_quoted(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return _name(value.func) in QUOTED
    if isinstance(value, ast.Subscript):
        value = value.value
    return _name(value) in CHOSEN_BY_NOBODY


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
