"""Renames, and rows by an ORM session whose second insert needs the key of the first.

Revision ID: r3
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session, declarative_base, relationship

revision = "r3"
down_revision = "r2"

Base = declarative_base()


class Group(Base):
    __tablename__ = "groups_of_users"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(40))
    members = relationship("Member")


class Member(Base):
    __tablename__ = "members"
    id = sa.Column(sa.Integer, primary_key=True)
    group_id = sa.Column(sa.ForeignKey("groups_of_users.id"))
    label = sa.Column(sa.String(80))


def upgrade():
    bind = op.get_bind()
    op.drop_constraint("fk_orders_users", "orders", type_="foreignkey")
    op.rename_table("users", "people")
    Base.metadata.create_all(bind)
    session = Session(bind=bind)
    for number in range(3):
        group = Group(name=f"group {number}")
        group.members = [Member(label=f"{number}.{member}") for member in range(2)]
        session.add(group)
    session.commit()
    op.alter_column(
        "orders", "user_id", new_column_name="person_id", existing_type=sa.Integer,
        existing_nullable=False,
    )  # fmt: skip
    for group in session.scalars(sa.select(Group).order_by(Group.id)):
        group.name += "!"
    session.commit()
    op.create_foreign_key("fk_orders_people", "orders", "people", ["person_id"], ["id"])
    session.add(Group(name="last"))
    session.commit()


def downgrade():
    op.drop_constraint("fk_orders_people", "orders", type_="foreignkey")
    op.alter_column(
        "orders", "person_id", new_column_name="user_id", existing_type=sa.Integer,
        existing_nullable=False,
    )  # fmt: skip
    op.drop_index("fk_orders_people", table_name="orders")
    op.drop_table("members")
    op.drop_table("groups_of_users")
    op.rename_table("people", "users")
    op.create_foreign_key("fk_orders_users", "orders", "users", ["user_id"], ["id"])
