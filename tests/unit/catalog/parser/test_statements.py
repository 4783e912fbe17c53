"""What no server reads, and what only some do."""

from __future__ import annotations

import pytest

from stillroom.catalog import DDLError, Target
from stillroom.catalog.parser.statements import parse
from stillroom.catalog.parser.syntax import Inert

MARIADB = Target.parse("mariadb 10.11")
MYSQL = Target.parse("mysql 9.7")
WITH = "WITH x AS (SELECT 1 AS a) "
DELETE = f"{WITH}DELETE FROM d WHERE a IN (SELECT a FROM x)"


@pytest.mark.parametrize("target", [MARIADB, MYSQL])
def test_delimiter_is_explained(target):
    with pytest.raises(DDLError, match="DELIMITER is a command of the mysql client") as error:
        parse("DELIMITER $$\nCREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @x = 1$$", target)
    assert error.value.number == 1064


def test_with_before_a_change_is_read_by_mysql_alone():
    assert isinstance(parse(DELETE, MYSQL), Inert)
    with pytest.raises(DDLError, match="near 'DELETE FROM d") as error:
        parse(DELETE, MARIADB)
    assert error.value.number == 1064


@pytest.mark.parametrize("target", [MARIADB, MYSQL])
def test_with_before_an_insert_is_read_by_neither(target):
    with pytest.raises(DDLError, match="near 'INSERT INTO d"):
        parse(f"{WITH}INSERT INTO d SELECT a FROM x", target)
    assert isinstance(parse(f"INSERT INTO d {WITH}SELECT a FROM x", target), Inert)
