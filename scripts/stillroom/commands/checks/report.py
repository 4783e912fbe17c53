"""``report``: what a branch changes, costs and loses, as a comment for a pull request."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from stillroom.console.output import print_json
from stillroom.report.collection import report_of
from stillroom.report.data import as_data
from stillroom.report.markdown import as_markdown


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--from",
        dest="since",
        default="",
        metavar="STATE",
        help="a revision, base, or a commit; default: where the branch has left the main one",
    )
    parser.add_argument(
        "--sizes",
        action="store_true",
        help="ask the project's database how large the tables are that change",
    )
    parser.add_argument("--format", choices=("markdown", "json"), default="markdown")


def run(args: Namespace) -> int:
    report = report_of(Path.cwd(), args.since, sizes=args.sizes)
    if args.format == "json":
        print_json(as_data(report))
    else:
        print(as_markdown(report))
    return report.exit_code
