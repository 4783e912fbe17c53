"""Which tables nothing imports."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from stillroom.project.model_imports import unimported_tables

TABLE = "import sqlalchemy as sa\n\nmetadata = sa.MetaData()\ntable = sa.Table('item', metadata)\n"


MAPPED = """
from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base


class Item(declarative_base()):
    __tablename__ = "item"
    id = Column(Integer, primary_key=True)
"""
SQLMODEL = "from base import Base\n\n\nclass Item(Base, table=True):\n    id: int\n"


FLASK = """
from shop import db


class Item(Base, db.Model):
    id = db.Column(db.Integer, primary_key=True)


class Kept(db.Model):
    __abstract__ = True
    id = db.Column(db.Integer, primary_key=True)


class OfDjango(models.Model):
    name = models.CharField(max_length=30)
"""


@pytest.mark.parametrize("code", [TABLE, SQLMODEL, FLASK])
def test_a_table_in_a_module_that_nothing_imports_is_told(tmp_path: Path, code: str) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/item.py").write_text(code)
    (finding,) = unimported_tables(tmp_path, ["app.models"], ["app/item.py", "other.py"])
    assert (finding.code, finding.what) == ("MD101", "table item is in no imported module")


def test_a_revision_in_the_package_of_the_application_has_no_models(tmp_path: Path) -> None:
    header = "revision = 'aa11'\ndown_revision: str | None = None\n"
    (tmp_path / "app").mkdir()
    (tmp_path / "app/aa11_create_item.py").write_text(header + TABLE)
    assert unimported_tables(tmp_path, ["app"], ["app/aa11_create_item.py"]) == []


@pytest.mark.parametrize("code", [TABLE, MAPPED])
def test_beside_imported_tables_is_looked_where_no_package_of_models_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    names = ["src/tables/known.py", "src/tables/forgotten.py", "src/old/forgotten.py"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(code)
    spec = spec_from_file_location("known_tables", tmp_path / names[0])
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "known_tables", module)
    spec.loader.exec_module(module)
    (finding,) = unimported_tables(tmp_path, ["app.models"], names)
    assert finding.where.file == names[1]
