"""A person at a terminal gets colours and lines that fit; a pipe gets what it always got."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from stillroom.console.screen import painting
from stillroom.console.screen.terminal import Terminal, terminal_of
from stillroom.marked import Line, Part, line
from tests.support.projects import ROOT, UserProject, make_project, verb_command
from tests.support.terminals import in_terminal

ORDER = re.compile(r"\x1b\[[\d;]*m")
HOSTILE = "[red]x[/] [/] :smile: 😀 <b>&amp; \x1b[31m \u202eשלום"
COLUMN = (
    '    by_hand: Mapped[str | None] = mapped_column({name!r}, String(40), comment="[bold]c[/]")\n'
)


class Stream(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "terminal"),
    [
        ({"TERM": "xterm"}, Terminal(colour=True, width=80)),
        ({"TERM": "xterm", "COLUMNS": "40"}, Terminal(colour=True, width=40)),
        ({"TERM": "xterm", "COLUMNS": "wide"}, Terminal(colour=True, width=80)),
        ({"TERM": "xterm", "COLUMNS": "0"}, Terminal(colour=True, width=80)),
        ({"TERM": "xterm", "COLUMNS": "-3"}, Terminal(colour=True, width=80)),
        ({"TERM": "xterm", "NO_COLOR": "1"}, Terminal(width=80)),
        ({"TERM": "xterm", "NO_COLOR": ""}, Terminal(colour=True, width=80)),
        ({"TERM": "xterm", "CI": "true"}, Terminal()),
        ({"TERM": "xterm", "CI": "false"}, Terminal(colour=True, width=80)),
        ({"TERM": "xterm", "CI": "true", "FORCE_COLOR": "1"}, Terminal(colour=True)),
        ({"TERM": "xterm", "NO_COLOR": "1", "FORCE_COLOR": "1"}, Terminal(width=80)),
        ({"TERM": "dumb"}, Terminal()),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, Terminal(colour=True)),
        ({}, Terminal()),
    ],
)
def test_what_is_behind_a_stream(environment: dict[str, str], terminal: Terminal) -> None:
    assert terminal_of(Stream(), environment) == terminal


def test_a_pipe_is_coloured_only_by_force() -> None:
    assert terminal_of(io.StringIO(), {"TERM": "xterm"}) == Terminal()
    assert terminal_of(io.StringIO(), {"FORCE_COLOR": "1"}) == Terminal(colour=True)
    assert terminal_of(io.StringIO(), {"FORCE_COLOR": "0"}) == Terminal()


@pytest.mark.parametrize("width", [1, 2, 10, 40, 79])
def test_prose_is_wrapped_between_words_and_nothing_else_is(width: int) -> None:
    prose = line(Part("a.py:12: ", "place"), "word " * 40 + "文章 标题 " * 20, hang=4)
    command = line("    make revision m=" + "x" * 100)
    told = painting.painted([prose, command], width, colour=True)
    *wrapped, last = ORDER.sub("", told).splitlines()
    assert last == str(command)
    assert " ".join(wrapped).split() == str(prose).split()
    for text in wrapped:
        assert cell_len(text) <= width or len(text.split()) == 1


def test_a_word_that_is_too_long_stays_whole() -> None:
    path = "alembic/versions/" + "x" * 60 + ".py:3:"
    told = painting.painted([line(Part(path, "place"), " MY301 words", hang=4)], 40, colour=False)
    assert told == f"{path}\n    MY301 words\n"


@pytest.mark.parametrize("mark", ["blocking", "warning", "harmless", "place", "command", "sql", ""])
def test_nothing_in_a_text_is_markup_or_an_order(mark: str) -> None:
    marked = Line((Part(HOSTILE, mark),))  # type: ignore[arg-type]
    told = painting.painted([marked], 0, colour=True)
    assert ORDER.sub("", told) == f"{HOSTILE}\n".replace("\x1b", "\\x1b").replace(
        "\u202e", r"\u202e"
    )
    told = painting.painted_table(
        ("[red]", "b"), [[*marked.parts, *marked.parts]], 400, colour=True
    )
    assert "[red]x[/] [/] :smile: 😀 <b>&amp; \\x1b[31m" in ORDER.sub("", told)


def test_statements_keep_every_character() -> None:
    sql = "-- [red]\n/* open\tSELECT 'it''s' \r\n\"x\n\n  `a` 1.5 0x1F \\ $ 文 "
    told = painting.painted([line(Part(sql, "sql"))], 20, colour=True)
    assert ORDER.sub("", told) == sql.replace("\r", "\\r") + "\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> UserProject:
    """Its models have a column that no revision has, with a name that looks like orders."""
    project = make_project(tmp_path_factory.mktemp("terminal") / "project")
    model = "app/models/user.py"
    project.write(model, project.read(model) + COLUMN.format(name=HOSTILE))
    return project


@pytest.fixture(params=["check", "status", "plan", "schema", "doctor", "lint-revisions"])
def verb(request: pytest.FixtureRequest) -> list[str]:
    more = {"plan": ["--from", "base"], "lint-revisions": ["--all"]}
    return verb_command(request.param, *more.get(request.param, []))


def words(text: str) -> list[str]:
    return ORDER.sub("", text).split()


def test_a_verb_says_the_same_in_a_terminal_and_in_a_pipe(
    project: UserProject, verb: list[str]
) -> None:
    piped = project.run("sh", "-c", 'exec "$@" 2>&1', "sh", *verb)
    shown = in_terminal(project.root, verb, columns=40)
    assert shown.code == piped.code
    assert "\x1b" not in piped.out
    assert words(shown.out) == words(piped.out)
    for text in ORDER.sub("", shown.out).splitlines():
        prose = re.match(r"[A-Z][a-z]|[a-z]+  |        -- ", text)
        assert not prose or cell_len(text) <= 40, text


def test_where_there_is_to_be_no_colour_there_is_no_order(project: UserProject) -> None:
    verb = verb_command("check")
    piped = project.run("sh", "-c", 'exec "$@" 2>&1', "sh", *verb)
    assert "\x1b" in in_terminal(project.root, verb).out
    assert "\x1b" not in in_terminal(project.root, verb, NO_COLOR="1").out
    assert in_terminal(project.root, verb, TERM="dumb").out == piped.out
    assert in_terminal(project.root, verb, CI="1").out == piped.out


def test_names_that_look_like_markup_are_shown_as_they_are(project: UserProject) -> None:
    shown = in_terminal(project.root, verb_command("check"), columns=300)
    assert shown.code == 1
    assert "[red]x[/] [/] :smile: 😀 <b>&amp; \\x1b[31m \\u202eשלום" in ORDER.sub("", shown.out)


@pytest.mark.parametrize(
    ("utf_8", "title"), [("1", "文章标题"), ("0", r"\u6587\u7ae0\u6807\u9898")]
)
def test_without_utf_8_nothing_breaks(project: UserProject, utf_8: str, title: str) -> None:
    """In the C locale Python takes UTF-8 all the same, unless it is told not to."""
    plan = verb_command("plan", "--from", "base")
    shown = in_terminal(project.root, plan, LC_ALL="C", PYTHONUTF8=utf_8, PYTHONCOERCECLOCALE=utf_8)
    assert shown.code == 0
    assert title in shown.out


def test_colour_by_force_is_all_that_changes_in_a_pipe(project: UserProject) -> None:
    piped = project.run(*verb_command("check"))
    forced = project.run(*verb_command("check"), FORCE_COLOR="1")
    assert "\x1b[31mDR102" in forced.out
    assert ORDER.sub("", forced.out) == piped.out
    assert ORDER.sub("", forced.err) == piped.err


def test_an_error_is_coloured(project: UserProject, tmp_path: Path) -> None:
    command = verb_command("status", scripts=str(ROOT / "scripts"))
    shown = in_terminal(tmp_path, command, columns=300)
    assert shown.code == 2
    assert "\x1b[31mno alembic.ini is here" in shown.out


def test_who_does_not_look_does_not_wait_for_colours(project: UserProject) -> None:
    """A verb in a pipe does not import rich."""
    code = (
        "import sys; from stillroom.cli import run_verb\n"
        "code = run_verb(sys.argv[1], [])\n"
        "print('rich' in sys.modules)\n"
    )
    for verb in ("check", "status", "lint-revisions"):
        done = project.run(sys.executable, "-c", code, verb, PYTHONPATH=str(ROOT / "scripts"))
        assert done.out.endswith("False\n"), done.out + done.err


def test_the_fast_path_of_the_hook_imports_nothing_of_this() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); before = {*sys.modules}\n"
        "import stillroom.hook\n"
        "print(*sorted(name for name in {*sys.modules} - before if 'stillroom' in name))"
    )
    imported = subprocess.run(
        [sys.executable, "-I", "-c", code, ROOT / "scripts"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert imported == [
        "stillroom",
        "stillroom.hook",
        "stillroom.project",
        "stillroom.project.cache_place",
        "stillroom.staged",
        "stillroom.staged.index_verdicts",
    ]
