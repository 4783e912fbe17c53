"""Looks the database up through other connections, drops what it has found, and makes it again.

Revision ID: r6
"""

import os

import sqlalchemy as sa
from alembic import op

revision = "r6"
down_revision = "r5"


def keys_of(engine):
    return sa.inspect(engine).get_foreign_keys("orders")


def engine_of_its_own(database):
    url = sa.make_url(os.environ["CRASH_URL"]).set(drivername="mysql+pymysql")
    return sa.create_engine(url.set(database=database or url.database), poolclass=sa.NullPool)


def rebuild(found, length):
    for key in found:
        op.drop_constraint(key["name"], "orders", type_="foreignkey")
    op.alter_column(
        "people", "label", type_=sa.String(length), existing_type=sa.String(200 - length),
        existing_nullable=False,
    )  # fmt: skip
    for key in found:
        columns, others = key["constrained_columns"], key["referred_columns"]
        op.create_foreign_key(key["name"], "orders", key["referred_table"], columns, others)


def upgrade():
    engine = op.get_bind().engine
    rebuild(keys_of(engine), 120)
    own = engine_of_its_own(engine.url.database)
    with own.connect() as other:
        count = other.scalar(sa.text("SELECT COUNT(*) FROM people WHERE email IS NOT NULL"))
    op.add_column("people", sa.Column("count", sa.Integer, server_default=str(count)))
    with own.begin() as other:
        other.execute(sa.text("UPDATE people SET email = CONCAT('own.', email) WHERE id < 3"))
    metadata = sa.MetaData()
    metadata.reflect(bind=engine, only=["orders"])
    for index in sorted(metadata.tables["orders"].indexes, key=lambda index: index.name):
        if index.name == "ix_orders_total":
            op.drop_index(index.name, table_name="orders")
            op.create_index("ix_orders_sum", "orders", [column.name for column in index.columns])


def downgrade():
    engine = op.get_bind().engine
    names = {index["name"] for index in sa.inspect(engine).get_indexes("orders")}
    if "ix_orders_sum" in names:
        op.drop_index("ix_orders_sum", table_name="orders")
        op.create_index("ix_orders_total", "orders", ["total"])
    with engine.connect() as other:
        count = other.scalar(sa.text("SELECT MAX(count) FROM people"))
    op.drop_column("people", "count")
    op.execute(f"UPDATE people SET email = SUBSTR(email, 5) WHERE id < 3 AND {count} > 0")
    rebuild(keys_of(engine), 80)
