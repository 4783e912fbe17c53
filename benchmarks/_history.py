"""A generated history: revisions as real projects have them, and the models that they lead to.

In 1,395 revisions of 26 public projects (those of benchmarks/public_histories, Airflow and Superset
among them) a revision has 2.27 operations: columns are added most often, then come tables of seven
columns with their foreign keys, altered columns, indexes, dropped columns and constraints. Ten
revisions here have 23 operations of these kinds. Two of them make a table, not five as there:
those are mostly made by a project's first revision, and after 1,000 one rather has 200 than 500.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field

from tests.support.repositories import RepositoryProject

REVISION = '''"""Revision {number}."""

import sqlalchemy as sa
from alembic import op

revision = "r{number:04}"
down_revision = {below!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {up}


def downgrade() -> None:
    {down}
'''
MODEL = '''"""Table {name}."""

from datetime import datetime

from sqlalchemy import (
    BigInteger, Boolean, DateTime, ForeignKey, Index, Integer, String, Text, UniqueConstraint
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database.engine import Base


class {class_}(Base):
    __tablename__ = "{name}"
    __table_args__ = ({extras})

{columns}
'''
COLUMNS = {
    "id": "Integer, primary_key=True",
    "name": "String(255), nullable=False",
    "state": "String(40)",
    "created_at": "DateTime, nullable=False",
    "size": "Integer",
    "enabled": 'Boolean, comment="列"',
    "note": "Text",
}
Operations = list[tuple[str, str]]  # up, down


@dataclass
class _Table:
    name: str
    columns: dict[str, str] = field(default_factory=dict)  # name -> arguments of mapped_column()
    extras: dict[str, str] = field(default_factory=dict)  # name -> Index or UniqueConstraint

    def model(self) -> str:
        lines = [
            f"    {name}: Mapped[{_python_type(column)}] = mapped_column({column})"
            for name, column in self.columns.items()
        ]
        extras = "".join(f"{extra}, " for extra in self.extras.values())
        class_ = self.name.title().replace("_", "")
        return MODEL.format(name=self.name, class_=class_, extras=extras, columns="\n".join(lines))

    def create(self, parent: str | None) -> Operations:
        self.columns = dict(COLUMNS)
        arguments = [f'sa.Column("{name}", {_qualified(c)})' for name, c in COLUMNS.items()]
        if parent is not None:
            key = f"fk_{self.name}_parent"
            self.columns["parent_id"] = f'ForeignKey("{parent}.id", name="{key}")'
            arguments += [
                'sa.Column("parent_id", sa.Integer())',
                f'sa.ForeignKeyConstraint(["parent_id"], ["{parent}.id"], name="{key}")',
            ]
        made = f'op.create_table("{self.name}", {", ".join(arguments)})'
        return [(made, f'op.drop_table("{self.name}")'), *self.index("name")]

    def add(self, column: str, definition: str = 'String(40), comment="列"') -> Operations:
        self.columns[column] = definition
        up = f'op.add_column("{self.name}", sa.Column("{column}", {_qualified(definition)}))'
        return [(up, f'op.drop_column("{self.name}", "{column}")')]

    def drop(self, column: str) -> Operations:
        definition = self.columns.pop(column)
        down = f'op.add_column("{self.name}", sa.Column("{column}", {_qualified(definition)}))'
        return [(f'op.drop_column("{self.name}", "{column}")', down)]

    def alter(self, column: str, before: str, after: str, *, required: bool = False) -> Operations:
        self.columns[column] = f"{after}{', nullable=False' * required}"
        call = f'op.alter_column("{self.name}", "{column}", existing_type='
        nullable = f", nullable={not required}, existing_nullable={required}"
        up = f"{call}sa.{before}, type_=sa.{after}, nullable={not required})"
        return [(up, f"{call}sa.{after}, type_=sa.{before}{nullable * required})")]

    def refer(self, column: str, other: str) -> Operations:
        key = f"fk_{self.name}_{column}"
        added = self.add(column, "Integer")
        self.columns[column] = f'ForeignKey("{other}.id", name="{key}")'
        up = f'op.create_foreign_key("{key}", "{self.name}", "{other}", ["{column}"], ["id"])'
        return [*added, (up, f'op.drop_constraint("{key}", "{self.name}", type_="foreignkey")')]

    def index(self, *columns: str) -> Operations:
        name = f"ix_{self.name}_{'_'.join(columns)}"
        listed = ", ".join(f'"{column}"' for column in columns)
        self.extras[name] = f'Index("{name}", {listed})'
        up = f'op.create_index("{name}", "{self.name}", [{listed}])'
        return [(up, f'op.drop_index("{name}", "{self.name}")')]

    def drop_index(self, *columns: str) -> Operations:
        ((up, down),) = self.index(*columns)
        del self.extras[f"ix_{self.name}_{'_'.join(columns)}"]
        return [(down, up)]

    def unique(self, *columns: str) -> Operations:
        name = f"uq_{self.name}"
        listed = ", ".join(f'"{column}"' for column in columns)
        self.extras[name] = f'UniqueConstraint({listed}, name="{name}")'
        up = f'op.create_unique_constraint("{name}", "{self.name}", [{listed}])'
        return [(up, f'op.drop_constraint("{name}", "{self.name}", type_="unique")')]

    def update(self) -> Operations:
        table = f'sa.table("{self.name}", sa.column("note"))'
        return [(f"op.execute({table}.update().values(note=None))", "pass")]


class GeneratedHistory:
    """Replaces the revisions and the models of ``project``, one revision at a time."""

    def __init__(self, project: RepositoryProject) -> None:
        self.project = project
        self.tables: list[_Table] = []
        self.length = 0
        shutil.rmtree(project.root / "app" / "models")
        project.write("app/models/__init__.py", "")
        for file in project.revisions():
            file.unlink()

    def grow(self, count: int) -> None:
        """Add ``count`` revisions, and commit them."""
        for _ in range(count):
            self.add()
        self.project.git("add", "--all")
        self.project.git("commit", "--quiet", "--message", "generated")

    def add(self) -> None:
        """Write one more revision, and its change of the models."""
        operations, changed = self._step()
        text = REVISION.format(
            number=self.length,
            below=f"r{self.length - 1:04}" if self.length else None,
            up="\n    ".join(up for up, _ in operations),
            down="\n    ".join(down for _, down in reversed(operations)),
        )
        self.project.write(f"alembic/versions/r{self.length:04}.py", text)
        for table in changed:
            self.project.write(f"app/models/{table.name}.py", table.model())
        self.length += 1

    def _step(self) -> tuple[Operations, list[_Table]]:
        place = self.length % 10
        if place in (0, 2):
            parent = self.tables[-1].name if self.tables else None
            table = _Table(f"thing_{len(self.tables)}")
            self.tables.append(table)
            return table.create(parent), [table]
        one, other = self.tables[-2:] if place > 2 else (self.tables[-1], self.tables[-1])
        match place:
            case 1:
                found = one.add("color") + one.add("weight")
            case 3:
                found = one.alter("state", "String(40)", "String(80)")
                found += one.index("state", "created_at")
            case 4:
                found = other.add("shape") + other.refer("other_id", one.name)
            case 5:
                found = one.drop("color") + one.add("price", "Integer")
            case 6:
                found = other.unique("name", "created_at") + other.add("code")
            case 7:
                found = other.alter("state", "String(40)", "String(40)", required=True)
                found += one.alter("size", "Integer()", "BigInteger()")
            case 8:
                found = one.drop_index("state", "created_at") + one.index("created_at")
                found += one.update()
            case _:
                found = other.drop("shape") + one.add("label")
                found += other.alter("size", "Integer()", "BigInteger()")
        return found, [one, other]


def _qualified(definition: str) -> str:
    """Arguments of mapped_column() as those of sa.Column()."""
    return f"sa.{definition}"


def _python_type(definition: str) -> str:
    kind = definition.partition("(")[0].partition(",")[0]
    found = {"String": "str", "Text": "str", "DateTime": "datetime", "Boolean": "bool"}
    required = "nullable=False" in definition or "primary_key" in definition
    return found.get(kind, "int") + " | None" * (not required)
