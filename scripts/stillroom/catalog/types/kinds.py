"""Tells kinds of types apart: strings, blobs, numbers, geometries."""

from __future__ import annotations

from stillroom.catalog.model import DataType

WIDTHS = {  # of integers: digits when signed, when unsigned, bytes
    "tinyint": (4, 3, 1),
    "smallint": (6, 5, 2),
    "mediumint": (9, 8, 3),
    "int": (11, 10, 4),
    "bigint": (20, 20, 8),
}
TEXTS = ("tinytext", "text", "mediumtext", "longtext")
BLOBS = ("tinyblob", "blob", "mediumblob", "longblob")
_GEOMETRY_NAMES = """
    geometry point linestring polygon multipoint multilinestring multipolygon geometrycollection
"""
GEOMETRIES = frozenset(_GEOMETRY_NAMES.split())
STRINGS = frozenset(["char", "varchar", "enum", "set", *TEXTS])


def is_string(kind: DataType) -> bool:
    """Whether it has a charset."""
    return kind.name in STRINGS


def is_blob(kind: DataType) -> bool:
    """Whether it is stored apart from the row: BLOB, TEXT, JSON, geometry."""
    return kind.name in TEXTS or kind.name in BLOBS or kind.name in ("json", *GEOMETRIES)


def has_bare_default(kind: DataType) -> bool:
    """Whether MySQL prints no DEFAULT NULL for it."""
    return kind.name in TEXTS or kind.name in BLOBS


def is_geometry(kind: DataType) -> bool:
    """Whether it is a spatial type."""
    return kind.name in GEOMETRIES


def is_integer(kind: DataType) -> bool:
    """Whether it is a type of whole numbers."""
    return kind.name in WIDTHS


def integer_bytes(name: str) -> int:
    """How many bytes a value of that integer type takes."""
    return WIDTHS[name][2]
