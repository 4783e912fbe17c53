"""``check``: do the models need a revision that does not exist?

In a hook it judges what is staged, by a replay that contacts no database.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path

from stillroom.console.output import note, print_json, remark
from stillroom.console.screen.terminal import show
from stillroom.drift import CLEAN
from stillroom.drift.report import needs_revision
from stillroom.errors import StillroomError, counted
from stillroom.marked import Line, Part, error_lines, line, plain
from stillroom.project.settings import Settings
from stillroom.project.settings_files import databases
from stillroom.render.findings import FORMATS, as_data, in_format, summary
from stillroom.replay import History, scratch
from stillroom.shell import Command, skip_hint
from stillroom.staged import index_verdicts
from stillroom.staged.report import Report, staged_report, worktree_report
from stillroom.staged.revisions import Staged, published
from stillroom.staged.workspace import load_settings

# The other hook, and where it is set up.
_HOOK, _HOOKS = "lint-revisions", ".pre-commit-config.yaml"


def arguments(parser: ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--staged", action="store_true", help="check what is staged, as the hook does"
    )
    what.add_argument(
        "--worktree", action="store_true", help="check the files as they are (the default)"
    )
    parser.add_argument("--from-ref", default=os.environ.get("PRE_COMMIT_FROM_REF"))
    parser.add_argument("--to-ref", default=os.environ.get("PRE_COMMIT_TO_REF"))
    parser.add_argument(
        "--all-files", action="store_true", help="accepted, because pre-commit passes it"
    )
    parser.add_argument(
        "--full", action="store_true", help="replay all revisions, and prove the snapshot by that"
    )
    parser.add_argument(
        "--without-models",
        action="store_true",
        help="judge what is staged, but import neither env.py nor the application",
    )
    parser.add_argument("--format", choices=FORMATS, default="text")


def run(args: Namespace) -> int:
    root = Path.cwd()
    has_models = load_settings(root).has_models
    if args.without_models or not has_models:
        return _without_models(root, args, has_models)
    if args.staged or args.from_ref or args.to_ref:
        report = staged_report(
            root,
            since=args.from_ref,
            until=args.to_ref,
            full=args.full,
            meanwhile=partial(_keep_lint_answer, root),
        )
    else:
        report = worktree_report(root, full=args.full)
    _print(report, args.format)
    return report.exit_code


def _without_models(root: Path, args: Namespace, has_models: bool) -> int:
    from stillroom.lint.staged_history import judge
    from stillroom.render.lint_report import as_data as lint_as_data
    from stillroom.render.lint_report import rendered

    is_json = args.format == "json"
    if args.without_models and (args.worktree or args.full or (is_json and has_models)):
        raise StillroomError(
            "without models, check judges what is staged, and writes text or --format github",
            fix=str(Command("check", without_models=True)),
        )
    judged = judge(root, since=args.from_ref, until=args.to_ref)
    if is_json:
        print_json({"status": judged.status, **lint_as_data(judged.together)})
        return judged.exit_code
    out, err = rendered(judged.lint, args.format, staged=True, hook="check-history")
    show([*in_format(judged.findings, args.format), *out])
    (note if judged.exit_code else remark)(err)
    revisions = counted(judged.revisions, "revision")
    if not has_models:
        remark(f"There are no models, as the settings say. The history of {revisions} was read.")
        return judged.exit_code
    remark(
        f"Not judged: whether the models need another revision. The history of {revisions} was read"
        f"\nwithout env.py and the application; where those can be imported: {Command('check')}"
    )
    return judged.exit_code


def _keep_lint_answer(root: Path, history: History, settings: Settings, staged: Staged) -> None:
    """Keep the answer of ``lint-revisions`` for just this index on just this commit.

    Both hooks look at the same index. This one runs first, and has the history at hand.
    """
    key = index_verdicts.answer_key(str(root))
    if key is None or settings.environment.get("LINT_URL") or not _is_hooked(root):
        return
    if settings.running_release:  # which may be another one tomorrow
        return
    if len(databases(settings.ini)) > 1:  # what is kept is the answer about all of them
        return
    from stillroom.lint import selection
    from stillroom.lint.check import lint
    from stillroom.render.lint_report import rendered

    try:
        known = selection.rules_of(settings)
        wanted = selection.changed_revisions(staged)
        report = lint(history, known, settings, wanted=wanted, published=dict(published(staged)))
    except StillroomError:
        return  # the other hook says so itself
    out, err = rendered(report, "text", staged=True)
    index_verdicts.keep_answer(str(root), key, report.exit_code, plain(out), plain(err))


def _is_hooked(root: Path) -> bool:
    try:
        hooks = (root / _HOOKS).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return _HOOK in hooks


def _print(report: Report, format_: str) -> None:
    verdict = report.verdict
    if format_ == "json":
        reason = str(verdict.reason) if verdict.reason else None
        more = {"status": report.status, "target": str(verdict.target), "reason": reason}
        print_json(as_data(report.findings, **more, warnings=[]))
        return
    show(in_format(report.findings, format_))
    if report.commands:
        count = sum(map(needs_revision, report.findings))
        told = f"{_not_covered(report, count)} To cover {'it' if count == 1 else 'them'}:"
        commands = [line(Part(f"    {command}", "command")) for command in report.commands]
        show([line(), line(told, hang=0), line(), *commands, line()])
    (note if report.exit_code else remark)(_summary(report))


def _not_covered(report: Report, count: int) -> str:
    changes = counted(count, "model change is", "model changes are")
    revision = "any staged revision" if report.is_staged else "any revision"
    return f"{changes} not covered by {revision}."


def _summary(report: Report) -> list[Line]:
    verdict, staged = report.verdict, report.is_staged
    skip = skip_hint("check-revision") if staged else []
    if verdict.reason is not None:
        return [*error_lines(verdict.reason), *map(line, skip)]
    revisions = counted(verdict.revisions, "revision")
    begun = f" that begins at {report.began_at}" if report.began_at else ""
    how = scratch.words(verdict.server) if verdict.server else "no database was contacted"
    made = f"what {revisions} make" if verdict.server else f"a replay of {revisions}{begun}"
    text = f"Compared the {report.judged} with {made} for {verdict.target}; {how}."
    if verdict.before:
        text += f"\nCompared with the tables before the contract revision {verdict.before}."
    if report.status == CLEAN:
        return [summary(f"Clean. {text}")]
    return [summary(text), *map(line, skip)]
