"""Removes the tables of unloaded modules from a base that a library keeps, such as SQLModel's."""

from __future__ import annotations

from collections.abc import Collection
from types import ModuleType

from sqlalchemy import MetaData, Table
from sqlalchemy.orm import Mapper, registry


def forget_tables(modules: Collection[ModuleType]) -> None:
    """Take what ``modules``, which are about to go, have declared on a base that stays.

    Imported again, a class would find its table declared already. A base that goes with the
    modules is left alone: what was made from its metadata may still be in use.
    """
    names = {module.__name__ for module in modules}
    declared = [value for module in modules for value in list(vars(module).values())]
    metadata: set[MetaData] = set()
    registries: set[registry] = set()
    tables = {value for value in declared if isinstance(value, Table)}
    for value in declared:
        mapper = vars(value).get("__mapper__") if isinstance(value, type) else None
        if not isinstance(mapper, Mapper):
            continue
        base = next(
            (class_ for class_ in mapper.class_.__mro__ if "metadata" in vars(class_)), None
        )
        if base is not None and base.__module__ not in names:
            metadata.add(mapper.class_.metadata)
            registries.add(mapper.registry)
            tables.update(table for table in mapper.tables if isinstance(table, Table))
    for base_registry in registries:
        if all(mapper.class_.__module__ in names for mapper in base_registry.mappers):
            _dispose(base_registry)
    for table in tables:
        if table.metadata in metadata:
            table.metadata.remove(table)


def _dispose(base_registry: registry) -> None:
    """Take the mappers off their classes.

    SQLAlchemy deletes there what it has set, and fails where another has done that before: so
    does Flask-SQLAlchemy with the ``__table__`` of a class that has its parent's table.
    """
    for mapper in base_registry.mappers:
        for name in mapper.class_manager.originals.keys() - vars(mapper.class_).keys():
            type.__setattr__(mapper.class_, name, None)
    base_registry.dispose(cascade=True)
