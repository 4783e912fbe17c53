"""Targets: their text, their order."""

import pytest

from stillroom.catalog.target import Target, family_and_version


@pytest.mark.parametrize("text", ["mariadb 10.11", "mariadb 11.8", "mysql 8.0", "mysql 8.0.35"])
def test_text_round_trip(text):
    assert str(Target.parse(text)) == text


@pytest.mark.parametrize("text", ["MariaDB-10.11", " mariadb  10.11 ", "mariadb10.11"])
def test_other_spellings(text):
    assert Target.parse(text) == Target.parse("mariadb 10.11")


@pytest.mark.parametrize(
    "text", ["", "mariadb", "postgres 16.1", "mysql 8", "mysql 5.6", "mariadb 10.x"]
)
def test_nonsense(text):
    with pytest.raises(ValueError, match="target"):
        Target.parse(text)


def test_order_inside_a_family():
    assert Target.parse("mysql 8.0.35") < Target.parse("mysql 8.0") < Target.parse("mysql 9.7")
    with pytest.raises(TypeError, match="different products"):
        Target.parse("mysql 8.0") < Target.parse("mariadb 10.11")  # noqa: B015


@pytest.mark.parametrize(
    ("said", "family", "version", "target"),
    [
        ("10.11.6-MariaDB-log", "mariadb", "10.11.6", "mariadb 10.11"),
        ("5.5.5-11.4.2-MariaDB", "mariadb", "11.4.2", "mariadb 11.4"),
        ("8.0.36-28", "mysql", "8.0.36", "mysql 8.0"),
    ],
)
def test_what_a_server_says(said, family, version, target):
    assert family_and_version(said) == (family, version)
    assert Target.of_server(family, version) == Target.parse(target)
