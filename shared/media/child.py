"""The child process that opens clips: no secrets, no files, no network; it asks its parent for every byte."""

import io
import json
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO, cast

import av

from shared.domain.names import Kind
from shared.domain.records import Target
from shared.media.check import check
from shared.media.protocol import ASK, LENGTH

MEMORY = 1536 * 1024 * 1024
CPU_S = 60


class PipeReader:
    """Implements `Reader` by asking the parent."""

    def __init__(self, size: int, asked: BinaryIO, answers: BinaryIO) -> None:
        self.size = size
        self._asked, self._answers = asked, answers

    def read(self, offset: int, length: int) -> bytes:
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        self._asked.write(ASK.pack(b"R", offset, length))
        self._asked.flush()
        (count,) = LENGTH.unpack(self._answers.read(LENGTH.size))
        return self._answers.read(count)


def warm_up() -> None:
    """Encode and decode a few pictures, so that nothing has to be loaded once the locks are on."""
    opened: Any = av.open  # PyAV's types are partial
    made = io.BytesIO()
    with opened(made, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        out.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        out.mux(stream.encode(None))
    made.seek(0)
    with opened(made, format="mov", metadata_errors="replace") as clip:
        list(clip.decode(video=0))


def lock() -> None:
    """Limits that the process can't lift again: memory, processor time, no file growth, no new descriptor, no child."""
    open_now = sum(1 for _ in Path("/proc/self/fd").iterdir()) - 1  # listing them opens one
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, open_now),
    ):
        resource.setrlimit(kind, (limit, limit))


def main() -> None:
    asked, answers = sys.stdout.buffer, sys.stdin.buffer
    (length,) = LENGTH.unpack(answers.read(LENGTH.size))
    job: dict[str, str | int] = json.loads(answers.read(length))
    warm_up()
    lock()
    reader = PipeReader(int(job["size"]), asked, answers)
    verdict = check(reader, str(job["file"]), cast("Kind", job["kind"]), cast("Target", job["target"]))
    body = verdict.model_dump_json().encode()
    asked.write(b"V" + LENGTH.pack(len(body)) + body)
    asked.flush()


if __name__ == "__main__":
    main()
