"""What is said of a change that a server refuses."""

from __future__ import annotations

from stillroom.authoring.operations.ordering import RefusedChange


def test_values_are_spoken_of_only_where_they_are_converted() -> None:
    converted = RefusedChange("ALTER TABLE `t` MODIFY COLUMN `a` uuid", "Cannot cast (4079)")
    assert "values cannot be converted" in str(converted)
    dropped = RefusedChange("DROP TABLE `t`", "Cannot delete a parent row (1451)", "env.py")
    assert "converted" not in str(dropped)
    assert str(dropped.at("app/models.py:3")).startswith("app/models.py:3: a server would refuse")
