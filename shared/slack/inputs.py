"""Small builders for forms: fields, each under the block by which its answer is read, and the modal around them."""

import json
from collections.abc import Mapping

from shared.slack.blocks import Json


def modal(callback: str, title: str, submit: str, blocks: list[Json], **about: str) -> Json:
    """A modal that carries what it is about; nothing in it is trusted but as ids."""
    return {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title),
        "submit": plain(submit),
        "close": plain("Cancel"),
        "private_metadata": json.dumps(about),
        "blocks": blocks,
    }


def notice(title: str, *blocks: Json) -> Json:
    """A modal that says something and sends nothing."""
    return {"type": "modal", "title": plain(title), "close": plain("Cancel"), "blocks": list(blocks)}


def text_input(
    block: str, label: str, value: str = "", example: str = "", *, lines: bool = False, most: int = 200
) -> Json:
    """`lines`: of several; `example` is shown while it is empty."""
    element: Json = {"type": "plain_text_input", "action_id": "value", "max_length": most}
    if lines:
        element["multiline"] = True
    if value:
        element["initial_value"] = value
    if example:
        element["placeholder"] = plain(f"for example {example}")
    return _field(block, label, element)


def select(block: str, label: str, options: Mapping[str, str]) -> Json:
    """One of these, by value; the first is chosen. Slack shows 100 at the most."""
    made = [_option(value, text) for value, text in options.items()]
    return _field(
        block, label, {"type": "static_select", "action_id": "value", "options": made, "initial_option": made[0]}
    )


def pick_many(block: str, label: str, options: Mapping[str, str]) -> Json:
    """Several of these, by value; none is chosen at first."""
    made = [_option(value, text) for value, text in options.items()]
    return _field(block, label, {"type": "multi_static_select", "action_id": "value", "options": made})


def tick(block: str, label: str, text: str) -> Json:
    """One box; ticked, its answer is `yes`."""
    return _field(block, label, {"type": "checkboxes", "action_id": "value", "options": [_option("yes", text)]})


def picker(block: str, label: str, kind: str, initial: str = "", value: str = "") -> Json:
    """One of Slack's own: `datepicker`, `users_select`, `conversations_select`; `initial` names the field of its first value."""
    element: Json = {"type": kind, "action_id": "value"}
    return _field(block, label, {**element, initial: value} if initial and value else element)


def optional(field: Json) -> Json:
    return {**field, "optional": True}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def _field(block: str, label: str, element: Json) -> Json:
    return {"type": "input", "block_id": block, "label": plain(label), "element": element}


def _option(value: str, text: str) -> Json:
    return {"text": plain(text[:75]), "value": value[:150]}
