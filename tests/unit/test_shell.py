"""Commands in messages are those that can be typed where they are printed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stillroom.shell import Command, commands_of, quote
from tests.support.projects import ROOT

COMMANDS = [
    (Command("revision", m="…", head="a1b2"), 'm="…" head=a1b2', '-m "…" --head a1b2'),
    (Command("revision", m="rows", empty=True), 'm="rows" empty=1', '-m "rows" --empty'),
    (
        Command("revision", m="x", fill="user.a=''", splice=False),
        'm="x" fill="user.a=\'\'"',
        '-m "x" --fill "user.a=\'\'"',
    ),
    (Command("stamp", rev="head"), "rev=head", "head"),
    (Command("downgrade", rev="-1"), "rev=-1", "-1"),
    (Command("plan", from_="a1", rev=""), "from=a1", "--from a1"),
    (Command("repair", done=[3, 4]), 'done="3 4"', "--done 3 4"),
    (Command("repair", not_done=[3]), "not_done=3", "--not-done 3"),
    (Command("check"), "", ""),
]


@pytest.mark.parametrize(("command", "make", "plain"), COMMANDS)
def test_both_spellings(command: Command, make: str, plain: str, tmp_path: Path) -> None:
    with commands_of(tmp_path):
        assert str(command) == f"stillroom {command.verb} {plain}".rstrip()
        (tmp_path / "Makefile").write_text("test:\n\tpytest\n")
        assert str(command).startswith("stillroom ")
    with commands_of(ROOT):
        assert str(command) == f"make {command.verb} {make}".rstrip()


def test_the_project_stays_the_same_where_the_process_goes_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with commands_of(ROOT):
        assert str(Command("check")) == "make check"
    assert str(Command("check")) == "stillroom check"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        'say "hi"',
        "it's",
        "`id`",
        "$(id)",
        "$HOME",
        "a\\b",
        "!x",
        "a\nb",
        "\x1b[2J",
        "-x",
        "a;b",
        "a--b",
        "%d",
        "a:b",
        "\u2028",
        "x" * 64,
        "…",
        "ä",
    ],
)
def test_a_shell_takes_a_quoted_text_for_one_word(text: str) -> None:
    assert quote(text).isprintable() or text == "\u2028"
    printed = subprocess.run(
        ["bash", "-c", f"printf %s {quote(text)}"], capture_output=True, check=True
    )
    assert printed.stdout.decode() == text
