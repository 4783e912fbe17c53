"""Which cursors SQLAlchemy asks a driver for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.engine.url import make_url

from stillroom.apply.gate.interception import stays_on_server


class Context(DefaultExecutionContext):
    """One that is made without a connection."""

    def __init__(self, driver: str) -> None:
        """For the dialect of ``driver``, whose cursors only say how they were asked for."""
        self.dialect = make_url(f"mysql+{driver}://").get_dialect()()
        self._dbapi_connection: Any = SimpleNamespace(cursor=stays_on_server)


@pytest.mark.parametrize("driver", ["pymysql", "mysqlconnector", "mariadbconnector"])
def test_only_a_cursor_that_fetches_row_by_row_stays_on_the_server(driver: str) -> None:
    context = Context(driver)
    own: Any = context.dialect.execution_ctx_cls
    assert not own.create_default_cursor(context)
    if own.create_server_side_cursor is not DefaultExecutionContext.create_server_side_cursor:
        assert own.create_server_side_cursor(context)  # older dialects of mysqlconnector have none
