"""A Galera cluster of three nodes on this machine, from installed packages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import sqlalchemy as sa

PROVIDER = Path("/usr/lib/galera/libgalera_smm.so")
NODES = (1, 2, 3)
_PATIENCE = 90.0  # seconds until a node is part of the cluster
# The usual transfer of state starts an rsync daemon, which would be nobody where root starts it.
_TRANSFER = """#!/usr/bin/env bash
rsync() {
    [ "$1" != --daemon ] || exec rsync --daemon --dparam=uid=0 --dparam=gid=0 "${@:2}"
    command rsync "$@"
}
export -f rsync
exec wsrep_sst_rsync "$@"
"""


def missing() -> str:
    """What has to be installed for it, or ""."""
    programs = ("mariadbd", "mariadb-install-db", "rsync")
    lacking = [program for program in programs if shutil.which(program) is None]
    return ", ".join(lacking + ([] if PROVIDER.exists() else ["galera-4"]))


class Cluster:
    """Three nodes in a folder. Their data are gone when the folder is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._base = _free_ports(20)
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        (folder / "bin").mkdir()
        script = folder / "bin" / "wsrep_sst_rsync_as_root"
        script.write_text(_TRANSFER)
        script.chmod(0o755)

    def __enter__(self) -> Cluster:
        data = self._folder / "1" / "data"
        data.mkdir(parents=True)
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
             "--auth-root-authentication-method=normal", *_user()],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            self.start(1, "--wsrep-new-cluster")
            self.start(2)
            self.start(3)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()
        self._running.clear()

    def url(self, node: int) -> sa.URL:
        return sa.URL.create("mysql+pymysql", "root", host="127.0.0.1", port=self._base + node - 1)

    def start(self, node: int, *more: str) -> None:
        """Start a node, and wait until it is part of the cluster."""
        folder = self._folder / str(node)
        (folder / "data").mkdir(parents=True, exist_ok=True)
        port, group = self._base + node - 1, self._base + 5 * node
        members = ",".join(f"127.0.0.1:{self._base + 5 * other}" for other in NODES)
        provider = (
            f"base_port={group};gmcast.listen_addr=tcp://127.0.0.1:{group};"
            f"ist.recv_addr=127.0.0.1:{group + 1};ist.recv_bind=127.0.0.1:{group + 1};"
            "gcache.size=32M"
        )
        transfer = "rsync_as_root" if os.geteuid() == 0 else "rsync"
        with (folder / "server.log").open("ab") as log:
            self._running[node] = subprocess.Popen(
                ["mariadbd", "--no-defaults", *_user(), f"--datadir={folder / 'data'}",
                 f"--socket={folder / 'sock'}", f"--port={port}", "--bind-address=127.0.0.1",
                 "--character-set-server=utf8mb4", "--innodb-flush-log-at-trx-commit=2",
                 "--innodb-buffer-pool-size=64M", "--binlog-format=ROW",
                 "--innodb-autoinc-lock-mode=2", "--wsrep-on=ON", f"--wsrep-provider={PROVIDER}",
                 # Rows get the same numbers on whatever node: they are compared.
                 "--wsrep-auto-increment-control=OFF",
                 f"--wsrep-sst-method={transfer}", "--wsrep-cluster-name=stillroom",
                 f"--wsrep-cluster-address=gcomm://{members}", f"--wsrep-node-name=node{node}",
                 f"--wsrep-node-address=127.0.0.1:{group}",
                 f"--wsrep-sst-receive-address=127.0.0.1:{group + 2}",
                 f"--wsrep-provider-options={provider}", *more],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "PATH": f"{self._folder / 'bin'}:{os.environ['PATH']}"},
            )  # fmt: skip
        deadline = time.monotonic() + _PATIENCE
        while not self._is_synced(node):
            if self._running[node].poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"node {node} does not start; see {folder / 'server.log'}")
            time.sleep(0.2)

    def kill(self, node: int) -> None:
        """End a node as a lost machine would."""
        process = self._running.pop(node)
        process.kill()
        process.wait()

    def _is_synced(self, node: int) -> bool:
        engine = sa.create_engine(self.url(node), poolclass=sa.pool.NullPool)
        try:
            with engine.connect() as connection:
                rows = connection.exec_driver_sql("SHOW STATUS LIKE 'wsrep%%'").all()
        except sa.exc.DBAPIError:
            return False
        found = dict(map(tuple, rows))
        return (found["wsrep_cluster_status"], found["wsrep_local_state_comment"]) == (
            "Primary",
            "Synced",
        )


def _user() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 else []


def _free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody listens on."""
    for base in range(24500, 32000, count):
        with_listeners = 0
        for port in range(base, base + count):
            with socket.socket() as probe:
                with_listeners += not probe.connect_ex(("127.0.0.1", port))
        if not with_listeners:
            return base
    raise RuntimeError(f"no {count} ports in a row are free")
