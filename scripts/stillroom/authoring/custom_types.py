"""Writes the types that a project or a library of its own has made, so that a revision runs."""

from __future__ import annotations

from typing import Any, Literal

from alembic.autogenerate import render
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator, TypeEngine


def teach(context: AutogenContext) -> None:
    """Let ``context`` write such types, after the project's own ``render_item``, if it has one.

    A TypeDecorator is written as what it is for the server: the revision then says what it does
    for ever, whatever becomes of the class. Alembic would name the class and not import it. Other
    types have no other name than their own, so their module is imported.
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
            return render._repr_type(item.type_engine(context.dialect), context)
        if not context.opts.get("user_module_prefix"):
            context.imports.add(f"import {module}")
        return False

    context.opts = {**context.opts, "render_item": render_item}
