"""Whether contract revisions may run: because somebody says so, or the running release shows it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from stillroom import apply
from stillroom.apply.options import Permission, is_said, may_contract
from stillroom.errors import StillroomError
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.project import open_project
from stillroom.project.settings import load
from stillroom.release.contracts import reasons_to_wait
from stillroom.replay.revisions.contracts import NOT_SAID


def add_contract(parser: ArgumentParser) -> None:
    """``--contract``: no code runs any more that contract revisions would break."""
    parser.add_argument(
        "--contract",
        action="store_true",
        help="run contract revisions, too: no older code runs any more",
    )


def asked(root: Path, *, contract: bool) -> Permission | None:
    """What tells whether a contract revision may run; None leaves that to the environment.

    Unless ``contract`` says so, the setting `release` is asked. To be called before the project is
    imported in this process: the release is imported in its place.
    """
    if contract:
        return may_contract
    settings = load(root.resolve())
    if not (settings.is_there and settings.running_release) or is_said(settings.environment):
        return None
    reasons = reasons_to_wait(settings, in_fresh_process(_heads), contract=False)
    return lambda name: reasons.get(name, NOT_SAID)


def _heads() -> tuple[str, ...]:
    """Where the database is; what is wrong with it the upgrade itself says."""
    try:
        project = open_project()
        with project.explaining():
            return apply.status(project.config).heads
    except StillroomError:
        return ()
