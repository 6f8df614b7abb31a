"""The upload page's side of the app: who may upload for which avatar until when, one file at a time, and its verdict."""

import base64
import hmac
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field, ValidationError

from shared.domain.base import Frozen
from shared.domain.book import Book
from shared.domain.clips import Accepted, Clip, Faulty, Finding, Gone, clip_id
from shared.domain.names import ClipPath, avatar_name, clip_path
from shared.domain.readiness import readiness
from shared.errors import Broken, Refused
from shared.services import Services
from shared.signing import mac

PURPOSE = "upload page"
LIFE = timedelta(hours=4)
MOST_BYTES = 200 * 1024**3  # far beyond any clip, and within what 50,000 blocks can hold
MOST_SHOWN = 200  # clips that the page lists
ENDINGS = (".mp4", ".mov")


class Pass(Frozen):
    """Lets its holder upload clips of one avatar for a while; signed, so that nothing is kept on our side."""

    avatar: str
    user: str
    until: int  # seconds since 1970, real time


class Wish(Frozen):
    """What the page asks for: to upload one file, or how its check went."""

    token: str
    kind: str
    file: str
    size: int = Field(default=0, ge=0)
    etag: str = ""


def page_link(services: Services, avatar: str, user: str) -> str:
    """The address of the page for one person and one avatar. The pass is in the fragment, which no server ever sees.

    Raises:
        Broken: the app does not know its own address.
    """
    base = services.settings.address
    if not base:
        raise Broken("no_address", "the setting APP_URL is missing: the address that the app is reached at")
    until = services.stopwatch.now() + LIFE
    return f"{base}/api/upload#{_signed(services, Pass(avatar=avatar, user=user, until=int(until.timestamp())))}"


def permit(services: Services, wish: Wish) -> dict[str, str]:
    """Where to put one file: a link that can create and write just this one.

    Raises:
        Refused: the pass is over, or the file does not belong there; the sentence is for the page.
    """
    path = _path(services, wish)
    if not path.file.lower().endswith(ENDINGS):
        raise Refused("wrong_ending", f"“{path.file}” is not an .mp4 or .mov file: export the clip as one of these.")
    if not 0 < wish.size <= MOST_BYTES:
        raise Refused("wrong_size", f"“{path.file}” is empty, or too large: export the clip again.")
    _taking(services, path.avatar)
    return {"url": services.clips.upload_link(path.blob), "avatar": path.avatar}


def verdict(services: Services, wish: Wish) -> dict[str, Any]:
    """How the check of one uploaded version stands, and all that is to say about it.

    Raises:
        Refused: the pass is over.
    """
    path = _path(services, wish)
    records = services.records.load(path.avatar, clip_id(path)).records
    clip = next((record for record in records if isinstance(record, Clip)), None)
    if clip is None or (wish.etag and clip.etag != wish.etag.strip('"')):
        return {"state": "waiting", "findings": []}
    findings = clip.state.findings if isinstance(clip.state, Accepted | Faulty) else ()
    return {
        "state": clip.state.status,
        "findings": [_told(finding) for finding in findings if finding.severity != "info"],
    }


def opened(services: Services, token: str) -> dict[str, Any]:
    """Whose page this is, which clips are there, and what the training still lacks.

    Raises:
        Refused: the pass is over, or was never ours; or nothing may be uploaded for this avatar any more.
    """
    found = _read(services, token)
    book = _taking(services, found.avatar)
    clips = services.records.clips(found.avatar)
    ready = readiness(book.known_avatar(), book.consent, clips, services.policy.rules)
    there = [clip for clip in clips if not isinstance(clip.state, Gone)]
    there.sort(key=lambda clip: (isinstance(clip.state, Accepted), clip.path.blob))  # what has to be done comes first
    counts = Counter(f"{clip.path.kind} {clip.state.status}" for clip in there)
    return {
        "avatar": found.avatar, "until": datetime.fromtimestamp(found.until, UTC).isoformat(), "missing": ready.missing,
        "clips": [_there(clip) for clip in there[:MOST_SHOWN]], "counts": counts,
    }  # fmt: skip


def _there(clip: Clip) -> dict[str, str]:
    findings = clip.state.findings if isinstance(clip.state, Faulty) else ()
    says = next((finding.message for finding in findings if finding.severity == "error"), "")
    return {"kind": clip.path.kind, "file": clip.path.file, "state": clip.state.status, "says": says}


def _taking(services: Services, avatar: str) -> Book:
    """The records of an avatar that clips may be uploaded for."""
    book = Book.of(services.records.load(avatar).records)
    if book.avatar is None:
        raise Refused("unknown_avatar", f"There is no avatar “{avatar}” any more. Ask in Slack.")
    if book.withdrawal:
        raise Refused("consent_withdrawn", "The talent withdrew the consent: nothing more may be uploaded.")
    return book


def _told(finding: Finding) -> dict[str, str]:
    return {
        "severity": finding.severity, "message": finding.message, "fix": finding.fix, "measured": finding.measured,
        "required": finding.required,
    }  # fmt: skip


def _path(services: Services, wish: Wish) -> ClipPath:
    avatar = _read(services, wish.token).avatar
    return clip_path(f"{avatar}/{wish.kind}/{wish.file}")


def _signed(services: Services, granted: Pass) -> str:
    body = _text(granted.model_dump_json().encode())
    return f"{body}.{_text(mac(services.settings, PURPOSE, body))}"


def _read(services: Services, token: str) -> Pass:
    over = Refused(
        "pass_over", "This link has expired. Type `/avatar upload` in Slack; the new link goes on where you left off."
    )
    body, _, given = token.partition(".")
    try:
        if not hmac.compare_digest(_bytes(given), mac(services.settings, PURPOSE, body)):
            raise over
        granted = Pass.model_validate_json(_bytes(body))
    except (ValueError, ValidationError):
        raise over from None
    if granted.until <= services.stopwatch.now().timestamp() or avatar_name(granted.avatar) != granted.avatar:
        raise over
    return granted


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_wish(body: bytes) -> Wish:
    """A request of the page.

    Raises:
        Refused: it is none of ours.
    """
    try:
        return Wish.model_validate_json(body)  # it knows how deep is too deep, and what is no text
    except (ValueError, ValidationError):
        raise Refused("bad_request", "This is not a request of the upload page.") from None
