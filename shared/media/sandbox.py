"""Check a clip in a child process with hard limits; whatever happens to the child, there is one honest verdict."""

import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress

from shared.domain.clips import Facts
from shared.domain.rules import RULES
from shared.log import warn
from shared.media.protocol import LENGTH, PICTURE, SPAN, Job
from shared.media.verdict import Keep, Verdict
from shared.ports import Reader
from shared.telemetry import measure

WALL_S = 120.0
REQUESTS = 6000
SPAN_BYTES = 32 * 1024 * 1024
PICTURE_BYTES = 2 * 1024 * 1024
VERDICT_BYTES = 4 * 1024 * 1024
PICTURES = ("sheet", "frame", "sound")
SPEECH = "speech"  # a WAV file, only where it was asked for
# One check works on one thread; numerical libraries would start as many as there are processors.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
CHILD = "shared.media.child"


class LimitError(Exception):
    """The child died, or went past a limit of ours."""


def examine(
    reader: Reader,
    job: Job,
    keep: Keep | None = None,
    *,
    wall_s: float = WALL_S,
    child: str = CHILD,
) -> Verdict:
    """The verdict on one clip; `keep` gets the pictures of it.

    Raises:
        Refused, Temporary: from reading the blob; the child is ended.
    """
    begun = time.monotonic()
    try:
        return _run(reader, job, keep, wall_s, child)
    except LimitError as error:
        warn("clip_check_limit", reason=str(error))
        found = RULES["FILE-LIMIT"].finding(str(error), f"The file could not be checked within the limits: {error}.")
        unsure = found.model_copy(update={"status": "inconclusive"})
        return Verdict(facts=Facts(size=reader.size), findings=(unsure,), fingerprint="")
    finally:
        measure("clip_check", time.monotonic() - begun)


def _run(reader: Reader, job: Job, keep: Keep | None, wall_s: float, child: str) -> Verdict:
    process = start(child)
    try:
        return converse(process, reader, job, keep, wall_s)
    finally:
        end(process)


def start(child: str = CHILD) -> subprocess.Popen[bytes]:
    """A child process that waits for its job."""
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", child],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, close_fds=True, start_new_session=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": "", "LANG": "C.UTF-8", **ONE_THREAD},  # no secret of ours
    )  # fmt: skip


def end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # with whatever it may have started
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()
    process.wait()


def converse(process: subprocess.Popen[bytes], reader: Reader, job: Job, keep: Keep | None, wall_s: float) -> Verdict:
    """Give a child its job, and what it asks for, until it says its verdict.

    Raises:
        LimitError: it died, went past a limit, or talked nonsense.
    """
    pipe = _Pipe(process, time.monotonic() + wall_s)
    body = job.model_dump_json().encode()
    pipe.write(LENGTH.pack(len(body)) + body)
    serving = _Serving(reader, pipe)
    kept: list[str] = []
    try:
        while True:
            match pipe.read(1):
                case b"V":
                    (length,) = LENGTH.unpack(pipe.read(LENGTH.size))
                    measure("clip_bytes", serving.read)
                    return _sane(Verdict.model_validate_json(pipe.read(min(length, VERDICT_BYTES))), kept)
                case b"R":
                    serving.serve()
                case b"P":
                    kept.append(_keep(pipe, keep))
                    if len(kept) > len(PICTURES) + 1:
                        raise LimitError("the check talked nonsense")
                case _:
                    raise LimitError("the check talked nonsense")
    except ValueError as error:
        raise LimitError("the check gave no verdict") from error


def _sane(verdict: Verdict, kept: list[str]) -> Verdict:
    """No picture that did not come, and no more words than people could read: the child saw hostile bytes."""
    pictures = tuple(picture for picture in verdict.pictures if picture.name in kept and len(picture.alt) < 4000)
    long = any(
        len(text) > 1000 for finding in verdict.findings for text in (finding.message, finding.measured, finding.rule)
    )
    if long or len(verdict.findings) > 200 or len(verdict.passed) > 200:
        raise LimitError("the check talked nonsense")
    return verdict.model_copy(update={"pictures": pictures})


def _keep(pipe: "_Pipe", keep: Keep | None) -> str:
    """A picture that the child drew; it saw hostile bytes, so no more than a small JPEG of a known name is taken."""
    name_length, length = PICTURE.unpack(pipe.read(PICTURE.size))
    if length > PICTURE_BYTES:
        raise LimitError("a picture of it is too large")
    name, picture = pipe.read(name_length).decode("latin-1"), pipe.read(length)
    magic = b"RIFF" if name == SPEECH else b"\xff\xd8\xff"
    if name not in {*PICTURES, SPEECH} or not picture.startswith(magic):
        raise LimitError("the check talked nonsense")
    if keep:
        keep(name, picture)
    return name


class _Serving:
    """Reads for the child what it asks for, within the budget of one check."""

    def __init__(self, reader: Reader, pipe: "_Pipe") -> None:
        self._reader, self._pipe = reader, pipe
        self._bytes = max(128 * 1024 * 1024, reader.size // 20)
        self._requests = REQUESTS
        self.read = 0

    def serve(self) -> None:
        (count,) = LENGTH.unpack(self._pipe.read(LENGTH.size))
        self._requests -= count
        if count == 0 or self._requests < 0:
            raise LimitError("too many parts of it would have to be read")
        asked = self._pipe.read(count * SPAN.size)
        spans: list[tuple[int, int]] = list(SPAN.iter_unpack(asked))
        asked_for = sum(length for _, length in spans)
        self._bytes -= asked_for
        self.read += asked_for
        if self._bytes < 0 or any(length > SPAN_BYTES for _, length in spans):
            raise LimitError("too much of it would have to be read")
        for data in self._reader.read_all(spans) if count > 1 else [self._reader.read(*spans[0])]:
            self._pipe.write(LENGTH.pack(len(data)) + data)


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
            left = self._deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise LimitError("it took too long")
