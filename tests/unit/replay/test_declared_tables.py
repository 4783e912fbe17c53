"""Tables of a project that are declared on a base of a library, as Flask-SQLAlchemy's are."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Column, Integer, Table
from sqlalchemy.orm import DeclarativeMeta, declarative_base

from stillroom.replay.declared_tables import forget_tables


class NameMeta(DeclarativeMeta):
    """Makes no table for a class without a primary key, as Flask-SQLAlchemy 3 does."""

    def __table_cls__(cls: Any, *args: Any, **more: Any) -> Any:  # noqa: N805 - of a metaclass
        if any(isinstance(part, Column) and part.primary_key for part in args):
            return Table(*args, **more)
        del cls.__tablename__
        return None

    def __init__(cls: Any, *args: Any, **more: Any) -> None:  # noqa: N805
        super().__init__(*args, **more)
        if vars(cls).get("__table__", cls) is None:
            del cls.__table__


def declare(base: Any) -> ModuleType:
    """A module with two classes of one table, as if it had been imported."""
    module = ModuleType("project.models")
    parent = type(base)(
        "Entry",
        (base,),
        {
            "__module__": module.__name__,
            "__tablename__": "entry",
            "id": Column(Integer, primary_key=True),
            "kind": Column(Integer),
            "__mapper_args__": {"polymorphic_on": "kind", "polymorphic_identity": 1},
        },
    )
    child = type(base)(
        "TeamEntry",
        (parent,),
        {
            "__module__": module.__name__,
            "__tablename__": "team_entry",
            "__mapper_args__": {"polymorphic_identity": 2},
        },
    )
    vars(module).update(Entry=parent, TeamEntry=child)
    return module


def table(name: str) -> dict[str, Any]:
    return {"__tablename__": name, "id": Column(Integer, primary_key=True)}


def test_a_class_whose_table_is_its_parents_can_be_declared_again() -> None:
    base = declarative_base(metaclass=NameMeta)
    for _ in range(2):
        module = declare(base)
        assert "__table__" not in vars(module.TeamEntry)
        assert list(base.metadata.tables) == ["entry"]
        forget_tables([module])
        assert not base.metadata.tables


def test_what_a_module_has_imported_from_one_that_stays_remains_declared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base: Any = declarative_base()
    library = ModuleType("library_models")
    entry = type(base)("Entry", (base,), {"__module__": "library_models", **table("entry")})
    library.Entry, library.tags = entry, Table("tags", base.metadata)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "library_models", library)
    module = ModuleType("project.models")
    names = {"__module__": "project.models"}
    vars(module).update(
        vars(library),
        __name__="project.models",
        Own=type(base)("Own", (base,), {**names, **table("own")}),
        own_tags=Table("own_tags", base.metadata),
        Sibling=type(base)("Sibling", (entry,), names),
    )
    forget_tables([module])
    assert list(base.metadata.tables) == ["entry", "tags"]
