"""Renders expressions so that the revision says what the models and the history say."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate.api import AutogenContext

from stillroom.authoring.operations import escaped


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
