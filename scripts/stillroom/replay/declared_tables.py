"""Removes the tables of unloaded modules from a base that a library keeps, such as SQLModel's."""

from __future__ import annotations

import sys
from collections.abc import Collection
from types import ModuleType

from sqlalchemy import MetaData, Table
from sqlalchemy.orm import Mapper, registry


def forget_tables(modules: Collection[ModuleType]) -> None:
    """Take what ``modules``, which are about to go, have declared on a base that stays.

    Imported again, a class would find its table declared already. A base that goes with the
    modules is left alone: what was made from its metadata may still be in use. So is what they
    have imported from modules that stay, which will not be declared again.
    """
    names = {module.__name__ for module in modules}
    declared = [value for module in modules for value in list(vars(module).values())]
    metadata: set[MetaData] = set()
    registries: set[registry] = set()
    tables = {value for value in declared if isinstance(value, Table)}
    for value in declared:
        mapper = vars(value).get("__mapper__") if isinstance(value, type) else None
        if not isinstance(mapper, Mapper) or _stays(mapper, names):
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
    tables = {table for table in tables if table.metadata in metadata}
    for table in tables - _kept_tables(tables, registries, names):
        table.metadata.remove(table)


def _stays(mapper: Mapper[object], names: Collection[str]) -> bool:
    """Whether the module of its class keeps it. Another may be said to be a library's own: its
    module is where ``type()`` was called, as for a class that is made of a table.
    """
    class_ = mapper.class_
    module = None if class_.__module__ in names else sys.modules.get(class_.__module__)
    return getattr(module, class_.__name__, None) is class_


def _kept_tables(
    tables: Collection[Table], registries: Collection[registry], names: Collection[str]
) -> set[Table]:
    """Those of ``tables`` that a class which stays has, or for which a module has a name."""
    mappers = [mapper for base_registry in registries for mapper in base_registry.mappers]
    kept = {
        mapper.local_table
        for mapper in mappers
        if isinstance(mapper.local_table, Table) and _stays(mapper, names)
    }
    unmapped = set(tables) - {mapper.local_table for mapper in mappers}
    for name, module in list(sys.modules.items()) if unmapped else []:
        if name not in names and isinstance(module, ModuleType):
            values = list(vars(module).values())
            kept.update(unmapped.intersection(v for v in values if isinstance(v, Table)))
    return kept


def _dispose(base_registry: registry) -> None:
    """Take the mappers off their classes.

    SQLAlchemy deletes there what it has set, and fails where another has done that before: so
    does Flask-SQLAlchemy with the ``__table__`` of a class that has its parent's table.
    """
    for mapper in base_registry.mappers:
        for name in mapper.class_manager.originals.keys() - vars(mapper.class_).keys():
            type.__setattr__(mapper.class_, name, None)
    base_registry.dispose(cascade=True)
