"""The steps of action.yml and of ci/gitlab.yml, run as CI would run them."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.projects import ROOT, Answer
from tests.support.repositories import RepositoryProject, make_repository

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
GITLAB = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))["stillroom"]
MARKER = "<!-- stillroom report -->"
# It stands for gh and for curl: it notes what it is given, and knows one comment after the first.
FAKE = """\
#!{python}
import json, pathlib, sys
log = pathlib.Path({log!r})
lines = log.read_text().splitlines() if log.exists() else []
log.write_text("\\n".join([*lines, json.dumps(sys.argv[1:])]) + "\\n")
arguments = " ".join(sys.argv[1:])
there = any("POST" in line for line in lines)
if "--jq" in sys.argv and there:
    print(7)
if "per_page" in arguments:
    print(json.dumps([{{"id": 7, "body": "{marker} old"}}] if there else []))
"""


@pytest.fixture
def project(tmp_path: Path) -> RepositoryProject:
    made = make_repository(tmp_path / "shop", hook="none")
    made.git("tag", "base")
    made.add_column()
    made.add_revision()
    made.git("add", "--all")
    made.git("commit", "-qm", "nickname")
    for tool in ("gh", "curl"):
        text = FAKE.format(python=sys.executable, log=str(tmp_path / "calls"), marker=MARKER)
        made.write(f"../bin/{tool}", text).chmod(0o755)
    stillroom = f'#!/bin/sh\nexec env PYTHONPATH=scripts {sys.executable} -m stillroom "$@"\n'
    made.write("../bin/stillroom", stillroom).chmod(0o755)
    made.environment["PATH"] = f"{tmp_path / 'bin'}:/usr/local/bin:/usr/bin:/bin"
    return made


def calls(project: RepositoryProject) -> list[list[str]]:
    lines = (project.root.parent / "calls").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def bash(project: RepositoryProject, script: str, **environment: str) -> Answer:
    return project.run(
        "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script, **environment
    )


class Workflow:
    """Runs the steps of the action with the values that GitHub gives to a pull request."""

    def __init__(self, project: RepositoryProject) -> None:
        self.project = project
        self.values = {
            f"inputs.{name}": str(given.get("default", ""))
            for name, given in ACTION["inputs"].items()
        }
        self.values |= {"inputs.install": "true", "inputs.from": "base", "inputs.token": "t"}
        self.values["github.event.pull_request.number"] = "12"
        self.files = {name: str(project.root.parent / name) for name in ("output", "summary")}

    def filled(self, text: str) -> str:
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda match: self.values[match[1]], text)

    def run(self, *names: str) -> dict[str, Answer]:
        """Run the steps of these names, by default all."""
        answers = {}
        for step in ACTION["runs"]["steps"]:
            if names and step["name"] not in names:
                continue
            environment = {name: self.filled(value) for name, value in step.get("env", {}).items()}
            environment |= {
                "GITHUB_OUTPUT": self.files["output"],
                "GITHUB_STEP_SUMMARY": self.files["summary"],
                "GITHUB_REPOSITORY": "us/shop",
                "RUNNER_TEMP": str(self.project.root.parent),
            }
            answers[step["name"]] = bash(self.project, self.filled(step["run"]), **environment)
            if Path(self.files["output"]).exists():
                name, _, value = Path(self.files["output"]).read_text().strip().partition("=")
                self.values[f"steps.report.outputs.{name}"] = value.splitlines()[0]
        return answers


def test_the_action_keeps_one_comment_and_passes_what_is_harmless(
    project: RepositoryProject,
) -> None:
    workflow = Workflow(project)
    answers = workflow.run()
    assert {name: answer.code for name, answer in answers.items()} == dict.fromkeys(answers, 0), (
        answers
    )
    report = workflow.values["steps.report.outputs.file"]
    assert Path(report).read_text(encoding="utf-8").startswith(f"{MARKER}\n## Schema changes")
    assert "nickname" in Path(workflow.files["summary"]).read_text(encoding="utf-8")
    assert json.loads(project.read("stillroom.sarif"))["version"] == "2.1.0"
    asked, posted = calls(project)
    assert asked[:3] == ["api", "--paginate", "repos/us/shop/issues/12/comments"]
    assert posted == ["api", "--method", "POST", asked[2], "-F", f"body=@{report}", "--silent"]
    workflow.run("comment")
    assert calls(project)[-1][:4] == ["api", "--method", "PATCH", "repos/us/shop/issues/comments/7"]


def test_the_action_fails_for_a_finding_and_comments_nevertheless(
    project: RepositoryProject,
) -> None:
    project.add_revision(
        "drop", id_="bbbb", below="aaaa", body='    op.execute("DROP TABLE article")'
    )
    project.git("add", "--all")
    project.git("commit", "-qm", "drop")
    answers = Workflow(project).run()
    codes = {name: answer.code for name, answer in answers.items()}
    assert codes.pop("check the models") == 1
    assert codes.pop("lint the revisions") == 1
    assert set(codes.values()) == {0}
    assert "::error file=alembic/versions/bbbb_drop.py,line=13" in answers["lint the revisions"].out
    assert "POST" in calls(project)[-1]


def test_the_template_for_gitlab_keeps_one_note(project: RepositoryProject) -> None:
    def job(**environment: str) -> Answer:
        script = "\n".join([*GITLAB["before_script"], *GITLAB["script"]])
        given = {**GITLAB["variables"], "STILLROOM_INSTALL": "true", **environment}
        given["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = "base"
        place = {"CI_API_V4_URL": "https://git.example/api/v4", "CI_PROJECT_ID": "3"}
        return bash(project, script, CI_MERGE_REQUEST_IID="12", **place, **given)

    assert job(STILLROOM_GITLAB_TOKEN="secret").code == 0
    assert project.read("stillroom-report.md").startswith(MARKER)
    project.add_column("forgotten")
    assert job(STILLROOM_GITLAB_TOKEN="secret").code == 1
    notes = "https://git.example/api/v4/projects/3/merge_requests/12/notes"
    shown = [shlex.join(call) for call in calls(project)]
    assert f"POST {notes} --data-urlencode body@stillroom-report.md" in shown[1]
    assert f"PUT {notes}/7 --data-urlencode" in shown[3]
    assert "secret" not in " ".join(shown)
    (project.root.parent / "calls").unlink()
    assert job().code == 1
    assert not (project.root.parent / "calls").exists()
