"""``plan``: print the pending statements, what they cost and what they lose; run none."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from stillroom.console.arguments import add_format, add_from, add_revision
from stillroom.console.output import print_json
from stillroom.console.screen.terminal import show, show_table
from stillroom.errors import EXIT_CANNOT, EXIT_CLEAN
from stillroom.marked import Line, line
from stillroom.plan.plan import plan_of
from stillroom.plan.text import as_data, as_lines, overview
from stillroom.project.fresh_process import waiting_process
from stillroom.release.models import release_reader
from stillroom.release.running import Running, running
from stillroom.render.findings import as_lines as findings_as_lines
from stillroom.render.findings import entries, summary
from stillroom.staged.workspace import load_settings, project_history


def arguments(parser: ArgumentParser) -> None:
    add_revision(parser, default="heads")
    add_from(parser)
    add_format(parser)


def run(args: Namespace) -> int:
    root = Path.cwd().resolve()
    # Before the plan imports anything of the project.
    with waiting_process(_release) as release_of:
        plan = plan_of(root, args.rev, args.since)
        goes_up = any(revision.direction == "upgrade" for revision in plan.revisions)
        release, unknown = release_of(root) if goes_up else (None, "")
    if args.format == "json":
        print_json(as_data(plan, release=_release_data(release)))
    else:
        show(as_lines(plan))
        show_table(*overview(plan))
        show(_about(release, unknown))
    return EXIT_CLEAN if plan.complete else EXIT_CANNOT


def _release(root: Path) -> tuple[Running | None, str]:
    """The release that runs, if one is set, and why it cannot be told."""
    settings = load_settings(root)
    if not settings.running_release:
        return None, ""
    with release_reader() as read, project_history(settings, accepting=False) as history:
        return running(history, root, settings, read)


def _about(release: Running | None, unknown: str) -> Iterator[Line]:
    if unknown:
        yield line()
        yield summary(f"{unknown}.")
    if release is None:
        return
    yield line()
    yield from findings_as_lines(release.result.findings)
    yield from map(summary, release.summary())


def _release_data(release: Running | None) -> dict[str, object] | None:
    if release is None:
        return None
    name, compatibility = release.release, release.result
    return {
        "name": name.name,
        "commit": name.commit,
        "last": compatibility.last,
        "findings": entries(compatibility.findings),
    }
