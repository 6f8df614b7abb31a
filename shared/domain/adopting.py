"""What was made earlier in the portal comes under our care; what Azure no longer has is closed."""

import re
from datetime import datetime, timedelta

from shared.domain.asking import ask_deploy, consent_stands, endpoint_id, nothing_open
from shared.domain.book import NOTHING, AuditLine, Book, Case, Decision, Record, minute
from shared.domain.deployments import Deployment, Live, Removed, Removing
from shared.domain.effects import Effect, Post, ShowCard
from shared.domain.events import AdoptAsked, CloseAsked, DeployAsked, MissingSeen, RemoveAsked
from shared.domain.names import must_be_model
from shared.domain.records import Avatar, Model
from shared.domain.removing import ask_remove
from shared.domain.resources import Resource
from shared.errors import Refused

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ADOPTED = "adopted"  # in the place of the operation that made it
EARLIEST = timedelta(days=3 * 365)


def bring_together(case: Case, event: AdoptAsked | CloseAsked | MissingSeen) -> Decision:
    """The records and what there is in Azure."""
    match event:
        case AdoptAsked():
            return _adopt(case, event)
        case CloseAsked():
            return close(case, event)
        case MissingSeen():
            return see_missing(case, event)


def _adopt(case: Case, event: AdoptAsked) -> Decision:
    """One, or one line of an import: that says which line could not be taken."""
    try:
        return adopt(case, event)
    except Refused as refusal:
        if event.line is None:
            raise
        raise Refused(refusal.code, f"Line {event.line} (*{case.message.avatar}*): {refusal.sentence}") from refusal


def adopt(case: Case, event: AdoptAsked) -> Decision:
    """Record an avatar, a model or a deployment that is there already; a deployment is watched from now on."""
    policy = case.terms.policy
    if not case.terms.members.includes((*policy.steps["deploy"].ask, *policy.operators, *policy.on_call), case.by):
        raise Refused("may_not_ask", "The policy lets you neither ask for deployments nor do portal tasks.")
    consent_stands(case)
    resource = case.terms.resource(event.resource)
    if event.endpoint and not UUID.fullmatch(event.endpoint):
        raise Refused("wrong_endpoint", "The id of an endpoint is a UUID, as the service lists it.")
    puts: list[Record] = []
    avatar = case.book.avatar
    if avatar is None:
        avatar = _avatar(case, event, resource)
        puts.append(avatar)
    if event.model:
        puts += _model(case, event, resource)
    if event.live_since:
        puts.append(_deployment(case, event, resource, event.live_since))
    if not puts:
        raise Refused(
            "nothing_to_adopt",
            f"*{avatar.name}* and that model are on record already. For a deployment say when it went live: "
            f"`/avatar adopt {avatar.name} in {resource.name} model=NAME since=2026-11-01`.",
        )
    line = AuditLine(
        action="adopted", by=case.by, subject=next((r.id for r in puts if isinstance(r, Deployment)), ""),
        data={"resource": resource.name, "model": event.model or "", "records": ", ".join(r.record for r in puts)},
    )  # fmt: skip
    told = () if event.line else (Post(channel=avatar.channel, text=_told(case, avatar, event, resource, puts)),)
    adopted = Decision(puts=tuple(puts), audit=(line,), effects=told)
    if not event.remove:
        return adopted
    found = next((record for record in puts if isinstance(record, Deployment)), None)
    if found is None:
        return adopted
    removal = RemoveAsked(deployment=found.id, why=event.why)
    return _both(adopted, ask_remove(_with(case, adopted), removal))


def see_missing(case: Case, event: MissingSeen) -> Decision:
    """Azure no longer has a deployment that we have on record, or has it again."""
    found = case.book.deployment(event.deployment)
    if isinstance(found.state, Removing | Removed) or event.missing == bool(found.missing):
        return NOTHING
    after = found.missed(case.now if event.missing else None)
    line = AuditLine(
        action="deployment_missing" if event.missing else "deployment_found_again", by=case.by, subject=found.id,
        data={"model": found.model, "resource": found.resource},
    )  # fmt: skip
    return Decision(
        puts=(after,), audit=(line,), effects=(ShowCard(card=(after if event.missing else found).missing_card),)
    )


def close(case: Case, event: CloseAsked) -> Decision:
    """It is gone in Azure: end its record, and ask for it anew if that is wanted."""
    found = case.book.deployment(event.deployment)
    avatar, policy = case.book.known_avatar(), case.terms.policy
    if case.by != avatar.owner and not case.terms.members.includes((*policy.on_call, *policy.operators), case.by):
        raise Refused("not_on_call", "Only the people on call, the operators and the avatar's owner can settle this.")
    if not found.missing or isinstance(found.state, Removing | Removed):
        raise Refused("already_settled", f"This is settled: `{found.model}` is {found.stands} in our records.")
    after = found.to(Removed(at=found.missing, operation="closed"))  # since then it cost nothing
    line = AuditLine(
        action="deployment_closed", by=case.by, subject=found.id, outcome="removed",
        data={"model": found.model, "resource": found.resource},
    )  # fmt: skip
    shown: list[Effect] = [ShowCard(card=found.missing_card)]
    if found.alerts:
        shown.append(ShowCard(card=found.card))
    closed = Decision(puts=(after,), audit=(line,), effects=tuple(shown))
    if not event.redeploy:
        return closed
    wanted = DeployAsked(
        resource=found.resource, model=found.model, until=found.ends if found.ends and found.ends > case.now else None,
        hours=found.hours.said if found.hours else "",
    )  # fmt: skip
    return _both(closed, ask_deploy(_with(case, closed), wanted))


def must_suit(case: Case, channel: str, pictures: str, command: str) -> None:
    """Cards and pictures of the talent go to this channel; `command`: what makes the avatar.

    Raises:
        Refused: the app is not in it, or everybody in the workspace would see them.
    """
    if not channel.startswith(("C", "G")):
        raise Refused(
            "no_channel",
            "Approvers and operators can't read a direct message. Type this in the channel where the team should see the avatar.",
        )
    if not case.terms.present:
        raise Refused(
            "app_absent",
            f"The app is not in <#{channel}>, so it can't show anything there. Type `/invite @Avatar Ops` in the channel where the team "
            f"should see this avatar, and then `{command}` there.",
        )
    if not case.terms.private and pictures != "public":
        raise Refused(
            "public_channel",
            f"<#{channel}> is public: everybody in your workspace could see pictures of the talent, as cards show them. Type this in a "
            f"private channel. If the talent is fine with it: `{command} pictures=public`.",
        )


def _avatar(case: Case, event: AdoptAsked, resource: Resource) -> Avatar:
    if case.message.reply is None:
        raise Refused("no_channel", "Adopt it from the channel that it should report to.")
    channel = event.channel or case.message.reply.channel
    what = f" model={event.model}" if event.model else ""
    must_suit(case, channel, event.pictures, f"/avatar adopt {case.message.avatar} in {resource.name}{what}")
    return Avatar(
        name=case.message.avatar, team=case.message.team, owner=event.owner or case.by, channel=channel, resource=resource.name, target="1080p", voice_sync=False,
        created=case.now, adopted=True,
    )  # fmt: skip


def _model(case: Case, event: AdoptAsked, resource: Resource) -> list[Record]:
    name = str(event.model)
    must_be_model(name)
    elsewhere = case.terms.recorded.get(f"{resource.name}|{name}".lower())
    if elsewhere and elsewhere != case.message.avatar:
        raise Refused("model_of_another", f"`{name}` in `{resource.name}` is on record as a model of *{elsewhere}*.")
    if any((m.name.lower(), m.resource) == (name.lower(), resource.name) for m in case.book.models):
        return []
    return [
        Model(
            name=name, resource=resource.name, region=resource.region, voice_sync=False, made_by=ADOPTED,
            made=event.live_since or case.now, assurance="attested",
        )
    ]  # fmt: skip


def _deployment(case: Case, event: AdoptAsked, resource: Resource, since: datetime) -> Deployment:
    if not event.model:
        raise Refused("which_model", "Say which model is deployed: `model=presenter-v1`.")
    if not case.now - EARLIEST <= since <= case.now:
        raise Refused("wrong_date", f"It can't be live since {since:%Y-%m-%d}: give a day of the last three years.")
    model = next(
        (m.name for m in case.book.models if (m.name.lower(), m.resource) == (event.model.lower(), resource.name)),
        event.model,
    )
    for known in case.book.deployments.values():
        if (known.billed or known.resting) and (
            known.id == event.endpoint or (known.model, known.resource) == (model, resource.name)
        ):
            raise Refused(
                "already_adopted",
                f"`{known.model}` in `{known.resource}` has been on record since {minute(known.live_since)}.",
            )
    other = case.terms.recorded.get(f"endpoint|{event.endpoint}")
    if other and other != case.message.avatar:
        raise Refused("endpoint_of_another", f"That endpoint is on record as a deployment of *{other}*.")
    if resource.driver == "rest" and not event.endpoint:
        raise Refused(
            "which_endpoint",
            f"`{resource.name}` is driven by API, so say which endpoint it is: `endpoint=` and its id (a UUID). `/avatar admin compare` shows "
            "the ids that are on no record.",
        )
    price = case.terms.hosting_price.get(resource.region)
    if price is None:
        raise Refused(
            "no_price",
            f"No hosting price is known for {resource.region}, so its cost can't be watched. Ask a maintainer.",
        )
    made = Deployment(
        id=event.endpoint or endpoint_id(f"adopted|{resource.name}|{model}", int(since.timestamp())),
        avatar=case.message.avatar, model=model, resource=resource.name, region=resource.region,
        price_per_hour=price.money, live_since=since, made_by=ADOPTED, assurance=resource.assurance, state=Live(),
    )  # fmt: skip
    nothing_open(case, ("deploy",), made)  # whoever does it reports that: it would be on record twice
    before = case.book.deployments.get(made.id)
    return before.back(made) if before else made


def _told(case: Case, avatar: Avatar, event: AdoptAsked, resource: Resource, puts: list[Record]) -> str:
    found = next((record for record in puts if isinstance(record, Deployment)), None)
    text = f":handshake: <@{case.by}> adopted *{avatar.name}* in `{resource.name}`"
    if event.model:
        text += f", model `{event.model}`"
    if found is None:
        return f"{text}; owner <@{avatar.owner}>."
    return (
        f"{text}, live since {minute(found.live_since)} at {found.price_per_hour} an hour; owner <@{avatar.owner}>. From now on it is "
        f"watched: on-call hears once it has been idle for {case.terms.policy.idle.grace_hours} hours."
    )


def _with(case: Case, made: Decision) -> Case:
    """The case as it is once this is decided."""
    book = case.book
    before: list[Record] = [
        *book.models, *book.operations.values(), *book.deployments.values(),
        *(record for record in (book.avatar, book.consent, book.withdrawal) if record),
    ]  # fmt: skip
    kept: dict[str, Record] = {record.key: record for record in [*before, *made.puts]}
    return Case(Book.of(kept.values()), case.message, case.now, case.terms)


def _both(first: Decision, second: Decision) -> Decision:
    puts = {record.key: record for record in (*first.puts, *second.puts)}
    return Decision(tuple(puts.values()), (*first.audit, *second.audit), (*first.effects, *second.effects))
