"""What people type after `/avatar`: words in, one of our commands out, or one helpful sentence with an example."""

import re
import shlex
from dataclasses import dataclass, field
from difflib import get_close_matches

from shared.domain.names import KINDS, avatar_name, printable
from shared.errors import Refused

HELP = """*What you can do* (names are letters, digits, `-` and `_`; the beginning of a name is enough)
• `/avatar` shows what waits for you
• `/avatar new presenter` makes an avatar: one workspace, one talent
• `/avatar upload presenter` gives you a page to drop clips on
• `/avatar status presenter` says what is there, what is missing and what comes next
• `/avatar train presenter` asks for the training
• `/avatar copy presenter to RESOURCE` asks for a copy to another region
• `/avatar deploy presenter` asks for a deployment (`in RESOURCE` for the copy, `until YYYY-MM-DD` when its removal should be asked for)
• `/avatar use presenter` shows how programs call what is live
Without anything behind them, `new`, `train`, `copy`, `deploy` and `remove` open a form. Add `because ...` to anything that you ask for: the approvers will read it. `/avatar help more` shows the rest, `/avatar help train` one command."""
MORE = """*More*
• `/avatar list` shows every avatar and its stage; `/avatar cost` (or `cost presenter`) what runs and what the month costs, `cost csv` the same as a file for a spreadsheet
• `/avatar consent presenter` records what the talent agreed to; `consent script presenter de-DE` shows what the talent reads; `consent withdraw presenter because ...` ends it
• `/avatar clips presenter` lists the clips with their verdicts; `/avatar shotlist presenter` what to record; `/avatar rules natural` how clips are checked
• `/avatar remove presenter` asks for the removal of a deployment (`on YYYY-MM-DD`: on that day)
• `/avatar deploy presenter hours=office` (or `hours="Mon-Fri 08:00-19:00 Europe/Berlin"`) asks for a deployment that rests outside of office hours; `/avatar hours presenter` says how it stands, `hours presenter stay` works late, `off` ends them
• `/avatar try presenter` names the price and offers two seconds of video by what is live
• `/avatar approve presenter OPERATION`, `reject presenter OPERATION because ...`, `cancel presenter OPERATION`: as the buttons of its card
• `/avatar retry presenter` asks again for what failed, expired or was rejected
• `/avatar keep presenter because ...`, `/avatar snooze presenter`: as the buttons of an idle alert
• `/avatar break-glass presenter OPERATION because ...` starts something without its approvals
• `/avatar mute` stops what only informs you, `unmute` brings it back; what waits for you is always told
• `/avatar history presenter` shows who did what, when and why
• `/avatar adopt presenter in RESOURCE model=NAME since=2026-11-01` records what was made earlier; `/avatar import` many at once
• `/avatar admin doctor`, `compare`, `stuck`, `requeue`, `policy`, `import`: for maintainers"""

# verb: (needs an avatar, an example)
VERBS: dict[str, tuple[bool, str]] = {
    "help": (False, "/avatar help"),
    "list": (False, "/avatar list"),
    "cost": (False, "/avatar cost"),
    "clips": (True, "/avatar clips presenter"),
    "approve": (True, "/avatar approve presenter train-0123456789"),
    "reject": (True, "/avatar reject presenter train-0123456789 because the light differs"),
    "retry": (True, "/avatar retry presenter"),
    "keep": (True, "/avatar keep presenter because the campaign goes on"),
    "snooze": (True, "/avatar snooze presenter"),
    "rules": (False, "/avatar rules natural"),
    "new": (True, "/avatar new presenter"),
    "consent": (True, "/avatar consent presenter"),
    "withdraw": (True, "/avatar consent withdraw presenter because the talent wrote to us on Monday"),
    "script": (True, "/avatar consent script presenter de-DE"),
    "try": (True, "/avatar try presenter"),
    "use": (True, "/avatar use presenter"),
    "status": (True, "/avatar status presenter"),
    "train": (True, "/avatar train presenter"),
    "copy": (True, "/avatar copy presenter to studio-neu"),
    "deploy": (True, "/avatar deploy presenter in studio-neu"),
    "hours": (True, "/avatar hours presenter stay"),
    "adopt": (True, "/avatar adopt presenter in studio-weu model=presenter-v1 since=2026-11-01"),
    "import": (False, "/avatar import"),
    "remove": (True, "/avatar remove presenter"),
    "admin": (False, "/avatar admin stuck"),
    "history": (True, "/avatar history presenter"),
    "mute": (False, "/avatar mute"),
    "unmute": (False, "/avatar unmute"),
    "upload": (True, "/avatar upload presenter"),
    "shotlist": (True, "/avatar shotlist presenter"),
    "cancel": (True, "/avatar cancel presenter train-0123456789"),
    "break-glass": (True, "/avatar break-glass presenter train-0123456789 because the show is tonight"),
}
OPTIONS: dict[str, set[str]] = {
    "new": {"in", "target", "voicesync", "portal", "pictures"},
    "consent": {"talent", "company", "locale", "scope", "disclosed"},
    "withdraw": {"because"},
    "script": {"locale", "talent", "company"},
    "train": {"because"},
    "copy": {"to", "model", "voicesync", "because"},
    "deploy": {"in", "model", "until", "hours", "because"},
    "hours": {"in", "say"},
    "try": {"in"},
    "adopt": {"in", "model", "since", "owner", "endpoint", "pictures", "because"},
    "remove": {"in", "on", "because"},
    "cancel": {"operation", "because"},
    "approve": {"operation"},
    "reject": {"operation", "because"},
    "retry": {"operation", "because"},
    "keep": {"in", "because"},
    "snooze": {"in"},
    "break-glass": {"operation", "because"},
}
PLACES = {"in", "to", "on", "until"}
NAMES_OPERATION = {"cancel", "break-glass", "approve", "reject", "retry"}
FORMS = {"new", "train", "copy", "deploy", "remove", "adopt"}  # with nothing behind them they open a form
ANSWERED = {
    "status",
    "history",
    "shotlist",
    "upload",
    "use",
    "clips",
    "try",
    "hours",
}  # the only avatar there is, where none is named
ADMIN = {
    "stuck": "shows what could not be delivered or handled",
    "requeue": "puts back what was set aside, once its cause is fixed",
    "import": "records many avatars, models and deployments made earlier",
    "doctor": "checks everything that must be there, with the fix of what is not",
    "policy": "shows who may do what",
    "compare": "compares Azure with what is on record",
}


@dataclass(frozen=True)
class Command:
    """A verb, the avatar it is about (empty where none is needed), and options by name."""

    verb: str
    avatar: str = ""
    options: dict[str, str] = field(default_factory=dict[str, str])


def parse(text: str) -> Command:
    """Read a command.

    Raises:
        Refused: with one sentence that says what is wrong and shows an example.
    """
    words = _words(text)
    if not words:
        return Command("waiting")
    verb = words[0].lower()
    if verb == "more":
        return Command("more")
    if verb not in VERBS:
        near = _near(verb)
        raise Refused(
            "unknown_command",
            f"I don't know “{printable(verb)}”. "
            + ("" if near == "help" else f"Did you mean `{VERBS[near][1]}`? ")
            + "`/avatar help` shows what there is, `/avatar help more` the rest.",
        )
    rest = words[1:]
    if verb == "consent" and rest[:1] in (["withdraw"], ["script"]):
        verb, rest = rest[0], rest[1:]
    needs_avatar, example = VERBS[verb]
    if verb == "help":
        return _help(rest)
    if rest in (["--help"], ["-h"]):
        return Command("help", options={"verb": verb})
    if verb == "cost" and rest[:1] == ["csv"]:
        return Command("cost", options={"csv": "yes"})
    if verb == "cost":
        return Command("cost", avatar_name(rest[0]) if rest else "")
    if verb == "rules":
        return Command(verb, _kind(rest))
    if verb == "admin":
        return Command(_admin(rest))
    if not needs_avatar:
        return Command(verb)
    if not rest and verb in FORMS | ANSWERED:
        return Command(verb)
    if not rest:
        raise Refused("missing_name", f"Say which avatar: `{example}`.")
    return Command(verb, avatar_name(rest[0]), _options(verb, rest[1:], example))


def _help(rest: list[str]) -> Command:
    if rest[:1] == ["more"]:
        return Command("more")
    said = [word.lower() for word in rest if word.lower() != "consent"]  # `consent withdraw` is two words
    verb = said[0] if said else "consent" if rest else ""
    return Command("help", options={"verb": verb} if verb in VERBS else {})


def help_with(verb: str) -> str:
    """What the two lists say of one command, with an example and its options."""
    example = VERBS[verb][1]
    named = re.compile(rf"`(/avatar )?(consent )?{verb}\b(?!-)")
    lines = [line for line in f"{HELP}\n{MORE}".splitlines() if line.startswith("•") and named.search(line)]
    if verb == "admin":
        lines += [f"• `/avatar admin {name}` {what}" for name, what in ADMIN.items()]
    known = _known_options(OPTIONS.get(verb, set()))
    return "\n".join([*lines, f"For example: `{example}`", *([f"It takes {known}."] if known else [])])


def _known_options(allowed: set[str]) -> str:
    named = sorted(allowed - {"operation", "say"})  # these are said without their name
    return ", ".join(f"`{name} ...`" if name in PLACES | {"because"} else f"`{name}=...`" for name in named)


# What other tools call it; the letters alone would suggest the opposite.
CALLED = {
    "undeploy": "remove", "delete": "remove", "stop": "remove", "teardown": "remove", "create": "new", "add": "new",
    "publish": "deploy", "start": "train", "price": "cost", "spend": "cost", "ls": "list", "log": "history", "audit": "history",
    "link": "upload",
} | dict.fromkeys(ADMIN, "admin")  # fmt: skip


def _near(verb: str) -> str:
    if verb in CALLED:
        return CALLED[verb]
    begin = [known for known in VERBS if known.startswith(verb)]
    return (begin or get_close_matches(verb, VERBS, n=1, cutoff=0.6) or ["help"])[0]


def _words(text: str) -> list[str]:
    for curly in "“”„":  # phones type these
        text = text.replace(curly, '"')
    head, because, reason = text.partition(" because ")
    try:
        reader = shlex.shlex(head, posix=True)
        reader.quotes, reader.escape, reader.commenters, reader.whitespace_split = '"', "", "", True
        words = list(reader)
    except ValueError as error:
        raise Refused("open_quote", 'A quote is opened and not closed, as in `talent="Ada Lovelace"`.') from error
    return [*words, "because", reason.strip()] if because else words


def _admin(rest: list[str]) -> str:
    if len(rest) != 1 or rest[0] not in ADMIN:
        shown = "; ".join(f"`/avatar admin {verb}` {what}" for verb, what in ADMIN.items())
        raise Refused("unknown_command", f"{shown}.")
    return rest[0]


def _kind(rest: list[str]) -> str:
    kind = rest[0].lower() if rest else "natural"
    if kind not in KINDS:
        raise Refused("unknown_kind", f"The kinds are {', '.join(KINDS)}: `/avatar rules silent`, for example.")
    return kind


def _options(verb: str, words: list[str], example: str) -> dict[str, str]:
    allowed = OPTIONS.get(verb, set())
    options: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        name = name.lower()
        if not equals and name in PLACES | {"because"} and name in allowed and rest:
            value = rest.pop(0)
        elif not equals and verb == "script" and "locale" not in options:
            name, value = "locale", word
        elif not equals and verb == "hours" and word.lower() in {"stay", "off"} and "say" not in options:
            name, value = "say", word.lower()
        elif not equals and verb in NAMES_OPERATION and "operation" not in options:
            name, value = "operation", word
        elif not equals or name not in allowed:
            raise Refused("unknown_option", _unknown(verb, word, allowed, example))
        if not value.strip():
            raise Refused("empty_option", f"`{printable(name)}` needs a value: `{example}`.")
        options[name] = value
    return options


def _unknown(verb: str, word: str, allowed: set[str], example: str) -> str:
    known = _known_options(allowed)
    also = f" It takes {known}." if known else ""
    return f"`/avatar {verb}` does not understand “{printable(word)}”.{also} For example: `{example}`."
