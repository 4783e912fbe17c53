"""``baseline``: accept today's differences, so that the check reports only new ones."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.commands.check import inside
from stillroom.drift import baseline, check
from stillroom.files import write_text
from stillroom.project import settings as settings_
from stillroom.project.project import alembic_config, require_project
from stillroom.staged import copy


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    root = Path.cwd()
    settings = settings_.load(root)
    require_project(settings)
    config = alembic_config(settings)
    with inside(root, settings):
        verdict = check(config, cache=copy.cache_folder(root) / "history")
    if verdict.reason is not None:
        raise verdict.reason
    file = baseline.path(root, config)
    if not verdict.findings:
        file.unlink(missing_ok=True)
        print("The models and the revisions do not differ: there is nothing to accept.")
        return 0
    write_text(file, baseline.write(verdict.findings))
    count = len(baseline.lines_of(verdict.findings))
    accepted = "1 difference is" if count == 1 else f"{count} differences are"
    print(f"{accepted} accepted in {file.relative_to(root)}. Commit it.")
    return 0
