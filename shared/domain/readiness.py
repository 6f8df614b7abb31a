"""What the data set still lacks before training can be asked for. Rules and sources: `shared/domain/rules.py`."""

from collections.abc import Iterable, Iterator, Mapping

from shared.domain.alike import unlike
from shared.domain.base import Frozen, digest
from shared.domain.clips import Accepted, Checking, Clip, ClipVersion, Faulty, Finding
from shared.domain.names import Kind, printable
from shared.domain.records import Avatar, Consent
from shared.domain.rules import RULES, Rule

Rules = Mapping[str, Rule]


class Readiness(Frozen):
    """Errors block the training; warnings and notes do not. Minutes are of accepted training clips."""

    findings: tuple[Finding, ...]
    unused: tuple[str, ...]
    counts: dict[Kind, int]
    minutes: float

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(finding.message for finding in self.findings if finding.severity == "error")

    @property
    def notes(self) -> tuple[str, ...]:
        told = tuple(finding.message for finding in self.findings if finding.severity != "error")
        return (f"Not used, since the check found errors: {_files(self.unused)}.", *told) if self.unused else told

    @property
    def ready(self) -> bool:
        return not self.missing


def accepted(clips: Iterable[Clip], kind: Kind) -> list[tuple[Clip, Accepted]]:
    return [(clip, clip.state) for clip in clips if clip.path.kind == kind and isinstance(clip.state, Accepted)]


def used(clips: Iterable[Clip]) -> list[tuple[Clip, Accepted]]:
    """The training clips; interaction clips are advice and stay out."""
    return [
        (clip, clip.state)
        for clip in clips
        if isinstance(clip.state, Accepted) and clip.path.kind not in ("consent", "interaction")
    ]


def data_set(clips: Iterable[Clip]) -> tuple[ClipVersion, ...]:
    """All accepted training clips, in one order, by content."""
    versions = [
        ClipVersion(kind=clip.path.kind, file=clip.path.file, fingerprint=state.fingerprint)
        for clip, state in used(clips)
    ]
    return tuple(sorted(versions, key=lambda v: (v.kind, v.file)))


def consent_fingerprint(consent: Consent | None, clips: Iterable[Clip]) -> str:
    """The consent as an approval sees it: the recorded statement and the video's content."""
    videos = sorted(state.fingerprint for _, state in accepted(clips, "consent"))
    stated = [consent.names, consent.locale, consent.scope] if consent else []
    return digest([stated, videos])


def readiness(avatar: Avatar, consent: Consent | None, clips: tuple[Clip, ...], rules: Rules = RULES) -> Readiness:
    """Judge the data set of one avatar."""
    counts: dict[Kind, int] = {}
    for clip in clips:
        if isinstance(clip.state, Accepted):
            counts[clip.path.kind] = counts.get(clip.path.kind, 0) + 1
    seconds = sum(state.facts.duration_s or 0 for _, state in used(clips))
    findings = [
        *_consent(avatar, consent, clips, rules), *_natural(clips, rules), *_others(clips, rules),
        *_size_4k(avatar, clips, rules), *_unsettled(clips, rules), *_total(seconds, rules), *unlike(used(clips), rules),
    ]  # fmt: skip
    unused = tuple(clip.path.file for clip in clips if isinstance(clip.state, Faulty))
    return Readiness(findings=tuple(findings), unused=unused, counts=counts, minutes=seconds / 60)


def _consent(avatar: Avatar, consent: Consent | None, clips: tuple[Clip, ...], rules: Rules) -> Iterator[Finding]:
    rule = rules["SET-CONSENT"]
    if not accepted(clips, "consent"):
        yield rule.finding("no video", f"The consent video: upload it to `{avatar.name}/consent/`.")
    if consent is None:
        yield rule.finding(
            "no statement", f"The consent statement: record who said it with `/avatar consent {avatar.name}`."
        )
    elif avatar.voice_sync and consent.scope != "avatar+voice":
        message = (
            "The consent covers the avatar only, but this avatar has voice sync: "
            f"record the wider statement with `/avatar consent {avatar.name}`."
        )
        yield rule.finding("avatar only", message)


def _natural(clips: tuple[Clip, ...], rules: Rules) -> Iterator[Finding]:
    one, total = rules["SET-NATURAL"], rules["SET-NATURAL-TOTAL"]
    lengths = [state.facts.duration_s or 0 for _, state in accepted(clips, "natural")]
    if not lengths:
        yield one.finding("none", "A naturally speaking clip of at least 5 minutes without a break (kind `natural`).")
        return
    if max(lengths) < (one.least or 0):
        message = f"One naturally speaking clip of at least 5 minutes without a break: the longest is {_minutes(max(lengths))}."
        yield one.finding(_minutes(max(lengths)), message)
    if sum(lengths) > (total.most or 0):
        message = f"At most 30 minutes of naturally speaking clips: there are {_minutes(sum(lengths))}; delete some."
        yield total.finding(_minutes(sum(lengths)), message)


def _others(clips: tuple[Clip, ...], rules: Rules) -> Iterator[Finding]:
    if not accepted(clips, "silent"):
        yield rules["SET-SILENT"].finding("none", "A silent clip of about 1 minute (kind `silent`).")
    gestures = len(accepted(clips, "gesture"))
    if gestures and not accepted(clips, "status0"):
        message = "A status 0 speaking clip of 3 to 5 minutes (kind `status0`), since there are gestures."
        yield rules["SET-STATUS0"].finding("none", message)
    most = rules["SET-GESTURES"].most or 0
    if gestures > most:
        yield rules["SET-GESTURES"].finding(
            str(gestures), f"At most {most:g} gestures: there are {gestures}; delete some."
        )


def _size_4k(avatar: Avatar, clips: tuple[Clip, ...], rules: Rules) -> Iterator[Finding]:
    small = [c.path.file for c, state in used(clips) if (state.facts.width, state.facts.height) != (3840, 2160)]
    if avatar.target == "4K" and small:
        yield rules["SET-4K"].finding(
            f"{len(small)} smaller", f"3840x2160 for a 4K avatar: not so are {_files(small)}."
        )


def _unsettled(clips: tuple[Clip, ...], rules: Rules) -> Iterator[Finding]:
    checking = [clip.path.file for clip in clips if isinstance(clip.state, Checking)]
    if checking:
        yield rules["SET-CHECKS"].finding(f"{len(checking)} under way", f"The check of {_files(checking)} to finish.")


def _total(seconds: float, rules: Rules) -> Iterator[Finding]:
    # The overview asks for 10 minutes, the clips that the guide requires add up to 6: the documents conflict, so no error.
    least, best = rules["SET-TOTAL"], rules.get("SET-TOTAL-BEST")
    if seconds and seconds < (least.least or 0):
        message = (
            f"There are {_minutes(seconds)} in all; the service's overview recommends at least 10 minutes. Its recording guide "
            "is content with less, so this is a warning only."
        )
        yield least.finding(_minutes(seconds), message)
    elif best and seconds and seconds < (best.least or 0):
        message = f"There are {_minutes(seconds)} in all; about 20 minutes are recommended for production."
        yield best.finding(_minutes(seconds), message)


def _minutes(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d} min"


def _files(files: Iterable[str]) -> str:
    ordered = sorted(files)
    shown = ", ".join(f"`{printable(file)}`" for file in ordered[:5])
    return shown if len(ordered) <= 5 else f"{shown} and {len(ordered) - 5} more"
