"""Runs the commands of a page of the documentation, and compares what they print.

A page says on its first line which project of ``tests/cases`` it is about:
``<!-- project: generic -->``, with ``over:`` for files laid over it and ``in:`` for the folder of
the repository that it lies in. Its blocks of ``console`` are one session: a line that begins with
``$ `` is run by a shell, and what follows is what it prints. ``…`` stands for anything within a
line, and alone on a line for any lines.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.projects import CASES, ROOT, UserProject

PROGRAMS = {
    "stillroom": "from stillroom.cli import main",
    "stillroom-check-revision": "from stillroom.hook import main",
    "alembic": "from alembic.config import main",
}


def options(page: str) -> dict[str, str]:
    """What the first line of a page says."""
    first = page.partition("\n")[0]
    return dict(re.findall(r"(\w+): ([\w/.-]+)", first))


def session(page: str) -> Iterator[tuple[str, str]]:
    """Each command of a page, and what it prints."""
    for block in re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def make_repository(page: str, folder: Path) -> UserProject:
    """The project of a page, committed; what runs it has our programs on its PATH."""
    said = options(page)
    top = folder / "repository"
    root = top / said.get("in", ".")
    shutil.copytree(CASES / said["project"], root)
    if "over" in said:
        shutil.copytree(CASES / said["over"], root, dirs_exist_ok=True)
    programs = folder / "programs"
    programs.mkdir()
    for name, line in PROGRAMS.items():
        file = programs / name
        file.write_text(
            f"#!{sys.executable} -P\nimport sys\n"
            f"sys.path.append({str(ROOT / 'scripts')!r})\n{line}\nraise SystemExit(main())\n",
            encoding="utf-8",
        )
        file.chmod(0o755)
    python = programs / "python3"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    (top / ".gitignore").write_text("__pycache__/\n", encoding="utf-8")
    project = UserProject(root, {"COLUMNS": "100", "PROGRAMS": str(programs)})
    for command in (
        ["git", "init", "-q", str(top)],
        ["git", "config", "user.email", "somebody@example.org"],
        ["git", "config", "user.name", "somebody"],
        ["git", "add", "-A", str(top)],
        ["git", "commit", "-qm", "the project as it was"],
    ):
        assert project.run(*command).code == 0
    return project


def run_page(page: str, project: UserProject) -> None:
    """Run each command; AssertionError shows the first that printed something else."""
    for command, expected in session(page):
        script = f'exec 2>&1; export PATH="$PROGRAMS:$PATH"\n{command}'
        printed = project.run("bash", "-c", script).out
        assert matches(expected, printed), f"$ {command}\n{printed}"


def matches(expected: str, printed: str) -> bool:
    """Whether ``printed`` is what ``expected`` says."""
    pattern = "".join(
        r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + r"\n"
        for line in expected.splitlines()
    )
    return re.fullmatch(pattern, printed.rstrip("\n") + "\n" * bool(printed.strip())) is not None
