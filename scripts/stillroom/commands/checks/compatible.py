"""``compatible``: does the code of another release run on the tables of today?"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.console.output import note, note_scratch, print_json, remark
from stillroom.console.screen.terminal import show
from stillroom.errors import EXIT_CLEAN, EXIT_FINDINGS, StillroomError
from stillroom.release.models import release_reader
from stillroom.release.running import Running, against
from stillroom.render.findings import FORMATS, as_data, in_format, summary
from stillroom.shell import Command
from stillroom.staged.workspace import load_settings, project_history


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--with",
        dest="release",
        default="",
        metavar="REF",
        help="the release: a tag, a branch or a commit; by default the one of STILLROOM_RELEASE, "
        "or of `release` in alembic.ini",
    )
    parser.add_argument("--format", choices=FORMATS, default="text")


def run(args: Namespace) -> int:
    root = Path.cwd().resolve()
    settings = load_settings(root)
    name = args.release or settings.running_release
    if not name:
        raise StillroomError(
            "with which release? with= is missing, and no release is set",
            fix=f"{Command('compatible', with_='v1.4')}\n"
            "or say in alembic.ini, [stillroom], which one runs: release = origin/main",
        )
    with release_reader() as read, project_history(settings, accepting=False) as history:
        running = against(history, root, settings, name, read)
        note_scratch(history)
    return _print(running, args.format)


def _print(running: Running, format_: str) -> int:
    release, compatibility = running.release, running.result
    code = EXIT_FINDINGS if compatibility.findings else EXIT_CLEAN
    if format_ == "json":
        more = {"release": release.name, "commit": release.commit, "last": compatibility.last}
        print_json(as_data(compatibility.findings, **more))
        return code
    show(in_format(compatibility.findings, format_))
    (note if code else remark)(map(summary, running.summary()))
    return code
