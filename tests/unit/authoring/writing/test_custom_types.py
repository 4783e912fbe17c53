"""How a new revision names the types that a project has made."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator

from stillroom.authoring.writing.custom_types import render_custom_types


class Name(TypeDecorator[str]):
    impl = sa.Unicode
    cache_ok = True


@compiles(Name, "mysql")
def _as_text(*_: Any, **__: Any) -> str:
    return "VARCHAR(255) COLLATE utf8mb4_bin"


def test_decorator_with_a_text_of_its_own_is_imported() -> None:
    context = SimpleNamespace(opts={}, dialect=mysql.dialect(), imports=set())
    render_custom_types(cast("AutogenContext", context))
    assert context.opts["render_item"]("type", Name(), context) is False
    assert context.imports == {f"import {__name__}"}
