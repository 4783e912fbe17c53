"""Completion in shells: what is printed is run by the shells themselves."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from stillroom.cli import main
from stillroom.render.completion import SHELLS, Option, Words
from stillroom.verbs import VERBS

HOSTILE = 'it\'s $(touch pwned) `touch pwned` "q" \\ : 100 % [red]'
CASES = {
    "plan --form": {"--format"},
    "plan --format ": {"text", "json"},
    "diagram --format s": {"svg"},
    "lint-r": {"lint-revisions"},
    "-n audit sta": {"status", "stamp"},
    "fleet up": {"upgrade"},
    "completion z": {"zsh"},
    "upgrade he": {"head"},
    "completion ": {"bash", "zsh", "fish"},
}


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is printed for each shell, and the same with a help that looks like orders."""
    folder = tmp_path_factory.mktemp("completion")
    verbs = {"plan": Words(HOSTILE, [Option(("--format",), True, ("text",), HOSTILE)])}
    for shell, write in SHELLS.items():
        (folder / f"hostile.{shell}").write_text(write(verbs, [Option(("-n",), True)]))
    return folder


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, scripts: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """A shell that is installed here, and whose script is in the folder."""
    name = str(request.param)
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    assert main(["completion", name]) == 0
    (scripts / f"stillroom.{name}").write_text(capsys.readouterr().out)
    return name


def offered(shell: str, script: Path, typed: str) -> set[str]:
    """What a shell offers behind ``stillroom …``."""
    if shell == "fish":
        told = run("fish", "--no-config", "-c", f'source {script}; complete -C "stillroom {typed}"')
        return {line.partition("\t")[0] for line in told.splitlines()}
    if shell == "bash":
        words = ["stillroom", *typed.split(" ")]
        quoted = " ".join(f"'{word}'" for word in words)
        program = (
            f"source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _stillroom;"
            ' printf "%s\\n" "${COMPREPLY[@]}"'
        )
        return {*run("bash", "--norc", "-c", program).split()}
    return in_zsh(script, typed)


def in_zsh(script: Path, typed: str) -> set[str]:
    """zsh offers words only to a person: what offers them is put in the place of its own."""
    *before, begun = typed.split(" ")
    words = " ".join(f"'{word}'" for word in ("stillroom", *before, begun))
    program = (
        "compdef() {}; _files() { print -rl -- ${begun}FILE }\n"
        'compadd() { shift; print -rl -- "$@" }\n'
        "_describe() { local hidden=$1\n"
        "    while [[ $1 == -* || $1 == option ]]; do shift; done\n"
        "    [[ $1 == verb ]] && shift; print -rl -- ${${(P)1}%%:*}\n"
        "    [[ $hidden != -o || $begun == -* ]] }\n"
        f"begun='{begun}'; words=({words}); CURRENT=$#words\n"
        f"{_loaded(script)}; _stillroom"
    )
    return {word for word in run("zsh", "-f", "-c", program).split() if word.startswith(begun)}


def _loaded(script: Path) -> str:
    """As ~/.zshrc does it; a file named as a function is found in $fpath."""
    if script.name == "_stillroom":
        return f"fpath=({script.parent}); autoload -Uz _stillroom"
    return f"source {script}"


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("typed", CASES)
def test_what_is_offered(shell: str, scripts: Path, typed: str) -> None:
    told = offered(shell, scripts / f"stillroom.{shell}", typed)
    if typed.endswith(" "):  # options may be among them
        told = {word for word in told if not word.startswith("-")}
    assert told == CASES[typed]


def test_every_verb_is_offered(shell: str, scripts: Path) -> None:
    assert {*VERBS} <= offered(shell, scripts / f"stillroom.{shell}", "")


def test_a_file_in_fpath_completes_at_its_first_call(shell: str, scripts: Path) -> None:
    if shell != "zsh":
        pytest.skip("the other shells only read such a file")
    file = (scripts / "stillroom.zsh").rename(scripts / "_stillroom")
    assert in_zsh(file, "lint-r") == {"lint-revisions"}


def test_a_help_is_no_order(shell: str, scripts: Path) -> None:
    script = scripts / f"hostile.{shell}"
    assert offered(shell, script, "plan --form") == {"--format"}
    assert "plan" in offered(shell, script, "pl")
    assert not (scripts / "pwned").exists()
    assert not Path("pwned").exists()


@pytest.mark.parametrize(("given", "said"), [([], "which shell?"), (["tcsh"], "'tcsh' is none of")])
def test_a_shell_that_is_none(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", *given]) == 2
    assert said in capsys.readouterr().err
