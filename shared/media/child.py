"""The child process that opens clips: no secrets, no files, no network; it asks its parent for every byte."""

import io
import resource
import sys
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import av
import numpy as np

from shared.domain.rules import tuned
from shared.media.check import check
from shared.media.confining import deny
from shared.media.protocol import LENGTH, PICTURE, SPAN, Job

MEMORY = 1536 * 1024 * 1024
CPU_S = 60


class PipeReader:
    """Implements `Reader` by asking the parent."""

    def __init__(self, size: int, asked: BinaryIO, answers: BinaryIO) -> None:
        self.size = size
        self._asked, self._answers = asked, answers

    def read(self, offset: int, length: int) -> bytes:
        return next(self.read_all([(offset, length)]))

    def read_all(self, spans: Sequence[tuple[int, int]]) -> Iterator[bytes]:
        wanted = [(offset, max(0, min(length, self.size - offset))) for offset, length in spans]
        asked = [span for span in wanted if span[1]]
        if asked:
            self._asked.write(b"R" + LENGTH.pack(len(asked)) + b"".join(SPAN.pack(*span) for span in asked))
            self._asked.flush()
        for _, length in wanted:
            yield self._answer() if length else b""

    def _answer(self) -> bytes:
        (count,) = LENGTH.unpack(self._answers.read(LENGTH.size))
        return self._answers.read(count)


class BytesReader:
    """Implements `Reader` over bytes."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size = len(content)

    def read(self, offset: int, length: int) -> bytes:
        return self._content[offset : offset + length]

    def read_all(self, spans: Sequence[tuple[int, int]]) -> Iterator[bytes]:
        return (self.read(*span) for span in spans)


def warm_up() -> None:
    """Make and check a tiny clip, so that nothing has to be loaded once the locks are on."""
    opened: Any = av.open  # PyAV's types are partial
    made = io.BytesIO()
    with opened(made, "w", format="mp4") as out:
        video = out.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 64, 36, "yuv420p"
        audio = out.add_stream("aac", rate=16_000, layout="mono")
        for _ in range(2):
            out.mux(video.encode(av.VideoFrame(64, 36, "yuv420p")))
        out.mux(video.encode(None))
        for number in range(8):
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            sound.sample_rate, sound.pts = 16_000, number * 1024
            out.mux(audio.encode(sound))
        out.mux(audio.encode(None))
    verdict = check(
        BytesReader(made.getvalue()), "warm-up.mp4", "gesture", "1080p", keep=lambda _name, _picture: None, speech=True
    )
    if len(verdict.pictures) != 3 or not verdict.facts.frames or not verdict.model_dump_json():
        message = "the warm-up clip was not looked at and listened to, so a late import would die at the locks"
        raise RuntimeError(message)


def lock() -> None:
    """What the process can't undo: memory, processor time, no file growth, no new descriptor; and no calls that reach out."""
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),  # what is open stays usable; closing it makes no room for another
    ):
        resource.setrlimit(kind, (limit, limit))
    deny()


def main() -> None:
    asked, answers = sys.stdout.buffer, sys.stdin.buffer
    (length,) = LENGTH.unpack(answers.read(LENGTH.size))
    job = Job.model_validate_json(answers.read(length))
    warm_up()
    lock()

    def keep(name: str, picture: bytes) -> None:
        asked.write(b"P" + PICTURE.pack(len(name), len(picture)) + name.encode() + picture)

    reader = PipeReader(job.size, asked, answers)
    verdict = check(
        reader,
        job.file,
        job.clip_kind,
        job.target,
        tuned(job.tuning),
        keep,
        header_only=job.header_only,
        speech=job.speech,
    )
    body = verdict.model_dump_json().encode()
    asked.write(b"V" + LENGTH.pack(len(body)) + body)
    asked.flush()


if __name__ == "__main__":
    main()
