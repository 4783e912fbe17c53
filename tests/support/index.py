"""A package index on 127.0.0.1, with wheels that are empty but for their metadata."""

from __future__ import annotations

import hashlib
import io
import re
import threading
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Index:
    """The wheels that an index offers, and what it was asked for."""

    def __init__(self) -> None:
        self.url = ""
        self.wheels: dict[str, bytes] = {}
        self.served: list[str] = []  # the names of the wheels that were downloaded
        self.hold = threading.Event()  # while it is not set, no wheel is served
        self.hold.set()
        self.asked = threading.Event()  # set when a wheel is asked for
        self._files: dict[str, list[str]] = defaultdict(list)

    def offer(self, name: str, version: str, requires: Sequence[str] = ()) -> str:
        """Add a release of a package. Returns the hash of its wheel."""
        distribution = f"{re.sub(r'[-.]+', '_', name)}-{version}"
        extras = sorted(set(re.findall(r"extra == ['\"]([^'\"]+)", "\n".join(requires))))
        metadata = [
            *("Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"),
            *(f"Requires-Dist: {text}" for text in requires),
            *(f"Provides-Extra: {extra}" for extra in extras),
        ]
        files = {
            "METADATA": "\n".join(metadata) + "\n",
            "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "RECORD": "".join(
                f"{distribution}.dist-info/{file},,\n" for file in ("METADATA", "WHEEL", "RECORD")
            ),
        }
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for file, text in files.items():
                archive.writestr(f"{distribution}.dist-info/{file}", text)
        wheel = f"{distribution}-py3-none-any.whl"
        self.wheels[wheel] = packed.getvalue()
        self._files[re.sub(r"[-_.]+", "-", name).lower()].append(wheel)
        return hashlib.sha256(packed.getvalue()).hexdigest()

    def answer(self, path: str) -> tuple[bytes, str] | None:
        """What is at ``path``, and its type."""
        *_, kind, name = path.strip("/").split("/")
        if kind == "simple" and name in self._files:
            links = "".join(f'<a href="/wheels/{file}">{file}</a>' for file in self._files[name])
            return f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html"
        if kind == "wheels" and name in self.wheels:
            self.served.append(name)
            self.asked.set()
            self.hold.wait()
            return self.wheels[name], "application/octet-stream"
        return None


@contextmanager
def served() -> Iterator[Index]:
    """An index that answers at its ``url``."""
    index = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = index.answer(self.path)
            self.send_response(200 if found else 404)
            body, kind = found or (b"", "text/plain")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *arguments: object) -> None:
            """A client that is killed hangs up in the middle of an answer."""

    server = Server(("127.0.0.1", 0), Handler)
    index.url = f"http://127.0.0.1:{server.server_port}/simple"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield index
    finally:
        index.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()
