"""What tests ask for by name: servers, databases and whole projects."""

from __future__ import annotations

import atexit
import compileall
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings

# Before the first import of the engine, which takes it as it is then.
os.environ["XDG_CACHE_HOME"] = _CACHES = tempfile.mkdtemp(prefix="stillroom-tests-")
atexit.register(shutil.rmtree, _CACHES, ignore_errors=True)
# Tests change files faster than Python's bytecode can tell; those about bytecode turn it on. Nobody
# changes the engine: its bytecode, made once, spares each process of a test half a second.
compileall.compile_dir(Path(__file__).parents[1] / "scripts", quiet=1)
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
sys.dont_write_bytecode = True

# The same examples each time, on a busy machine too; the benchmarks try new ones.
settings.register_profile(
    "tests", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tests")

collect_ignore = ["cases"]  # projects of users; one has tests of its own, run by another test

from tests.support import servers  # noqa: E402
from tests.support.projects import ROOT, UserProject, make_project  # noqa: E402


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "server_url" in metafunc.fixturenames:
        names = servers.names()
        ids = [name.rpartition("@")[2].strip("/") for name in names]
        metafunc.parametrize("server_url", names, ids=ids, indirect=True, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "server_url" in getattr(item, "fixturenames", ()):
            item.add_marker("server")


@pytest.fixture(autouse=True)
def _own_imports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a test imports from its project, and from where, no other test finds."""
    path, modules = [*sys.path], {*sys.modules}
    yield
    sys.path[:] = path
    scratch = str(tmp_path_factory.getbasetemp())
    for name in {*sys.modules} - modules:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(scratch):
            del sys.modules[name]


@pytest.fixture(scope="session")
def started_server() -> Iterator[Callable[[], str]]:
    """The URL of a server that is started when it is first asked for, and stopped at the end."""
    with ExitStack() as stack:
        urls: list[str] = []

        def url() -> str:
            if not urls:
                urls.append(stack.enter_context(servers.local_server()))
            return urls[0]

        yield url


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest, started_server: Callable[[], str]) -> str:
    """A server, as a URL without a database. A test that asks for it runs once for each."""
    return started_server() if request.param == servers.LOCAL else str(request.param)


@pytest.fixture
def database(server_url: str) -> Iterator[sa.URL]:
    """A new, empty database on a server."""
    with servers.database(server_url) as url:
        yield url


@pytest.fixture
def project(tmp_path: Path) -> UserProject:
    """A copy of this repository's own project."""
    return make_project(tmp_path)


@pytest.fixture
def checkout(project: UserProject) -> UserProject:
    """A project whose environment is the one that the tests run in."""
    shutil.copytree(ROOT / "requirements", project.root / "requirements")
    shutil.copy(ROOT / ".pre-commit-config.yaml", project.root)
    python = project.write(".venv/bin/python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    project.write(".venv/ready", str(project.root.resolve()))
    return project


@pytest.fixture
def case(tmp_path: Path) -> Callable[[str], UserProject]:
    """A copy of this repository's own project with the files of ``tests/cases/<name>`` over it."""
    return lambda name: make_project(tmp_path, name)
