"""alembic.ini: one value is set, and no other byte is touched."""

from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from stillroom.errors import SettingsError
from stillroom.project.alembic_env.alembic_ini import (
    PLACEHOLDER,
    find_url,
    with_url,
    without_password,
)
from tests.support.projects import ROOT

STOCK = """\
# a comment
[alembic]
# another
script_location = %(here)s/alembic   ; not a comment
sqlalchemy.url = {url}

[loggers]
sqlalchemy.url = not this one
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_only_the_value_changes(ending: str, bom: str) -> None:
    before = bom + STOCK.format(url="mysql://root@localhost/old").replace("\n", ending)
    after = with_url(before, "mysql://root@localhost/new")
    assert after == before.replace("/old", "/new")
    assert with_url(after, "mysql://root@localhost/new") == after


def test_a_value_that_goes_on_in_the_next_line_is_replaced_whole() -> None:
    before = STOCK.format(url="mysql://root@\n    localhost/old")
    assert with_url(before, "x") == STOCK.format(url="x")


def test_a_missing_or_commented_url_is_put_first_in_the_section() -> None:
    before = STOCK.replace("sqlalchemy.url = {url}", "# sqlalchemy.url = old")
    after = with_url(before, "x")
    assert after == before.replace("[alembic]\n", "[alembic]\nsqlalchemy.url = x\n")
    assert find_url(after) is not None


def test_a_section_at_the_very_end_gets_its_line() -> None:
    assert with_url("[alembic]", "x") == "[alembic]\nsqlalchemy.url = x\n"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://root:secret@localhost/db",
        "mysql://root:100%%25@localhost/db",
        "mysql+pymysql://root@localhost/db?password=secret",
    ],
)
def test_a_password_in_the_file_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        with_url(STOCK.format(url=url), "x")
    assert str(caught.value).startswith("alembic.ini:5: there is a password in a file")
    assert "secret" not in str(caught.value)
    assert "100" not in str(caught.value)


@pytest.mark.parametrize("url", [PLACEHOLDER, "mysql://root:%(DB_PASSWORD)s@localhost/db", ""])
def test_a_placeholder_is_no_password(url: str) -> None:
    assert with_url(STOCK.format(url=url), "x") == STOCK.format(url="x")


def test_a_file_without_the_section_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"alembic\.ini: has no section \[alembic\]"):
        with_url("[loggers]\n", "x")


def test_the_committed_url_has_no_password_and_escapes_percent_signs() -> None:
    url = URL.create(
        "mysql+pymysql", "us%er", "p@ss", "db1", 3307, "shop", query={"password": "p", "ssl": "1"}
    )
    value = without_password(url, Path("/project"))
    assert value == "mysql+pymysql://us%%25er@db1:3307/shop?ssl=1"
    assert make_url(value.replace("%%", "%")).username == "us%er"


def test_a_file_inside_the_project_is_named_relative_to_it() -> None:
    url = URL.create("sqlite", database="/project/data/a%.db")
    name = str(url).rpartition("/")[2].replace("%", "%%")  # 2.0 does not encode it, 2.1 does
    assert without_password(url, Path("/project")) == f"sqlite:///%(here)s/data/{name}"
    assert without_password(url, Path("/other")) == f"sqlite:////project/data/{name}"


def test_the_stock_file_of_alembic_keeps_its_comments() -> None:
    import alembic

    template = Path(alembic.__file__).parent / "templates" / "generic" / "alembic.ini.mako"
    before = template.read_text().replace("${script_location}", "alembic")
    after = with_url(before, "sqlite:///x")
    changed = [
        pair
        for pair in zip(before.splitlines(), after.splitlines(), strict=True)
        if len(set(pair)) > 1
    ]
    assert changed == [(f"sqlalchemy.url = {PLACEHOLDER}", "sqlalchemy.url = sqlite:///x")]


def test_the_template_is_what_this_repository_uses() -> None:
    templates = ROOT / "scripts" / "stillroom" / "templates"
    for name in ("env.py", "script.py.mako"):
        assert (templates / name).read_text() == (ROOT / "alembic" / name).read_text()
    assert (templates / "alembic.ini").read_text() == (ROOT / "alembic.ini").read_text()
