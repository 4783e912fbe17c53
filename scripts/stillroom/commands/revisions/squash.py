"""``squash``: make one revision of all up to some revision, which keeps its id."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from stillroom import apply
from stillroom.authoring.squash.selection import Selection
from stillroom.authoring.squash.squash import Kept, Squashed, squash
from stillroom.console.arguments import required_revision
from stillroom.console.output import note
from stillroom.console.snapshot_file import refresh as refresh_snapshot
from stillroom.errors import StillroomError, counted
from stillroom.findings import shown
from stillroom.project.folders import drafts_folder
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.git import Repository
from stillroom.project.project import open_project
from stillroom.project.settings import Settings
from stillroom.replay import scratch
from stillroom.shell import Command, quote
from stillroom.staged.workspace import load_settings, project_history


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "rev", nargs="?", help="the last revision that becomes a part of it: its id or a prefix"
    )


def run(args: Namespace) -> int:
    name = required_revision(args, "1975ea83b712")
    root = Path.cwd().resolve()
    settings = load_settings(root)
    database = _database(settings)
    with project_history(settings) as history:
        done = squash(history, name, partial(_kept, root, database), drafts=drafts_folder(root))
    print(_report(done))
    refresh_snapshot(root)
    return 0


@dataclass(frozen=True)
class _Database:
    """Where a database is: its revisions, or the one that is half-applied."""

    name: str
    revisions: tuple[str, ...]


def _database(settings: Settings) -> _Database | None:
    """The database at DB_URL; None if that is not set, or if the database does not answer."""
    if not any(settings.environment.get(name) for name in ("DB_URL", "DB_HOST", "DB_NAME")):
        return None
    try:
        return in_fresh_process(_look)
    except StillroomError as reason:
        note(f"Where the database at DB_URL is cannot be told, and was not looked at: {reason}")
        return None


def _look() -> _Database:
    project = open_project()
    with project.explaining():
        status = apply.status(project.config)
    half = status.half_applied
    return _Database(project.database, (*status.heads, *([half.revision] if half else [])))


def _kept(root: Path, database: _Database | None, selection: Selection) -> Kept:
    """Where git has the files. Raises StillroomError unless all have them, and the database ran."""
    last = selection.last
    for name in database.revisions if database else ():
        if name in selection.ids and name != last.id:
            assert database is not None
            raise StillroomError(
                f"{database.name} is at revision {name}, which would be a part of {last.id}",
                fix=f"Upgrade it first: {Command('upgrade', rev=last.id)}\n"
                "If nobody needs it, leave DB_URL empty.",
            )
    repository = Repository.find(root, needed=True)
    if repository is None:
        raise StillroomError(
            "is not in a git repository, so nothing would keep the files of the old revisions",
            where=str(root),
        )
    branch = repository.main_branch()
    tree = repository.committed(branch)
    blobs = dict(_published(root, repository, branch, tree, selection))
    path = _inside(root, last.path)
    return Kept(repository.name_of(branch, blobs), blobs[path])


def _published(
    root: Path,
    repository: Repository,
    branch: str,
    tree: Mapping[str, str],
    selection: Selection,
) -> dict[str, str]:
    """The files as the main branch has them: path -> git's name for the content."""
    shown_branch = branch.removeprefix("refs/remotes/").removeprefix("refs/heads/")
    files = {_inside(root, revision.path): revision for revision in selection.order}
    for path, revision in files.items():
        if path not in tree:
            raise StillroomError(
                f"revision {revision.id} is not on {shown_branch} yet, as of the last git fetch",
                where=shown(revision.path),
                fix="Merge it first, or squash at an earlier revision.",
            )
    blobs = {path: tree[path] for path in files}
    contents = dict(repository.contents(dict.fromkeys(blobs.values())))
    for path, revision in files.items():
        content = revision.path.read_bytes().replace(b"\r\n", b"\n")
        if content != contents[blobs[path]].replace(b"\r\n", b"\n"):
            raise StillroomError(
                f"revision {revision.id} is not what it is on {shown_branch}",
                where=shown(revision.path),
                fix=f"git restore --source={quote(shown_branch)} -- {quote(path)}",
            )
    return blobs


def _inside(root: Path, path: Path) -> str:
    """A file as git names it below the project."""
    return path.resolve().relative_to(root).as_posix()


def _report(done: Squashed) -> str:
    removed = counted(len(done.removed), "file")
    if not done.id:
        return f"Finished the squash in {shown(done.path)}: removed {removed} that it stands for."
    lines = [
        f"Wrote {shown(done.path)}: it stands for {counted(len(done.removed) + 1, 'revision')}."
        f" Removed {removed}.",
        f"A replay for {done.target} shows that it makes the same tables and rows, here and at"
        " head" + (", and that its downgrade leaves the same." if done.undoable else "."),
    ]
    if done.server:
        lines.append(scratch.sentence(done.server))
    if not done.undoable:
        lines.append("Its downgrade refuses to run: the old ones cannot all be undone.")
    lines += [
        f"A database at {done.id} or past it notices nothing. One that stands before it needs"
        f" {done.kept} first:",
        f"    git switch --detach {quote(done.kept)} && {Command('upgrade', rev=done.id)}",
        f"To undo the squash: git restore -- {quote(shown(done.path.parent))}",
    ]
    return "\n".join(lines)
