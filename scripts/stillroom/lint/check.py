"""Replays the history once, and applies all rules to the revisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from stillroom.catalog import Target
from stillroom.errors import CannotTell, SettingsError
from stillroom.findings import Finding, shown
from stillroom.lint import allowances
from stillroom.lint.cost_probe import DIFFERS, CostProbe, cost_probe
from stillroom.lint.executed import LintedRevision, statements_of, version_tables
from stillroom.lint.release_codes import RELEASE_CODES
from stillroom.lint.rule import (
    BLOCKING,
    ERROR,
    OFF,
    RUNNING_CODE,
    SEVERITIES,
    WARNING,
    Rule,
)
from stillroom.project.settings import Settings
from stillroom.replay import ReplayedStatement
from stillroom.replay.history import History
from stillroom.replay.revisions.contracts import contract_of
from stillroom.replay.revisions.graph import Revision

# Codes that no rule has: their text in the documentation, and their severity.
OWN_CODES = {
    **{code: (text, ERROR) for code, text in allowances.OWN_CODES.items()},
    DIFFERS: ("a server disagrees with the rules on cost", WARNING),
    **RELEASE_CODES,
}


@dataclass(frozen=True)
class Report:
    """The findings. ``reason`` says why some revisions could not be looked at."""

    target: Target
    revisions: int
    findings: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    reason: CannotTell | None = None
    end: str = ""  # where the replay ended with a finding
    asked: bool = False  # whether a server was asked for the cost of the statements
    server: str = ""  # the scratch server that has run the revisions

    @property
    def exit_code(self) -> int:
        """0 without findings (warnings do not count), 1 with findings, 2 cannot tell."""
        if self.reason is not None:
            return self.reason.exit_code
        return 1 if self.findings else 0


def severities(given: Iterable[tuple[str, str]], rules: Sequence[Rule]) -> dict[str, str]:
    """The severity of every code; ``given`` are those that the project has set."""
    by_code = {rule.code: rule.severity for rule in rules}
    by_code |= {code: severity for code, (_, severity) in OWN_CODES.items()}
    for code, severity in given:
        if code not in by_code or severity not in SEVERITIES:
            raise SettingsError(
                f"'{code} {severity}' is not the code of a rule and a severity",
                where="alembic.ini: [stillroom] severity",
                fix=f"Write for example: MY301 off, MY601 warning ({', '.join(SEVERITIES)})",
            )
        by_code[code] = severity
    return by_code


def lint(
    history: History,
    rules: Sequence[Rule],
    settings: Settings,
    *,
    wanted: Iterable[str] | None = None,
    published: Mapping[str, str] | None = None,
    release: Sequence[Finding] | None = None,
) -> Report:
    """The findings in the revision files ``wanted`` (as messages show them), by default in all.

    ``published`` maps files that others may have run in an older form to the commit of that form.
    ``release`` is what stops the code of the release that runs; it stands in for the rules that
    guess what running code does.
    """
    severity = severities(settings.severity, rules)
    guessed = {rule.code for rule in rules if rule.group == RUNNING_CODE and release is not None}
    address = settings.environment.get("LINT_URL", "")
    target = history.target
    steps: list[ReplayedStatement] = []
    reason = None
    order = history.order("heads")
    chosen = [
        revision for revision in _chosen(order, wanted) if revision.id not in history.origin.passed
    ]
    try:
        if chosen:
            start = history.state_behind(order[: order.index(chosen[0])])
            undo = {revision.id for revision in chosen}
            history.move(start, "heads", trace=steps, undo=undo)
    except CannotTell as error:
        reason = error
    findings: list[Finding] = []
    with ExitStack() as stack:
        server = stack.enter_context(cost_probe(address, target)) if address and chosen else None
        for revision in chosen:
            linted = _linted(revision, steps, settings)
            commit = (published or {}).get(linted.file, "")
            failure = reason if reason and reason.where.partition(":")[0] == linted.file else None
            parents = tuple(
                history.revisions[parent].path for parent in revision.source.down_revision
            )
            linted = replace(linted, published=commit, failure=failure, parents=parents)
            judged = _findings(linted, rules, severity, settings, server, release or ())
            # Only now: what an allowance is for may be guessed where no release is known.
            findings += [finding for finding in judged if finding.code not in guessed]
    errors = tuple(finding for finding in findings if severity[finding.code] == ERROR)
    warnings = tuple(finding for finding in findings if severity[finding.code] == WARNING)
    asked = bool(address and chosen)
    report = Report(
        target, len(chosen), errors, warnings, reason, asked=asked, server=history.server
    )
    return _settled(report, {rule.code for rule in rules if rule.settles})


def _settled(report: Report, codes: Collection[str]) -> Report:
    """The report without its reason where a finding of one of ``codes`` explains it already."""
    if report.reason is None:
        return report
    place = report.reason.where
    if any(str(finding.where) == place and finding.code in codes for finding in report.findings):
        return replace(report, reason=None, end=place)
    return report


def _chosen(order: Sequence[Revision], wanted: Iterable[str] | None) -> list[Revision]:
    if wanted is None:
        return list(order)
    folder = Path.cwd().resolve()
    names = {str(folder / name) for name in wanted}
    return [revision for revision in order if str(revision.path) in names]


def _linted(
    revision: Revision, steps: Sequence[ReplayedStatement], settings: Settings
) -> LintedRevision:
    file = shown(revision.path)
    own = [step for step in steps if step.revision == revision.id]
    up, down = ([step for step in own if step.up is way] for way in (True, False))
    source = revision.path.read_text(encoding="utf-8")
    return LintedRevision(
        revision.id,
        revision.path,
        file,
        source,
        statements_of(up, file),
        settings.models,
        statements_of(down, file),
    )


def _findings_of(rule: Rule, revision: LintedRevision) -> list[Finding]:
    """The findings of one rule. Raises SettingsError if the rule itself fails."""
    try:
        return list(rule.look(revision))
    except Exception as error:
        raise SettingsError(
            f"the rule {rule.code} failed: {type(error).__name__}: {error}",
            where=revision.file,
            fix=f"Correct the rule, or switch it off: severity = {rule.code} off",
        ) from error


def _findings(
    revision: LintedRevision,
    rules: Sequence[Rule],
    severity: dict[str, str],
    settings: Settings,
    server: CostProbe | None,
    release: Sequence[Finding],
) -> list[Finding]:
    small = set(settings.small_tables)
    for statement in revision.statements:
        small |= version_tables(statement.before).keys()
    on_large = [statement for statement in revision.statements if statement.table not in small]
    large = replace(revision, statements=on_large)
    # An upgrade stops before a contract revision until no older code runs.
    is_contract = contract_of(revision.source) is not None
    findings = [
        finding for finding in release if finding.where.file == revision.file and not is_contract
    ]
    for rule in rules:
        if severity[rule.code] != OFF and not (is_contract and rule.group == RUNNING_CODE):
            findings += _findings_of(rule, large if rule.group == BLOCKING else revision)
    if server is not None and severity[DIFFERS] != OFF:
        for statement in on_large:
            findings += server.differences(statement)
    codes = [*(rule.code for rule in rules), DIFFERS, *RELEASE_CODES]
    left = allowances.without_allowed(
        dict.fromkeys(findings), revision.source, revision.file, codes
    )
    return sorted(left, key=lambda finding: (finding.where, finding.code))
