"""Marked text: without its marks it is what it has always been."""

from __future__ import annotations

from textwrap import indent

from hypothesis import given
from hypothesis import strategies as st

from stillroom.errors import StillroomError
from stillroom.findings import Finding, Place
from stillroom.marked import error_lines, indented, line, plain
from stillroom.render.findings import as_lines

TEXTS = st.text(max_size=20) | st.sampled_from(
    ("[red]x[/]", "a\nb", "make x\n\n  y ", "\x1b[31m", "\u202e", "\u2028", "\r\n", "")
)


@given(TEXTS, TEXTS, TEXTS, TEXTS, st.integers(0, 3))
def test_a_finding_reads_as_it_is_told(
    file: str, what: str, why: str, fix: str, number: int
) -> None:
    finding = Finding("MY301", Place(file, number), what, why, fix)
    assert plain(as_lines([finding])) == str(finding)


@given(TEXTS, TEXTS, TEXTS)
def test_an_error_reads_as_it_is_told(what: str, where: str, fix: str) -> None:
    error = StillroomError(what, where=where, fix=fix)
    assert plain(error_lines(error)) == str(error)


@given(st.lists(st.lists(st.text("a \n", max_size=8), max_size=1), max_size=4))
def test_indented_lines_read_as_textwrap_indents_them(texts: list[list[str]]) -> None:
    lines = [line(*parts) for parts in texts]
    assert plain(indented(lines, 4)) == indent(plain(lines), "    ", _is_seen)


def _is_seen(text: str) -> bool:
    return bool(text.strip())
