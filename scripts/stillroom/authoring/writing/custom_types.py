"""Writes the types that a project or a library of its own has made, so that a revision runs."""

from __future__ import annotations

from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Dialect
from sqlalchemy.exc import CompileError
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from stillroom.project.alembic_env import alembic_internals


def render_custom_types(context: AutogenContext) -> None:
    """Let ``context`` write such types, after the project's own ``render_item``, if it has one.

    What is a type of SQLAlchemy to the server is written as that: the revision then says what it
    does for ever, whatever becomes of the class. Alembic would name the class and not import it.
    A type with DDL of its own has no other name, so its module is imported.
    """
    given = context.opts.get("render_item")

    def render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
        written: str | Literal[False] = given(kind, item, context) if given else False
        if written is not False or not isinstance(item, TypeEngine):
            return written
        module = type(item).__module__
        if module.startswith("sqlalchemy."):
            return False
        if isinstance(item, TypeDecorator) and context.dialect is not None:
            below = item.type_engine(context.dialect)
            if _have_same_ddl(item, below, context.dialect):
                return alembic_internals.type_text(below, context)
        elif (standard := _standard(type(item))) is not None:
            return alembic_internals.type_text(item.adapt(standard), context)
        if not context.opts.get("user_module_prefix"):
            context.imports.add(f"import {module}")
        return False

    context.opts = {**context.opts, "render_item": render_item}


def _have_same_ddl(item: TypeEngine[Any], other: TypeEngine[Any], dialect: Dialect) -> bool:
    """Not if ``@compiles`` gives ``item`` a text of its own."""
    try:
        return item.compile(dialect) == other.compile(dialect)
    except CompileError:
        return False


def _standard(kind: type[TypeEngine[Any]]) -> type[TypeEngine[Any]] | None:
    """The class of SQLAlchemy whose DDL ``kind`` has, if it has none of its own."""
    for base in kind.__mro__:
        if base.__module__.startswith("sqlalchemy."):
            return base if base not in (TypeEngine, UserDefinedType) else None
        if {"__visit_name__", "_compiler_dispatch"}.intersection(vars(base)):
            return None
    return None
