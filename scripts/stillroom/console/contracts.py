"""Whether contract revisions may run: because somebody says so, or the running release shows it."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import replace

from stillroom import apply
from stillroom.apply.options import Options, may_contract, options_of
from stillroom.errors import StillroomError
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.project import Project
from stillroom.project.settings import Settings
from stillroom.release.contracts import reasons_to_wait
from stillroom.replay.revisions.contracts import NOT_SAID


def add_contract(parser: ArgumentParser) -> None:
    """``--contract``: no code runs any more that contract revisions would break."""
    parser.add_argument(
        "--contract",
        action="store_true",
        help="run contract revisions, too: no older code runs any more",
    )


def options(project: Project, *, contract: bool) -> Options:
    """The project's settings for an upgrade, with what is known of contract revisions.

    Without ``contract`` the setting `release` is asked, if one is to come.
    """
    options = options_of(project)
    if contract:
        return replace(options, contract=may_contract)
    if not project.settings.running_release or options.contract is may_contract:
        return options
    heads = in_fresh_process(lambda: _heads(project))
    reasons = waiting(project.settings, heads, contract=False)
    return replace(options, contract=lambda name: reasons.get(name, NOT_SAID))


def waiting(settings: Settings, heads: Sequence[str], *, contract: bool) -> Mapping[str, str]:
    """Why each contract revision behind ``heads`` has to wait; see ``reasons_to_wait``."""
    if contract or not heads:
        return {}
    return in_fresh_process(lambda: reasons_to_wait(settings, heads))


def _heads(project: Project) -> tuple[str, ...]:
    """Where the database is; what is wrong with it the upgrade itself says."""
    try:
        with project.explaining():
            return apply.status(project.config).heads
    except StillroomError:
        return ()
