"""The composition root: the only place that knows which adapter stands behind which port."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

from shared.domain.book import Book
from shared.domain.events import Envelope, Event
from shared.domain.policy import Policy
from shared.domain.resources import Resource
from shared.errors import Temporary
from shared.groups import Groups
from shared.log import warn
from shared.policy import cannot_be_done, does_nothing, unlike_published
from shared.ports import (
    Calendar,
    Cards,
    Clips,
    Driver,
    Drivers,
    Messenger,
    Pager,
    Pictures,
    Prices,
    Queues,
    Records,
    Statements,
    Stopwatch,
    Synthesis,
    Transcriber,
    UsageWatch,
    WorkLists,
)
from shared.settings import Settings

FEW, AT_ONCE = 8, 8  # avatars that are read one after another; requests under way at a time for more


@dataclass(frozen=True)
class Services:
    """Everything the core works with."""

    settings: Settings
    policy: Policy
    resources: dict[str, Resource]
    calendar: Calendar
    stopwatch: Stopwatch
    records: Records
    lists: WorkLists
    cards: Cards
    queues: Queues
    clips: Clips
    pictures: Pictures
    messenger: Messenger
    groups: Groups
    drivers: Drivers
    prices: Prices
    usage: UsageWatch
    synthesis: Synthesis
    statements: Statements
    transcriber: Transcriber
    pager: Pager
    close: Callable[[], None]

    def said(self, name: str, avatar: str, by: str, event: Event, clip: str | None = None) -> Envelope:
        """An event that one of our own functions says now; the same name is the same event."""
        return Envelope(
            id=name, team=self.settings.slack_team_id, avatar=avatar, by=by, event=event, clip=clip,
            at=self.calendar.now(),
        )  # fmt: skip

    def link_to(self, avatar: str, card: str) -> str:
        """The address of a card in Slack; empty where there is none yet.

        Raises:
            AppError: Slack does not say it.
        """
        known = self.cards.peek(avatar, card)
        return self.messenger.link(known.channel, known.ts) if known.ts else ""

    def books(self) -> dict[str, Book]:
        """The records of every avatar, by name, clips left out: for what must look at all of them."""
        names = [entry.avatar for entry in self.lists.entries("avatars")]

        def book(name: str) -> Book:
            return Book.of(self.records.load(name).records)

        if len(names) <= FEW:
            return {name: book(name) for name in names}
        with ThreadPoolExecutor(AT_ONCE) as pool:  # a request each: hundreds one after another would take seconds
            return dict(zip(names, pool.map(book, names), strict=True))


@dataclass(frozen=True)
class DriversByName:
    """Implements `Drivers`."""

    rest: Driver
    portal: Driver

    def of(self, resource: Resource) -> Driver:
        return self.rest if resource.driver == "rest" else self.portal


def build(settings: Settings, policy: Policy, resources: dict[str, Resource]) -> Services:
    """Build all adapters; heavy packages are imported here, so that the Slack route starts without them."""
    import httpx
    from slack_sdk.web import WebClient

    from shared.clock import SystemCalendar, SystemStopwatch
    from shared.cost.prices import RetailPrices
    from shared.paging import HttpPager
    from shared.served_calendar import ServedCalendar
    from shared.slack.messenger import SlackMessenger
    from shared.speech.http import Service
    from shared.speech.monitor import Monitor
    from shared.speech.portal_driver import PortalDriver
    from shared.speech.quota import Turns
    from shared.speech.rest import RestDriver
    from shared.speech.statements import PublishedStatements
    from shared.speech.transcription import FastTranscription
    from shared.speech.trial import BatchTrials
    from shared.speech.usage import ServiceUsage
    from shared.storage.connect import connect

    for line in (*cannot_be_done(policy), *does_nothing(policy)):
        warn("policy_does_nothing", what=line)
    for line in unlike_published(resources):
        warn("region_in_doubt", what=line)
    stopwatch = SystemStopwatch()
    for library in ("httpx", "azure"):  # they would log every address: links to clips are secrets, paths are names
        logging.getLogger(library).setLevel(logging.WARNING)
    client = httpx.Client(timeout=30, follow_redirects=False)
    storage = connect(settings, client, stopwatch)
    messenger = SlackMessenger(
        WebClient(token=settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, timeout=20)
    )

    turns = Turns(storage.lists, stopwatch)

    def voice(resource: Resource) -> Service:
        return Service(
            client, resource.endpoint + resource.base_path, lambda: _speech_headers(resource),
            lambda: turns.take(resource, "voice"),
        )  # fmt: skip

    def batch(resource: Resource) -> Service:  # two calls a minute: nobody waits for such a turn, all of them come back
        return Service(
            client, f"{resource.endpoint}/avatar", lambda: _speech_headers(resource),
            lambda: turns.take(resource, "batch", 0),
        )  # fmt: skip

    def management_headers() -> dict[str, str]:
        token = settings.monitor_token.get_secret_value() if settings.monitor_token else _entra(MANAGEMENT_SCOPE)
        return {"Authorization": f"Bearer {token}"}

    monitor = Monitor(Service(client, settings.monitor_url, management_headers))
    rest = RestDriver(voice, monitor)
    return Services(
        settings=settings,
        policy=policy,
        resources=resources,
        calendar=ServedCalendar(settings.clock_url, client) if settings.clock_url else SystemCalendar(),
        stopwatch=stopwatch,
        records=storage.records,
        lists=storage.lists,
        cards=storage.lists,
        queues=storage.queues,
        clips=storage.clips,
        pictures=storage.pictures,
        messenger=messenger,
        groups=Groups(messenger, stopwatch),
        drivers=DriversByName(rest=rest, portal=PortalDriver(monitor)),
        prices=RetailPrices(Service(client, settings.prices_url, dict), storage.lists),
        usage=ServiceUsage(batch, monitor, storage.lists),
        synthesis=BatchTrials(batch, client),
        transcriber=FastTranscription(client, _speech_headers),
        statements=PublishedStatements(client, settings.statements, stopwatch),
        close=client.close,
        pager=HttpPager(client, settings, stopwatch),
    )


SPEECH_SCOPE = "https://cognitiveservices.azure.com/.default"
MANAGEMENT_SCOPE = "https://management.azure.com/.default"


def _speech_headers(resource: Resource) -> dict[str, str]:
    if resource.key is not None:
        return {"Ocp-Apim-Subscription-Key": resource.key.get_secret_value()}
    return {"Authorization": f"Bearer {_entra(SPEECH_SCOPE)}"}


def _entra(scope: str) -> str:
    from azure.core.exceptions import AzureError

    try:
        return str(_credential().get_token(scope).token)
    except AzureError as error:
        raise Temporary("no_token", f"getting a token for {scope}", 30) from error


@cache
def _credential() -> Any:
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()
