"""Forms: what they show, and what is read out of them."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from shared.domain.resources import Resource
from shared.slack.blocks import Json, alert, context, section
from shared.slack.inputs import modal, notice, optional, picker, select, text_input, tick

# Forms with one text: title, label, and what its button says.
QUESTIONS = {
    "reject": ("Reject", "Why? The requester will read it.", "Reject"),
    "fail": ("It failed", "What does the portal say? Paste its text.", "Report it"),
    "close_review": ("Close the review", "What came of it?", "Close it"),
    "keep": ("Keep it", "Why is it still needed?", "Keep"),
    "know_stray": ("What is it?", "So that nobody looks for it again", "Save"),
    "done_differently": ("Done, but different", "The model's name in the portal, as it is spelt there", "It is done"),
    "hand_on": ("I can't", "Why not? The next operator will read it.", "Hand it on"),
    "portal_differs": ("The portal differs", "Where are you, and what do you see there?", "Tell the maintainers"),
    "portal_shows": ("Compare the files", "The names of all files that the portal shows, one a line", "Compare"),
}


def new_avatar(name: str, channel: str, resources: dict[str, Resource]) -> Json:
    places = {r.name: f"{r.name} ({r.region}, {_way(r)})" for r in resources.values() if r.can_train}
    targets = {"1080p": "1080p", "4K": "4K (every clip must be 3840x2160)"}
    sync = {"no": "without voice sync", "yes": "with voice sync (the consent must cover a synthetic voice)"}
    blocks = [
        section("One avatar is one workspace: one talent, and data that is never mixed with another's."),
        text_input("name", "Name", name, "presenter"),
        select("resource", "Where it is trained", places),
        select("target", "Target", targets),
        select("voicesync", "Voice", sync),
        optional(
            text_input(
                "portal",
                "Address of its workspace in the portal, if there is one already",
                "",
                "https://ai.azure.com/...",
            )
        ),
        context(f"It will report to <#{channel}>, and you will own it."),
        alert("Cards show pictures of the talent. In a public channel everybody in your workspace can see them."),
        optional(tick("pictures", "Public channel", "The talent is fine with pictures in a public channel")),
    ]
    return modal("new_avatar", "New avatar", "Create avatar", blocks, channel=channel)


def adopt(
    callback: str, channel: str, resources: dict[str, Resource], *, name: str = "", place: str = "", model: str = "",
    endpoint: str = "", since: str = "",
) -> Json:  # fmt: skip
    """What was made earlier in the portal; `adopt_remove` asks for its removal as well."""
    places = {r.name: f"{r.name} ({r.region})" for r in resources.values()}
    ordered = {place: places[place], **places} if place in places else places
    intro = "Made earlier in the portal: it is recorded as it is, without training data, and watched from now on."
    guess = name or (avatar_of(model) if model else "")
    by_api = any(place.driver == "rest" for place in resources.values())
    removes = "Its removal is asked for at once; the policy says who approves. Callers by name stop when it is gone."
    blocks = [
        section(intro),
        *([alert(removes)] if callback == "adopt_remove" else []),
        text_input("name", "Avatar (a new one, or one on record)", guess, "presenter"),
        select("resource", "Resource", ordered),
        optional(text_input("model", "Model, as the portal spells it", model, "presenter-v1")),
        optional(picker("since", "Live since (empty: it is not deployed)", "datepicker", "initial_date", since)),
        *(
            [optional(text_input("endpoint", "Id of its endpoint (only where a resource is driven by API)", endpoint))]
            if by_api
            else []
        ),
        optional(picker("owner", "Owner (empty: you)", "users_select")),
        optional(picker("reports", "Channel it reports to, if it is new (empty: this one)", "conversations_select")),
    ]
    title = "Adopt and remove" if callback == "adopt_remove" else "Adopt"
    return modal(callback, title, "Adopt it", blocks, channel=channel, endpoint=endpoint)


def many(channel: str, resources: Mapping[str, Resource]) -> Json:
    """What was made earlier, a line each."""
    example = f"presenter,{next(iter(resources), 'studio-weu')},presenter-v1,2026-11-01,,"
    lines = text_input(
        "lines", "One line each: avatar,resource,model,since,owner,endpoint", "", example, lines=True, most=3000
    )
    blocks = [
        section(
            "Made earlier in the portal: each line is recorded as it is, without training data, and what is live is watched from now "
            "on. *since* is the day it went live (empty: it is not deployed); *owner* a Slack member id (empty: you); *endpoint* its id, "
            "where the service lists it."
        ),
        context(f"Resources: {', '.join(resources)}"),
        lines,
        optional(picker("reports", "Channel that new avatars report to (empty: this one)", "conversations_select")),
    ]
    return modal("import", "Import", "Check and import", blocks, channel=channel)


def loading(verb: str) -> Json:
    """Shown for the moment until a worker has read what there is to choose from."""
    return notice(verb.title(), section(":hourglass_flowing_sand: One moment: looking at what there is …"))


def plan_removal(**about: str) -> Json:
    """On which day its removal is asked for."""
    blocks = [
        alert(
            "On that day its removal is asked for in your name, and the usual people approve it. Callers by name stop when it is gone.",
            "info",
        ),
        picker("on", "Day", "datepicker"),
    ]
    return modal("plan_removal", "Remove it later", "Plan it", blocks, **about)


def assign(**about: str) -> Json:
    """Who settles an alert."""
    return modal("assign", "Assign", "Assign", [picker("to", "Who settles it?", "users_select")], **about)


def still_needed(**about: str) -> Json:
    """Until which day it is kept without being asked about again."""
    why = optional(text_input("why", "What for?", "", "the spring campaign"))
    return modal("still_needed", "Keep it", "Keep it", [picker("until", "Until which day", "datepicker"), why], **about)


def avatar_of(model: str) -> str:
    """The avatar that a model's name suggests: `presenter` for `presenter-v2`."""
    return re.sub(r"[-_]?v?\d+$", "", model.lower()) or model.lower()


def reason(callback: str, title: str, label: str, submit: str, **about: str) -> Json:
    """One required text."""
    most = 3000 if callback == "portal_shows" else 500
    return modal(callback, title, submit, [text_input("why", label, lines=True, most=most)], **about)


def file_refused(**about: str) -> Json:
    """Which file the portal refused, and what it says."""
    fields = [
        text_input("file", "Which file", "", "natural/talk.mp4"),
        text_input("why", "What does the portal say? Paste its text.", lines=True, most=500),
    ]
    return modal("file_refused", "A file was refused", "Report it", fields, **about)


def about(private_metadata: str) -> dict[str, str]:
    """What a form is about: ids that we put into it."""
    found: Any = json.loads(private_metadata or "{}")
    return {str(key): str(value) for key, value in cast("Json", found).items()} if isinstance(found, dict) else {}


def _way(resource: Resource) -> str:
    return "started by API" if resource.driver == "rest" else "done by an operator in the portal"
