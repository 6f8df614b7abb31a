"""`/avatar admin doctor`: everything that must be there, looked at once, each with the fix of what is not."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from shared.digesting import late
from shared.domain.resources import Resource, doubts
from shared.errors import AppError
from shared.policy import does_nothing, unlike_published
from shared.ports import Messenger
from shared.services import Services
from shared.slack.blocks import escaped

# The bot's scopes, as the manifests of docs/slack have them, and what each is for.
SCOPES = {
    "commands": "`/avatar`",
    "chat:write": "cards and answers",
    "files:write": "pictures of clips, and videos",
    "usergroups:read": "approvers and operators by user group",
    "channels:read": "whether the app is in its channels",
    "groups:read": "the same for private channels",
}
LOOK = timedelta(hours=3)  # back, for a meter
Finding = tuple[bool, str]  # all is well, what is said


def doctor_text(services: Services) -> str:
    """Every look with its result; what is wrong comes first."""
    timers = [(False, line) for line in late(services)] or [(True, "Timers: each ran in time")]
    found = [*_slack(services), *_storage(services), *timers, *_speech(services), *_policy(services)]
    wrong = [text for well, text in found if not well]
    head = (
        f"*{len(wrong)} of {len(found)} need somebody*"
        if wrong
        else f":white_check_mark: *All {len(found)} checks passed*"
    )
    lines = [f":x: {text}" for text in wrong] + [f":white_check_mark: {text}" for well, text in found if well]
    resources = [f"• {_explained(resource)}" for _, resource in sorted(services.resources.items())]
    return "\n".join([head, *lines, "*What each resource may do*", *resources])


class _Lacking(Exception):  # noqa: N818 - a finding, no error
    """Somebody was asked, and said what is not there."""


def _try(what: str, look: Callable[[], str], fix: Callable[[str], str]) -> Finding:
    """One look; `fix` says what to do about the code of its error, or about what is lacking."""
    try:
        told = look()
    except _Lacking as lacking:
        return False, f"{what}: {fix(str(lacking))}"
    except AppError as error:
        return False, f"{what}: {fix(error.code)} (`{error.code}`)"
    return True, f"{what}{f': {told}' if told else ''}"


def _slack(services: Services) -> Iterator[Finding]:
    messenger, policy = services.messenger, services.policy

    def scopes() -> str:
        missing = sorted(SCOPES.keys() - messenger.scopes())
        if missing:
            raise _Lacking(", ".join(missing))
        return ", ".join(SCOPES)

    yield _try(
        "Slack's token and scopes",
        scopes,
        lambda code: f"add what is missing under *OAuth & Permissions*, then reinstall the app: {code}",
    )
    places = {
        "operators_channel": policy.operators_channel, "on_call_channel": policy.on_call_channel,
        "maintainers_channel": policy.maintainers_channel,
        **({"digest.channel": policy.digest.channel} if policy.digest else {}),
    }  # fmt: skip
    channels: dict[str, list[str]] = {}
    for name, channel in places.items():
        channels.setdefault(channel, []).append(f"the policy's {name}")
    for name, book in services.books().items():
        if book.avatar:
            channels.setdefault(book.avatar.channel, []).append(f"the channel of {name}")
    for channel, uses in channels.items():
        if channel.startswith(("C", "G")):
            more = f" and {len(uses) - 4} more" if len(uses) > 4 else ""
            yield _try(
                f"<#{channel}>, {', '.join(uses[:4])}{more}",
                _member(messenger, channel),
                lambda _: "invite the app: `/invite @Avatar Ops`",
            )
    listed = {entry for rule in policy.steps.values() for entry in (*rule.ask, *rule.approve)}
    for group in sorted(
        entry for entry in {*listed, *policy.operators, *policy.on_call, *policy.break_glass} if entry.startswith("S")
    ):
        yield _try(
            f"User group <!subteam^{group}>",
            _people(messenger, group),
            lambda _: "it has nobody, or is not there: name people in the policy, or fill it",
        )


def _member(messenger: Messenger, channel: str) -> Callable[[], str]:
    def look() -> str:
        if not messenger.room(channel).member:
            raise _Lacking
        return ""

    return look


def _people(messenger: Messenger, group: str) -> Callable[[], str]:
    def look() -> str:
        count = len(messenger.group(group))
        if not count:
            raise _Lacking
        return f"{count} {'person' if count == 1 else 'people'}"

    return look


def _storage(services: Services) -> Iterator[Finding]:
    role = "the app's identity needs Storage Table, Blob and Queue Data Contributor on the storage account"
    yield _try("Tables", lambda: f"{len(services.lists.entries('avatars'))} avatars", lambda _: role)
    yield _try("Queues", services.queues.check, lambda _: role)
    yield _try("Clips container", lambda: str(services.clips.info("doctor/none") or ""), lambda _: role)
    yield _try("Pictures container", lambda: str(services.pictures.get("doctor/none") or ""), lambda _: role)


def _speech(services: Services) -> Iterator[Finding]:
    now = services.calendar.now()
    for name, resource in sorted(services.resources.items()):
        driver = services.drivers.of(resource)
        if resource.driver == "rest":
            yield _try(
                f"`{name}` ({resource.region})", lambda driver=driver, resource=resource: driver.check(resource) or "",
                lambda _: "the app's identity needs Cognitive Services Speech Contributor there, or a key in SPEECH_KEYS",
            )  # fmt: skip
        if driver.metered(resource, "hosting", now - LOOK, now) is None:
            yield (
                False,
                f"`{name}`: its meters can't be read: `arm_id` in the resources' file, and the role Monitoring Reader on it",
            )
        else:
            yield True, f"`{name}`: its meters can be read"
        hosting = services.prices.hosting(resource.region, now)
        if hosting is None:
            yield (
                False,
                f"`{name}`: no hosting price is known for {resource.region}, so nothing can be deployed there (prices.json)",
            )
        else:
            yield (
                True,
                f"`{name}`: hosting costs {hosting.money} an {hosting.unit} ({hosting.source}, {hosting.as_of:%Y-%m-%d})",
            )
        yield from ((False, doubt) for doubt in doubts(resource))
    yield from ((False, line) for line in unlike_published(services.resources))


def _explained(resource: Resource) -> str:
    """What a resource may do, what of it is unverified, and which quotas hold."""
    can = [what for what, may in (("trains", resource.can_train), ("hosts", resource.can_host)) if may]
    voice = "with" if resource.voice_sync else "without"
    quotas = resource.quotas
    batch = f"{quotas.batch_calls} calls a minute of batch synthesis (2 are published; whether reading counts is unverified)"
    many = (
        f"at most {quotas.deployments} deployments (as configured)"
        if quotas.deployments
        else "no number of deployments is known"
    )
    if resource.driver == "portal":
        how = "by operators in the portal, who say what they did; what the portal's pages look like is unverified"
        kept = [batch, many]
    else:
        how = f"by API at `{escaped(resource.base_path, 60)}`, {resource.api_version}; that it accepts avatars is " + (
            "the configuration's word" if resource.i_know_that_this_endpoint_accepts_avatars else "unverified"
        )
        kept = [f"{quotas.calls} calls a minute of its own API (none is published)", batch, many]
    return f"`{resource.name}` ({resource.region}): {' and '.join(can) or 'does nothing'}, {voice} voice sync, {how}. Quotas: {', '.join(kept)}"


def _policy(services: Services) -> Iterator[Finding]:
    idle = does_nothing(services.policy)
    if not idle:
        yield True, "The policy: every line of it does something"
    yield from ((False, f"The policy: {escaped(line, 300)}") for line in idle)
