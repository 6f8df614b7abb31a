"""Small builders for Block Kit: text is escaped first, then cut, so that no input can break a card or ping anybody."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.domain.book import minute
from shared.domain.money import Money

Json = dict[str, Any]
QUOTED = 600  # characters of what a person wrote


def escaped(text: str, most: int = 300) -> str:
    """User-given text, harmless in mrkdwn and on one line; at most `most` characters after escaping."""
    safe = " ".join(text.splitlines()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "'")
    if len(safe) <= most:
        return safe
    cut = safe[: most - 1]
    entity = cut.rfind("&")
    if entity > len(cut) - 5 and ";" not in cut[entity:]:
        cut = cut[:entity]
    return cut + "…"


def alert(text: str, level: str = "warning") -> Json:
    """What must not be overlooked in a form; Slack allows it in modals alone."""
    return {"type": "alert", "level": level, "text": {"type": "mrkdwn", "text": _cut(text, 200)}}


def quoted(text: str) -> str:
    """What a person wrote, each of its lines as a quote, so that none of them looks as if the app said it."""
    lines: list[str] = []
    for line in text.splitlines():
        room = QUOTED - sum(map(len, lines))
        if room <= 0:
            break
        lines.append(f"> {escaped(line, room)}")
    return "\n".join(lines) or "> "


def header(text: str) -> Json:
    return {"type": "header", "text": {"type": "plain_text", "text": text[:150], "emoji": True}}


def section(text: str) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut(text, 3000)}}


def fields(pairs: Sequence[tuple[str, str]]) -> Json:
    """Up to 10 named values in two columns."""
    texts = [_cut(f"*{name}*\n{value}", 2000) for name, value in pairs[:10]]
    return {"type": "section", "fields": [{"type": "mrkdwn", "text": text} for text in texts]}


def context(*texts: str) -> Json:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": _cut(text, 2000)} for text in texts[:10]]}


def actions(block_id: str, *elements: Json) -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(label: str, action: str, value: str, style: str = "", confirm: Json | None = None, spoken: str = "") -> Json:
    made: Json = {
        "type": "button",
        "text": {"type": "plain_text", "text": label, "emoji": True},
        "action_id": action,
        "value": value,
        "accessibility_label": (spoken or label)[:75],
    }
    if style:
        made["style"] = style
    return {**made, "confirm": confirm} if confirm else made


def confirm(title: str, text: str, yes: str, *, danger: bool = False) -> Json:
    """A question before the click counts; never trusted on the server."""
    return {
        "title": {"type": "plain_text", "text": title[:100]},
        "text": {"type": "mrkdwn", "text": _cut(text, 300)},
        "confirm": {"type": "plain_text", "text": yes[:30]},
        "deny": {"type": "plain_text", "text": "Back"},
        "style": "danger" if danger else "primary",
    }


def paragraphs(text: str) -> list[Json]:
    """Long text as sections of whole lines; what is beyond 20 of them is left out, and says so."""
    parts: list[str] = [""]
    for line in text.split("\n"):
        if len(parts[-1]) + len(line) > 2900:
            parts.append("")
        parts[-1] += f"\n{line}" if parts[-1] else line
    blocks = [section(part or " ") for part in parts[:20]]
    return blocks if len(parts) <= 20 else [*blocks, context("… the rest does not fit here.")]


def image(file: str, alt: str, title: str) -> Json:
    """A picture that was uploaded to Slack, by its file id."""
    return {
        "type": "image",
        "slack_file": {"id": file},
        "alt_text": _cut(alt, 2000),
        "title": {"type": "plain_text", "text": title[:2000]},
    }


def clock(seconds: float) -> str:
    """A length: `5:04`."""
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"


def divider() -> Json:
    return {"type": "divider"}


def people(users: Sequence[str]) -> str:
    """Mentions, opened groups and all, in words."""
    shown = ["anybody" if u == "*" else f"<!subteam^{u}>" if u.startswith("S") else f"<@{u}>" for u in users]
    return ", ".join(shown[:-1]) + " or " + shown[-1] if len(shown) > 1 else "".join(shown)


def span(start: datetime, end: datetime) -> str:
    """How long, in words: `3 h 20 min`, `2 days 4 h`."""
    minutes = max(0, int((end - start).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} days {minutes % 1440 // 60} h"


def when(time: datetime) -> str:
    return minute(time)


def exactly(time: datetime) -> str:
    """For a record, which is read much later: never “yesterday”."""
    return f"<!date^{int(time.timestamp())}^{{date_num}} {{time}}|{time:%Y-%m-%d %H:%M} UTC>"


def money(value: Decimal) -> str:
    return str(Money(value=value))


def of_budget(spent: Decimal, budget: Decimal | None) -> str:
    """What is spent, and which share of the budget that is, where there is one."""
    return money(spent) if budget is None else f"{money(spent)} of a budget of {money(budget)} ({spent / budget:.0%})"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
