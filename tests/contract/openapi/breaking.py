"""Three stand-ins whose handlers break the contract on purpose: the check must find each."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from local.speech.answers import Answer
from local.speech.gateway import SERVICES
from local.speech.service import Call, Outcome, Service

Spoil = Callable[[Answer], Answer]


def _without_project(answer: Answer) -> Answer:
    return replace(answer, body={name: value for name, value in answer.body.items() if name != "projectId"})


def _with_another_status(answer: Answer) -> Answer:
    return replace(answer, status=202)


def _with_a_number_for_a_time(answer: Answer) -> Answer:
    return replace(answer, body={**answer.body, "createdDateTime": 1793606400})


# What is broken: the service, the method, the path, the handler's answer, and what the check has to say about it.
BREAKS: dict[str, tuple[str, str, str, Spoil, str]] = {
    "a required field is dropped": (
        "customvoice", "GET", "/models/{id}", _without_project, "'projectId' is a required property",
    ),
    "a status that is not declared": (
        "customvoice", "DELETE", "/endpoints/{id}", _with_another_status, "answered 202, which is not declared",
    ),
    "a value of the wrong type": (
        "avatar", "GET", "/batchsyntheses/{id}", _with_a_number_for_a_time, "$.createdDateTime: type is broken",
    ),
}  # fmt: skip


def broken(name: str) -> Mapping[str, Service]:
    """The services with this break built in."""
    service, method, path, spoil, _ = BREAKS[name]
    healthy = SERVICES[service]
    rule = next(rule for rule in healthy.rules if (rule.method, rule.path) == (method, path))

    def handle(call: Call) -> Outcome:
        outcome = rule.handle(call)
        return replace(outcome, answer=spoil(outcome.answer))

    rules = tuple(replace(one, handle=handle) if one is rule else one for one in healthy.rules)
    return {**SERVICES, service: replace(healthy, rules=rules)}


def is_found(name: str, mismatches: list[str]) -> bool:
    """Whether something was found, and it is this break and nothing else."""
    _, method, path, _, words = BREAKS[name]
    return bool(mismatches) and all(
        f"{path} answered" in line and line.startswith(method) and words in line for line in mismatches
    )
