"""docs/server-settings.md names tests that exist, and every variable that a replay knows."""

from __future__ import annotations

import re
from pathlib import Path

from stillroom.catalog import session, variables

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "server-settings.md").read_text(encoding="utf-8")


def test_the_tests_that_the_page_names_are_there() -> None:
    paths = {path for path in re.findall(r"`(tests/[^`]+)`", PAGE) if "NAME" not in path}
    assert len(paths) > 8
    assert [path for path in sorted(paths) if not (ROOT / path).is_file()] == []


def test_the_page_has_the_variables_that_a_replay_follows() -> None:
    known = (session.GENERATES_KEYS, session.REQUIRES_KEYS, *variables.FOLLOWED)
    assert [name for name in known if f"`{name}`" not in PAGE] == []
