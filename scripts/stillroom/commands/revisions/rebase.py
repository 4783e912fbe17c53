"""``rebase``: move unpushed revisions after the other head, as `git rebase` does with commits."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.authoring.heads.rebase import Published, Rebased, rebase
from stillroom.console.output import acknowledge
from stillroom.console.snapshot_file import refresh as refresh_snapshot
from stillroom.errors import counted
from stillroom.findings import shown
from stillroom.project.folders import drafts_folder
from stillroom.project.git import Repository
from stillroom.shell import Command
from stillroom.staged.workspace import load_settings, project_history


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--head",
        default="",
        help="the head to move, if git cannot tell which one is unpushed",
    )


def run(args: Namespace) -> int:
    root = Path.cwd().resolve()
    with project_history(load_settings(root)) as history:
        done = rebase(history, published_in(root), head=args.head, drafts=drafts_folder(root))
    if done is None:
        acknowledge("The history has one head: nothing was moved.")
        return 0
    print(_report(done))
    refresh_snapshot(root)
    return 0


def published_in(root: Path) -> Published:
    """Asks git which commit of a remote branch has a file."""
    repository = Repository.find(root)

    def published(path: Path) -> str | None:
        if repository is None or not repository.has_remote():
            return None
        path = path.resolve()
        return repository.published(path.relative_to(root).as_posix())

    return published


def _report(done: Rebased) -> str:
    count = counted(len(done.moved), "revision")
    lines = [f"Moved {count}, which followed {done.before}, after {done.behind}:"]
    lines += [f"    {shown(revision.path)}" for revision in done.moved]
    if done.published is None:
        lines.append("There is no git remote: make sure that nobody else has these revisions.")
    else:
        lines.append(
            "As of the last git fetch, no remote branch has them; "
            + (
                f"{done.behind} is in commit {done.published}."
                if done.published
                else f"{done.behind} is not pushed either."
            )
        )
    lines.append(
        f"A replay of both orders for {done.target} makes the same tables. What they"
        " do to rows was not compared."
    )
    if done.reordered:
        lines.append(f"Only the order of the columns of {', '.join(done.reordered)} differs.")
    lines += [
        f"A database that has already run {done.head} lacks {done.behind}. To run it there:",
        f"    {Command('stamp', rev=done.before)} && {Command('upgrade', rev=done.behind)} "
        f"&& {Command('stamp', rev=done.head)}",
    ]
    return "\n".join(lines)
