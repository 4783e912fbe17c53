"""Renders expressions so that the revision says what the models and the history say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.ddl.impl import DefaultImpl

from stillroom.authoring.operations.own import escaped


def keep_defaults(impl: DefaultImpl) -> None:
    """Let the defaults of the history be reflected as they are: with colons, and no parameters."""
    reflected: Callable[..., None] = impl.autogen_column_reflect

    def autogen_column_reflect(inspector: Any, table: Any, column_info: dict[str, Any]) -> None:
        if isinstance(default := column_info.get("default"), str):
            column_info["default"] = escaped(default)
        reflected(inspector, table, column_info)

    vars(impl)["autogen_column_reflect"] = autogen_column_reflect


def keep_texts(context: AutogenContext) -> None:
    """Let expressions be in the revision what they are in the models and the history.

    Alembic renders them as a driver takes them, with percent signs doubled, which are doubled again
    when the revision runs; and with colons, which then begin parameters.
    """
    impl = context.migration_context.impl
    compiled = impl.render_ddl_sql_expr

    def render_ddl_sql_expr(expr: Any, *args: Any, is_index: bool = False, **more: Any) -> str:
        text = compiled(expr, *args, is_index=is_index, **more)
        if impl.dialect.paramstyle in ("format", "pyformat"):
            text = text.replace("%%", "%")
        return text if is_index else escaped(text)  # in an index it is no text()

    vars(impl)["render_ddl_sql_expr"] = render_ddl_sql_expr
