"""Which tables nothing imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.project.model_imports import unimported_tables

TABLE = "import sqlalchemy as sa\n\nmetadata = sa.MetaData()\ntable = sa.Table('item', metadata)\n"


SQLMODEL = "from base import Base\n\n\nclass Item(Base, table=True):\n    id: int\n"


@pytest.mark.parametrize("code", [TABLE, SQLMODEL])
def test_a_table_in_a_module_that_nothing_imports_is_told(tmp_path: Path, code: str) -> None:
    (tmp_path / "item.py").write_text(code)
    (finding,) = unimported_tables(tmp_path, ["item.py"])
    assert (finding.code, finding.what) == ("MD101", "table item is in no imported module")


def test_a_revision_in_the_package_of_the_application_has_no_models(tmp_path: Path) -> None:
    header = "revision = 'aa11'\ndown_revision: str | None = None\n"
    (tmp_path / "aa11_create_item.py").write_text(header + TABLE)
    assert unimported_tables(tmp_path, ["aa11_create_item.py"]) == []
