"""Names and strings as the servers write them out."""

from __future__ import annotations

from stillroom.catalog import with_backticks


def test_quotes_of_another_session() -> None:
    """Of names alone: those in strings and in backticks are part of what they stand in."""
    ansi = (
        """CREATE TABLE "a ""b`" (\n  "x" int COMMENT 'its ''"x"'' \\' "y"',\n  KEY `k"` ("x")\n)"""
    )
    plain = (
        """CREATE TABLE `a "b``` (\n  `x` int COMMENT 'its ''"x"'' \\' "y"',\n  KEY `k"` (`x`)\n)"""
    )
    assert with_backticks(ansi) == plain
    assert with_backticks(plain) == plain
