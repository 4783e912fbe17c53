"""The pages for other people's projects are sessions that run as they are printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pages import make_repository, matches, options, run_page, session
from tests.support.projects import CASES, ROOT

PAGES = sorted((ROOT / "docs").glob("adopt*.md"))
WITHOUT_SERVER = [page for page in PAGES if options(page.read_text())["needs"] != "server"]


@pytest.mark.parametrize("page", WITHOUT_SERVER, ids=lambda page: page.stem)
def test_a_page_runs_as_it_is_printed(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    needed = options(text)["needs"]
    if needed != "nothing":
        pytest.importorskip(needed)
    assert list(session(text))
    run_page(text, make_repository(text, tmp_path))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_links_to_files_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert (CASES / options(text)["project"]).is_dir()
    assert f"docs/{page.name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_what_is_printed_is_compared() -> None:
    assert matches("a …\n…\nend\n", "a b\nc\nd\nend\n")
    assert matches("a\n…\nend\n", "a\nend\n")
    assert not matches("a\n", "a\nb\n")
    assert not matches("", "a\n")
