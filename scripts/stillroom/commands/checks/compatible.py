"""``compatible``: does the code of another release run on the tables of today?"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.console.output import note, note_scratch
from stillroom.errors import EXIT_CLEAN, EXIT_FINDINGS, StillroomError, counted
from stillroom.project.settings import DEFAULT_TARGET
from stillroom.release.boundaries import Compatibility, compatibility
from stillroom.release.models import Release, of_commit
from stillroom.render.findings import FORMATS, as_github, as_json, as_text
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
    name = (
        args.release or settings.environment.get("STILLROOM_RELEASE", "").strip()
    ) or settings.release
    if not name:
        raise StillroomError(
            "with which release? with= is missing, and no release is set",
            fix=f"{Command('compatible', with_='v1.4')}\n"
            "or say in alembic.ini, [stillroom], which one runs: release = origin/main",
        )
    release = of_commit(root, name, settings.target or DEFAULT_TARGET)
    with project_history(settings, accepting=False) as history:
        found = compatibility(history, release)
        note_scratch(history)
    return _print(release, found, args.format)


def _print(release: Release, found: Compatibility, format_: str) -> int:
    code = EXIT_FINDINGS if found.findings else EXIT_CLEAN
    if format_ == "json":
        more = {"release": release.name, "commit": release.commit, "last": found.last}
        print(as_json(found.findings, **more))
        return code
    if found.findings:
        print(as_github(found.findings) if format_ == "github" else as_text(found.findings))
    note("\n".join(_summary(release, found)))
    return code


def _summary(release: Release, found: Compatibility) -> list[str]:
    lines = []
    if release.target is not None:
        lines.append(f"Its own settings name another server, {release.target}.")
    if not found.known:
        lines.append(
            f"{release.words} has revisions that are not here, so it was compared at head alone."
        )
    if found.findings:
        until = f" up to revision {found.last}" if found.last else ""
        count = counted(len(found.findings), "reason")
        lines.append(f"The code of {release.words} runs{until}, not at head: {count}.")
        if not found.last:
            lines[-1] = f"The code of {release.words} does not run at head: {count}."
    else:
        later = counted(found.revisions, "revision that comes", "revisions that come")
        lines.append(
            f"Clean. The code of {release.words} runs at each of the {later} after it."
            if found.revisions and found.known
            else f"Clean. The code of {release.words} runs on the tables at head."
        )
    return lines
