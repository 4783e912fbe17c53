"""Answers about any name: what we print goes through a shell, and is understood by ourselves."""

from __future__ import annotations

import subprocess
from argparse import ArgumentParser
from pathlib import Path

import pytest

from stillroom import shell
from stillroom.authoring.renames.questions import Questioner, Rename
from stillroom.authoring.request import Request
from stillroom.console.arguments import from_make
from stillroom.console.revision_request import add_request, request_of
from stillroom.errors import printable
from tests.support.generators.hostile_names import PARTS

NAMES = PARTS | {
    "equal sign": "a=b;c",
    "quotes": "'a''b'",
    "arrow": "a->b",
    "blanks": " a  b ",
    "dot": "a.b",
    "ending backslash": "a\\",
    "empty quotes": "''",
}
# Both print their words with a NUL behind each.
ECHO = 'make() { printf \'%s\\0\' "$@"; }\nstillroom() { make "$@"; }\n'


def request_about(name: str) -> Request:
    """All kinds of answers about a column, a table and a key of that name."""
    renames = {f"{name}.{name}": f"{name}2", name: f"2{name}"}
    return Request(
        "x",
        fills={f"t.{name}": "CONCAT('a;''b', ';')", f"{name}.b": "1"},
        without_default=[f"t.{name}"],
        questioner=Questioner(renames, [f"u.{name}"]),
    )


def understood(words: list[str], monkeypatch: pytest.MonkeyPatch) -> Request:
    """What the verb makes of the words of a command."""
    tool, (_, *given) = words[0], words
    parser = ArgumentParser()
    add_request(parser)
    if all("=" in word and not word.startswith("-") for word in given):  # make hands them over
        for word in given:
            option, _, value = word.partition("=")
            monkeypatch.setenv(f"STILLROOM_{option}", value)
        given = from_make(parser)
    assert tool == "revision"
    return request_of(parser.parse_args(given))


@pytest.mark.parametrize("by_make", [True, False])
@pytest.mark.parametrize("kind", NAMES)
def test_what_is_printed_is_understood(
    kind: str, by_make: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = request_about(NAMES[kind])
    if by_make:
        (tmp_path / "Makefile").write_text("\t-m stillroom $@\n")
    with shell.commands_of(tmp_path):
        command = str(asked.command())
    assert printable(command) == command
    done = subprocess.run(
        ["bash", "-c", ECHO + command], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    answered = understood(done.stdout.split("\0")[:-1], monkeypatch)
    assert answered.questioner.renames == asked.questioner.renames
    assert answered.questioner.drops == asked.questioner.drops
    assert answered.fills == asked.fills
    assert answered.without_default == asked.without_default
    assert {path.name for path in tmp_path.iterdir()} <= {"Makefile"}


@pytest.mark.parametrize("kind", NAMES)
def test_a_rename_that_is_proposed_is_the_one_that_was_asked(kind: str) -> None:
    name = NAMES[kind]
    rename = Rename("", name, name, f"{name}2")
    parser = ArgumentParser()
    add_request(parser)
    answered = request_of(parser.parse_args([f"--rename={rename.answer}"]))
    assert answered.questioner.ask(rename) is True
