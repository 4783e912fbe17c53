"""Every rule through the hook: a revision that it is for, and one near it that it is not for.

The messages are those of ``message.txt`` beside the revisions. To take over what is printed now:
``STILLROOM_WRITE_MESSAGES=1 pytest tests/hook/test_lint_rules.py``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

import stillroom.commands.lint_revisions  # noqa: F401  # so that the forks need not import it
from stillroom.findings import Finding, Place
from stillroom.lint import rules
from stillroom.lint.allowances import OWN_CODES
from stillroom.render.findings import as_text
from tests.support.projects import CASES
from tests.support.repositories import RepositoryProject, make_repository

CASE = "alembic/versions/case.py"
LINT = CASES / "lint"
NAMES = sorted(path.parent.name for path in LINT.glob("*/raises.py"))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> RepositoryProject:
    project = make_repository(tmp_path_factory.mktemp("lint"), hook="none")
    project.write("alembic/versions/base.py", (LINT / "base.py").read_text())
    project.git("add", "--all")
    project.commit(code=0)
    return project


@pytest.fixture(autouse=True)
def without_case(repository: RepositoryProject) -> Iterator[None]:
    yield
    repository.git("rm", "--quiet", "--force", "--ignore-unmatch", CASE)


def found(repository: RepositoryProject, source: str, code: str) -> list[Finding]:
    """What the hook finds under ``code`` in a staged revision."""
    repository.write(CASE, source)
    repository.git("add", "--all")
    answer = repository.script("lint_revisions", "--format", "json")
    assert answer.code in (0, 1), answer.out + answer.err
    report = json.loads(answer.out)
    assert report["reason"] is None
    assert answer.code == bool(report["findings"])
    entries = [*report["findings"], *report["warnings"]]
    return [finding(**entry) for entry in entries if entry["code"] == code]


def finding(file: str, line: int, **fields: str) -> Finding:
    return Finding(where=Place(file, line), **fields)


def test_every_rule_has_a_case() -> None:
    codes = {rule.code for rule in rules.load()} | OWN_CODES.keys()
    assert {name[:5].upper() for name in NAMES} == codes
    assert len(NAMES) == len(codes)


@pytest.mark.parametrize("name", NAMES)
def test_raises_and_says(repository: RepositoryProject, name: str) -> None:
    source = (LINT / name / "raises.py").read_text()
    findings = found(repository, source, name[:5].upper())
    assert findings
    message = LINT / name / "message.txt"
    if os.environ.get("STILLROOM_WRITE_MESSAGES"):
        message.write_text(as_text(findings) + "\n")
    assert as_text(findings) + "\n" == message.read_text()


@pytest.mark.parametrize("name", NAMES)
def test_passes(repository: RepositoryProject, name: str) -> None:
    source = (LINT / name / "passes.py").read_text()
    assert found(repository, source, name[:5].upper()) == []
