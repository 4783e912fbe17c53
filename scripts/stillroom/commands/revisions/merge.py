"""``merge``: join the heads of the history, so that the next revision has one to follow."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.authoring.heads.merge import merge
from stillroom.console.arguments import add_message
from stillroom.console.output import acknowledge
from stillroom.console.snapshot_file import refresh as refresh_snapshot
from stillroom.errors import StillroomError
from stillroom.findings import shown
from stillroom.project.folders import drafts_folder
from stillroom.shell import Command
from stillroom.staged.workspace import load_settings, project_history


def arguments(parser: ArgumentParser) -> None:
    add_message(parser)


def run(args: Namespace) -> int:
    if not args.message:
        raise StillroomError("m= is missing", fix=str(Command("merge", m="join the branches")))
    root = Path.cwd().resolve()
    with project_history(load_settings(root)) as history:
        written = merge(history, args.message, drafts=drafts_folder(root))
    if written is None:
        acknowledge("The history has one head: nothing was written.")
        return 0
    path, heads = written
    print(f"Wrote {shown(path)}: it joins {' and '.join(heads)}.")
    refresh_snapshot(root)
    return 0
