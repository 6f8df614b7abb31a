"""Asking for a gated step: what is missing is said, what is complete becomes a proposed operation."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from shared.domain.base import short_id
from shared.domain.book import AuditLine, Case, Decision, minute
from shared.domain.budgeting import budgeted
from shared.domain.deployments import Deployment, Removed, Removing
from shared.domain.effects import Effect, ShowCard, StartWork
from shared.domain.events import (
    CopyAsked,
    DeployAsked,
    TrainAsked,
)
from shared.domain.money import HOURS_A_MONTH, Amount, Money, hosting_amount, training_amount
from shared.domain.moving import NOUNS, WORDS, concerns
from shared.domain.names import next_model_name, printable
from shared.domain.office import OfficeHours, office_hours
from shared.domain.operations import (
    Approval,
    Approved,
    Ask,
    Operation,
    Proposed,
)
from shared.domain.policy import Policy, Rule, Step
from shared.domain.readiness import consent_fingerprint, data_set, readiness
from shared.domain.records import Avatar, Model, Words
from shared.domain.resources import Resource
from shared.errors import Refused


def endpoint_id(operation: str, attempt: int) -> str:
    """The endpoint's UUID, the same for every repeat of the same attempt."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"avatar-ops:{operation}:{attempt}"))


def ask(case: Case, event: TrainAsked | CopyAsked | DeployAsked) -> Decision:
    """Ask for what makes something."""
    match event:
        case TrainAsked():
            return ask_train(case, event)
        case CopyAsked():
            return ask_copy(case, event)
        case DeployAsked():
            return ask_deploy(case, event)


def ask_train(case: Case, event: TrainAsked) -> Decision:
    avatar = case.book.known_avatar()
    consent_stands(case)
    may_ask(case, "train")
    resource = case.terms.resource(avatar.resource)
    resource.must_be_paid()
    if not resource.can_train:
        raise Refused("region_cannot_train", f"`{resource.name}` ({resource.region}) can't train. Ask a maintainer.")
    nothing_open(case, ("train",))
    ready = readiness(avatar, case.book.consent, case.terms.clips, case.terms.policy.rules)
    if not ready.ready:
        missing = "\n".join(f"• {line}" for line in ready.missing)
        raise Refused("not_ready", f"*{avatar.name}* can't be trained yet. Still missing:\n{missing}")
    price = case.terms.training_price.get(resource.region)
    ours = {model.name for model in case.book.models if model.resource == resource.name}
    name = next_model_name(avatar.name, case.terms.taken.get(resource.name, frozenset()) | ours)
    return propose(
        case, event.why,
        step="train", model=name, resource=resource.name,
        amount=training_amount(price) if price else None,
        clips=data_set(case.terms.clips), consent=consent_fingerprint(case.book.consent, case.terms.clips),
        minutes=ready.minutes, warnings=ready.notes,
    )  # fmt: skip


def ask_copy(case: Case, event: CopyAsked) -> Decision:
    avatar = case.book.known_avatar()
    consent_stands(case)
    may_ask(case, "copy")
    target = case.terms.resource(event.target)
    model = _model(case, avatar, event.model, None)
    target.must_be_paid()
    if not target.can_host:
        raise Refused("region_cannot_host", f"`{target.name}` ({target.region}) can't host avatars.")
    if model.resource == target.name:
        raise Refused("already_there", f"`{model.name}` is already in `{target.name}`.")
    if case.terms.resource(model.resource).driver != target.driver:
        raise Refused(
            "drivers_differ",
            f"`{model.resource}` and `{target.name}` are driven in different ways; a copy between them is not possible.",
        )
    taken = {name.lower() for name in case.terms.taken.get(target.name, frozenset())}
    if model.name.lower() in taken or any(m.name == model.name and m.resource == target.name for m in case.book.models):
        raise Refused(
            "name_taken",
            f"`{target.name}` already has a model named `{model.name}`. Choose another resource, or "
            f"have an operator delete the model there.",
        )
    nothing_open(case, ("copy",))
    warnings: tuple[str, ...] = ()
    if model.voice_sync and not target.voice_sync:
        if not event.without_voice:
            raise Refused(
                "voice_sync_lost",
                f"{target.region} has no voice sync: the copy there would be without it, and needs another voice. If that is what you "
                f"want, say so: `/avatar copy {avatar.name} to {target.name} voicesync=no`.",
            )
        warnings = (f"{target.region} has no voice sync: the copy there will be without it.",)
    return propose(
        case, event.why,
        step="copy", model=model.name, resource=model.resource, target=target.name, amount=None, warnings=warnings,
    )  # fmt: skip


def ask_deploy(case: Case, event: DeployAsked) -> Decision:
    avatar = case.book.known_avatar()
    consent_stands(case)
    may_ask(case, "deploy")
    model = _model(case, avatar, event.model, event.resource)
    resource = case.terms.resource(model.resource)
    hours = _hours(case, event, resource)
    known = next(
        (
            deployment
            for deployment in case.book.deployments.values()
            if (deployment.billed or deployment.resting)
            and (deployment.model, deployment.resource) == (model.name, model.resource)
        ),
        None,
    )
    same_end = event.until is None and not event.open_ended
    if known and isinstance(known.state, Removing):
        raise Refused(
            "being_removed",
            f"`{model.name}` in `{model.resource}` is being removed right now: ask again when that is done.",
        )
    if known and known.billed and known.hours == hours and same_end and not known.last_day:
        raise Refused(
            "already_deployed",
            f"`{model.name}` is already deployed in `{model.resource}`, since {minute(known.live_since)}.",
        )
    if known and known.resting and hours and known.hours == hours and not hours.open(case.now):
        begin = minute(hours.next(case.now, begins=True))
        raise Refused(
            "already_rests",
            f"`{model.name}` in `{model.resource}` has these office hours, and is deployed again {begin}. To have it at once: "
            f"`/avatar hours {avatar.name} stay` (approvers and on-call).",
        )
    nothing_open(case, ("deploy", "remove"))
    if not resource.can_host:
        raise Refused("region_cannot_host", f"`{resource.name}` ({resource.region}) can't host avatars. Copy it first.")
    resource.must_be_paid()
    price = case.terms.hosting_price.get(resource.region)
    amount = hosting_amount(price, hours.month if hours else HOURS_A_MONTH) if price else None
    removed = _lately_removed(case, model, amount, hours, known)
    ends = _planned_end(case, event, known or removed)
    return propose(
        case, event.why,
        step="deploy", model=model.name, resource=model.resource, ends=ends, hours=hours,
        deployment=known.id if known else None, amount=amount, rule=_redeploy_rule(case, removed, amount, ends), warnings=(*_full(case, resource), *_beside(case, model)),
    )  # fmt: skip


def _hours(case: Case, event: DeployAsked, resource: Resource) -> OfficeHours | None:
    """The office hours that it is to have; none: it is live around the clock."""
    if not event.hours:
        return None
    if resource.assurance != "enforced":
        raise Refused(
            "hours_by_hand",
            f"In `{resource.name}` a person deploys and removes in the portal: office hours would be two tasks every day. Ask for it without "
            "them, or in a resource that is driven by API.",
        )
    return office_hours(event.hours, case.terms.policy.office_hours)


def _planned_end(case: Case, event: DeployAsked, before: Deployment | None) -> datetime | None:
    """The day that was named, that of the deployment that comes back or gets other hours, or the policy's: its first moment, UTC."""
    if event.open_ended:
        return None
    if event.until is None and before and before.ends and before.ends > case.now:
        return before.ends
    if event.until is None:
        return default_end(case.terms.policy, case.now)
    if event.until <= case.now:
        later = (case.now + timedelta(days=30)).date()
        raise Refused(
            "end_is_past",
            f"{event.until.date()} is today or in the past. Name a later day: `/avatar deploy {case.message.avatar} until {later}`, or "
            "`until never`.",
        )
    return event.until


def consent_stands(case: Case) -> None:
    """Nothing is made of somebody who withdrew the consent.

    Raises:
        Refused: with who recorded it, and when.
    """
    gone = case.book.withdrawal
    if gone:
        raise Refused(
            "consent_withdrawn",
            f"The talent withdrew the consent (recorded by <@{gone.by}>, {minute(gone.at)}): nothing may be trained, copied or "
            "deployed any more. A new consent needs a new avatar.",
        )


def propose(
    case: Case, why: str,
    *, step: Step, model: str, resource: str, amount: Amount | None, rule: Rule | None = None, by: str = "", **more: Any,
) -> Decision:  # fmt: skip
    """`by`: who asks, where that is not who said it."""
    by = by or case.by
    avatar = case.book.known_avatar()
    listed = case.terms.policy.steps[step]
    if amount is None and step in ("train", "deploy"):
        raise Refused("no_price", f"No price is known for this {step}, so nobody could approve it. Ask a maintainer.")
    if rule is None:
        again = str(more.get("deployment") or "") if step == "deploy" else ""
        budget = budgeted(case, step, amount, again)
        extra = 1 if budget.over else 0
        rule = Rule(name=step, needed=listed.needed(amount) + extra, approve=listed.approve, extra=extra)
        if budget.over:
            warning = f"This goes over the budget of {budget.over}, so one more person must approve it."
            more["warnings"] = (*(more.get("warnings") or ()), warning)
        more["budget"] = budget.line
    others = [person for person in case.terms.members.people(rule.approve) if person != by]
    if "*" not in rule.approve and len(others) < rule.needed:
        raise Refused(
            "nobody_can_approve",
            f"This needs {rule.needed} approval{'s' * (rule.needed > 1)} by somebody else than you, and the policy "
            f"names {len(others)} such people. Ask a maintainer to add approvers for {step}.",
        )
    words = Words(ref=short_id("w", case.message.id), text=why[:500]) if why else None
    expires = case.now + timedelta(hours=listed.expires_hours)
    ask = Ask.model_validate(
        {
            "id": short_id(step, case.message.id, str(more.get("deployment") or "")), "step": step, "avatar": avatar.name, "by": by, "at": case.now,
            "why": words.ref if words else None, "model": model, "resource": resource, "amount": amount, "rule": rule,
            "assurance": case.terms.resource(resource).assurance, "expires": min(expires, more.get("ends") or expires),
            **more,
        }
    )  # fmt: skip
    operation = Operation(ask=ask, state=Proposed())
    effects: list[Effect] = [ShowCard(card=operation.card)]
    puts: list[Operation | Words | Deployment] = [operation, *([words] if words else [])]
    if rule.needed == 0:  # the rule itself approves; who asked is on record
        operation = operation.to(Approved(at=case.now), Approval(by=case.by, at=case.now, digest=ask.digest))
        puts[0] = operation
        effects.append(StartWork(operation=operation.id))
        if step == "remove":
            deployment = case.book.deployment(str(ask.deployment))
            puts.append(deployment.to(Removing(operation=operation.id)))
            effects.append(ShowCard(card=deployment.card))
    line = AuditLine(
        action=f"{step}_asked", by=case.by, subject=operation.id, outcome=operation.state.status,
        data={"model": model, "resource": resource, "digest": ask.digest[:16], "amount": str(amount or ""),
              "rule": rule.name} | ({"why": words.ref} if words else {}),
    )  # fmt: skip
    return Decision(puts=tuple(puts), audit=(line,), effects=tuple(effects))


def _full(case: Case, resource: Resource) -> tuple[str, ...]:
    """A warning where the resource holds as many deployments as its quota allows."""
    most, held = resource.quotas.deployments, case.terms.hosted.get(resource.name, 0)
    if most is None or held < most:
        return ()
    return (
        f"`{resource.name}` holds {held} deployments on record, and its quota is {most}: this may be refused there.",
    )


def _beside(case: Case, model: Model) -> tuple[str, ...]:
    """A warning where another model of this avatar is live: both are billed until one is removed."""
    live = [d for d in case.book.deployments.values() if d.billed and d.model != model.name]
    return tuple(
        f"`{other.model}` in `{other.resource}` stays live beside it, at {other.price_per_hour} an hour, until it is removed."
        for other in live[:3]
    )


def may_ask(case: Case, step: Step) -> None:
    if not case.terms.members.includes(case.terms.policy.steps[step].ask, case.by):
        raise Refused("may_not_ask", f"The policy does not let you ask for this ({step}). Ask the avatar's owner.")


def nothing_open(
    case: Case, steps: tuple[Step, ...], about: Deployment | None = None, but: tuple[Operation, ...] = ()
) -> None:
    """Steps that exclude each other wait for each other; `about`: only what concerns this deployment; `but`: what gives way.

    Raises:
        Refused: with who asked for the one that is open, since when and why, and its card.
    """
    for operation in case.book.operations.values():
        waits = operation.open and operation not in but
        if waits and operation.ask.step in steps and (about is None or concerns(operation, about)):
            ask = operation.ask
            why = f", because: “{printable(case.book.words.get(ask.why, 'erased'))}”" if ask.why else ""
            raise Refused(
                "already_open",
                f"There is already a {NOUNS[ask.step]} for *{ask.avatar}*: asked by {ask.asker}, {minute(ask.at)}{why}. It is "
                f"{WORDS[operation.state.status]} (`{operation.id}`).",
                operation.card,
            )


def _model(case: Case, avatar: Avatar, name: str | None, resource: str | None) -> Model:
    """The model named, or the newest one; in the resource named, or the avatar's own where it has one."""
    found = [m for m in case.book.models if (not name or m.name == name) and (not resource or m.resource == resource)]
    if not found:
        if not case.book.models:
            how = (
                f"Record the one that there is: `/avatar adopt {avatar.name} in {avatar.resource} model=NAME`."
                if avatar.adopted
                else f"Ask for one with `/avatar train {avatar.name}`."
            )
            raise Refused("no_model", f"*{avatar.name}* has no model on record yet. {how}")
        have = ", ".join(f"`{m.name}` in `{m.resource}`" for m in case.book.models)
        raise Refused("unknown_model", f"*{avatar.name}* has no such model there. It has {have}.")
    at_home = [m for m in found if m.resource == avatar.resource]
    return (at_home or found)[-1]


def default_end(policy: Policy, now: datetime) -> datetime | None:
    """The policy's day for what is deployed now, if it has one."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=policy.planned_end_days) if policy.planned_end_days else None


def _lately_removed(
    case: Case, model: Model, amount: Amount | None, hours: OfficeHours | None, known: Deployment | None
) -> Deployment | None:
    """The same with the same hours and at the same price, if its removal was a short time ago, or it only rests.

    `known`: what is live or rests there; what was approved of another deployment says nothing of it.
    """
    window = timedelta(hours=case.terms.policy.redeploy_hours)
    for deployment in [known] if known else case.book.deployments.values():
        same = (deployment.model, deployment.resource, deployment.hours) == (model.name, model.resource, hours)
        price = amount.low.value / (hours.month if hours else HOURS_A_MONTH) if amount else None
        same = same and price is not None and not deployment.costs_other(Money(value=price))
        if hours and not within_approved(case, deployment, amount):
            continue
        awake = hours is not None and deployment.resting and hours.open(case.now)
        if same and isinstance(deployment.state, Removed) and (awake or case.now - deployment.state.at <= window):
            return deployment
    return None


def within_approved(case: Case, deployment: Deployment, amount: Amount | None) -> bool:
    """Whether this costs no more than its office hours were approved with."""
    approved = case.book.operations.get(deployment.hours_by)
    most = approved.ask.amount if approved else None
    return amount is not None and most is not None and amount.high.value <= most.high.value


def _redeploy_rule(case: Case, removed: Deployment | None, amount: Amount | None, ends: datetime | None) -> Rule | None:
    """What was approved, and removed lately, comes back without a new approval, for no longer than was planned and within the budgets."""
    if removed is None:
        return None
    made = case.book.operations.get(removed.hours_by or removed.made_by)
    if made is None or made.review:  # adopted, or started past its approvals: nobody approved it
        return None
    last = min((day for day in (removed.ends, made.ask.ends) if day), default=None)
    if last and (ends is None or ends > last):
        return None
    if budgeted(case, "deploy", amount).over:
        return None
    name = f"redeploy within {case.terms.policy.redeploy_hours} h of a removal"
    return Rule(name=name, needed=0, approve=case.terms.policy.steps["deploy"].approve)
