"""What the tests of upgrades on real servers ask for by name."""

from __future__ import annotations

import pytest
import sqlalchemy as sa


@pytest.fixture
def url(database: sa.URL) -> sa.URL:
    """A new, empty database on a server."""
    return database
