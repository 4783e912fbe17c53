"""Tell which types of MariaDB become nothing but text or bytes, and nothing else them."""

from __future__ import annotations

from stillroom.catalog.model import DataType
from stillroom.catalog.target import Target
from stillroom.catalog.types.kinds import is_geometry, is_string

_WRITTEN_AS_TEXT = ("uuid", "inet4", "inet6", "vector", "geometry")


def castable(old: DataType, new: DataType, target: Target) -> bool:
    """Whether values of one type can be put into a column of the other."""
    for kind, other in ((old, new), (new, old)):
        if _type_family(kind) not in _WRITTEN_AS_TEXT or _share_family(kind, other, target):
            continue
        if not is_string(other) and not other.name.endswith(("blob", "binary")):
            return False
    return True


def _type_family(kind: DataType) -> str:
    return "geometry" if is_geometry(kind) else kind.name


def _share_family(kind: DataType, other: DataType, target: Target) -> bool:
    addresses = {kind.name, other.name} == {"inet4", "inet6"}
    return _type_family(kind) == _type_family(other) or (addresses and target.mariadb_from(11, 3))
