"""Definitions of tables as servers print them."""

from __future__ import annotations

from stillroom.catalog import Target
from stillroom.drift.server_catalog import read_definitions


def test_a_definition_is_read_beside_a_parent_that_it_does_not_fit() -> None:
    """A state of the parent may have been accepted that no server has."""
    child = (
        "CREATE TABLE `child` (`tag` varchar(9) COLLATE utf8mb4_bin, KEY `tag` (`tag`),"
        " CONSTRAINT `c` FOREIGN KEY (`tag`) REFERENCES `parent` (`tag`))"
    )
    parent = "CREATE TABLE `parent` (`tag` varchar(9) NOT NULL, PRIMARY KEY (`tag`))"
    for texts in ([child, parent], [parent, child]):
        read = read_definitions(texts, Target.parse("mariadb 10.11"), "a dump")
        assert [key.table for key in read.tables()["child"].foreign_keys] == ["parent"]
