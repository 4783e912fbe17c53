"""Finds what runs the git hooks of a repository, and adds the check to it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from stillroom.adoption.edit import Edit, line_end, read
from stillroom.project.alembic_env import alembic_options
from stillroom.project.alembic_env.alembic_options import AlembicOptions
from stillroom.project.git import GIT

COMMAND = "stillroom-check-revision"
# Files of other hook runners, and what they are called. Their formats are left to their owners.
_OTHERS = {
    "lefthook.yml": "lefthook",
    "lefthook.yaml": "lefthook",
    ".lefthook.yml": "lefthook",
    ".overcommit.yml": "overcommit",
}
_PRE_COMMIT = (".pre-commit-config.yaml", ".pre-commit-config.yml")
_STARTERS = {
    "uv.lock": "uv run --no-sync ",
    "poetry.lock": "poetry run ",
    "pdm.lock": "pdm run ",
    "Pipfile.lock": "pipenv run ",
}


_CALLED = re.compile(r"check[-_]revision")  # however the command is started
# In a script a line of its own; in YAML behind "entry:", perhaps in quotes.
_COMMAND = re.compile(r"^(?:[ -]*entry:)?([^#:\n]*check[-_]revision.*)$", re.MULTILINE)


@dataclass(frozen=True)
class HookRunner:
    """What runs the hooks: its name, the edit that adds the check, or what is to do by hand."""

    name: str
    edit: Edit | None = None
    by_hand: str = ""
    install: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """What runs the check today, as its file has it; empty if that cannot be read there."""
        text = self.edit.before if self.edit else ""
        line = next(iter(_COMMAND.findall(text)), "").strip()
        quote = line[:1]
        return line[1:-1].replace(quote * 2, quote) if quote and quote in "'\"" else line


def find(top: Path, root: Path) -> HookRunner:
    """The hook runner of the repository at ``top``, for the project at ``root`` in it."""
    entry = entry_for(top, root)
    below = "" if top == root else root.relative_to(top).as_posix()
    for name in _PRE_COMMIT:
        if (top / name).exists():
            return _pre_commit(top, top / name, entry, below)
    for name, runner in _OTHERS.items():
        if (top / name).exists():
            add = f"Add this command to the pre-commit hooks in {name}: {entry}"
            return HookRunner(runner, by_hand="" if _calls(read(top / name), below) else add)
    if (top / ".husky").is_dir():
        return _script("husky", top / ".husky" / "pre-commit", entry, below, "")
    return _script("git", hooks_folder(top) / "pre-commit", entry, below, "#!/bin/sh\n")


def _calls(text: str, below: str) -> bool:
    """Whether hooks run the check already, for this configuration in the folder ``below``."""
    file = alembic_options.current().file
    is_named = file == AlembicOptions.file or file in text
    return bool(_CALLED.search(text)) and below in text and is_named


def entry_for(top: Path, root: Path) -> str:
    """The command of the hook, which git starts in ``top``."""
    start = next(
        (
            starter
            for folder in (root, top)
            for lock, starter in _STARTERS.items()
            if (folder / lock).exists()
        ),
        "",
    )
    command = f"{start}{COMMAND}"
    if not start and (environment := _environment_inside(top)):
        command = f"{os.path.relpath(top, root)}/{environment}/{COMMAND}".removeprefix("./")
    if (file := alembic_options.current().file) != AlembicOptions.file:
        command = f"env ALEMBIC_CONFIG={shlex.quote(file)} {command}"
    if top == root:
        return command
    below = root.relative_to(top).as_posix()
    return f"sh -c {shlex.quote(f'cd {shlex.quote(below)} && exec {command}')}"


def _environment_inside(top: Path) -> str:
    """The folder of programs of a virtual environment in the repository; else nothing."""
    names = (f"{name}/bin" for name in (".venv", "venv", "env"))
    return next((name for name in names if (top / name / COMMAND).exists()), "")


def _pre_commit(top: Path, file: Path, entry: str, below: str) -> HookRunner:
    text = read(file)
    hook = hooks_folder(top) / "pre-commit"
    installed = "pre-commit" in read(hook) or "prek" in read(hook)
    return HookRunner(
        "pre-commit",
        Edit(file, text, text if _calls(text, below) else with_local_hook(text, entry)),
        install=() if installed else ("pre-commit", "install"),
    )


def with_local_hook(text: str, entry: str) -> str:
    """A .pre-commit-config.yaml with a hook more, behind the repositories that it lists."""
    end = line_end(text)
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if re.match(r"repos\s*:", line)), None)
    if start is None:
        return end.join([*lines, "repos:", *_hook("  ", entry), ""])
    if re.match(r"repos\s*:\s*\[\s*\]", lines[start]):
        return end.join([*lines[:start], "repos:", *_hook("  ", entry), *lines[start + 1 :], ""])
    last, indent = start, "  "
    for index in range(start + 1, len(lines)):
        line = lines[index]
        if line.strip() and not line.startswith((" ", "-", "#", "\t")):
            break
        if repository := re.match(r"( *)- +repo\s*:", line):
            indent = repository[1]
        if line.strip() and not line.lstrip().startswith("#"):
            last = index
    return end.join([*lines[: last + 1], *_hook(indent, entry), *lines[last + 1 :], ""])


def _hook(indent: str, entry: str) -> list[str]:
    quoted = f"'{entry.replace(chr(39), chr(39) * 2)}'" if set(entry) & set("'\"&#:") else entry
    return [
        f"{indent}{line}"
        for line in (
            "- repo: local",
            "  hooks:",
            "    - id: check-revision",
            "      name: models have a revision",
            f"      entry: {quoted}",
            "      language: system",
            "      always_run: true",
            "      pass_filenames: false",
        )
    ]


def _script(name: str, file: Path, entry: str, below: str, shebang: str) -> HookRunner:
    """A hook that is a shell script."""
    text = read(file)
    if _calls(text, below):
        return HookRunner(name, Edit(file, text, text))
    if not text.strip():
        return HookRunner(name, Edit(file, text, f"{shebang}{entry}\n", executable=True))
    if re.search(r"^\s*(exec|exit)\b", text, re.MULTILINE) or not _is_shell(text):
        return HookRunner(name, by_hand=f"Add this command to {file}: {entry}")
    gap = "" if text.endswith("\n") else "\n"
    # What stands last decides: a failure of the commands that are there has to stay one.
    added = f"{text}{gap}test $? -eq 0 && {entry}\n"
    return HookRunner(name, Edit(file, text, added, executable=True))


def _is_shell(text: str) -> bool:
    first = text.splitlines()[0]
    return not first.startswith("#!") or first.rstrip().endswith("sh")


def hooks_folder(top: Path) -> Path:
    """Where git looks for hooks: ``core.hooksPath``, and the common folder of all work trees."""
    asked = subprocess.run(
        [*GIT, "rev-parse", "--git-path", "hooks"],
        cwd=top,
        capture_output=True,
        check=False,
        text=True,
    )
    return (top / asked.stdout.strip()).resolve() if asked.returncode == 0 else top / ".git/hooks"
