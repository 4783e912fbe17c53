"""No piece of a password is in any output, file or argument; `benchmarks passwords` runs all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.leaks import FAILURES, Case, Leaks, cases, refusing_server


@pytest.fixture(scope="module")
def leaks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Leaks]:
    with refusing_server() as port:
        yield Leaks(tmp_path_factory.mktemp("leaks"), port)


def some_cases() -> list[Case]:
    """One for each way to fail, with verbs and variables in turns, and what was wrong once."""
    known = cases()
    found = [
        Case("migrate", "DB_PASSWORD", "unknown driver", ""),
        Case("migrate", "DB_URL", "not encoded", ""),
    ]
    for number, failure in enumerate(FAILURES):
        own = [case for case in known if case.failure == failure]
        found.append(own[number * 41 % len(own)])
    return found


@pytest.mark.parametrize("case", some_cases(), ids=str)
def test_no_piece_of_the_password_is_found(leaks: Leaks, case: Case) -> None:
    assert leaks.found(case).places == []


def test_a_percent_in_alembic_ini_is_not_quoted(leaks: Leaks) -> None:
    """configparser would show what is behind it."""
    found = leaks.found(Case("current", "sqlalchemy.url", "not encoded", ""))
    assert found == (2, [])
