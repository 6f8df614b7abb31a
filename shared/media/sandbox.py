"""Check a clip in a child process with hard limits; whatever happens to the child, there is one honest verdict."""

import json
import os
import selectors
import subprocess
import sys
import time
from typing import Any

from shared.domain.clips import Facts, Finding
from shared.domain.names import Kind
from shared.domain.records import Target
from shared.log import warn
from shared.media.protocol import ASK, LENGTH
from shared.media.rules import RULES
from shared.media.verdict import Verdict
from shared.ports import Reader

WALL_S = 120.0
REQUESTS = 5000
CHILD = "shared.media.child"


class LimitError(Exception):
    """The child died, or went past a limit of ours."""


def examine(
    reader: Reader, file: str, kind: Kind, target: Target, *, wall_s: float = WALL_S, child: str = CHILD
) -> Verdict:
    """The verdict on one clip.

    Raises:
        Refused, Temporary: from reading the blob; the child is ended.
    """
    try:
        return _run(reader, {"size": reader.size, "file": file, "kind": kind, "target": target}, wall_s, child)
    except LimitError as error:
        warn("clip_check_limit", reason=str(error))
        rule = RULES["FILE-LIMIT"]
        finding = Finding(
            rule=rule.id, severity=rule.severity, status="inconclusive", measured=str(error), required=rule.required,
            message=f"The file could not be checked within the limits: {error}.", fix=rule.fix, source=rule.source,
        )  # fmt: skip
        return Verdict(facts=Facts(size=reader.size), findings=(finding,), fingerprint="")


def _run(reader: Reader, job: dict[str, Any], wall_s: float, child: str) -> Verdict:
    deadline = time.monotonic() + wall_s
    budget = max(128 * 1024 * 1024, reader.size // 20)
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", child],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, close_fds=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": "", "LANG": "C.UTF-8"},  # no secret of ours
    )  # fmt: skip
    try:
        pipe = _Pipe(process, deadline)
        body = json.dumps(job).encode()
        pipe.write(LENGTH.pack(len(body)) + body)
        for _ in range(REQUESTS):
            if pipe.read(1) == b"V":
                (length,) = LENGTH.unpack(pipe.read(LENGTH.size))
                return Verdict.model_validate_json(pipe.read(min(length, 4 * 1024 * 1024)))
            _, offset, length = ASK.unpack(b"R" + pipe.read(ASK.size - 1))
            budget -= length
            if budget < 0:
                raise LimitError("too much of it would have to be read")
            data = reader.read(offset, length)
            pipe.write(LENGTH.pack(len(data)) + data)
        raise LimitError("too many parts of it would have to be read")
    except ValueError as error:
        raise LimitError("the check gave no verdict") from error
    finally:
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()
        process.wait()


class _Pipe:
    """The child's two pipes, with one deadline for everything."""

    def __init__(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        if process.stdin is None or process.stdout is None:
            raise LimitError("the check could not be started")
        self._in, self._out = process.stdin.fileno(), process.stdout.fileno()
        self._deadline = deadline
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)

    def read(self, count: int) -> bytes:
        parts: list[bytes] = []
        while count:
            self._wait(self._out, selectors.EVENT_READ)
            part = os.read(self._out, min(count, 1 << 20))
            if not part:
                raise LimitError("the check ended without a verdict (out of memory or time, or a damaged file)")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            self._wait(self._in, selectors.EVENT_WRITE)
            try:
                view = view[os.write(self._in, view) :]
            except BrokenPipeError as error:
                raise LimitError("the check ended without a verdict") from error

    def _wait(self, descriptor: int, event: int) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, event)
            if not selector.select(max(0.0, self._deadline - time.monotonic())):
                raise LimitError("it took too long")
