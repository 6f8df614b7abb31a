"""Records, events and terms for tests, with sensible values where a test does not care."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from shared.domain.asking import endpoint_id
from shared.domain.base import digest
from shared.domain.book import Book, Record, Terms
from shared.domain.clips import Accepted, Checking, Clip, ClipState, Facts, Faulty, Finding
from shared.domain.deciding import decide
from shared.domain.deployments import Deployment, DeploymentState, Live, Usage
from shared.domain.events import Envelope, Event, Reply
from shared.domain.money import Money, Price, training_amount
from shared.domain.names import ClipPath, Kind
from shared.domain.operations import Approval, Ask, Operation, OperationState, Proposed
from shared.domain.policy import IdleRule, Members, Policy, Rule, Step, StepRule
from shared.domain.readiness import consent_fingerprint, data_set
from shared.domain.records import Avatar, Consent, Model, Words
from shared.domain.resources import Resource

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MAYA, BEN, INES, OMAR, LENA, EVE = "U0MAYA", "U0BEN", "U0INES", "U0OMAR", "U0LENA", "U0EVE"
GROUPS = {"S0APPROVERS": (BEN, INES), "S0ONCALL": (LENA,), "S0OPERATORS": (OMAR,)}

POLICY = Policy(
    operators=("S0OPERATORS",),
    on_call=("S0ONCALL",),
    operators_channel="C0OPERATORS",
    on_call_channel="C0ONCALL",
    maintainers_channel="C0MAINTAIN",
    steps={step: StepRule(approve=("S0APPROVERS",)) for step in ("train", "copy", "deploy", "remove")},
    idle=IdleRule(grace_hours=48),
    break_glass=(INES,),
)
RESOURCES = {
    "weu": Resource(
        name="weu", region="westeurope", driver="rest", can_train=True, voice_sync=True, endpoint="http://127.0.0.1:9"
    ),
    "neu": Resource(name="neu", region="northeurope", driver="rest", endpoint="http://127.0.0.1:9"),
    "wus": Resource(name="wus", region="westus2", driver="portal", can_train=True, voice_sync=True),
}


def price(value: str = "15.00") -> Price:
    return Price(
        meter="m", region="westeurope", unit="hour", money=Money(value=Decimal(value)), source="list", as_of=NOW
    )


def avatar(resource: str = "weu", *, voice_sync: bool = False) -> Avatar:
    return Avatar(
        name="presenter", team="T0", owner=MAYA, channel="C0AVATARS", resource=resource, target="1080p",
        voice_sync=voice_sync, created=NOW,
    )  # fmt: skip


def consent(scope: str = "avatar") -> Consent:
    return Consent.model_validate(
        {
            "talent": "w-t",
            "company": "w-c",
            "names": "n",
            "locale": "en-US",
            "scope": scope,
            "disclosed_by": MAYA,
            "recorded": NOW,
        }
    )


def clip(
    kind: Kind, seconds: float = 60, file: str = "a.mp4", state: ClipState | None = None, content: str = "x"
) -> Clip:
    facts = Facts(size=10, duration_s=seconds, width=1920, height=1080, fps=25)
    found = state or Accepted(fingerprint=digest([kind, file, content])[:16], facts=facts, checked=NOW)
    return Clip(
        path=ClipPath(avatar="presenter", kind=kind, file=file),
        etag="1",
        size=10,
        uploaded=NOW,
        burst="b1",
        state=found,
    )


def faulty(kind: Kind, file: str = "bad.mp4") -> Clip:
    finding = Finding(rule="VID-RES", severity="error", measured="1", required="2", message="m", fix="f", source="s")
    return clip(kind, file=file, state=Faulty(facts=Facts(size=1), findings=(finding,), checked=NOW))


def checking(kind: Kind) -> Clip:
    return clip(kind, state=Checking())


def full_set() -> tuple[Clip, ...]:
    return (clip("consent", 16), clip("natural", 304), clip("silent", 64))


def terms(clips: tuple[Clip, ...] = (), **more: object) -> Terms:
    basis = {
        "policy": POLICY, "resources": RESOURCES, "members": Members(groups=GROUPS), "clips": clips,
        "training_price": {"westeurope": price(), "westus2": price()},
        "hosting_price": {"westeurope": price("0.60"), "northeurope": price("0.60"), "westus2": price("0.60")},
    }  # fmt: skip
    return Terms.model_validate({**basis, **more})


def message(event: Event, by: str = MAYA, number: int = 1, clip_id: str | None = None) -> Envelope:
    person = by.startswith("U")
    return Envelope(
        id=f"m{number}", team="T0", avatar="presenter", by=by, event=event, clip=clip_id,
        reply=Reply(user=by, channel="C0AVATARS") if person else None,
    )  # fmt: skip


def model(resource: str = "weu", name: str = "presenter-v1") -> Model:
    place = RESOURCES[resource]
    return Model(
        name=name, resource=resource, region=place.region, voice_sync=False, made_by="train-1", made=NOW,
        assurance=place.assurance,
    )  # fmt: skip


def operation(
    step: Step = "train", state: OperationState | None = None, resource: str = "weu", approvals: tuple[str, ...] = (),
    needed: int = 1, clips: tuple[Clip, ...] = (),
) -> Operation:  # fmt: skip
    clips = clips or full_set()
    ask = Ask(
        id=f"{step}-1", step=step, avatar="presenter", by=MAYA, at=NOW, model="presenter-v1", resource=resource,
        target="neu" if step == "copy" else None, deployment=deployment().id if step == "remove" else None,
        clips=data_set(clips) if step == "train" else (),
        consent=consent_fingerprint(consent(), clips) if step == "train" else "",
        amount=training_amount(price()) if step == "train" else None,
        rule=Rule(name=step, needed=needed, approve=("S0APPROVERS",)), assurance=RESOURCES[resource].assurance,
        expires=NOW + timedelta(hours=72),
    )  # fmt: skip
    signed = tuple(Approval(by=person, at=NOW, digest=ask.digest) for person in approvals)
    return Operation(ask=ask, approvals=signed, state=state or Proposed())


def deployment(state: DeploymentState | None = None, usage: Usage | None = None, resource: str = "weu") -> Deployment:
    return Deployment(
        id=endpoint_id("deploy-1", 1), avatar="presenter", model="presenter-v1", resource=resource,
        region=RESOURCES[resource].region, price_per_hour=Money(value=Decimal("0.60")), live_since=NOW,
        made_by="deploy-1", assurance=RESOURCES[resource].assurance, usage=usage, state=state or Live(),
    )  # fmt: skip


def book(*records: Record) -> Book:
    return Book.of([avatar(), consent(), Words(ref="w-t", text="Ada"), Words(ref="w-c", text="Contoso"), *records])


def after(before: Book, event: Event, by: str = MAYA, now: datetime = NOW, known: Terms | None = None) -> Book:
    """The book after a decision, as the store would hold it."""
    made = decide(before, message(event, by, number=hash((event, by)) % 10**6), now, known or terms(full_set()))
    return with_records(before, made.puts)


def with_records(before: Book, puts: Sequence[Record]) -> Book:
    kept: dict[str, Record] = {}
    for record in [
        *([before.avatar] if before.avatar else []), *([before.consent] if before.consent else []),
        *([before.withdrawal] if before.withdrawal else []), *before.models, *before.operations.values(), *before.deployments.values(), *before.trials.values(),
        *(Words(ref=ref, text=text) for ref, text in before.words.items()), *puts,
    ]:  # fmt: skip
        kept[record.key] = record
    return Book.of(kept.values())
