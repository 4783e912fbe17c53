"""Which tables nothing imports."""

from __future__ import annotations

from pathlib import Path

from stillroom.project.model_imports import unimported_tables

TABLE = "import sqlalchemy as sa\n\nmetadata = sa.MetaData()\ntable = sa.Table('item', metadata)\n"


def test_a_table_in_a_module_that_nothing_imports_is_told(tmp_path: Path) -> None:
    (tmp_path / "item.py").write_text(TABLE)
    assert [finding.code for finding in unimported_tables(tmp_path, ["item.py"])] == ["MD101"]


def test_a_revision_in_the_package_of_the_application_has_no_models(tmp_path: Path) -> None:
    header = "revision = 'aa11'\ndown_revision: str | None = None\n"
    (tmp_path / "aa11_create_item.py").write_text(header + TABLE)
    assert unimported_tables(tmp_path, ["aa11_create_item.py"]) == []
