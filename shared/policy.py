"""Read the policy and the resources from their TOML files, and say what is wrong in them by line of meaning."""

import json
import tomllib
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails

from shared.domain.policy import CHANNEL, MEMBER, IdleRule, Policy
from shared.domain.resources import Resource
from shared.domain.rules import RULES
from shared.domain.zones import HOUR
from shared.errors import Broken

EXAMPLES = ("U0123OPS", "S0123ONCALL", "S0123APPROVERS", "C0123PORTAL", "C0123ONCALL", "C0123MAINT")
REGIONS = Path(__file__).parent / "speech" / "regions.json"


def read_policy(path: Path) -> Policy:
    """The policy.

    Raises:
        Broken: the file is missing or wrong; the sentence names the file, the entry and what it should be.
    """
    try:
        return Policy.model_validate(_toml(path))
    except ValidationError as error:
        raise Broken("policy_file", _sentence(path, error)) from error


def does_nothing(policy: Policy) -> list[str]:
    """What is valid and yet changes nothing, by its place in the file."""
    told: list[str] = []
    members = {
        "operators": policy.operators, "on_call": policy.on_call,
        **{f"steps.{step}.ask": rule.ask for step, rule in policy.steps.items()},
        **{f"steps.{step}.approve": rule.approve for step, rule in policy.steps.items()},
    }  # fmt: skip
    for place, listed in members.items():
        if "*" in listed and len(listed) > 1:
            told.append(f"{place}: beside “*”, which is everybody, the others add nobody")
        if len(set(listed)) < len(listed):
            told.append(f"{place}: somebody is named twice")
    if policy.on_call_may_remove_idle and not policy.on_call:
        told.append("on_call_may_remove_idle: nobody is on call")
    told += _idle_budgets(policy)
    for name, tuning in policy.clips.items():
        rule = RULES[name]
        if not tuning.off and (tuning.least in {None, rule.least}) and (tuning.most in {None, rule.most}):
            told.append(f"clips.{name}: this is what the rule says anyway")
    return told


def cannot_be_done(policy: Policy) -> list[str]:
    """What nobody could ever do: valid by its form, and of no use."""
    told = ["operators: nobody is named, so nobody can do it"] if not policy.operators else []
    for step, rule in policy.steps.items():
        told += [
            f"steps.{step}.{what}: nobody is named, so nobody can do it"
            for what, listed in (("ask", rule.ask), ("approve", rule.approve))
            if not listed
        ]
        named = [entry for entry in rule.approve if not entry.startswith("S")]
        if rule.approve and "*" not in rule.approve and len(named) == len(rule.approve) < rule.approvers:
            told.append(
                f"steps.{step}: {rule.approvers} must approve and {len(named)} are named, so nothing can be approved"
            )
    return told


def _idle_budgets(policy: Policy) -> list[str]:
    budgets = policy.budgets
    told = [
        f"budgets.avatars.{name}: it is above budgets.overall, which is reached first"
        for name, budget in budgets.avatars.items()
        if budgets.overall is not None and budget > budgets.overall
    ]
    if budgets.over == "refuse" and not (budgets.overall or budgets.each or budgets.avatars):
        told.append("budgets.over: there is no budget that anything could go over")
    if policy.digest and not policy.digest.daily and policy.digest.weekly is None:
        told.append("digest: it is neither daily nor weekly, so none is sent")
    if policy.quiet and policy.quiet.start == policy.quiet.end:
        told.append("quiet: it starts when it ends, so no hour is quiet")
    if policy.idle.removals_per_run != IdleRule(grace_hours=1).removals_per_run and not policy.idle.remove_after_hours:
        told.append("idle.removals_per_run: without idle.remove_after_hours nothing is removed without a click")
    return told


def read_resources(path: Path, keys: dict[str, SecretStr]) -> dict[str, Resource]:
    """Resources by name, each with its key where there is one.

    Raises:
        Broken: the file is missing or wrong.
    """
    data = _toml(path)
    regions = published_regions()["regions"]
    try:
        resources = {
            name: Resource.model_validate(
                {**regions.get(entry.get("region"), {}), **entry, "name": name, "key": keys.get(name)}
            )
            for name, entry in data.get("resources", {}).items()
        }
    except ValidationError as error:
        raise Broken("resources_file", _sentence(path, error)) from error
    if not resources:
        raise Broken("resources_file", f"{path} names no resource; it needs one [resources.NAME] table for each.")
    for name, resource in resources.items():
        if resource.driver == "rest" and not resource.endpoint:
            raise Broken("resources_file", f"{path}: resources.{name}.endpoint is missing; driver = rest needs one.")
        if resource.may_make_voices:
            raise Broken(
                "resources_file",
                f"{path}: resources.{name} would be driven at Azure's published address for custom voices, and nothing published says that "
                "it makes avatars: paid voices might be made instead. Use driver = portal; or, once Microsoft told you that this endpoint "
                "accepts avatars, write i_know_that_this_endpoint_accepts_avatars = true.",
            )
    return resources


def published_regions() -> dict[str, Any]:
    """What each region can do, with source and date; the resources' file goes before it."""
    return json.loads(REGIONS.read_text(encoding="utf-8"))


def unlike_published(resources: dict[str, Resource]) -> list[str]:
    """Where the resources' file and the published regions differ: allowed, since regions are added, and told."""
    known = published_regions()
    told: list[str] = []
    for name, resource in resources.items():
        listed = known["regions"].get(resource.region)
        if listed is None:
            told.append(
                f"resources.{name}.region: {resource.region} is not among the regions for avatars known on {known['as_of']} "
                f"({known['source']}); it is taken as the file says"
            )
            continue
        more = [what for what, can in listed.items() if getattr(resource, what) and not can]
        if more:
            told.append(
                f"resources.{name}: {', '.join(more)} is said of {resource.region}, and was not so on {known['as_of']} ({known['source']})"
            )
    return told


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Broken("file_missing", f"There is no file {path}; the setting that names it may be wrong.") from error
    except OSError as error:
        raise Broken("file_unreadable", f"{path} can't be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Broken("file_unreadable", f"{path} is not valid TOML: {error}.") from error


def still_the_examples(policy: Policy) -> list[str]:
    """Ids that only the example has."""
    return [name for name in EXAMPLES if f'"{name}"' in policy.model_dump_json()]


# What is wrong, by the kind of pydantic's error, in the words of a TOML file.
IN_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "there is no such entry; a typing mistake?",
    "tuple_type": 'must be a list, as in ["U0123456789"]',
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number, without quotes",
    "decimal_parsing": "must be a number, without quotes",
    "decimal_type": "must be a number",
    "bool_type": "must be true or false, without quotes",
    "bool_parsing": "must be true or false, without quotes",
    "string_type": "must be text in quotes",
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
    "too_short": "must name at least {min_length}",
}
PATTERNS = {
    MEMBER: 'must be a Slack user id (U...), a user group\'s (S...) or "*"; names do not work',
    HOUR: 'must be a time of day, as in "08:00"',
    CHANNEL: "must be a channel's id (C...), as the channel's details in Slack have it at the bottom; names do not work",
}


def _sentence(path: Path, error: ValidationError) -> str:
    problems = [f"{'.'.join(str(part) for part in e['loc']) or 'the file'}: {_in_words(e)}" for e in error.errors()]
    return f"{path} is wrong:" + (f" {problems[0]}." if len(problems) == 1 else "".join(f"\n- {p}" for p in problems))


def _in_words(error: ErrorDetails) -> str:
    about = error.get("ctx", {})
    if error["type"] == "string_pattern_mismatch":
        return PATTERNS.get(str(about["pattern"]), error["msg"])
    if error["type"] in IN_WORDS:
        return IN_WORDS[error["type"]].format(**about)
    return error["msg"].removeprefix("Value error, ")
