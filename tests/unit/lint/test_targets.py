"""Every rule on every server: what it says there, and that its recipe does what it is for.

``message.txt`` is what is said for MariaDB 10.11. Where another server differs by more than its
name, ``message.<target>.txt`` has its words; it is empty where nothing is to be said. To take over
what is printed now: ``STILLROOM_WRITE_MESSAGES=1 pytest tests/unit/lint/test_targets.py``.
"""

from __future__ import annotations

import os

import pytest

from tests.support.lint_cases import LINT, NAMES, LintCase, code_of, said, source_of

FIRST = "mariadb 10.11"
OTHERS = ("mariadb 11.8", "mysql 8.0", "mysql 9.7")
ELSEWHERE = {"my607_published"}  # about git, which is not here


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> LintCase:
    return LintCase(tmp_path_factory.mktemp("bench"))


@pytest.mark.parametrize("target", OTHERS)
@pytest.mark.parametrize("name", sorted({*NAMES} - ELSEWHERE))
def test_what_it_says(bench: LintCase, name: str, target: str) -> None:
    found = said(bench.lint([source_of(name, "raises")], target), code_of(name))
    own = LINT / name / f"message.{target.replace(' ', '-')}.txt"
    common = (LINT / name / "message.txt").read_text().replace(FIRST, target)
    if os.environ.get("STILLROOM_WRITE_MESSAGES"):
        own.unlink(missing_ok=True)
        if found != common:
            own.write_text(found)
    assert found == (own.read_text() if own.exists() else common)


@pytest.mark.parametrize("target", OTHERS)
@pytest.mark.parametrize("name", sorted({*NAMES} - ELSEWHERE))
def test_passes(bench: LintCase, name: str, target: str) -> None:
    assert said(bench.lint([source_of(name, "passes")], target), code_of(name)) == ""
