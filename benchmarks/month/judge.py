"""What came of a month: from the generator's truth, the messages and answers, and the hosting that was billed. Knows none of our code.

A decidable deployment is flagged by the first message that asks somebody about it, an alert to on-call or a question to its owner; told
while its use goes on, it is a false flag, whichever of the two it was. One that no evidence can decide is to be asked about once:
neither flag nor miss. An incident is one silence: it ends with a use or with somebody's answer. A question that nobody answered in
time and that is handed on to on-call is an incident of its own, and is counted.
"""

import math
import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from benchmarks.month.generator import END, Deployment, Month

SLACK = timedelta(hours=1)  # a question is handed on by a clock that the watch reads


@dataclass(frozen=True)
class Told:
    """A message about a deployment, or a person's answer to one."""

    at: datetime
    deployment: str
    what: Literal["alert", "question", "answer"]


@dataclass(frozen=True)
class Rules:
    """What the team's policy says."""

    grace_hours: float
    owner_hours: float


Hosted = dict[str, list[tuple[datetime, datetime | None]]]  # by deployment: when it was billed


def judged(month: Month, told: list[Told], hosted: Hosted, rules: Rules) -> tuple[dict[str, Any], list[str]]:
    """The figures, and a line for each deployment that something is wrong with."""
    count, lines, hours = Counter[str](), list[str](), list[float]()
    for deployment in month.deployments:
        about = sorted((t for t in told if t.deployment == deployment.id), key=lambda t: t.at)
        sent = [t for t in about if t.what != "answer"]
        incidents, handed = _incidents(deployment, about, rules)
        count.update(messages=len(sent), incidents=incidents, handed_on=handed)
        if len(sent) > incidents:
            lines.append(f"{_named(deployment)}: {len(sent)} messages for {incidents} incidents ({_said(sent)})")
        if deployment.undecidable:
            _ask(deployment, sent, count, lines)
        else:
            _flag(deployment, sent, rules, count, lines, hours)
    spend, wasted = _money(month, hosted)
    result = {
        "deployments": len(month.deployments), "abandoned": sum(d.stopped is not None for d in month.deployments),
        "undecidable": sum(d.undecidable for d in month.deployments), "asked": count["asked"],
        "flagged": count["flagged"], "false_flags": count["false"], "missed": count["missed"],
        "median_hours_to_flag": round(statistics.median(hours), 1) if hours else None,
        "p90_hours_to_flag": round(sorted(hours)[math.ceil(len(hours) * 0.9) - 1], 1) if hours else None,
        "grace_hours": rules.grace_hours,
        "messages_per_incident": round(count["messages"] / max(1, count["incidents"]), 3), "spend": spend,
        "wasted": wasted, "wasted_without_watch": round(sum(_late(month, d) for d in month.deployments), 2),
        "within_grace": round(sum(_late(month, d, rules.grace_hours) for d in month.deployments), 2),
        "handed_on": count["handed_on"], "by_question": count["by_question"],
    }  # fmt: skip
    return result, lines


def _flag(
    deployment: Deployment, sent: list[Told], rules: Rules, count: Counter[str], lines: list[str], hours: list[float]
) -> None:
    early = [t for t in sent if deployment.in_use_at(t.at)]
    if early:
        count["false"] += 1
        lines.append(f"{_named(deployment)}: a false flag ({_said(early)})")
    if deployment.stopped is None:
        return
    right = [t for t in sent if not deployment.in_use_at(t.at)]
    if right:
        count["flagged"] += 1
        count["by_question"] += right[0].what == "question"
        hours.append((right[0].at - deployment.stopped).total_seconds() / 3600)
    elif deployment.stopped + timedelta(hours=rules.grace_hours + 24) <= END:
        count["missed"] += 1
        lines.append(f"{_named(deployment)}: missed, unused since {deployment.stopped:%d %b %H:%M}")


def _ask(deployment: Deployment, sent: list[Told], count: Counter[str], lines: list[str]) -> None:
    if sent and sent[0].what == "question":
        count["asked"] += 1
    elif sent and deployment.in_use_at(sent[0].at):
        count["false"] += 1
        lines.append(f"{_named(deployment)}: nobody can tell, and it was flagged without a question ({_said(sent)})")
    else:
        lines.append(f"{_named(deployment)}: nobody can tell, and its owner was not asked")


def _incidents(deployment: Deployment, about: list[Told], rules: Rules) -> tuple[int, int]:
    """How many silences there were messages about, and how many of those are questions handed on."""
    found, handed, last = 0, 0, None
    for told in about:
        if told.what == "answer":
            last = None
            continue
        seen = () if deployment.undecidable else deployment.uses  # nobody can see theirs, so none ends a silence
        used = last is not None and any(last.at < use.at <= told.at for use in seen)
        waited = timedelta(hours=rules.owner_hours) - SLACK
        passed = last and (last.what, told.what) == ("question", "alert") and told.at - last.at >= waited
        found += last is None or used or bool(passed)
        handed += bool(passed)
        last = told
    return found, handed


def _money(month: Month, hosted: Hosted) -> tuple[float, float]:
    spend = wasted = 0.0
    for deployment in month.deployments:
        for start, end in hosted[deployment.id]:
            spend += month.cost(start, end or END)
            if deployment.stopped:
                wasted += month.cost(max(start, deployment.stopped), end or END)
    return round(spend, 2), round(wasted, 2)


def _late(month: Month, deployment: Deployment, hours: float = 99 * 24) -> float:
    """What so many hours after its last use cost."""
    stopped = deployment.stopped
    return month.cost(stopped, stopped + timedelta(hours=hours)) if stopped else 0.0


def _named(deployment: Deployment) -> str:
    return f"{deployment.model} on {deployment.resource} ({deployment.pattern})"


def _said(sent: list[Told]) -> str:
    return ", ".join(f"{t.what} {t.at:%d %b %H:%M}" for t in sent)
