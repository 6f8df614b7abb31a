"""Block Kit limits that Slack enforces (and those that slack_sdk's models miss): a list of what is wrong."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
CHARTS, SERIES = 2, 6
MESSAGE_ONLY = {"table", "data_table", "data_visualization", "markdown", "plan", "task_card", "container"}
KNOWN = {
    "section", "header", "context", "actions", "divider", "image", "input", "rich_text", "alert", "card", "carousel",
    "video", "file", "context_actions", *MESSAGE_ONLY,
}  # fmt: skip
CAPS = {"actions": ("elements", 25), "context": ("elements", 10)}


def lint_message(text: str, blocks: list[Json] | None) -> list[str]:
    """Problems of a message, in words; none is an empty list."""
    problems = [] if text.strip() else ["text: the fallback for notifications and screen readers is missing"]
    if len(text) > 4000:
        problems.append(f"text: {len(text)} characters, 4000 is the most")
    if sum(block.get("type") == "data_visualization" for block in blocks or []) > CHARTS:
        problems.append(f"blocks: more than {CHARTS} charts")
    return problems + list(_blocks(blocks or [], MESSAGE_BLOCKS, {"alert", "input"}))


def lint_view(view: Json) -> list[str]:
    """Problems of a modal or Home view."""
    long_names = [name for name in ("title", "submit", "close") if len(_text(view.get(name))) > 24]
    problems = [f"{name}: more than 24 characters" for name in long_names]
    if len(str(view.get("private_metadata", ""))) > 3000:
        problems.append("private_metadata: more than 3000 characters")
    return problems + list(_blocks(view.get("blocks", []), VIEW_BLOCKS, MESSAGE_ONLY))


def _blocks(blocks: list[Json], most: int, forbidden: set[str]) -> Iterator[str]:
    if len(blocks) > most:
        yield f"blocks: {len(blocks)}, {most} is the most"
    block_ids = [str(block["block_id"]) for block in blocks if "block_id" in block]
    actions = [[str(e["action_id"]) for e in _elements(block) if "action_id" in e] for block in blocks]
    for name, ids in (("block_id", block_ids), *(("action_id", ids) for ids in actions)):
        yield from (f"{name}: “{i}” is there twice" for i in dict.fromkeys(ids) if ids.count(i) > 1)
        yield from (f"{name}: more than 255 characters" for i in ids if len(i) > 255)
    for number, block in enumerate(blocks):
        kind = str(block.get("type"))
        where = f"blocks[{number}] ({kind})"
        if kind not in KNOWN:
            yield f"{where}: unknown type"
        if kind in forbidden:
            yield f"{where}: not allowed on this surface"
        yield from (f"{where}: {problem}" for problem in _block(kind, block))


def _block(kind: str, block: Json) -> Iterator[str]:
    limit = {"header": 150, "section": 3000, "alert": 200}.get(kind)
    text = _text(block.get("text"))
    if limit and len(text) > limit:
        yield f"text of {len(text)} characters, {limit} is the most"
    if kind in {"header", "alert"} and not text:
        yield "text is missing"
    if kind == "section" and not text and not block.get("fields"):
        yield "neither text nor fields"
    fields = block.get("fields", [])
    if len(fields) > 10:
        yield f"{len(fields)} fields, 10 is the most"
    yield from (f"field of {len(_text(f))} characters, 2000 is the most" for f in fields if len(_text(f)) > 2000)
    if kind in CAPS and len(block.get(CAPS[kind][0], [])) > CAPS[kind][1]:
        yield f"{len(block[CAPS[kind][0]])} elements, {CAPS[kind][1]} is the most"
    if kind in {"actions", "context"} and not block.get("elements"):
        yield "no elements"
    if kind == "image":
        yield from _image(block)
    if kind == "data_visualization":
        yield from _chart(block)
    for element in _elements(block):
        yield from _element(element)


def _chart(block: Json) -> Iterator[str]:
    """A chart, after docs.slack.dev, data visualization block."""
    if not 0 < len(str(block.get("title", ""))) <= 50:
        yield "title of 1 to 50 characters is needed"
    chart: Json = block.get("chart", {})
    if chart.get("type") not in {"pie", "bar", "area", "line"}:
        yield f"chart type “{chart.get('type')}”"
    parts: list[Json] = chart.get("segments" if chart.get("type") == "pie" else "series", [])
    if not 0 < len(parts) <= SERIES:
        yield f"{len(parts)} series or segments, 1 to {SERIES} are allowed"
    if chart.get("type") == "pie":
        return
    if len({str(part.get("name")) for part in parts}) < len(parts):
        yield "two series of one name"
    categories = list(chart.get("axis_config", {}).get("categories", []))
    if not categories or any([point["label"] for point in part["data"]] != categories for part in parts):
        yield "each series needs a point for each category"


def _image(block: Json) -> Iterator[str]:
    if not block.get("alt_text"):
        yield "alt_text is missing"
    if len(str(block.get("alt_text", ""))) > 2000:
        yield "alt_text of more than 2000 characters"
    if bool(block.get("image_url")) == bool(block.get("slack_file")):
        yield "either image_url or slack_file is needed, not both"


def _element(element: Json) -> Iterator[str]:
    if element.get("type") == "button":
        label = _text(element.get("text"))
        if not 0 < len(label) <= 75:
            yield f"button text of {len(label)} characters, 1 to 75 are allowed"
        if len(str(element.get("value", ""))) > 2000:
            yield "button value of more than 2000 characters"
        if element.get("style") not in {None, "primary", "danger"}:
            yield f"button style “{element.get('style')}”"
        if len(str(element.get("accessibility_label", ""))) > 75:
            yield "accessibility_label of more than 75 characters"
    confirm = element.get("confirm")
    if confirm:
        caps = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
        yield from (
            f"confirm.{k}: more than {cap} characters" for k, cap in caps.items() if len(_text(confirm[k])) > cap
        )
    options: list[Json] = element.get("options", [])
    if "options" in element and not 0 < len(options) <= 100:
        yield f"{len(options)} options, 1 to 100 are allowed"
    for option in options:
        if len(_text(option.get("text"))) > 75 or len(str(option.get("value", ""))) > 150:
            yield "an option's text (75) or value (150) is too long"
    if element.get("type") == "image" and not element.get("alt_text"):
        yield "alt_text is missing"
    if len(_text(element.get("placeholder"))) > 150:
        yield "placeholder of more than 150 characters"


def _elements(block: Json) -> list[Json]:
    found: list[Json] = [e for e in block.get("elements", []) if isinstance(e, dict)]
    found += [block[name] for name in ("accessory", "element") if isinstance(block.get(name), dict)]
    return found


def _text(value: Any) -> str:
    return str(value.get("text", "")) if isinstance(value, dict) else str(value or "")  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType] - foreign JSON
