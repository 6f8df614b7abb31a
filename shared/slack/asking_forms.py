"""Forms that ask for a step, with pickers that know the avatars, models and resources: one Send in the good case."""

import json
from collections.abc import Mapping, Sequence

from shared.domain.book import Book
from shared.domain.policy import Policy
from shared.domain.readiness import Readiness
from shared.domain.resources import Resource
from shared.slack.blocks import Json, context, people, section

MOST = 100  # options of a picker
TITLES = {"train": "Train", "copy": "Copy", "deploy": "Deploy", "remove": "Remove"}
Options = list[tuple[str, str]]  # value, text


def asking_form(
    verb: str, books: Mapping[str, Book], ready: Mapping[str, Readiness], resources: Mapping[str, Resource], policy: Policy, channel: str,
) -> Json:  # fmt: skip
    """The form of one step, or what is missing where nothing can be asked for."""
    match verb:
        case "train":
            options = [
                (name, f"{name} ({ready[name].minutes:.0f} minutes)")
                for name in books
                if name in ready and ready[name].ready
            ]
            missing = "No avatar is ready to train. `/avatar status presenter` says what is still missing."
            fields = [_picker("avatar", "Avatar", options)]
        case "copy":
            options = _models(books)
            targets = [
                (r.name, f"{r.name} ({r.region}{'' if r.voice_sync else ', without voice sync'})")
                for r in resources.values()
                if r.can_host
            ]
            missing = "There is no model to copy yet: `/avatar train presenter`."
            fields = [_picker("model", "Model", options), _picker("target", "To", targets), _tick()]
        case "deploy":
            live = {(d.resource, d.model) for book in books.values() for d in book.deployments.values() if d.billed}
            options = [one for one in _models(books) if tuple(one[0].split("|")[1:]) not in live]
            missing = "There is no model that is not live already."
            fields = [_picker("model", "Model", options)]
        case _:
            options = [
                (f"{name}|{d.resource}|{d.id}", f"{d.model} in {d.resource}, {d.price_per_hour} an hour")
                for name, book in books.items()
                for d in book.deployments.values()
                if d.billed
            ]
            missing = "Nothing is live, so there is nothing to remove."
            fields = [_picker("deployment", "Deployment", options), _day()]
    if not options:
        return {"type": "modal", "title": _plain(TITLES[verb]), "close": _plain("Back"), "blocks": [section(missing)]}
    rule = policy.steps[verb]  # type: ignore[index]
    count = "" if rule.approvers == 1 else f", {rule.approvers} of them"
    notes = [f"Approved by {people(rule.approve)}{count}; the price is on the card before anybody approves."]
    if len(options) > MOST:
        notes.append(f"Only {MOST} of {len(options)} fit here; for the others type the command with its name.")
    return {
        "type": "modal", "callback_id": verb, "title": _plain(TITLES[verb]), "submit": _plain("Ask for it"), "close": _plain("Back"),
        "private_metadata": json.dumps({"channel": channel}), "blocks": [*fields, _why(), context(*notes)],
    }  # fmt: skip


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


def _picker(block: str, label: str, options: Sequence[tuple[str, str]]) -> Json:
    made = [{"text": _plain(text[:75]), "value": value[:150]} for value, text in options[:MOST]]
    element: Json = {"type": "static_select", "action_id": "value", "options": made}
    if made:
        element["initial_option"] = made[0]
    return {"type": "input", "block_id": block, "label": _plain(label), "element": element}


def _why() -> Json:
    element = {"type": "plain_text_input", "action_id": "value", "multiline": True, "max_length": 500}
    return {
        "type": "input",
        "block_id": "why",
        "optional": True,
        "label": _plain("Why (the approvers read it)"),
        "element": element,
    }


def _tick() -> Json:
    option = {"text": _plain("A copy without voice sync is fine, if the region has none"), "value": "yes"}
    element = {"type": "checkboxes", "action_id": "value", "options": [option]}
    return {"type": "input", "block_id": "without", "optional": True, "label": _plain("Voice sync"), "element": element}


def _day() -> Json:
    return {
        "type": "input", "block_id": "on", "optional": True, "label": _plain("On which day (empty: now)"),
        "element": {"type": "datepicker", "action_id": "value"},
    }  # fmt: skip


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}
