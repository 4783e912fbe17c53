"""``baseline``: accept today's differences, so that the check reports only new ones."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.drift import baseline, check
from stillroom.errors import CannotTell
from stillroom.files import write_text
from stillroom.project.project import alembic_config
from stillroom.staged.workspace import load_settings, project_history


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    root = Path.cwd()
    settings = load_settings(root)
    with project_history(settings) as history:
        verdict = check(history)
    if verdict.reason is not None:
        raise verdict.reason
    file = baseline.path(root, alembic_config(settings))
    if gone := sorted(_accepted_before(file) - set(baseline.lines_of(verdict.findings))):
        print("No longer accepted, since it does not differ any more:")
        print("".join(f"    {line}\n" for line in gone), end="")
    if not verdict.findings:
        file.unlink(missing_ok=True)
        print("The models and the revisions do not differ: there is nothing to accept.")
        return 0
    write_text(file, baseline.write(verdict.findings))
    count = len(baseline.lines_of(verdict.findings))
    accepted = "1 difference is" if count == 1 else f"{count} differences are"
    print(f"{accepted} accepted in {file.relative_to(root)}. Commit it.")
    return 0


def _accepted_before(file: Path) -> set[str]:
    try:
        return set(baseline.read(file))
    except CannotTell:  # a merge conflict, which this command ends
        return set()
