"""What 10, 1,000 and 100,000 avatars come to: requests, seconds, Slack, Speech, dollars, and the limit that breaks first.

Measured counts (`scale_counts.json`) times assumptions, each of which is an option: `make scale ARGS='--avatars 5000 --live 1'`.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

from shared.cost.prices import FALLBACK
from shared.domain.resources import Quotas
from shared.pacing import EDITS, POSTS
from shared.services import AT_ONCE
from shared.speech.jobs import PAGE
from shared.speech.quota import bucket

ROOT = Path(__file__).parent.parent
COUNTS = Path(__file__).with_name("scale_counts.json")
SIZES = (10, 1_000, 100_000)
HOURS = 730  # of a month
RUNS = {"training_poll": 12, "reconcile": 6, "compare": 1, "idle_watch": 1, "digest": 4}  # an hour, by their schedules
PAGE_OF_ROWS = 1000  # the most that a query of Table storage answers at once
PAGE_OF_BLOBS = 5000  # that one listing answers at once
MOST_SIZE = 10_000_000


def assumed(value: float, why: str) -> Any:
    return field(default=value, metadata={"why": why})


@dataclass(frozen=True)
class Assumed:
    """What nobody can measure before it happens."""

    clips: float = assumed(
        2, "uploaded an avatar and month: a training a year of about 16 clips, and half of them twice"
    )
    clip_minutes: float = assumed(3, "of 16 Mbit/s; a consent is shorter, a natural clip longer")
    commands: float = assumed(8, "about one avatar, an avatar and month: two a week")
    overviews: float = assumed(2, "Home, `list` and `cost`, an avatar and month: they read every avatar")
    clicks: float = assumed(2, "an avatar and month, beside approvals")
    trainings: float = assumed(0.1, "asked, approved and run, an avatar and month: about one a year")
    training_hours: float = assumed(48, "from start to end; the service publishes no duration (UNVERIFIED)")
    deployments: float = assumed(0.15, "asked, approved and run, an avatar and month; an hour each")
    live: float = assumed(0.5, "live deployments an avatar")
    alerts: float = assumed(0.1, "a live deployment and month: one a year idles")
    alert_hours: float = assumed(24, "until somebody settles it")
    jobs: float = assumed(100, "of batch synthesis a live deployment and month; real-time use makes none")
    per_resource: float = assumed(
        20, "avatars a Speech resource: ten endpoints each, as was documented until 2025 (UNVERIFIED)"
    )
    kept_months: float = assumed(12, "that clips, audit lines and ids of events have been kept")
    peak: float = assumed(0.01, "of a month's events in its busiest hour: a fifth of one of 21 working days")
    request_ms: float = assumed(10, "a storage request in Azure takes beyond what it took here (UNVERIFIED)")
    call_ms: float = assumed(200, "a call to Slack or Speech takes beyond what it took here (UNVERIFIED)")
    patience_s: float = assumed(10, "that a person waits for Home before it counts as broken: our choice")
    row_kb: float = assumed(1, "a stored row")

    def resources(self, avatars: float) -> float:
        return max(1.0, avatars / self.per_resource)


@dataclass(frozen=True)
class Price:
    """What one of something costs, and how people know it."""

    usd: float
    unit: str
    source: str


UNSURE = "UNVERIFIED"
PRICES = {
    "table requests": Price(0.00036 / 10_000, "$0.00036 for 10,000 of tables", UNSURE),
    "queue requests": Price(0.004 / 10_000, "$0.004 of queues", UNSURE),
    "blob reads": Price(0.0044 / 10_000, "$0.0044 of blob reads", UNSURE),
    "blob writes and lists": Price(0.055 / 10_000, "$0.055 of blob writes", UNSURE),
    "clips kept": Price(0.023, "$0.023 a GB of clips and month", UNSURE),
    "rows kept": Price(0.056, "$0.056 of rows", UNSURE),
    "GB-seconds": Price(0.000026, "$0.000026 a GB-second (second-hand, May 2025; no free grant taken off)", UNSURE),
    "executions": Price(0.40 / 1e6, "$0.40 a million executions", UNSURE),
    "always ready, two instances": Price(0.000004, "$0.000004 a GB-second", UNSURE),
    "logs": Price(2.30, "$2.30 a GB", UNSURE),
}
# As they stand on one line.
BILL = {
    "storage requests": ("table requests", "queue requests", "blob reads", "blob writes and lists"),
    "clips and rows kept": ("clips kept", "rows kept"),
    "functions": ("GB-seconds", "executions"),
    "always ready, two instances": ("always ready, two instances",),
    "logs, 5 KB an execution (a guess)": ("logs",),
}
INSTANCE_GB = 2
LEAST_S = 1.0  # of an execution that is billed
LOG_KB = 5


@dataclass
class Load:
    """A sum of measured counts."""

    table: float = 0
    rows_kept: float = 0
    blob_reads: float = 0
    blob_writes: float = 0
    blob_bytes: float = 0
    messages: float = 0
    executions: float = 0
    billed_s: float = 0
    slack: dict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))
    speech: dict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))

    def add(self, event: dict[str, Any], times: float, *, share_of_clip: float = 1.0) -> None:
        self.table += times * event["table_requests"]
        self.rows_kept += times * event["rows_kept"]
        self.blob_reads += times * event["blob_reads"] * share_of_clip
        self.blob_writes += times * event["blob_writes"]
        self.blob_bytes += times * event["blob_bytes"] * share_of_clip
        self.messages += times * event["messages"]
        for name in ("slack", "speech"):
            known: dict[str, float] = getattr(self, name)
            for call, number in event[name].items():
                known[call] += times * number

    def executes(self, times: float, seconds: float) -> None:
        self.executions += times
        self.billed_s += times * max(LEAST_S, seconds)


@cache
def counts() -> dict[str, Any]:
    return json.loads(COUNTS.read_text(encoding="utf-8"))


def event(name: str) -> dict[str, Any]:
    return counts()["events"][name]


def seconds(known: dict[str, Any], a: Assumed, *, at_once: int = 1) -> float:
    """Measured here, and what Azure, Slack and Speech take beyond that."""
    requests = known["table_requests"] / at_once + (known["blob_reads"] + known["blob_writes"]) / AT_ONCE
    calls = sum(known["slack"].values()) + sum(known["speech"].values())
    return max(0.0, known["seconds"]) + requests * a.request_ms / 1000 + calls * a.call_ms / 1000


def each_compared() -> float:
    """Requests for one avatar in a comparison of all resources."""
    return event("compare per avatar")["table_requests"] - event("reconcile per avatar")["table_requests"]


def run_seconds(a: Assumed, n: float) -> dict[str, float]:
    """How long one run of each timer takes; `reconcile` is the run with the comparison."""
    resources, live = a.resources(n), a.live * n
    looks, rests = under_way(a, n)
    book = a.request_ms / 1000 / AT_ONCE + event("digest per avatar")["seconds"]
    return {
        "training_poll": seconds(event("training_poll base"), a)
        + resources * seconds(event("training_poll per resource"), a)
        + looks * seconds(event("poll look"), a)
        + rests * seconds(event("poll not due"), a),
        "reconcile": seconds(event("reconcile base"), a)
        + n * seconds(event("reconcile per avatar"), a)
        + resources * seconds(event("compare per resource"), a)
        + n * each_compared() * book,
        "idle_watch": seconds(event("idle_watch base"), a)
        + live * seconds({**event("idle_watch per deployment"), "slack": {}, "speech": {}}, a)
        + resources * 3 * a.call_ms / 1000,
        "digest": seconds(event("digest base"), a) + n * event("digest per avatar")["table_requests"] * book,
    }


def pages(a: Assumed, n: float) -> int:
    """Of the list of batch jobs of one resource; the service keeps them for a month."""
    return max(1, ceil(a.jobs * a.live * min(n, a.per_resource) / int(PAGE)))


def reading(a: Assumed, n: float) -> int:
    """Runs of the poll in an hour that read on in the list of jobs: a page each, as nobody waits for the turn of a second."""
    return min(RUNS["training_poll"], pages(a, n) - 1)


def under_way(a: Assumed, n: float) -> tuple[float, float]:
    """Operations that a run of the poll looks at, and those that are not due: of what runs long every third is."""
    trainings = a.trainings * n * a.training_hours / HOURS
    deploying = a.deployments * n / HOURS
    return trainings / 3 + deploying, trainings * 2 / 3


def events_of(a: Assumed, n: float) -> list[tuple[str, float, int, float]]:
    """What people and the service cause in a month: kind, how often, executions (the first is the door), share of a clip."""
    trainings, deployments, alerts = n * a.trainings, n * a.deployments, n * a.live * a.alerts
    looking, resting = under_way(a, n)
    polls = RUNS["training_poll"] * HOURS
    return [
        ("upload long", n * a.clips, 1, 1),
        ("check long", n * a.clips, 1, a.clip_minutes / 10),
        ("command status", n * a.commands, 2, 1),
        ("home few", n * a.overviews, 2, 1),
        ("click snooze", n * a.clicks, 2, 1),
        ("command train", trainings, 2, 1),
        ("click approve and start", trainings, 2, 1),
        ("poll done", trainings, 0, 1),
        ("command deploy", deployments, 2, 1),
        ("click approve deploy", deployments, 2, 1),
        ("poll deployed", deployments, 0, 1),
        ("poll look", looking * polls, 0, 1),
        ("poll not due", resting * polls, 0, 1),
        ("alert", alerts, 0, 1),
        ("flagged", alerts * a.alert_hours, 0, 1),
        ("batch job", n * a.live * a.jobs, 0, 1),
    ]


def month(a: Assumed, n: float) -> Load:
    """A month of the app, as if nothing broke."""
    load = Load()
    for kind, times, executions, share in events_of(a, n):
        known = {**event(kind), **({"rows_kept": 0} if kind == "batch job" else {})}  # those are dropped after a month
        load.add(known, times, share_of_clip=share)
        if executions:
            load.executes(times, seconds(known, a))
            load.executes(times * (executions - 1), LEAST_S)
    overviews, resources = n * a.overviews, a.resources(n)
    load.add(quiet("home per avatar"), overviews * n)
    load.billed_s += overviews * n * book_seconds(a)
    took = run_seconds(a, n)
    took["compare"] = took["reconcile"] - reconcile_alone(a, n)
    took["reconcile"] = reconcile_alone(a, n)
    for timer, an_hour in RUNS.items():
        times = an_hour * HOURS
        if timer == "compare":  # in a run that is counted as one of reconcile's
            load.table += times * (resources * event("compare per resource")["table_requests"] + n * each_compared())
            load.speech["voice or metrics"] += times * resources * 2
            load.billed_s += times * took[timer]
            continue
        load.add(quiet(f"{timer} base"), times)
        load.executes(times, took[timer])
    load.add(quiet("training_poll per resource"), RUNS["training_poll"] * HOURS * resources)
    load.add(quiet("reconcile per avatar"), RUNS["reconcile"] * HOURS * n)
    load.add(quiet("idle_watch per deployment"), RUNS["idle_watch"] * HOURS * n * a.live)
    load.add(quiet("digest per avatar"), RUNS["digest"] * HOURS * n)
    load.speech["batch"] += RUNS["idle_watch"] * HOURS * resources * pages(a, n)
    load.speech["voice or metrics"] += RUNS["idle_watch"] * HOURS * resources * 2
    load.blob_writes += RUNS["reconcile"] * HOURS * n * a.clips * a.kept_months / PAGE_OF_BLOBS
    load.slack["chat.postMessage"] += 30  # digests
    return load


def quiet(name: str) -> dict[str, Any]:
    """A slope without calls: those of a few resources, counted there, say nothing of one avatar."""
    return {**event(name), "slack": {}, "speech": {}}


def book_seconds(a: Assumed) -> float:
    return a.request_ms / 1000 / AT_ONCE + max(0.0, event("home per avatar")["seconds"])


def reconcile_alone(a: Assumed, n: float) -> float:
    return seconds(event("reconcile base"), a) + n * seconds(event("reconcile per avatar"), a)


def by_people(a: Assumed, n: float) -> Load:
    """What a month's people cause, the service's own progress left out."""
    load = Load()
    for kind, times, executions, share in events_of(a, n):
        if executions or kind == "alert":
            load.add(event(kind), times, share_of_clip=share)
            load.executions += times * executions
    load.add(quiet("home per avatar"), n * n * a.overviews)
    return load


def peak(a: Assumed, n: float) -> Load:
    """The busiest hour: its share of what people cause, and an hour of everything else."""
    whole, people = month(a, n), by_people(a, n)
    made = Load()

    def share(all_of: float, theirs: float) -> float:
        return theirs * a.peak + (all_of - theirs) / HOURS

    for one in fields(Load):
        if one.name not in ("slack", "speech"):
            setattr(made, one.name, share(getattr(whole, one.name), getattr(people, one.name)))
    for of, total, part in ((made.slack, whole.slack, people.slack), (made.speech, whole.speech, people.speech)):
        of.update({call: share(total[call], part[call]) for call in list(total)})
    return made


def queue_requests(load: Load) -> float:
    """Put, fetched, deleted; the host's own looks at empty queues (one a minute and queue, documented) are left to the reader."""
    return load.messages * 3 + 4 * 60 * HOURS


def costs(a: Assumed, n: float) -> dict[str, float]:
    """USD a month, by part, the app's own only."""
    load = month(a, n)
    clip_gb = a.clip_minutes * 60 * 16 / 8 / 1000
    amounts = {
        "table requests": load.table,
        "queue requests": queue_requests(load),
        "blob reads": load.blob_reads,
        "blob writes and lists": load.blob_writes,
        "clips kept": n * a.clips * a.kept_months * clip_gb,
        "rows kept": load.rows_kept * a.kept_months * a.row_kb / 1e6,
        "GB-seconds": load.billed_s * INSTANCE_GB,
        "executions": load.executions,
        "always ready, two instances": 2 * INSTANCE_GB * HOURS * 3600,
        "logs": load.executions * LOG_KB / 1e6,
    }
    return {part: amount * PRICES[part].usd for part, amount in amounts.items()}


def speech_costs(a: Assumed, n: float) -> float:
    """What the avatars themselves cost at list prices: hosting, and trainings of 30 compute hours."""
    meters = json.loads(FALLBACK.read_text(encoding="utf-8"))["meters"]
    hosting, training = (float(meters[f"TTS Custom Avatar {what} Unit"][0]) for what in ("Hosting", "Training"))
    return n * (a.live * HOURS * hosting + a.trainings * 30 * training)


def timeout() -> float:
    """Seconds that one run may take, as host.json says."""
    text = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))["functionTimeout"]
    hours, minutes, rest = map(int, text.split(":"))
    return hours * 3600.0 + minutes * 60 + rest


def listed_a_second(a: Assumed, n: float) -> float:
    """Rows of the list of avatars read in the busiest hour: at each overview, digest, reconcile, and comparison of a resource."""
    reads = n * a.overviews * a.peak + RUNS["digest"] + RUNS["reconcile"] + a.resources(n)
    return reads * n / 3600


def calls_a_minute(a: Assumed, n: float) -> float:
    """On one resource in the busiest hour: looks of what runs there, starts, and the comparison."""
    here = min(n, a.per_resource)
    looking, _ = under_way(a, here)
    starts = here * a.peak * (
        a.trainings * event("click approve and start")["speech"].get("voice", 0)
        + a.deployments * event("click approve deploy")["speech"].get("voice", 0)
    )  # fmt: skip
    looks = looking * RUNS["training_poll"] * event("poll look")["speech"].get("voice", 0)
    return (starts + looks + 2) / 60


@dataclass(frozen=True)
class Limit:
    """`load` is held to `most`; what to do where it is reached."""

    name: str
    most: float
    unit: str
    load: Callable[[Assumed, float], float]
    then: str


LIMITS = (
    Limit(
        "`training_poll`, one run before the next", 3600 / RUNS["training_poll"], "s",
        lambda a, n: run_seconds(a, n)["training_poll"],
        "looks come late; past 600 s it is cut off, and the digest says that it did not run: one message for each operation that is due",
    ),
    Limit(
        "`reconcile` with the comparison, one run", timeout(), "s", lambda a, n: run_seconds(a, n)["reconcile"],
        "one message for each resource, and the books of its avatars only",
    ),
    Limit(
        "`reconcile` without it", timeout(), "s", reconcile_alone,
        "`find_missed` looks at a part of the avatars a run, on several threads",
    ),
    Limit(
        "`idle_watch`, one run", timeout(), "s", lambda a, n: run_seconds(a, n)["idle_watch"],
        "one queue message for each resource, which the timer only queues; ask Microsoft for more batch calls a minute",
    ),
    Limit(
        "memory of `reconcile`: every clip at once", INSTANCE_GB, "GB",
        lambda a, n: n * a.clips * a.kept_months * counts()["bytes_in_memory"]["clip"] / 1e9,
        "`find_missed` takes one avatar's folder after another, as both sides come in the order of names",
    ),
    Limit(
        "memory of `books()`: every avatar at once", INSTANCE_GB, "GB",
        lambda _, n: n * counts()["bytes_in_memory"]["book"] / 1e9, "summary rows, as for Home",
    ),
    Limit(
        "`digest`, one run", timeout(), "s", lambda a, n: run_seconds(a, n)["digest"],
        "keep each avatar's cost of the month in a row of its own, and read that list",
    ),
    Limit(
        "Home of one person", Assumed().patience_s, "s",
        lambda a, n: seconds(event("home few"), a) + n * book_seconds(a),
        "keep a summary row an avatar in one partition (a page of 1,000 a request), instead of `books()`",
    ),
    Limit(
        "table requests of the account", 20_000, "/s", lambda a, n: peak(a, n).table / 3600,
        "the same two: nearly all requests are `books()`",
    ),
    Limit(
        "partition `avatars` of the work lists", 2_000, "rows/s", listed_a_second,
        "shard it by the name's first letter",
    ),
    Limit(
        "partition `open` of the work lists, read at each poll", PAGE_OF_ROWS, "rows", lambda a, n: sum(under_way(a, n)),
        "nothing breaks: another page, one request more a poll",
    ),
    Limit(
        "Slack edits of the workspace", EDITS[0] * 60, "/min", lambda a, n: peak(a, n).slack["chat.update"] / 60,
        "show progress every half hour, and a burst's card once a minute; beyond that a second Slack workspace",
    ),
    Limit(
        "Slack posts in the on-call channel", POSTS[0] * 60, "/min",
        lambda a, n: n * a.live * a.alerts * a.peak / 60,
        "many alerts are one list already; a channel for each team",
    ),
    Limit(
        "Slack user groups read", 20, "/min", lambda a, n: peak(a, n).slack["usergroups.users.list"] / 60,
        "keep members in a shared row that Slack's events fix, and read anew at approvals only",
    ),
    Limit(
        "Slack uploads of pictures", 100, "/min", lambda a, n: peak(a, n).slack["files.getUploadURLExternal"] / 60,
        "one picture a clip",
    ),
    Limit(
        "batch list of one resource, read whole within an hour", 60, "min",
        lambda a, n: pages(a, n) / (bucket(Quotas().batch_calls)[0] * 60),
        "ask Microsoft for more batch calls a minute; fewer avatars a resource",
    ),
    Limit(
        "the app's own calls of one resource", Quotas().calls, "/min", calls_a_minute,
        "`quotas = { calls = ... }`, where the service takes more",
    ),
    Limit(
        "instances that check clips (100 are the default)", 100, "instances",
        lambda a, n: n * a.clips * a.peak * seconds(event("check long"), a) / 3600,
        "raise the app's maximum of instances",
    ),
)  # fmt: skip


def breaks_at(limit: Limit, a: Assumed) -> float | None:
    """The fewest avatars with which it is reached; None: not with ten million."""
    if limit.load(a, MOST_SIZE) <= limit.most:
        return None
    low, high = 1.0, float(MOST_SIZE)
    while high / low > 1.001:
        middle = (low * high) ** 0.5
        low, high = (low, middle) if limit.load(a, middle) > limit.most else (middle, high)
    return high


def number(value: float) -> str:
    """Two figures that a person can read."""
    if 0 < value < 0.01:
        return "<0.01"
    for size, unit in ((1e12, " T"), (1e9, " G"), (1e6, " M")):
        if value >= size:
            return f"{float(f'{value / size:.2g}'):g}{unit}"
    return f"{float(f'{value:.2g}'):,.0f}" if value >= 10 else f"{value:.2g}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + "\n"


# The measured kinds that a person can place.
SHOWN = {
    "`/avatar status`": "command status",
    "Home": "home few",
    "Home, an avatar more": "home per avatar",
    "`/avatar train`": "command train",
    "click that approves and starts it": "click approve and start",
    "click on an alert": "click snooze",
    "upload, until its check is queued": "upload long",
    "check of ten minutes, 1.2 GB": "check long",
    "poll: a look at what runs, with its card": "poll look",
    "poll: not due yet": "poll not due",
    "watch: a live deployment": "idle_watch per deployment",
    "watch: flagged, an hour more (a card is updated)": "flagged",
    "`reconcile`: an avatar more": "reconcile per avatar",
    "`digest` every 15 minutes: an avatar more": "digest per avatar",
}


def assumptions(a: Assumed) -> str:
    rows = [
        (f"`--{one.name.replace('_', '-')}`", number(getattr(a, one.name)), one.metadata["why"]) for one in fields(a)
    ]
    return table(("option", "value", "what it is, and why"), rows)


def measured() -> str:
    """What one of each costs, as it was counted."""
    rows = [
        (name, *(number(known[one]) for one in ("table_requests", "table_rows_read", "messages", "blob_reads")),
         *(number(sum(known[one].values())) for one in ("slack", "speech")), number(max(0.0, known["seconds"])))
        for name, known in ((name, (quiet if " per " in kind else event)(kind)) for name, kind in SHOWN.items())
    ]  # fmt: skip
    return table(("one", "table requests", "rows read", "messages", "blob reads", "Slack", "Speech", "s here"), rows)


def amounts(a: Assumed, sizes: Sequence[int]) -> str:
    """Per month, and in the busiest hour behind a stroke."""
    months, hours = [month(a, n) for n in sizes], [peak(a, n) for n in sizes]
    shown: list[tuple[str, Callable[[Load], float]]] = [
        ("table requests", lambda load: load.table),
        ("queue messages", lambda load: load.messages),
        ("blob requests", lambda load: load.blob_reads + load.blob_writes),
        ("function executions", lambda load: load.executions),
        ("GB-seconds (2 GB, a second at least)", lambda load: load.billed_s * INSTANCE_GB),
        ("GB of clips read by checks", lambda load: load.blob_bytes / 1e9),
        ("Slack: posts", lambda load: load.slack["chat.postMessage"]),
        ("Slack: edits", lambda load: load.slack["chat.update"]),
        ("Slack: user groups read", lambda load: load.slack["usergroups.users.list"]),
        ("Speech: batch lists", lambda load: load.speech["batch"]),
        ("Speech: other calls", lambda load: load.speech["voice"] + load.speech["voice or metrics"]),
    ]
    rows: list[tuple[str, ...]] = [
        (name, *(f"{number(of(whole))} / {number(of(hour))}" for whole, hour in zip(months, hours, strict=True)))
        for name, of in shown
    ]
    parts: list[tuple[str, Callable[[float], float]]] = [
        ("partitions of table `avatars`; rows in partition `avatars` of the work lists", lambda n: n),
        (
            "rows of one avatar in both tables, after the months kept",
            lambda n: month(a, n).rows_kept * a.kept_months / n,
        ),
        ("rows in `live` / in `open`", lambda n: a.live * n),
        (
            "rows in `jobs-RESOURCE`, the longest list that a run reads",
            lambda n: a.jobs * a.live * min(n, a.per_resource),
        ),
    ]
    for name, size_of in parts:
        behind = [f" / {number(sum(under_way(a, n)))}" if "`open`" in name else "" for n in sizes]
        rows.append((name, *(number(size_of(n)) + more for n, more in zip(sizes, behind, strict=True))))
    return table(("a month / in the busiest hour", *(f"{n:,}" for n in sizes)), rows)


def money(a: Assumed, sizes: Sequence[int]) -> str:
    parts = [costs(a, n) for n in sizes]
    rows = [
        (name, *(f"${number(sum(part[one] for one in together))}" for part in parts), priced(together))
        for name, together in BILL.items()
    ]
    rows.append(("**the app**", *(f"**${number(sum(part.values()))}**" for part in parts), ""))
    rows.append(
        ("beside it: hosting and training", *(f"${number(speech_costs(a, n))}" for n in sizes),
         "$0.60 an hour, $15 a compute hour, 30 of them; quoted second-hand")
    )  # fmt: skip
    return table(("USD a month", *(f"{n:,}" for n in sizes), "price"), rows)


def priced(parts: Sequence[str]) -> str:
    return f"{', '.join(PRICES[part].unit for part in parts)}; {PRICES[parts[0]].source}"


def limits(a: Assumed, sizes: Sequence[int]) -> str:
    """Those that are reached first stand first."""
    found = sorted(((breaks_at(limit, a), limit) for limit in LIMITS), key=lambda one: one[0] or float("inf"))
    rows: list[Sequence[str]] = []
    for at, limit in found:
        loads = [limit.load(a, n) for n in sizes]
        cells = [f"**{number(load)}**" if load > limit.most else number(load) for load in loads]
        rows.append(
            (limit.name, f"{number(limit.most)} {limit.unit}", *cells, number(at) if at else "never", limit.then)
        )
    return table(("limit", "most", *(f"{n:,}" for n in sizes), "reached at avatars", "then"), rows)


def verdicts(a: Assumed, sizes: Sequence[int]) -> str:
    """One line a size: what is broken already, else what comes next."""
    found = sorted(((at, limit) for limit in LIMITS if (at := breaks_at(limit, a)) is not None), key=lambda one: one[0])
    lines: list[str] = []
    for n in sizes:
        broken = [limit.name for at, limit in found if at <= n]
        ahead = next(((at, limit.name) for at, limit in found if at > n), None)
        said = f"past {len(broken)} of the limits, first of all {broken[0]}" if broken else "nothing breaks"
        if ahead:
            said += f"; next comes {ahead[1]}, at {number(ahead[0])} avatars"
        lines.append(f"- **{n:,}**: {said}.")
    return "\n".join(lines) + "\n"


def page(a: Assumed, sizes: Sequence[int]) -> str:
    """The tables, as docs/scale.md holds them."""
    silent = replace(a, jobs=0)
    parts = {
        "The first limit": f"{verdicts(a, sizes)}\nWhere nobody uses batch synthesis (`--jobs 0`):\n\n{verdicts(silent, sizes)}",
        "Limits, the first to be reached on top": limits(a, sizes),
        "What one of each costs (measured)": measured(),
        "What it comes to": amounts(a, sizes),
        "What it costs": money(a, sizes),
        "Assumptions": assumptions(a),
    }
    return "\n".join(f"## {title}\n\n{text}" for title, text in parts.items())


def summary(a: Assumed, sizes: Sequence[int]) -> dict[str, Any]:
    return {
        str(n): {
            "usd": round(sum(costs(a, n).values()), 2),
            "table_requests": round(month(a, n).table),
            "broken": [limit.name for limit in LIMITS if limit.load(a, n) > limit.most],
        }
        for n in sizes
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--avatars", type=int, nargs="+", default=list(SIZES), help="sizes (10 1000 100000)")
    for one in fields(Assumed):
        option = f"--{one.name.replace('_', '-')}"
        parser.add_argument(option, type=float, default=one.default, help=f"{one.metadata['why']} (%(default)s)")
    given = vars(parser.parse_args())
    sizes: list[int] = given.pop("avatars")
    a = replace(Assumed(), **given)
    print(page(a, sizes))
    print(json.dumps(summary(a, sizes)))


if __name__ == "__main__":
    main()
