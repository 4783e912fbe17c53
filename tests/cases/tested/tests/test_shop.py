import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

ADD = "INSERT INTO user (name, email, create_time) VALUES (:name, :email, NOW())"


@pytest.mark.parametrize("number", range(4))
def test_every_test_finds_the_same_rows(connection, migrated_database, number):
    Path(os.environ["SEEN"], f"{os.environ.get('PYTEST_XDIST_WORKER')}-{number}").write_text(
        migrated_database
    )
    assert connection.scalar(text("SELECT COUNT(*) FROM user")) == 0
    connection.execute(text(ADD), {"name": "Ann", "email": "Ann@Example.com"})
    assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "b2"


def test_a_revision_moves_rows(at_revision):
    database = at_revision("b2")
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(text(ADD), {"name": "Ann", "email": "Ann@Example.com"})
        connection.execute(text(ADD), {"name": "Ben", "email": None})
    database.run()
    with engine.connect() as connection:
        found = connection.execute(text("SELECT user_id, address FROM email")).all()
    engine.dispose()
    assert found == [(1, "ann@example.com")]


def test_a_revision_that_there_is_not(at_revision):
    with pytest.raises(pytest.fail.Exception, match="Can't locate revision"):
        at_revision("nothing")
