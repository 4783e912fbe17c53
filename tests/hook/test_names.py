"""Names that a server takes and that hold a line's end: each message stays one line."""

from __future__ import annotations

import ast
import re
import unicodedata
from pathlib import Path

import pytest

from tests.support.projects import Answer
from tests.support.repositories import RepositoryProject, make_repository

MODEL = """
from sqlalchemy import Column, Integer, String, Table, Text

from app.database.engine import Base

NAME = {name!r}
Table(NAME, Base.metadata, Column("id", Integer, primary_key=True), Column(NAME, String({size})),
      comment="two\\nlines")
"""
NAME = "a\nb\u2028c\x1b[31m\x0b\x85'`d"


def lines(answer: Answer) -> list[str]:
    """What was printed, without Python's own warnings, which show a source line below theirs."""
    text = re.sub(r"^.*SAWarning: .*\n.*\n", "", answer.out + answer.err, flags=re.MULTILINE)
    unseen = {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")}
    assert unseen <= {"\n"}
    return text.split("\n")


@pytest.mark.filterwarnings("default:Unknown column definition")  # of SQLAlchemy's reflection
def test_a_name_over_several_lines(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repository", hook="none")
    own = NAME.encode("unicode_escape").decode()
    model = "app/models/made.py"
    repository.write(model, MODEL.format(name=NAME, size=20))
    assert found(repository) == [f"DR101 table {own} has no revision"]
    assert repository.verb("baseline").code == 0
    assert found(repository) == []
    repository.write(model, MODEL.format(name=NAME, size=10))
    assert found(repository) == [
        f"DR102 {own}.{own} is VARCHAR(20) in the history, VARCHAR(10) in the models"
    ]
    written = repository.verb("revision", "-m", "narrow it")
    assert written.code == 0, written.err
    assert f"{own}.{own}: VARCHAR(20) becomes VARCHAR(10)" in lines(written)
    text = repository.revisions()[-1].read_text()
    ast.parse(text)
    assert NAME not in text


def found(repository: RepositoryProject) -> list[str]:
    """What the check says of what is there."""
    repository.git("add", "--all")
    answer = repository.check()
    assert answer.code in (0, 1), answer.err
    return [line.partition(": ")[2] for line in lines(answer) if ": DR" in line]
