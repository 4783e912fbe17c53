"""The picture that moves in the documentation: small, well-formed, and made of what was printed."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from tests.support.recording import COLUMNS, FILE, ROWS, Recording, as_svg

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)  # noqa: S314  # our own
    found = ("".join(text.itertext()) for text in root.iter(f"{SVG}text"))
    return [text.replace("\u00a0", " ") for text in found]


def test_the_picture_is_small_and_loads_nothing() -> None:
    svg = FILE.read_text(encoding="utf-8")
    assert len(svg.encode()) < 150_000
    assert not re.search(r"<script|<image|\son\w+=|url\(|https?://(?!www\.w3\.org/2000/svg)", svg)
    said = "\n".join(texts(svg))
    for shown in (
        "$ stillroom lint-revisions --all",
        "MY102 drops the column user.email and all its values",
        "-- loses data: drops the column user.email and all its values",
        "rows/s",
        "Killed",
        "half-way  the upgrade of 7be210",
        "done before: ",
        "the database is at 9cf4d8",
        "drop the address (the database is here, head)",
    ):
        assert shown in said, shown


def test_it_shows_what_a_terminal_shows() -> None:
    recording = Recording()
    for second, text in enumerate(
        ("\x1b[31m<a> & b\x1b[0m\n", "1 %\r   \r2 %", "\r   \rdone\n", "x" * 150)
    ):
        recording.pieces.append((float(second), text))
    assert '<tspan fill="#ff7b72">&lt;a&gt;' in as_svg(recording)
    assert texts(as_svg(recording)) == ["<a> & b", "2 %", "done", "x" * COLUMNS, "x" * 50]
    for number in range(100):
        recording.pieces.append((5.0 + number, f"\nrow {number}"))
    (last,) = re.findall(r"<g><set.*</g>", as_svg(recording))
    assert last.count("<use ") == ROWS
