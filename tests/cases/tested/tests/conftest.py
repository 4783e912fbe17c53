from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine


@pytest.fixture
def connection(migrated_database: str) -> Iterator[Connection]:
    """A transaction for each test, rolled back: the recipe of SQLAlchemy."""
    engine = create_engine(migrated_database)
    with engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()
    engine.dispose()
