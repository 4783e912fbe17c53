"""``pages``: the schema and its history as one HTML file, for a browser."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom import files
from stillroom.console.arguments import add_revision
from stillroom.console.output import note, remark
from stillroom.errors import EXIT_CANNOT, EXIT_CLEAN, counted
from stillroom.findings import shown
from stillroom.pages.collection import site_of
from stillroom.pages.writing import as_html
from stillroom.plan.start import find_start
from stillroom.project.fresh_process import in_fresh_process
from stillroom.replay import scratch

_DEFAULT = ".stillroom/schema.html"


def arguments(parser: ArgumentParser) -> None:
    add_revision(parser, default="heads")
    parser.add_argument(
        "--output", default=_DEFAULT, metavar="FILE", help=f"where to write it: {_DEFAULT}"
    )
    parser.add_argument(
        "--database", action="store_true", help="say where the database at DB_URL is, too"
    )


def run(args: Namespace) -> int:
    path = Path(args.output)
    root = Path.cwd()
    # Before the replay, which imports the project with a stand-in for the server.
    start = in_fresh_process(lambda: find_start(root, "")) if args.database else None
    site = site_of(root, args.rev)
    if start is not None:
        site = site.with_database(start)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(path, as_html(site))
    tables, revisions = len(site.tables), len(site.revisions)
    print(
        f"Wrote {shown(path)}: {counted(tables, 'table')} and {counted(revisions, 'revision')},"
        f" for {site.target}."
    )
    if site.server:
        remark(scratch.sentence(site.server))
    if site.reason:
        note(f"The history cannot be replayed to its end; the page says how far.\n{site.reason}")
        return EXIT_CANNOT
    return EXIT_CLEAN
