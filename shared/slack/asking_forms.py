"""Forms that ask for a step, with pickers that know the avatars, models and resources: one Send in the good case."""

from collections.abc import Mapping
from datetime import datetime

from shared.domain.asking import default_end
from shared.domain.book import Book
from shared.domain.policy import Policy, Step
from shared.domain.readiness import Readiness
from shared.domain.resources import Resource
from shared.domain.statements import LOCALES
from shared.slack.blocks import Json, alert, context, people, section
from shared.slack.inputs import modal, notice, optional, picker, select, text_input, tick

MOST = 100  # options of a picker
Options = list[tuple[str, str]]  # value, text


def asking_form(
    step: Step, books: Mapping[str, Book], ready: Mapping[str, Readiness], resources: Mapping[str, Resource], policy: Policy, channel: str,
    now: datetime,
) -> Json:  # fmt: skip
    """The form of one step, or what is missing where nothing can be asked for."""
    options, missing = _choices(step, books, ready)
    if not options:
        return notice(step.title(), section(missing))
    block, label = {"train": ("avatar", "Avatar"), "remove": ("deployment", "Deployment")}.get(step, ("model", "Model"))
    fields = [
        select(block, label, dict(options[:MOST])),
        *_more(step, resources, policy, now, {value.split("|")[1] for value, _ in options if "|" in value}),
    ]
    rule = policy.steps[step]
    count = "" if rule.approvers == 1 else f", {rule.approvers} of them"
    notes = [f"Approved by {people(rule.approve)}{count}; the price is on the card before anybody approves."]
    if len(options) > MOST:
        notes.append(f"Only {MOST} of {len(options)} fit here; for the others type the command with its name.")
    why = optional(text_input("why", "Reason (the approvers read it)", lines=True, most=500))
    return modal(step, step.title(), "Request approval", [*fields, why, context(*notes)], channel=channel)


def consent_form(book: Book, channel: str) -> Json:
    """What the talent says in the consent video, as it is on record so far."""
    avatar, consent = book.known_avatar(), book.consent
    talent, company = (book.words.get(ref, "") for ref in (consent.talent, consent.company)) if consent else ("", "")
    scopes = {"avatar": "the avatar", "avatar+voice": "the avatar and a synthetic voice (voice sync)"}
    scope = consent.scope if consent else "avatar+voice" if avatar.voice_sync else "avatar"
    locale = consent.locale if consent else LOCALES[0]
    intro = f"What the talent of *{avatar.name}* says in the consent video. Names as spoken, in the language spoken."
    blocks = [
        section(intro + (" It takes the place of what is on record." if consent else "")),
        text_input("talent", "Talent name", talent, "Ada Lovelace"),
        text_input("company", "Company name", company, "Contoso"),
        select("locale", "Language of the statement", {one: one for one in (locale, *LOCALES)}),
        select("scope", "The statement covers", {one: scopes[one] for one in (scope, *scopes)}),
        tick("disclosed", "Disclosure", "The talent was given the disclosure for voice and avatar talent"),
    ]
    return modal("consent", "Consent", "Record it", blocks, avatar=avatar.name, channel=channel)


def withdrawal_form(avatar: str, why: str, channel: str) -> Json:
    """What can't be taken back is said before it is done."""
    blocks = [
        section(f"The talent of *{avatar}* takes the consent back."),
        alert("This can't be undone: a new consent needs a new avatar.", "error"),
        section(
            "• At once: what has not begun is stopped, and every deployment is removed; programs that call it fail.\n"
            "• Nothing can be trained, copied or deployed any more. What only a person can delete is listed for the operators.\n"
            "• After the policy's delay clips, consent video, pictures, names and reasons are erased."
        ),
        text_input("why", "How did the talent say so?", why[:500], "wrote to us on Monday", lines=True, most=500),
    ]
    return modal("withdraw", "Withdraw the consent", "Withdraw it", blocks, avatar=avatar, channel=channel)


def _more(step: Step, resources: Mapping[str, Resource], policy: Policy, now: datetime, places: set[str]) -> list[Json]:
    """What else a step asks for; `places`: where what can be chosen is."""
    if step == "copy":
        targets = {
            r.name: f"{r.name} ({r.region}{'' if r.voice_sync else ', without voice sync'})"
            for r in resources.values()
            if r.can_host
            and places != {r.name}
            and r.driver in {resources[one].driver for one in places if one in resources}
        }
        fine = "A copy without voice sync is fine, if the region has none"
        return [*([select("target", "To", targets)] if targets else []), optional(tick("without", "Voice sync", fine))]
    if step == "deploy":
        ends = default_end(policy, now)
        day = ends.date().isoformat() if ends else ""
        label = "Planned end (empty: none)"
        hours = policy.office_hours
        choice = {"always": "Around the clock", "office": f"In office hours: {hours}"}
        kept = [select("hours", "Live (office hours: by API only)", choice)] if hours else []
        return [*kept, optional(picker("until", label, "datepicker", "initial_date", day))]
    return [optional(picker("on", "On which day (empty: now)", "datepicker"))] if step == "remove" else []


def _choices(step: Step, books: Mapping[str, Book], ready: Mapping[str, Readiness]) -> tuple[Options, str]:
    """What can be chosen, and what to say where that is nothing."""
    match step:
        case "train":
            full = [(name, ready[name].minutes) for name in books if name in ready and ready[name].ready]
            options = [(name, f"{name} ({minutes:.0f} minutes)") for name, minutes in full]
            example = next(iter(books), "presenter")
            return options, f"No avatar is ready to train. `/avatar status {example}` says what is still missing."
        case "copy":
            example = next(iter(books), "presenter")
            return _models(books), f"There is no model to copy yet: `/avatar train {example}`."
        case "deploy":
            live = {(d.resource, d.model) for book in books.values() for d in book.deployments.values() if d.billed}
            options = [one for one in _models(books) if tuple(one[0].split("|")[1:]) not in live]
            return options, "There is no model that is not live already."
        case "remove":
            options = [
                (f"{name}|{d.resource}|{d.id}", f"{d.model} in {d.resource}, {d.price_per_hour} an hour")
                for name, book in books.items()
                for d in book.deployments.values()
                if d.billed
            ]
            return options, "Nothing is live, so there is nothing to remove."


def _models(books: Mapping[str, Book]) -> Options:
    """The newest first."""
    found = [
        (model.made, f"{name}|{model.resource}|{model.name}", model)
        for name, book in books.items()
        for model in book.models
    ]
    return [
        (value, f"{model.name} in {model.resource}")
        for _, value, model in sorted(found, key=lambda one: one[0], reverse=True)
    ]
