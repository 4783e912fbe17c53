"""What `make compatible` predicts, provoked on real servers by statements of the old code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from tests.support import servers
from tests.support.releases import FINE, PLAIN, STOPS, Stop

ORDERS = """CREATE TABLE orders (
    id INT AUTO_INCREMENT PRIMARY KEY, state ENUM('new', 'paid', 'sent') NOT NULL,
    code VARCHAR(40) NOT NULL, `count` INT NOT NULL DEFAULT 0, note VARCHAR(40),
    unused VARCHAR(40), user_id INT)"""


@pytest.fixture
def orders(database: sa.URL) -> Iterator[sa.Connection]:
    """A connection to a database with the tables of the old code."""
    servers.execute(database, "CREATE TABLE user (id INT PRIMARY KEY)", ORDERS, PLAIN)
    engine = sa.create_engine(database)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_each_error_is_the_one_that_is_predicted(orders: sa.Connection) -> None:
    for stop in STOPS:
        orders.exec_driver_sql("CREATE TABLE kept LIKE orders")
        orders.exec_driver_sql("INSERT INTO kept SELECT * FROM orders")
        orders.exec_driver_sql(f"ALTER TABLE orders {stop.change}")
        if stop.statement.startswith("DELETE"):  # the new code refers to what is to go
            orders.exec_driver_sql("INSERT INTO user VALUES (1)")
            orders.exec_driver_sql("UPDATE orders SET buyer = 1")
        assert number_of(orders, stop) in stop.numbers, stop.change
        orders.exec_driver_sql("DROP TABLE IF EXISTS orders, sales")
        orders.exec_driver_sql("ALTER TABLE kept RENAME orders")


def number_of(connection: sa.Connection, stop: Stop) -> int:
    """The error that the old code gets."""
    with pytest.raises(DBAPIError) as caught:
        connection.exec_driver_sql(stop.statement)
    assert caught.value.orig is not None
    return int(caught.value.orig.args[0])


def test_what_is_fine_is_fine(orders: sa.Connection) -> None:
    for change in FINE:
        orders.exec_driver_sql(f"ALTER TABLE orders {change}")
        orders.exec_driver_sql(PLAIN)
        orders.exec_driver_sql("SELECT id, state, code, `count`, note, user_id FROM orders")
