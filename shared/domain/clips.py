"""A clip and its verdict: an aggregate of its own, so that hundreds of uploads do not contend."""

from typing import Annotated, Literal

from pydantic import Field

from shared.domain.base import Frozen, Utc, short_id
from shared.domain.names import ClipPath, Kind

Severity = Literal["error", "warning", "info"]
Status = Literal["failed", "inconclusive"]


class Finding(Frozen):
    """One thing to say about a clip: what was measured, what is required, and how to fix it."""

    rule: str
    severity: Severity
    status: Status = "failed"
    measured: str
    required: str
    message: str
    fix: str
    source: str
    at_s: float | None = None


class Facts(Frozen):
    """What header, index, pictures and sound told; None where it could not be read.

    `background`: median L*, a*, b* beside the person; `face`: centre across, centre down and height, as shares of the
    picture; `loudness`: LUFS; `heard`: share of the sound that was read.
    """

    size: int
    duration_s: float | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    background: tuple[float, float, float] | None = None
    face: tuple[float, float, float] | None = None
    loudness: float | None = None
    heard: float | None = None
    frames: int | None = None


class ClipPicture(Frozen):
    """A picture of a clip that we drew (`sheet`, `frame`, `sound`), and what it shows in words."""

    name: str
    alt: str


class Checking(Frozen):
    """Uploaded; its check is owed or under way."""

    status: Literal["checking"] = "checking"


class Accepted(Frozen):
    """No error was found; warnings may stand."""

    status: Literal["accepted"] = "accepted"
    fingerprint: str
    facts: Facts
    findings: tuple[Finding, ...] = ()
    passed: tuple[str, ...] = ()
    pictures: tuple[ClipPicture, ...] = ()
    checked: Utc


class Faulty(Frozen):
    """At least one error; the clip is no part of the data set."""

    status: Literal["faulty"] = "faulty"
    facts: Facts
    findings: tuple[Finding, ...]
    passed: tuple[str, ...] = ()
    pictures: tuple[ClipPicture, ...] = ()
    checked: Utc


class Gone(Frozen):
    """The blob was deleted, or replaced before it could be checked and then deleted."""

    status: Literal["gone"] = "gone"


ClipState = Annotated[Checking | Accepted | Faulty | Gone, Field(discriminator="status")]


class Earlier(Frozen):
    """What was wrong with an earlier upload of the same name, and the burst whose thread says so."""

    burst: str
    messages: tuple[str, ...]


class Clip(Frozen):
    """One file in the clips container, at one version (`etag`)."""

    record: Literal["clip"] = "clip"
    path: ClipPath
    etag: str
    size: int
    uploaded: Utc
    burst: str
    state: ClipState = Checking()
    earlier: tuple[Earlier, ...] = ()

    @property
    def id(self) -> str:
        return clip_id(self.path)

    @property
    def key(self) -> str:
        return f"clip:{self.id}"

    @property
    def unjudged(self) -> bool:
        """It waits for its check, or the check failed again and again and may come back."""
        given_up = isinstance(self.state, Faulty) and any(one.rule == "FILE-UNCHECKED" for one in self.state.findings)
        return given_up or isinstance(self.state, Checking)


def clip_id(path: ClipPath) -> str:
    """A key for any file name: names may hold characters that keys may not."""
    return short_id("c", path.avatar, path.kind, path.file)


class ClipVersion(Frozen):
    """A clip as an approval saw it."""

    kind: Kind
    file: str
    fingerprint: str
