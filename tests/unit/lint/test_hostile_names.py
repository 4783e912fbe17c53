"""Whatever a message shows to paste can be pasted, for every name that a server takes."""

from __future__ import annotations

import ast
import subprocess
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest

from stillroom.catalog import Target
from stillroom.marked import plain
from stillroom.render.findings import as_github, as_lines
from tests.support.generators.hostile_names import hostile_names
from tests.support.generators.hostile_statements import findings, statements
from tests.support.recipes import recipes

TARGETS = ("mariadb 10.11", "mysql 9.7")
PYTHON = ("operations", "module", "model", "part")
# Both run nothing: they print their words instead, each with a NUL behind it.
ECHO = """make() { printf '%s\\0' make "$@"; }
pt-online-schema-change() { printf '%s\\0' "$@"; }
"""


def unseen(text: str) -> set[str]:
    return {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", hostile_names())
def test_every_message(kind: str, target: str, tmp_path: Path) -> None:
    name = hostile_names()[kind]
    codes: set[str] = set()
    commands: list[tuple[str, str]] = []
    for sql, finding in findings(name, Target.parse(target)):
        codes.add(finding.code)
        text = plain(as_lines([finding]))
        assert unseen(text) <= {"\n"}
        below = [one for one in (finding.why, finding.fix.strip("\n")) if one]
        assert text.count("\n") == len(below) + finding.fix.strip("\n").count("\n")
        assert not unseen(as_github([finding]))
        for recipe in recipes(finding.fix):
            if recipe.kind in PYTHON:
                ast.parse(recipe.code.rstrip(","))
            elif recipe.kind == "shell":
                commands.append((sql, recipe.code))
            else:
                assert recipe.kind == "rows" or recipe.code.count("\n") == 0
    # The others need a whole revision, or a key that the server refuses.
    assert {code[:5] for code in statements(name)} - codes <= {"MY601", "MY505"}
    run(commands, name, tmp_path)


def run(commands: Sequence[tuple[str, str]], name: str, folder: Path) -> None:
    """Each of them is one command with the words that are meant, and runs nothing else."""
    script = "".join(f"{code}\nprintf '\\n'\n" for _, code in commands)
    subprocess.run(["sh", "-n", "-c", script], cwd=folder, check=True)
    done = subprocess.run(
        ["bash", "-c", ECHO + script], cwd=folder, capture_output=True, check=True
    )
    answers = done.stdout.decode().split("\0\n")
    for (sql, code), answer in zip(commands, answers, strict=False):
        words = answer.split("\0")
        if code.startswith("pt-online"):
            assert words[0] == "--alter"
            assert words[1] in sql.replace("\n  ", " ")
            assert words[2:] == [f"D=,t={name}", "--execute"]
    assert not list(folder.iterdir())


def test_a_comma_is_never_shown_to_the_tool() -> None:
    """In its DSN it would begin another part, which may send the password to another port."""
    for _, finding in findings("t,P=23118", Target.parse("mariadb 10.11")):
        assert "pt-online" not in finding.fix


def test_nothing_of_a_clause_is_shortened() -> None:
    (finding,) = (
        one
        for sql, one in findings("plain", Target.parse("mariadb 10.11"))
        if one.code == "MY301" and "COMMENT" in sql
    )
    assert """'"'"'two  blanks, a -- dash and a # hash'"'"'""" in finding.fix


@pytest.mark.parametrize("kind", hostile_names())
def test_a_string_in_python_is_the_name(kind: str) -> None:
    name = hostile_names()[kind]
    found = [one for _, one in findings(name, Target.parse("mysql 9.7")) if one.code == "MY102"]
    calls = [one.code for one in recipes(found[0].fix) if one.code.startswith("op.drop_column")]
    constants = [one for one in ast.walk(ast.parse(calls[0])) if isinstance(one, ast.Constant)]
    assert [one.value for one in constants] == [name, name]
