"""LINT_URL, SCRATCH_URL and REPLICA_URLS are explained as DB_URL is, and never quoted."""

from __future__ import annotations

import pytest

from stillroom.errors import StillroomError
from stillroom.project.servers.server_urls import check_replicas, connected, server_url
from tests.support.projects import UserProject

NAMES = ("LINT_URL", "SCRATCH_URL", "REPLICA_URLS")
BAD = [
    "hunter2",
    "mysql+pymysql://root:hunter2",
    "mysql+pymysql://root:hunter2@host:port/",
    "mysql+pymysql://root:hunt@er2@host/",
    "mysql+pymysql:/root:hunter2@host/",
    "mysql://root:hunter2@[host/",
    "postgresql://root:hunter2@host/x",
    "sqlite:///hunter2.db",
    "nonsense+hunter2://root:hunter2@host/",
]


@pytest.mark.parametrize("text", BAD)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_url_of_a_server(name: str, text: str) -> None:
    with pytest.raises(StillroomError) as refused:
        server_url(name, text)
    assert str(refused.value).startswith(f"{name}: ")
    assert "hunt" not in str(refused.value)
    assert "er2" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mysql+pymysql://root:hunter2@127.0.0.1:1/", "127.0.0.1:1: no server answers"),
        ("mysql+aiomysql://root:hunter2@127.0.0.1:1/", "127.0.0.1:1: no server answers"),
        ("mysql://root:hunter2@127.0.0.1:1/?colour=red", "LINT_URL: the driver has no option"),
        ("mysql://root:hunter2@127.0.0.1:1/?ssl_ca=/nowhere", "there is no file /nowhere"),
    ],
)
def test_a_server_that_cannot_be_had(text: str, words: str) -> None:
    url = server_url("LINT_URL", text)
    with pytest.raises(StillroomError) as refused, connected("LINT_URL", url):
        pass
    assert words in str(refused.value)
    assert "LINT_URL" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_replicas_are_tried() -> None:
    with pytest.raises(StillroomError, match="REPLICA_URLS"):
        check_replicas(("mysql://root:hunter2@127.0.0.1:1/",))


@pytest.mark.parametrize("text", BAD)
def test_a_bad_url_is_exit_code_2_in_every_command(project: UserProject, text: str) -> None:
    for script, name, arguments in (
        ("lint_revisions", "LINT_URL", ["--all"]),
        ("stillroom", "REPLICA_URLS", ["upgrade"]),
    ):
        if script == "stillroom":
            answer = project.verb(*arguments, **{name: text})
        else:
            answer = project.script(script, *arguments, **{name: text})
        said = answer.out + answer.err
        assert "Traceback" not in said
        assert "hunt" not in said
        if name == "LINT_URL" or answer.code:
            assert answer.code == 2, said
            assert name in said
