"""``diagram``: the tables of a state, or what changes between two, as a picture."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from stillroom.authoring.difference import without_own_tables
from stillroom.console.arguments import add_revision
from stillroom.console.output import remark
from stillroom.console.states import add_states, states
from stillroom.diagram import Diagram, as_dot, as_mermaid, as_svg, of_catalog, of_change
from stillroom.diagram.mermaid import is_too_large
from stillroom.shell import Command

_FORMATS = {"mermaid": as_mermaid, "dot": as_dot, "svg": as_svg}


def arguments(parser: ArgumentParser) -> None:
    add_revision(parser, default="")
    add_states(parser, end="")
    parser.add_argument(
        "--tables",
        default="",
        metavar="NAMES",
        help="only these, and the names of what is linked with them; user* names several",
    )
    parser.add_argument("--format", choices=_FORMATS, default="mermaid")


def run(args: Namespace) -> int:
    diagram = _diagram(args)
    text = _FORMATS[args.format](diagram)
    print(text)
    if not diagram.entities:
        remark("No table differs." if args.before else "There are no tables.")
    elif args.format == "mermaid" and is_too_large(diagram, text):
        fewer = Command("diagram", rev=args.rev, tables="…")
        other = Command("diagram", rev=args.rev, format="svg")
        remark(f"GitHub and GitLab do not draw so large a picture: {fewer}, or {other}")
    return 0


def _diagram(args: Namespace) -> Diagram:
    patterns = args.tables.replace(",", " ").split()
    end = args.after or args.rev or "heads"
    if not args.before:
        (only,) = states(end, accepting=True)
        catalog = without_own_tables(only.catalog)
        return of_catalog(catalog, f"{only.words}, for {catalog.target}", patterns)
    before, after = states(args.before, end)
    title = f"From {before.words} to {after.words}, for {after.catalog.target}"
    old, new = without_own_tables(before.catalog), without_own_tables(after.catalog)
    return of_change(old, new, title, patterns)
