"""The child process that opens clips: the same verdict as in process, and locks that hold; controls show what they stop."""

from pathlib import Path
from typing import Any

import pytest

from local.clips.making import Recipe, make
from shared.errors import Refused
from shared.media.check import check
from shared.media.protocol import Job
from shared.media.sandbox import examine
from shared.media.verdict import Verdict
from tests.integration.clip_kit import Bytes


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make(tmp_path_factory.mktemp("clips") / "short.mp4", Recipe(2, 640, 360)).read_bytes()


def _rules(verdict: Verdict) -> set[str]:
    return {finding.rule for finding in verdict.findings}


@pytest.mark.parametrize("content", [None, b"", b"This is no video.\n" * 50, b"\x00" * 100])
def test_the_verdict_is_the_same_as_in_process(short: bytes, content: bytes | None) -> None:
    clip = Bytes(short if content is None else content)
    assert examine(clip, _job(clip)) == check(clip, "take.mp4", "gesture", "1080p", keep=lambda _n, _p: None)


def _job(clip: Bytes) -> Job:
    return Job(size=clip.size, file="take.mp4", clip_kind="gesture", target="1080p")


def _examined(content: bytes, **limits: Any) -> Verdict:
    clip = Bytes(content)
    return examine(clip, _job(clip), **limits)


def _child(folder: Path, body: str, monkeypatch: pytest.MonkeyPatch, *, locked: bool = True) -> str:
    """A child that does this once the locks are on, and gives a verdict only if it could."""
    lines = [
        "from shared.media import child",
        "from shared.media.verdict import Verdict",
        "def instead(reader, *_, **_more):",
        f"    {body}",
        "    return Verdict.model_validate({'facts': {'size': 1}, 'findings': (), 'fingerprint': 'it could'})",
        "child.warm_up()",
        "child.warm_up = lambda: None",
        "child.check = instead",
        *([] if locked else ["child.lock = lambda: None"]),
        "if __name__ == '__main__':",
        "    child.main()",
    ]
    name = f"evil_{abs(hash((body, locked)))}"
    (folder / f"{name}.py").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    return name


EVIL = {
    "open a file": "open('/etc/hostname')",
    "make room and open a file": "import os; os.close(2); open('/etc/hostname')",
    "make room and open a socket": "import os, socket; os.close(2); socket.socket()",
    "read its parent's secrets": "import os; os.close(2); open(f'/proc/{os.getppid()}/environ')",
    "become two": "import os; os.fork() or os._exit(0)",
    "signal its parent": "import os; os.kill(os.getppid(), 0)",
    "lift a limit": "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (99, 99))",
    "write a file": "open(__file__, 'a').write('x')",
    "open a socket": "import socket; socket.socket()",
    "copy a descriptor": "import os; os.dup(0)",
    "start a program": "import subprocess; subprocess.run(['/bin/true'])",
    "eat memory": "x = bytearray(2 * 1024**3)",
}


@pytest.mark.parametrize("what", EVIL)
def test_what_a_clip_must_not_do_ends_in_one_honest_finding_and_works_without_the_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    free = _child(tmp_path, EVIL[what], monkeypatch, locked=False)
    assert _examined(b"x" * 1000, child=free).fingerprint == "it could"
    child = _child(tmp_path, EVIL[what], monkeypatch)
    verdict = _examined(b"x" * 1000, child=child)
    assert _rules(verdict) == {"FILE-LIMIT"}
    assert verdict.findings[0].status == "inconclusive"


@pytest.mark.parametrize("body", ["import os; os._exit(3)", "raise ValueError('x')", "print('junk', flush=True)"])
def test_a_child_that_dies_or_talks_nonsense_is_one_honest_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    verdict = _examined(b"x" * 1000, child=_child(tmp_path, body, monkeypatch))
    assert _rules(verdict) == {"FILE-LIMIT"}


def test_a_child_that_wants_too_much_gets_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = _child(tmp_path, "[reader.read(n << 20, 1 << 20) for n in range(400)]", monkeypatch)
    clip = Bytes(b"x" * (1 << 20))
    clip.size = 1 << 30
    assert "too much" in examine(clip, _job(clip), child=child).findings[0].message


def test_a_child_that_hangs_is_ended_at_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = _child(tmp_path, "exec('while True: pass')", monkeypatch)
    verdict = _examined(b"x" * 1000, wall_s=2, child=child)
    assert "took too long" in verdict.findings[0].message


@pytest.mark.parametrize(
    "body",
    [
        "child.sys.stdout.buffer.write(b'R' + bytes(4))",
        "[child.sys.stdout.buffer.write(b'P' + child.PICTURE.pack(5, 3) + b'sheet' + bytes([255, 216, 255])) for _ in range(9)]",
        "child.sys.stdout.buffer.write(b'P' + child.PICTURE.pack(9, 3) + b'../../etc' + bytes([255, 216, 255]))",
        "child.sys.stdout.buffer.write(b'P' + child.PICTURE.pack(5, 2**31) + b'sheet')",
    ],
    ids=["nothing asked for", "many pictures", "a picture with another name", "a huge picture"],
)
def test_a_child_that_misuses_the_pipe_is_one_honest_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    kept: list[str] = []
    clip = Bytes(b"x" * 1000)
    child = _child(tmp_path, f"{body}; child.sys.stdout.buffer.flush()", monkeypatch)
    verdict = examine(clip, _job(clip), lambda name, _picture: kept.append(name), child=child)
    assert _rules(verdict) == {"FILE-LIMIT"}
    assert set(kept) <= {"sheet"}


def test_a_child_that_talks_without_end_is_ended_at_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = "child.sys.stdout.buffer.write(b'R' + child.LENGTH.pack(1) + child.SPAN.pack(0, 1)); child.sys.stdout.buffer.flush()"
    child = _child(
        tmp_path, f"exec('while True: {ask}; child.sys.stdin.buffer.read(5)')".replace("b'R'", 'b"R"'), monkeypatch
    )
    assert _rules(_examined(b"x" * 1000, wall_s=2, child=child)) == {"FILE-LIMIT"}


def test_a_verdict_names_no_picture_that_did_not_come() -> None:
    from shared.media.sandbox import _sane

    pictures = [{"name": "../x", "alt": "a"}, {"name": "sheet", "alt": "b"}]
    verdict = Verdict.model_validate({"facts": {"size": 1}, "findings": (), "fingerprint": "", "pictures": pictures})
    assert [picture.name for picture in _sane(verdict, ["sheet"]).pictures] == ["sheet"]


def test_the_child_gets_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    body = "import os; assert 'SLACK_BOT_TOKEN' not in os.environ and 'STATE' not in os.environ"
    verdict = _examined(b"x", child=_child(tmp_path, body, monkeypatch))
    assert verdict.fingerprint == "it could"


def test_a_blob_that_was_replaced_ends_the_check(short: bytes) -> None:
    class Replaced(Bytes):
        def read(self, offset: int, length: int) -> bytes:
            raise Refused("clip_replaced", "replaced")

    with pytest.raises(Refused):
        examine(Replaced(short), _job(Bytes(short)))


def test_an_index_that_claims_millions_of_samples_is_refused_before_it_is_built(short: bytes) -> None:
    at = short.index(b"stsz") + 12
    hostile = short[:at] + (60_000_000).to_bytes(4, "big") + short[at + 4 :]
    assert "FILE-TOO-COMPLEX" in _rules(_examined(hostile))
