"""Looks at revisions with all rules: replays the history once, and gives the findings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from alembic.config import Config

from stillroom.catalog import Target
from stillroom.errors import CannotTell, SettingsError
from stillroom.findings import Finding, shown
from stillroom.lint import allowances
from stillroom.lint.cost_probe import DIFFERS, Oracle, oracle
from stillroom.lint.executed import Run, acts
from stillroom.lint.rule import BLOCKING, ERROR, OFF, SEVERITIES, WARNING, Rule
from stillroom.project.settings import Settings
from stillroom.project.target import target_of
from stillroom.replay import ReplayedStatement
from stillroom.replay.cache import Cache
from stillroom.replay.env_runner import opened, root_of
from stillroom.replay.history import CACHE_FOLDER, History
from stillroom.replay.revisions.graph import Revision

# What is found beside the rules: the text for the documentation, and the severity.
OWN_CODES = {
    **{code: (text, ERROR) for code, text in allowances.OWN_CODES.items()},
    DIFFERS: ("a server answers otherwise than the rules on cost", WARNING),
}


@dataclass(frozen=True)
class Report:
    """What was found. ``reason`` says why some revisions could not be looked at."""

    target: Target
    revisions: int
    findings: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    reason: CannotTell | None = None
    end: str = ""  # the place that a finding keeps the replay from passing
    asked: bool = False  # whether a server was asked for the cost of the statements

    @property
    def exit_code(self) -> int:
        """0 nothing, 1 findings, 2 cannot tell; warnings alone are nothing."""
        if self.reason is not None:
            return self.reason.exit_code
        return 1 if self.findings else 0


def severities(text: str, rules: Sequence[Rule]) -> dict[str, str]:
    """The severity of every code; ``text`` is that of the setting, ``MY301 off, MY601 warning``."""
    found = {rule.code: rule.severity for rule in rules}
    found |= {code: severity for code, (_, severity) in OWN_CODES.items()}
    for entry in text.replace("\n", ",").split(","):
        words = entry.split()
        if not words:
            continue
        if len(words) != 2 or words[0] not in found or words[1] not in SEVERITIES:
            raise SettingsError(
                f"{entry.strip()!r} is no code of a rule and its severity",
                where="alembic.ini [stillroom] severity",
                fix=f"Write for example: MY301 off, MY601 warning ({', '.join(SEVERITIES)})",
            )
        found[words[0]] = words[1]
    return found


def lint(
    config: Config,
    rules: Sequence[Rule],
    settings: Settings,
    *,
    wanted: Iterable[str] | None = None,
    published: Mapping[str, str] | None = None,
    cache: Path | None = None,
) -> Report:
    """The findings in the revision files ``wanted`` (as messages show them), by default in all.

    ``published`` has the commits of those files that others may have got with other code.
    """
    kept = Cache(cache or root_of(config) / CACHE_FOLDER)
    with opened(config) as project:
        history = History.read(project, target_of(config), kept)
        return lint_history(history, rules, settings, wanted=wanted, published=published)


def lint_history(
    history: History,
    rules: Sequence[Rule],
    settings: Settings,
    *,
    wanted: Iterable[str] | None = None,
    published: Mapping[str, str] | None = None,
) -> Report:
    """As ``lint``, in a project that is open."""
    severity = severities(settings.severity, rules)
    address = settings.environment.get("LINT_URL", "")
    target = history.target
    steps: list[ReplayedStatement] = []
    reason = None
    order = history.order("heads")
    chosen = _chosen(order, wanted)
    try:
        if chosen:
            start = history.state_behind(order[: order.index(chosen[0])])
            undo = {revision.id for revision in chosen}
            history.move(start, "heads", trace=steps, undo=undo)
    except CannotTell as error:
        reason = error
    found: list[Finding] = []
    with ExitStack() as stack:
        server = stack.enter_context(oracle(address, target)) if address and chosen else None
        for revision in chosen:
            run = _run(revision, steps, settings)
            commit = (published or {}).get(run.file, "")
            failure = reason if reason and reason.where.partition(":")[0] == run.file else None
            run = replace(run, published=commit, failure=failure)
            found += _judged(run, rules, severity, settings, server)
    errors = tuple(finding for finding in found if severity[finding.code] == ERROR)
    warnings = tuple(finding for finding in found if severity[finding.code] == WARNING)
    asked = bool(address and chosen)
    report = Report(target, len(chosen), errors, warnings, reason, asked=asked)
    return _settled(report, {rule.code for rule in rules if rule.settles})


def _settled(report: Report, codes: Collection[str]) -> Report:
    """The report without a reason that a finding of one of ``codes`` gives in its own words."""
    if report.reason is None:
        return report
    place = report.reason.where
    if any(str(one.where) == place and one.code in codes for one in report.findings):
        return replace(report, reason=None, end=place)
    return report


def _chosen(order: Sequence[Revision], wanted: Iterable[str] | None) -> list[Revision]:
    if wanted is None:
        return list(order)
    here = Path.cwd().resolve()
    names = {str(here / name) for name in wanted}
    return [revision for revision in order if str(revision.path) in names]


def _run(revision: Revision, steps: Sequence[ReplayedStatement], settings: Settings) -> Run:
    file = shown(revision.path)
    own = [step for step in steps if step.revision == revision.id]
    up, down = ([step for step in own if step.up is way] for way in (True, False))
    source = revision.path.read_text(encoding="utf-8")
    return Run(
        revision.id,
        revision.path,
        file,
        source,
        acts(up, file),
        settings.models,
        acts(down, file),
    )


def _looked(rule: Rule, run: Run) -> list[Finding]:
    """What a rule finds. Raises SettingsError for one that fails, such as a project's own."""
    try:
        return list(rule.look(run))
    except Exception as error:
        raise SettingsError(
            f"the rule {rule.code} failed: {type(error).__name__}: {error}",
            where=run.file,
            fix=f"Mend it, or leave it out: severity = {rule.code} off",
        ) from error


def _judged(
    run: Run,
    rules: Sequence[Rule],
    severity: dict[str, str],
    settings: Settings,
    server: Oracle | None,
) -> list[Finding]:
    small = set(settings.small_tables.split())
    large = replace(run, acts=[act for act in run.acts if act.table not in small])
    found: list[Finding] = []
    for rule in rules:
        if severity[rule.code] != OFF:
            found += _looked(rule, large if rule.group == BLOCKING else run)
    if server is not None and severity[DIFFERS] != OFF:
        found += (one for act in large.acts for one in server.differences(act))
    codes = [*(rule.code for rule in rules), DIFFERS]
    left = allowances.judged(dict.fromkeys(found), run.source, run.file, codes)
    return sorted(left, key=lambda finding: (finding.where, finding.code))
