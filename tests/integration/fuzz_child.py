"""The child process of the sandbox with its locks on, taking one clip after another instead of one."""

import sys

from shared.domain.rules import tuned
from shared.media import child
from shared.media.check import check
from shared.media.protocol import LENGTH, Job


def main() -> None:
    asked, answers = sys.stdout.buffer, sys.stdin.buffer
    child.warm_up()
    child.lock()
    while head := answers.read(LENGTH.size):
        (length,) = LENGTH.unpack(head)
        job = Job.model_validate_json(answers.read(length))
        reader = child.PipeReader(job.size, asked, answers)
        verdict = check(
            reader, job.file, job.clip_kind, job.target, tuned(job.tuning), keep=lambda _name, _picture: None
        )
        body = verdict.model_dump_json().encode()
        asked.write(b"V" + LENGTH.pack(len(body)) + body)
        asked.flush()


if __name__ == "__main__":
    main()
