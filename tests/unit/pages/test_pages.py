"""`make pages`: what the page knows, and what it does in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.support.repositories import FIRST, RepositoryProject, make_repository

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
in_browser = pytest.mark.skipif(not BROWSER, reason="no browser: apt-get install chromium")
HOSTILE = "</script><b>x</b> \"q\" 'a' 👍 שלום"
# It goes before the page's own scripts, and behind them.
BEFORE = """<script>
const faults = [];
addEventListener("error", (event) => faults.push(event.message));
addEventListener("securitypolicyviolation", (event) => faults.push(event.violatedDirective));
</script>"""
AFTER = """<pre id="answer"></pre><script>
const pause = () => new Promise((done) => setTimeout(done, 50));
const texts = (selector) => [...document.querySelectorAll(selector)].map((one) => one.textContent);
(async () => {
  await pause();
  const answer = { faults };
  try { await (async () => { SCENARIO })(); } catch (error) { faults.push(String(error)); }
  document.getElementById("answer").textContent = JSON.stringify(answer);
})();
</script>"""


@pytest.fixture
def project(tmp_path: Path) -> RepositoryProject:
    return make_repository(tmp_path / "shop", hook="none")


def revision(project: RepositoryProject, name: str, below: str, *statements: str) -> None:
    body = "\n".join(f"    op.execute({statement!r})" for statement in statements) or "    pass"
    project.add_revision("step", id_=name, below=below, body=body)


def data_of(project: RepositoryProject, *arguments: str, code: int = 0) -> dict[str, Any]:
    made = project.verb("pages", *arguments)
    assert made.code == code, made.err
    page = project.read(".stillroom/schema.html")
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    data: dict[str, Any] = json.loads(text)
    return data


def browsed(page: Path, scenario: str) -> dict[str, Any]:
    """What a scenario puts into ``answer``, in a copy of the page."""
    text = page.read_text(encoding="utf-8").replace("<body>", f"<body>{BEFORE}", 1)
    end = text.rindex("</body>")
    copy = page.with_name("tried.html")
    copy.write_text(text[:end] + AFTER.replace("SCENARIO", scenario) + text[end:], encoding="utf-8")
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,900"]
    command += ["--virtual-time-budget=20000", f"--user-data-dir={page.parent / 'profile'}"]
    done = subprocess.run(
        [*command, "--dump-dom", copy.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    (answer,) = re.findall(r'<pre id="answer">(.*?)</pre>', done.stdout, re.DOTALL)
    told: dict[str, Any] = json.loads(unescape(answer))
    return told


def test_which_revision_brought_and_changed_each_column(project: RepositoryProject) -> None:
    revision(project, "aa", FIRST, "ALTER TABLE user ADD COLUMN a INT, ADD COLUMN b INT")
    revision(
        project, "bb", "aa", "ALTER TABLE user RENAME COLUMN a TO c", "RENAME TABLE user TO person"
    )
    revision(project, "cc", "bb", "ALTER TABLE person MODIFY c BIGINT, DROP COLUMN b")
    revision(project, "dd", "cc", "ALTER TABLE person ADD COLUMN b INT", "DROP TABLE article")
    data = data_of(project)
    (table,) = data["tables"]
    assert (table["name"], table["revisions"]) == ("person", [FIRST, "aa", "bb", "cc", "dd"])
    columns = {column["name"]: column["revisions"] for column in table["columns"]}
    assert columns["c"] == ["aa", "bb", "cc"]
    assert columns["b"] == ["dd"]
    assert columns["id"] == [FIRST]
    told = {one["id"]: one for one in data["revisions"]}
    assert told["bb"]["words"] == [
        "user.a is renamed to c",
        "table user is renamed to person",
    ]
    assert told["cc"]["statements"][0]["losses"]
    assert {finding["code"] for finding in told["dd"]["findings"]} >= {"MY101"}


def test_when_a_revision_was_written(project: RepositoryProject) -> None:
    (first,) = data_of(project)["revisions"]
    assert first["date"] == "2026-11-22"


def test_a_history_that_cannot_be_replayed_is_shown_as_far_as_it_goes(
    project: RepositoryProject,
) -> None:
    revision(project, "aa", FIRST, "ALTER TABLE user ADD COLUMN a INT")
    revision(project, "bb", "aa", "CREATE TABLE copy SELECT * FROM user")
    data = data_of(project, code=2)
    assert "alembic/versions/bb_step.py" in data["reason"]
    assert [table["name"] for table in data["tables"]] == ["article", "user"]
    assert "a" in [column["name"] for column in data["tables"][1]["columns"]]


def test_a_history_that_is_known_from_some_revision_on(project: RepositoryProject) -> None:
    project.replace("alembic.ini", "[stillroom]\n", f"[stillroom]\nsince = {FIRST}\n")
    revision(project, "aa", FIRST, "CREATE TABLE tag (id INT PRIMARY KEY)")
    data = data_of(project)
    assert [table["name"] for table in data["tables"]] == ["tag"]
    assert [one["words"] for one in data["revisions"]] == [[], ["table tag is new"]]


def test_where_a_database_is(project: RepositoryProject) -> None:
    assert project.verb("upgrade").code == 0
    revision(project, "aa", FIRST, "CREATE TABLE tag (id INT PRIMARY KEY)")
    data = data_of(project, "--database")
    assert "app.db, sqlite 3" in data["database"]
    assert f"is at {FIRST}." in data["database"]
    assert [one["applied"] for one in data["revisions"]] == [True, False]
    assert "applied" not in data_of(project)["revisions"][0]
    project.environment["DB_URL"] = "mysql+pymysql://root@127.0.0.1:1/shop"
    unknown = data_of(project, "--database")
    assert "could not be told: 127.0.0.1:1: no server answers" in unknown["database"]
    assert "applied" not in unknown["revisions"][0]


def test_at_a_revision_and_at_none(project: RepositoryProject) -> None:
    revision(project, "aa", FIRST, "DROP TABLE article")
    elsewhere = project.verb("pages", FIRST, "--output=out/page.html")
    assert (elsewhere.code, elsewhere.out) == (
        0,
        "Wrote out/page.html: 2 tables and 1 revision, for mariadb 10.11.\n",
    )
    assert "0 tables and 0 revisions" in project.verb("pages", "base").out


def test_nothing_of_a_project_is_markup_and_nothing_is_loaded(project: RepositoryProject) -> None:
    comment = HOSTILE.replace("'", "''")
    revision(project, "aa", FIRST, f"CREATE TABLE `<i>t</i>` (`<b>` INT COMMENT '{comment}')")
    data = data_of(project)
    assert data["tables"][0]["columns"][0]["comment"] == HOSTILE
    page = project.read(".stillroom/schema.html")
    assert "</script><b>" not in page
    assert "<i>" not in page
    assert page.count("</script>") == 3
    assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?https?:""", page)
    assert "default-src 'none'" in page
    assert "Copyright (c) 2012-2014 Chris Pettitt" in page


@in_browser
def test_search_focus_history_keys_and_theme(project: RepositoryProject) -> None:
    comment = HOSTILE.replace("'", "''")
    revision(
        project,
        "aa",
        FIRST,
        f"CREATE TABLE `<i>t</i>` (id INT PRIMARY KEY, `user` INT COMMENT '{comment}',"
        " FOREIGN KEY (`user`) REFERENCES user (id))",
    )
    project.verb("pages")
    answer = browsed(
        project.root / ".stillroom/schema.html",
        """
        answer.boxes = texts("main g.table text.head");
        search.value = "שלום"; search.dispatchEvent(new Event("input"));
        answer.found = texts("#list a"); answer.faded = texts("main g.faded text.head");
        search.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" })); await pause();
        answer.table = texts("main h1");
        answer.cells = texts("main tbody tr:nth-child(2) td").slice(0, 5);
        answer.near = texts("main g.table text.head");
        const near = [...document.querySelectorAll("main g.table")].at(-1);
        near.dispatchEvent(new MouseEvent("click", { bubbles: true })); await pause();
        answer.clicked = location.hash;
        document.querySelector("main a.code").click(); await pause();
        answer.history = texts("main ol.line > li b");
        answer.open = texts("main details[open] summary");
        const press = (key) => document.body.dispatchEvent(
          new KeyboardEvent("keydown", { key, bubbles: true }));
        press("a"); await pause();
        answer.all = texts("main section h2 a");
        press("/");
        answer.focused = document.activeElement.id;
        const colours = () => getComputedStyle(document.body).backgroundColor;
        answer.colours = [colours()];
        document.getElementById("theme").click(); answer.colours.push(colours());
        answer.tags = document.querySelectorAll("img, main b b, main i").length;
        """,
    )
    assert set(answer.pop("colours")) == {"rgb(255, 255, 255)", "rgb(19, 21, 29)"}
    assert answer == {
        "faults": [],
        "boxes": ["<i>t</i>", "article", "user"],
        "found": [f"<i>t</i>user {HOSTILE}"],
        "faded": ["article", "user"],
        "table": ["<i>t</i>"],
        "cells": ["user", "INT(11)", "NULL", HOSTILE, "aa"],
        "near": ["<i>t</i>", "user"],
        "clicked": "#/table/user",
        "history": ["step", "create user and article"],
        "open": [
            "alembic/versions/2026_11_22_create_user_and_article_e3c87c4a7bde.py: 3 statements"
        ],
        "all": ["<i>t</i>", "article", "user"],
        "focused": "search",
        "tags": 0,
    }


@in_browser
@pytest.mark.parametrize("count", [50, 500])
def test_many_tables(project: RepositoryProject, count: int) -> None:
    names = [f"{'abcdefgh'[number % 8]}rea_{number}" for number in range(count)]
    tables = (
        f"CREATE TABLE {name} (id INT PRIMARY KEY, up INT,"
        f" FOREIGN KEY (up) REFERENCES {names[number // 3]} (id))"
        for number, name in enumerate(names)
    )
    revision(project, "aa", FIRST, *tables)
    assert project.verb("pages").code == 0
    answer = browsed(
        project.root / ".stillroom/schema.html",
        """
        answer.boxes = texts("main g.table").length; answer.listed = texts("#list li").length;
        const choice = document.querySelector("main select");
        choice.value = "area"; choice.dispatchEvent(new Event("change"));
        answer.group = texts("main g.table").length;
        location.hash = "#/table/area_0"; await pause(); answer.near = texts("main g.table").length;
        """,
    )
    group = len([name for name in names if name.startswith("area")])
    everything = count + 2
    assert answer == {
        "faults": [],
        "boxes": everything,
        "listed": everything,
        "group": group,
        "near": 3,
    }
