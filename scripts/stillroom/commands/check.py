"""``check``: do the models need a revision that does not exist?

In a hook it judges what is staged, by a replay that contacts no database.
"""

from __future__ import annotations

import os
import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from alembic.script import ScriptDirectory
from alembic.util import CommandError

from stillroom.commands.lint_ahead import lint_ahead
from stillroom.console.command_hints import spelled
from stillroom.console.output import note
from stillroom.drift import CANNOT_TELL, CLEAN, DRIFT, Verdict, baseline, check
from stillroom.errors import CannotTell
from stillroom.findings import Finding
from stillroom.project import settings as settings_
from stillroom.project.git import Repository, tracked_files
from stillroom.project.project import alembic_config, require_project
from stillroom.project.settings import Settings
from stillroom.render.findings import FORMATS, as_github, as_json, as_text
from stillroom.replay.history import History
from stillroom.staged import copy, index_verdicts, tree_verdicts
from stillroom.staged import revisions as causes
from stillroom.staged.revisions import Staged


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--worktree", action="store_true", help="the files as they are, not the index"
    )
    parser.add_argument("--from-ref", default=os.environ.get("PRE_COMMIT_FROM_REF"))
    parser.add_argument("--to-ref", default=os.environ.get("PRE_COMMIT_TO_REF"))
    parser.add_argument("--all-files", action="store_true", help="taken for pre-commit's sake")
    parser.add_argument("--format", choices=FORMATS, default="text")


def run(args: Namespace) -> int:
    root = Path.cwd()
    report = worktree_report(root) if args.worktree else staged_report(root, args)
    _print(report, args.format)
    return report.exit_code


@dataclass(frozen=True)
class Report:
    """The verdict, and all that was found, the causes behind the differences."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    judged: str  # "models" or "staged models"
    commands: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """The verdict's; drift too if the revisions themselves are at fault."""
        if self.verdict.status == CANNOT_TELL:
            return CANNOT_TELL
        return DRIFT if self.findings else CLEAN

    @property
    def exit_code(self) -> int:
        """0 clean, 1 drift, 2 cannot tell."""
        return replace(self.verdict, status=self.status).exit_code


def worktree_report(root: Path) -> Report:
    """Judge the files as they are."""
    settings = settings_.load(root)
    require_project(settings)
    with inside(root, settings):
        verdict, left = _judge(settings, root, tracked_files(root))
        commands = _commands(version_folders(settings), left, ())
    return Report(verdict, tuple(left), "models", commands)


def staged_report(root: Path, args: Namespace) -> Report:
    """Judge what is staged, or the commit ``args.to_ref``."""
    key = index_verdicts.index_key(str(root))
    with staged_project(root, args, "judge the files as they are: --worktree") as (
        settings,
        staged,
    ):
        report = _staged_report(root, settings, staged)
    if report.status == CLEAN and not args.to_ref:
        index_verdicts.remember(str(root), key)
        tree_verdicts.remember(root, staged.committed, staged.tree)
    return report


@contextmanager
def staged_project(root: Path, args: Namespace, instead: str) -> Iterator[tuple[Settings, Staged]]:
    """The project as it is staged, or as the commit ``args.to_ref`` has it, to work in.

    Compared with HEAD or ``args.from_ref``. Raises CannotTell, which offers ``instead``, if
    nothing is staged.
    """
    repository = Repository.find(root)
    if repository is None:
        raise CannotTell(
            "is in no git work tree, so nothing is staged",
            where=str(root),
            fix=f"git init, or {instead}",
        )
    tree = repository.committed(args.to_ref) if args.to_ref else repository.staged()
    before = repository.committed(args.from_ref or "HEAD")
    with copy.exported(repository, tree_verdicts.relevant(tree)) as folder:
        settings = settings_.load(folder, dotenv_root=root)
        if not settings.ini.exists():
            require_project(settings_.load(root))
            raise CannotTell(
                "is not staged, so there is no Alembic environment to judge",
                where=settings.ini.name,
                fix=f"git add alembic.ini, or {instead}",
            )
        with inside(folder, settings):
            yield settings, Staged(repository, tree, before, version_folders(settings))


def _staged_report(root: Path, settings: Settings, staged: Staged) -> Report:
    also = lint_ahead(root, settings, staged)
    verdict, left = _judge(settings, root, list(staged.tree), also)
    found = [*causes.of_published(staged), *causes.of_losses(staged)]
    if any(finding.code.startswith("DR") for finding in left):
        covered = False
        if staged.left_out:
            copy.overlay(settings.root, root, staged.left_out)
            covered = not _judge(settings, root, list(staged.tree))[1]
        found += causes.of_drift(staged, covered)
    commands = _commands(staged.folders, left, found)
    return Report(verdict, (*left, *found), "staged models", commands)


def _judge(
    settings: Settings,
    root: Path,
    files: Sequence[str],
    also: Callable[[History], None] | None = None,
) -> tuple[Verdict, list[Finding]]:
    """The verdict on the project at ``settings.root``, and its findings less the baseline."""
    packages = tuple(f"{name.partition('.')[0]}/" for name in settings.models)
    config = alembic_config(settings)
    verdict = check(
        config,
        cache=copy.cache_folder(root) / "history",
        sources=[name for name in files if name.startswith(packages) and name.endswith(".py")],
        also=also,
    )
    shown = baseline.path(settings.root, config).relative_to(settings.root).as_posix()
    if verdict.status == CANNOT_TELL and (scratch := os.environ.get("SCRATCH_URL")):
        from stillroom.drift.on_scratch_server import check_on_server

        verdict = check_on_server(config, scratch, verdict.target)
    if verdict.status == CANNOT_TELL:
        return verdict, []
    return verdict, baseline.left(verdict.findings, baseline.read(settings.root / shown), shown)


@contextmanager
def inside(folder: Path, settings: Settings) -> Iterator[None]:
    """The process as the project's code expects it: in its folder, with its ``.env``.

    The embedded database is SQLite, and its revisions are for a server: so they are judged as
    for one. It is never contacted, whatever its name.
    """
    values = {**settings.environment}
    set_ = any(values.get(name) for name in ("DB_HOST", "DB_NAME", "DB_URL"))
    if not set_ or values.get("DB_URL", "").startswith("sqlite"):
        values["DB_URL"] = "mysql+pymysql://stand-in/app"
    before, outer = Path.cwd(), dict(os.environ)
    os.chdir(folder)
    try:
        os.environ.update(values)
        yield
    finally:
        os.environ.clear()
        os.environ.update(outer)
        os.chdir(before)


def version_folders(settings: Settings) -> list[str]:
    """Where the revisions are, relative to the project."""
    try:
        scripts = ScriptDirectory.from_config(alembic_config(settings))
    except CommandError as error:
        raise CannotTell(str(error), where="alembic.ini") from error
    locations = [Path(str(name)).resolve() for name in scripts.version_locations or []]
    default = Path(scripts.versions).resolve()
    root = settings.root.resolve()
    return [
        path.relative_to(root).as_posix()
        for path in locations or [default]
        if path.is_relative_to(root)
    ]


def _commands(
    folders: Sequence[str], left: Sequence[Finding], found: Sequence[Finding]
) -> tuple[str, ...]:
    """What to paste to get on, if a new revision is what is missing."""
    if found or not any(finding.code.startswith("DR") for finding in left):
        return ()
    return ('make revision m="…"', f"git add {shlex.join(folders)}")


def _print(report: Report, format_: str) -> None:
    verdict = report.verdict
    if format_ == "json":
        reason = str(verdict.reason) if verdict.reason else None
        more = {"status": report.status, "target": str(verdict.target), "reason": reason}
        print(as_json(report.findings, **more))
        return
    if format_ == "github":
        print(as_github(report.findings))
    elif report.findings:
        print(spelled(as_text(report.findings)))
    if report.commands:
        print(f"\n{_count(report)} To cover {'it' if len(report.findings) == 1 else 'them'}:\n")
        print(spelled("".join(f"    {command}\n" for command in report.commands)))
    note(_summary(report))


def _count(report: Report) -> str:
    count = len(report.findings)
    changes = "1 model change is" if count == 1 else f"{count} model changes are"
    revision = "any staged revision" if report.judged.startswith("staged") else "any revision"
    return f"{changes} not covered by {revision}."


def _summary(report: Report) -> str:
    verdict, staged = report.verdict, report.judged != "models"
    skip = ["Skip once: SKIP=check-revision git commit"] if staged else []
    if verdict.reason is not None:
        return "\n".join([str(verdict.reason), *skip])
    count = verdict.revisions
    revisions = "1 revision" if count == 1 else f"{count} revisions"
    text = (
        f"Compared the {report.judged} with a replay of {revisions} for {verdict.target}; "
        "no database was contacted."
    )
    return f"Clean. {text}" if report.status == CLEAN else "\n".join([text, *skip])
