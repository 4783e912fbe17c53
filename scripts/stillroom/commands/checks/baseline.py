"""``baseline``: accept today's differences, so that the check reports only new ones."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.console.output import acknowledge
from stillroom.drift import baseline, check
from stillroom.errors import counted
from stillroom.files import write_text
from stillroom.project.git import tracked_files
from stillroom.staged.workspace import load_settings, project_history


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    root = Path.cwd()
    settings = load_settings(root)
    with project_history(settings, accepting=False) as history:
        heads = frozenset(history.project.scripts.get_heads())
        file = baseline.path(settings.root, history.project.config)
        accepted = baseline.read(file, history.target, merging=True).sections
        kept = [
            section for section in accepted if "" not in section.heads and section.heads != heads
        ]
        history.accepted = kept
        verdict = check(history, sources=tracked_files(root))
    if verdict.reason is not None:
        raise verdict.reason
    before = {line for section in accepted if section not in kept for line in section.lines}
    if gone := sorted(baseline.without_finding(before, verdict.findings)):
        print("No longer accepted, because it no longer differs:")
        print("".join(f"    {line}\n" for line in gone), end="")
    if not verdict.findings:
        if kept:
            write_text(file, baseline.write(verdict, (), kept))
        else:
            file.unlink(missing_ok=True)
        acknowledge("The models and the revisions do not differ: there is nothing to accept.")
        return 0
    write_text(file, baseline.write(verdict, verdict.findings, kept))
    lines = baseline.lines_of(verdict.findings)
    words = counted(len(lines), "difference is", "differences are")
    acknowledge(f"{words} accepted in {file.relative_to(root)}. Commit it.")
    return 0
