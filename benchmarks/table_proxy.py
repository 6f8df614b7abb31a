"""A proxy in front of a storage endpoint that counts what passes, of tables by name. Imports nothing of ours."""

import http.client
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

TABLE = re.compile(rb"/devstoreaccount1/(\w+)\(")
HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Counts:
    """What passed since the last `take`: (table, what) -> how many. Rows are those read; those written are in batches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed: Counter[tuple[str, str]] = Counter()

    def add(self, path: str, method: str, asked: bytes, answer: bytes) -> None:
        batch = path.endswith("$batch")
        found = TABLE.search(asked if batch else path.encode()) or re.search(rb"/devstoreaccount1/(\w+)", path.encode())
        table = found[1].decode() if found else "?"
        rows = 0
        if method == "GET" and answer:
            body = json.loads(answer)
            rows = len(body["value"]) if "value" in body else int("RowKey" in body)
        with self._lock:
            self._passed[table, "requests"] += 1
            self._passed[table, "rows"] += rows
            self._passed[table, "bytes_in"] += len(answer)
            self._passed[table, "bytes_out"] += len(asked)
            self._passed[table, "batches"] += batch

    def take(self) -> Counter[tuple[str, str]]:
        with self._lock:
            passed, self._passed = self._passed, Counter()
        return passed


@contextmanager
def counting(endpoint: str, counts: Counts | None = None) -> Iterator[tuple[int, Counts]]:
    """The proxy's port, and its counts; `counts`: a way of counting that is not that of tables."""
    counts, beyond = counts or Counts(), urlsplit(endpoint)

    class Passing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = (
            True  # an answer goes in two pieces; the second must not wait for a receipt of the first
        )

        def setup(self) -> None:
            super().setup()
            self.upstream = http.client.HTTPConnection(str(beyond.hostname), beyond.port, timeout=120)

        def finish(self) -> None:
            super().finish()
            self.upstream.close()

        def _pass(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
            try:
                self.upstream.request(self.command, self.path, body=asked or None, headers=headers)
                answer = self.upstream.getresponse()
            except ConnectionError:  # the server had closed an idle connection; nothing was done
                self.upstream.close()
                self.upstream.request(self.command, self.path, body=asked or None, headers=headers)
                answer = self.upstream.getresponse()
            body = answer.read()
            counts.add(urlsplit(self.path).path, self.command, asked, body)
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in HOP:
                    self.send_header(name, value)
            if self.command == "HEAD":  # how long a GET's answer would be
                self.send_header("Content-Length", answer.getheader("Content-Length") or "0")
            elif answer.status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_MERGE = _pass  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, counts
    finally:
        server.shutdown()
        server.server_close()
