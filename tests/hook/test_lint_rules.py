"""Every rule through the hook: a revision that it is for, and one near it that it is not for.

The messages are those of ``message.txt`` beside the revisions. To take over what is printed now:
``STILLROOM_WRITE_MESSAGES=1 pytest tests/hook/test_lint_rules.py``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

import stillroom.commands.checks.lint_revisions  # noqa: F401  # so that the forks need not import it
from stillroom.findings import Finding, Place
from stillroom.lint.check import OWN_CODES
from stillroom.lint.cost_probe import DIFFERS
from stillroom.lint.release_codes import RELEASE_CODES
from stillroom.marked import plain
from stillroom.render.findings import as_lines
from tests.support.lint_cases import LINT, NAMES, RULES, code_of, source_of
from tests.support.repositories import RepositoryProject, make_repository

BASE, CASE = "alembic/versions/base.py", "alembic/versions/case.py"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> RepositoryProject:
    project = make_repository(tmp_path_factory.mktemp("lint"), hook="none")
    project.write(BASE, (LINT / "base.py").read_text())
    project.git("add", "--all")
    project.commit(code=0)
    return project


@pytest.fixture(autouse=True)
def without_case(repository: RepositoryProject) -> Iterator[None]:
    yield
    repository.git("rm", "--quiet", "--force", "--ignore-unmatch", CASE)
    repository.git("restore", "--staged", "--worktree", BASE)


def found(repository: RepositoryProject, name: str, kind: str) -> list[Finding]:
    """What the hook finds of the case's rule in a staged revision."""
    source, code = source_of(name, kind), code_of(name)
    repository.write(BASE if 'revision = "ground"' in source.split("down_")[0] else CASE, source)
    repository.git("add", "--all")
    answer = repository.script("lint_revisions", "--format", "json")
    report = json.loads(answer.out)
    # What cannot be read is a finding, and the rest of the revision remains unknown.
    unread = (name, kind) == ("my606_unread_sql", "raises")
    assert answer.code == (2 if unread else bool(report["findings"])), answer.out + answer.err
    assert (report["reason"] is not None) == unread
    head = repository.git("rev-parse", "--short", "HEAD").out.strip()
    entries = json.loads(json.dumps([*report["findings"], *report["warnings"]]).replace(head, "…"))
    return [finding(**entry) for entry in entries if entry["code"] == code]


def finding(file: str, line: int, **fields: str) -> Finding:
    return Finding(where=Place(file, line), **fields)


def test_every_rule_has_a_case() -> None:
    codes = {rule.code for rule in RULES} | (OWN_CODES.keys() - RELEASE_CODES.keys())
    assert {code_of(name) for name in NAMES} == codes - {DIFFERS}  # which takes a server


@pytest.mark.parametrize("name", NAMES)
def test_raises_and_says(repository: RepositoryProject, name: str) -> None:
    findings = found(repository, name, "raises")
    assert findings
    message = LINT / name / "message.txt"
    if os.environ.get("STILLROOM_WRITE_MESSAGES"):
        message.write_text(plain(as_lines(findings)) + "\n")
    assert plain(as_lines(findings)) + "\n" == message.read_text()


@pytest.mark.parametrize("name", NAMES)
def test_passes(repository: RepositoryProject, name: str) -> None:
    assert found(repository, name, "passes") == []
