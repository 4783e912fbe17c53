"""What is published: a source distribution, and a wheel for any project that has Alembic."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from email import message_from_string
from importlib import resources
from pathlib import Path, PurePosixPath

import matrix
import pytest
import yaml
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

import stillroom
from stillroom.console import requirements
from tests.support.projects import ROOT

PACKED = {
    *("scripts", "docs", "CHANGELOG.md", "README.md", "LICENSE", "pyproject.toml", ".gitignore"),
}
REPOSITORY = {
    "GITHUB_SERVER_URL": "https://git.example",
    "GITHUB_REPOSITORY": "us/stillroom",
    "GITHUB_REF_NAME": "v0.2.0",
}
INFO = f"stillroom-{stillroom.__version__}"


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in a copy, to which the release workflow has added the addresses of its repository."""
    root = tmp_path_factory.mktemp("checkout")
    for name in PACKED:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, root / name)
    release = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
    (step,) = (step for step in release["jobs"]["build"]["steps"] if "addresses" in str(step))
    subprocess.run(["sh", "-euc", step["run"]], cwd=root, env=os.environ | REPOSITORY, check=True)
    (path,) = SdistBuilder(str(root)).build(directory=str(tmp_path_factory.mktemp("sdist")))
    return Path(path)


@pytest.fixture(scope="module")
def wheel(sdist: Path) -> Path:
    """Built from the source distribution, as an installation from it does."""
    # Not tarfile: before Python 3.11.4 it knows no filter, and from 3.12 on it warns without one.
    subprocess.run(["tar", "-xf", sdist, "-C", sdist.parent], check=True)
    builder = WheelBuilder(str(sdist.parent / INFO))
    (path,) = builder.build(directory=str(sdist.parent), versions=["standard"])
    return Path(path)


def sources(folder: Path) -> set[str]:
    """The files of the package below ``folder``, relative to it."""
    files = (path.relative_to(folder) for path in folder.glob("stillroom/**/*") if path.is_file())
    return {path.as_posix() for path in files if "__pycache__" not in path.parts}


def test_the_wheel_is_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name for name in names if not name.startswith(f"{INFO}.dist-info/")} == sources(
        ROOT / "scripts"
    )
    assert {
        "stillroom/py.typed",
        "stillroom/templates/env.py",
        "stillroom/schemas/plan.json",
    } <= names
    folders = {part for name in names for part in PurePosixPath(name).parts[:1]}
    assert folders == {"stillroom", f"{INFO}.dist-info"}  # nothing named scripts, app or tests


def test_the_source_distribution_is_what_the_wheel_is_built_from(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.removeprefix(f"{INFO}/") for name in archive.getnames()}
    package = {name.removeprefix("scripts/") for name in names if name.startswith("scripts/")}
    assert package == sources(ROOT / "scripts")
    assert {name.split("/")[0] for name in names} == PACKED | {"PKG-INFO"}


def test_the_index_would_take_both(sdist: Path, wheel: Path) -> None:
    twine = [sys.executable, "-m", "twine", "--no-color"]
    checked = subprocess.run(
        [*twine, "check", "--strict", sdist, wheel], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count("PASSED") == 2


def test_what_it_says_of_itself(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"{INFO}.dist-info/METADATA").decode()
        commands = archive.read(f"{INFO}.dist-info/entry_points.txt").decode()
    metadata = message_from_string(text)
    assert {"MySQL", "MariaDB"} <= set(metadata["Summary"].replace(":", "").split())
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Author"] == "The Stillroom authors"
    assert "alembic" in metadata["Keywords"]
    assert set(metadata.get_all("Project-URL", [])) == {
        "Homepage, https://git.example/us/stillroom",
        "Documentation, https://git.example/us/stillroom/tree/v0.2.0/docs",
        "Changelog, https://git.example/us/stillroom/blob/v0.2.0/CHANGELOG.md",
        "Issues, https://git.example/us/stillroom/issues",
    }
    versions = {f"Programming Language :: Python :: {version}" for version in matrix.PYTHONS}
    assert versions | {"Typing :: Typed"} <= set(metadata.get_all("Classifier", []))
    needed = metadata.get_all("Requires-Dist", [])
    assert not [text for text in needed if "pre-commit" in text and "extra ==" not in text]
    assert "stillroom = stillroom.cli:main" in commands


def test_the_oldest_versions_are_those_of_the_matrix(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"{INFO}.dist-info/METADATA").decode()
    needed = message_from_string(text).get_all("Requires-Dist", [])
    assert f"sqlalchemy[asyncio]>={matrix.SQLALCHEMYS[0].removeprefix('==')}" in needed
    for python, version in matrix.FIRST_SQLALCHEMY.items():
        assert f"sqlalchemy>={version}; python_version >= '{python}'" in needed
    here = "{}.{}".format(*sys.version_info)
    oldest = matrix.FIRST_SQLALCHEMY.get(here, matrix.SQLALCHEMYS[0].removeprefix("=="))
    assert ".".join(map(str, requirements.OLDEST["sqlalchemy"])) == oldest
    assert f"=={'.'.join(map(str, requirements.OLDEST['alembic']))}" == matrix.ALEMBICS[0]
    assert f"alembic>={matrix.ALEMBICS[0].removeprefix('==')}" in needed


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment in which the wheel is installed."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    site = Path(said_by(python, "import sysconfig; print(sysconfig.get_path('purelib'))"))
    shutil.unpack_archive(wheel, site, "zip")
    (site / "needed.pth").write_text(sysconfig.get_path("purelib"))  # SQLAlchemy, Alembic …
    return python


def said_by(python: Path, program: str) -> str:
    return subprocess.check_output([python, "-c", program], text=True).strip()


def test_alembic_takes_the_installed_package_for_a_plugin(installed: Path) -> None:
    pytest.importorskip("alembic.runtime.plugins", reason="Alembic before 1.18")
    for name in ("mysql", "mariadb"):
        program = (
            "import alembic; from alembic.ddl.impl import DefaultImpl;"
            " from sqlalchemy import create_mock_engine as engine;"
            f" dialect = engine('{name}+pymysql://', None).dialect;"
            " print(DefaultImpl.get_by_dialect(dialect).__module__)"
        )
        assert said_by(installed, program) == "stillroom.alembic_plugin"


def test_alembic_may_iterate_over_the_plugin(installed: Path) -> None:
    """As 1.18.0 to 1.20.0 do, in ``import alembic``."""
    program = (
        "import alembic; from importlib.metadata import entry_points;"
        " (entry,) = entry_points(group='alembic.plugins');"
        " print([module is entry.load() for module in entry.load()])"
    )
    assert said_by(installed, program) == "[True]"


def test_types_are_seen_in_a_module_of_a_user(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(
        "from stillroom import batches\n"
        "reveal_type(batches.update)\n"
        "batches.update('user', 1)\n"
    )  # fmt: skip
    (tmp_path / "mypy.ini").write_text("[mypy]\nfollow_imports = silent\n")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--python-executable", installed, "user.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 'note: Revealed type is "def (table: ' in checked.stdout, checked.stdout
    assert 'user.py:3: error: Argument 2 to "update" has incompatible type "int"' in checked.stdout


def test_the_version_is_that_of_the_package() -> None:
    assert resources.files("stillroom").joinpath("py.typed").is_file()
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## Unreleased\n" in changes or f"## {stillroom.__version__} - " in changes


def test_nothing_leads_to_a_repository_that_may_not_be_ours() -> None:
    listed = subprocess.run(
        ["git", "grep", "--fixed-strings", "--files-with-matches", "github.com/stillroom"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert listed.stdout.split() == ["tests/unit/test_packaging.py"]
