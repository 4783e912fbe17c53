"""The one name that tells whether a statement has happened."""

from __future__ import annotations

import pytest

from stillroom.apply.outcome.evidence import evidence_of
from stillroom.apply.statements import classify

BEFORE = """\
CREATE TABLE `t` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `old` int(11) DEFAULT NULL COMMENT 'a `new` one',
  PRIMARY KEY (`id`),
  KEY `ix_old` (`old`),
  CONSTRAINT `fk_old` FOREIGN KEY (`old`) REFERENCES `u` (`id`)
) ENGINE=InnoDB"""
AFTER = BEFORE.replace("  PRIMARY", "  `new` int(11) DEFAULT NULL,\n  PRIMARY")
WITH_INDEX = BEFORE.replace("  KEY", "  UNIQUE KEY `ix_new` (`old`),\n  KEY")
INDEXED = BEFORE.replace("KEY `ix_old` (`old`)", "KEY `ix_old` (`old`,`id`(768)) USING BTREE")
UNIQUE = BEFORE.replace("KEY `ix_old`", "UNIQUE KEY `ix_old`")
# The index that came with the key stays.
WITHOUT_FOREIGN_KEY = BEFORE.replace("CONSTRAINT `fk_old`", "KEY `fk_old` (`old`) x")


@pytest.mark.parametrize(
    ("text", "not_done", "done"),
    [
        ("CREATE TABLE t (id INT)", None, BEFORE),
        ("DROP TABLE t", BEFORE, None),
        ("ALTER TABLE t ADD COLUMN `new` INT DEFAULT (1 + 2)", BEFORE, AFTER),
        ("ALTER TABLE d.t DROP COLUMN NEW", AFTER, BEFORE),
        ("ALTER TABLE t CHANGE old new INT", BEFORE, AFTER),
        ("CREATE UNIQUE INDEX ix_new ON t (old)", BEFORE, WITH_INDEX),
        ("DROP INDEX ix_new ON t", WITH_INDEX, BEFORE),
        ("ALTER TABLE t ADD CONSTRAINT ix_new UNIQUE (old)", BEFORE, WITH_INDEX),
        # One of that name may have been made for a foreign key before.
        ("CREATE INDEX ix_old ON t (old, ID)", BEFORE, INDEXED),
        ("CREATE UNIQUE INDEX ix_old ON t (old)", BEFORE, UNIQUE),
        ("ALTER TABLE t ADD CONSTRAINT ix_old UNIQUE (old)", BEFORE, UNIQUE),
        ("ALTER TABLE t DROP FOREIGN KEY fk_old", BEFORE, WITHOUT_FOREIGN_KEY),
        (
            "ALTER TABLE t ADD CONSTRAINT fk_old FOREIGN KEY (old) REFERENCES u (id)",
            WITHOUT_FOREIGN_KEY,
            BEFORE,
        ),
        ("ALTER TABLE t DROP PRIMARY KEY", BEFORE, BEFORE.replace("PRIMARY KEY", "KEY `x`")),
    ],
)
def test_verdict(text: str, not_done: str | None, done: str | None) -> None:
    found = evidence_of(classify(text))
    assert found is not None
    assert not found.shows_done(not_done)
    assert found.shows_done(done)


@pytest.mark.parametrize(
    "clause", ["MODIFY a INT", "CHANGE a A INT", "COMMENT ''", "ALTER COLUMN a SET DEFAULT 1"]
)
def test_repeatable(clause: str) -> None:
    found = evidence_of(classify(f"ALTER TABLE t {clause}"))
    assert found is not None
    assert not found.shows_done(AFTER)


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE t DROP COLUMN a, ADD COLUMN a INT",
        "ALTER TABLE t ADD INDEX (a)",
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS a INT",
        "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u (id)",
        "ALTER TABLE t RENAME TO u",
        "ALTER TABLE t DROP CONSTRAINT c",
        "DROP TABLE a, b",
        "CREATE INDEX x ON t (a(10))",
        "CREATE TABLE IF NOT EXISTS t (id INT)",
        "CREATE TABLE t LIKE u",
        "CREATE VIEW v AS SELECT 1",
        "TRUNCATE TABLE t",
    ],
)
def test_one_name_is_not_enough(text: str) -> None:
    assert evidence_of(classify(text)) is None
