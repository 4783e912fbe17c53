"""Writes the page: one file with its style, its script and its data in it."""

from __future__ import annotations

import json
from dataclasses import asdict
from html import escape
from importlib import resources

from stillroom.diagram.svg import STYLE, as_svg
from stillroom.pages.collection import Site

# In text of JSON none of these is needed as it is; in HTML they could end the script.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def as_html(site: Site) -> str:
    """The page. It loads nothing, and its policy lets it load nothing."""
    data = {name: value for name, value in asdict(site).items() if name != "diagram"}
    parts = {
        "TITLE": escape(f"{site.title}: schema at {site.at}"),
        "STYLE": f"{STYLE}\n{_file('page.css')}",
        "PICTURE": as_svg(site.diagram, styled=False),
        "DATA": json.dumps(data, ensure_ascii=False).translate(_ESCAPES),
        "LAYOUT": f"/*\n{_file('dagre.LICENSE')}*/\n{_file('dagre.min.js')}",
        "SCRIPT": _file("page.js"),
    }
    pieces = _file("page.html").split("@@")
    # Every second piece is a name; what is put in its place is not looked at again.
    return "".join(parts[piece] if at % 2 else piece for at, piece in enumerate(pieces))


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
