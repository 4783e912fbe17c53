"""The gate before the connections of a migration."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy.dialects import mysql

from stillroom.apply.gate.interception import Interception


def test_what_was_never_put_up_is_not_taken_away() -> None:
    """The connection is lost when the gate asks to which server it leads."""
    lost = Mock()
    lost.cursor.side_effect = ConnectionError("lost")
    fairy = SimpleNamespace(dbapi_connection=lost)
    connection: Any = SimpleNamespace(engine=Mock(), dialect=mysql.dialect(), connection=fairy)
    interception = Interception(gate=Mock())
    with pytest.raises(ConnectionError, match="lost"):
        interception.install(connection)
    interception.remove()
