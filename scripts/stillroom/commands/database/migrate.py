"""``migrate``: bring this database up to date, first writing the revision that is missing."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from alembic import command

from stillroom.adoption.scaffold import initialise
from stillroom.apply.options import Permission
from stillroom.console import loading
from stillroom.console.contracts import add_contract, asked
from stillroom.console.output import acknowledge, note_database, remark
from stillroom.console.progress import upgrade
from stillroom.console.revision_request import add_request, request_of
from stillroom.console.screen.terminal import show
from stillroom.console.written import write_and_report
from stillroom.project.fresh_process import in_fresh_process
from stillroom.project.project import open_project
from stillroom.render.findings import as_lines


def arguments(parser: ArgumentParser) -> None:
    add_request(parser)
    add_contract(parser)


def run(args: Namespace) -> int:
    request = request_of(args) if args.message else None
    contract = asked(Path.cwd(), contract=args.contract)
    in_fresh_process(lambda: _begin(contract))
    if request and in_fresh_process(lambda: write_and_report(Path.cwd(), request)):
        in_fresh_process(lambda: upgrade(open_project(), "heads", contract=contract))
    acknowledge(in_fresh_process(_end))
    return 0


def _begin(contract: Permission | None) -> None:
    """Create what is missing, and run the revisions that there are."""
    show(as_lines(initialise(Path.cwd(), only_missing=True, tell=remark)))
    project = open_project()
    note_database(project)
    if project.settings.fresh == "load" and loading.is_possible(project):
        loading.load(project)
    else:
        upgrade(project, "heads", contract=contract)


def _end() -> str:
    project = open_project()
    return f"{project.database} is at {project.answer(command.current)}"
