"""Are replays of public histories equal to upgrades of real servers? Prints a table.

    python benchmarks/public_histories/compare.py            # every history, MariaDB 10.11
    python benchmarks/public_histories/compare.py --server mysql-9.7 octavia glance
    python benchmarks/public_histories/compare.py --all-servers --refresh

Each project of histories.toml gets an environment of its own with its own dependencies (pinned
there; by uv where there is one, else venv and pip), and its source where it is no package. A real
server is upgraded with the project's own env.py, and every SHOW CREATE TABLE kept, with what
autogenerate finds there; then the same history is replayed, where the URL leads nowhere.
Environments and answers of servers are kept in --cache. Servers: the URL in
STILLROOM_MARIADB_10_11, STILLROOM_MARIADB_11_8 or STILLROOM_MYSQL_9_7; without one, 127.0.0.1 at
the port below, as root.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url

HERE = Path(__file__).parent
SERVERS = {"mariadb-10.11": 23011, "mariadb-11.8": 23118, "mysql-9.7": 23097}
NOWHERE = "mysql+pymysql://nobody@127.0.0.1:1/replayed"
Answer = dict[str, Any]


def main(argv: list[str] | None = None) -> int:
    arguments = _arguments(argv)
    projects: dict[str, dict[str, str]] = tomllib.loads((HERE / "histories.toml").read_text())
    servers = list(SERVERS) if arguments.all_servers else [arguments.server]
    print(
        f"{'history':<20} {'server':<14} {'tables equal':>12} {'operations equal':>17}"
        f" {'real s':>7} {'replay s':>8} {'ratio':>6}  remark"
    )
    failures = 0
    for server in servers:
        for name in arguments.names or projects:
            python = environment(arguments.cache, projects[name])
            real = _real(arguments.cache, python, name, server, refresh=arguments.refresh)
            replay = _worker(python, "replay", name, NOWHERE, server, arguments.cache)
            failures += _report(name, server, real, replay, verbose=arguments.verbose)
    return 1 if failures else 0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="histories; all of histories.toml by default")
    parser.add_argument("--server", choices=SERVERS, default="mariadb-10.11")
    parser.add_argument("--all-servers", action="store_true")
    parser.add_argument("--refresh", action="store_true", help="upgrade the real server again")
    parser.add_argument("--verbose", action="store_true", help="show what differs")
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    parser.add_argument("--cache", type=Path, default=cache / "stillroom-histories")
    return parser.parse_args(argv)


def environment(cache: Path, project: dict[str, str]) -> Path:
    """The Python of an environment with that project, made on first use."""
    folder = cache / _label(project)
    python = folder / "bin" / "python"
    package = [f"{project['package']}=={project['version']}"] if "package" in project else []
    wanted = [
        *package,
        *project.get("pins", "").split(),
        "pymysql",
        "setuptools<81",  # a few still import pkg_resources
    ]
    stamp = folder / "requirements.txt"
    if stamp.exists() and stamp.read_text().split() == wanted:
        return python
    uv = shutil.which("uv")
    if uv:
        subprocess.run([uv, "venv", "-q", "--clear", "-p", sys.executable, folder], check=True)
        install = [uv, "pip", "install", "-q", "-p", str(python)]
    else:
        venv.create(folder, clear=True, with_pip=True)
        install = [str(python), "-m", "pip", "install", "-q"]
    subprocess.run([*install, *wanted], check=True)
    if "repository" in project:
        _check_out(project, folder / "source")
    stamp.write_text("\n".join(wanted))
    return python


def _label(project: dict[str, str]) -> str:
    if "package" in project:
        return f"{project['package']}-{project['version']}"
    return f"{project['repository'].replace('/', '-')}-{project['commit'][:12]}"


def _check_out(project: dict[str, str], source: Path) -> None:
    """The files of one commit, without the repository's history."""
    git = ["git", "-C", str(source)]
    url = f"https://github.com/{project['repository']}"
    subprocess.run(["git", "init", "-q", source], check=True)
    subprocess.run([*git, "fetch", "-q", "--depth=1", url, project["commit"]], check=True)
    subprocess.run([*git, "checkout", "-q", "--force", "FETCH_HEAD"], check=True)


def server_url(server: str) -> URL:
    variable = "STILLROOM_" + server.upper().replace("-", "_").replace(".", "_")
    return make_url(os.environ.get(variable, f"mysql+pymysql://root@127.0.0.1:{SERVERS[server]}/"))


def _real(cache: Path, python: Path, name: str, server: str, *, refresh: bool) -> Answer:
    """What the real server answers; kept, because it takes minutes and does not change."""
    kept = cache / "answers" / f"{python.parent.parent.name}.{name}.{server}.json"
    if kept.exists() and not refresh:
        answer: Answer = json.loads(kept.read_text())
        return answer
    url = server_url(server)
    database = f"stillroom_history_{name}".replace("-", "_")
    _execute(url, f"DROP DATABASE IF EXISTS `{database}`", f"CREATE DATABASE `{database}`")
    try:
        rendered = url.set(database=database).render_as_string(hide_password=False)
        answer = _worker(python, "real", name, rendered, server, cache)
    finally:
        _execute(url, f"DROP DATABASE IF EXISTS `{database}`")
    if "error" in answer:
        return answer
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(answer))
    return answer


def _execute(url: URL, *statements: str) -> None:
    with create_engine(url).connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _worker(python: Path, mode: str, name: str, url: str, server: str, cache: Path) -> Answer:
    out = cache / f"{mode}-{os.getpid()}.json"
    out.unlink(missing_ok=True)
    variables = {
        "PYTHONPATH": str(HERE.parent.parent / "scripts"),
    }
    worker = HERE / "worker.py"
    command = [*map(str, (python, worker, mode, name, url, server.replace("-", " "), out))]
    run = subprocess.run(
        command,
        env={**os.environ, **variables},
        cwd=cache,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    if not out.exists():
        return {"error": (run.stderr.strip().splitlines() or [f"exit {run.returncode}"])[-1]}
    try:
        answer: Answer = json.loads(out.read_text())
    finally:
        out.unlink()
    return answer


def _report(name: str, server: str, real: Answer, replay: Answer, *, verbose: bool) -> bool:
    """Print one row, and what differs if asked; True if anything does."""
    if "error" in real:
        row = f"{name:<20} {server:<14} {'':>12} {'':>17} {'':>7} {'':>8} {'':>6}"
        print(f"{row}  does not upgrade on the real server: {_line(real['error'])}")
        if verbose:
            print(real.get("traceback", ""))
        return False
    tables = _without_rows(real["tables"])
    if "error" in replay:
        row = f"{name:<20} {server:<14} {f'0/{len(tables)}':>12} {'':>17}"
        print(f"{row} {real['seconds']:>7.1f} {'':>8} {'':>6}  {_line(replay['error'])}")
        if verbose:
            print(replay.get("traceback", ""))
        return True
    found = _without_rows(replay["tables"])
    differing = sorted(t for t in {*tables, *found} if tables.get(t) != found.get(t))
    equal, total = len(tables) - len([t for t in differing if t in tables]), len(tables)
    operations, same = _operations(real, replay)
    ratio = real["seconds"] / replay["seconds"]
    print(
        f"{name:<20} {server:<14} {f'{equal}/{total}':>12} {operations:>17} {real['seconds']:>7.1f}"
        f" {replay['seconds']:>8.2f} {ratio:>6.1f}  {', '.join(differing[:4])}"
    )
    if verbose:
        _explain(differing, tables, found, real, replay)
    return bool(differing) or not same


def _without_rows(tables: dict[str, str]) -> dict[str, str]:
    """The texts without what tells of rows: the next number of AUTO_INCREMENT."""
    return {name: re.sub(r" AUTO_INCREMENT=\d+", "", text) for name, text in tables.items()}


def _operations(real: Answer, replay: Answer) -> tuple[str, bool]:
    ours, theirs = replay.get("operations"), real.get("operations")
    if theirs is None:
        return ("no models" if "operations_error" not in real else "models fail"), True
    if ours is None:
        return f"?/{len(theirs)}", False
    return (
        (f"{len(theirs)} = {len(ours)}", True)
        if ours == theirs
        else (f"{len(theirs)} != {len(ours)}", False)
    )


def _explain(
    differing: list[str],
    tables: dict[str, str],
    found: dict[str, str],
    real: Answer,
    replay: Answer,
) -> None:
    pairs = [(tables.get(t, ""), found.get(t, "")) for t in differing]
    pairs.append(("\n".join(real.get("operations", [])), "\n".join(replay.get("operations", []))))
    for theirs, ours in pairs:
        print(
            "\n".join(
                difflib.unified_diff(
                    theirs.splitlines(), ours.splitlines(), "server", "replay", lineterm="", n=0
                )
            )
        )
    for answer in (real, replay):
        if "operations_error" in answer:
            print(answer["traceback"])


def _line(text: str) -> str:
    return text.strip().splitlines()[0][:140]


if __name__ == "__main__":
    raise SystemExit(main())
