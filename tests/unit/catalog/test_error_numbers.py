"""The names of error numbers are those of the servers."""

from __future__ import annotations

from collections import Counter

from pymysql.constants import ER  # type: ignore[import-untyped, unused-ignore]

from stillroom.catalog import error_numbers

NAMES = {name: value for name, value in vars(error_numbers).items() if isinstance(value, int)}


def test_a_name_that_the_driver_has_too_means_the_same_number() -> None:
    known = {name: getattr(ER, name) for name in NAMES if hasattr(ER, name)}
    assert len(known) > 100
    assert known == {name: NAMES[name] for name in known}


def test_a_number_has_one_name_on_each_family() -> None:
    both = Counter(number for name, number in NAMES.items() if not name.startswith("MARIADB_"))
    assert [number for number, count in both.items() if count > 1] == []
    mariadb = Counter(number for name, number in NAMES.items() if name.startswith("MARIADB_"))
    assert [number for number, count in mariadb.items() if count > 1] == []


def test_names_stand_in_the_order_of_their_numbers() -> None:
    assert list(NAMES.values()) == sorted(NAMES.values())
