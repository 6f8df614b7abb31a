"""Perform what a decision owes. Each effect is harmless to repeat; what can't be done now stays owed."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta

from shared.domain.base import short_id
from shared.domain.book import Book
from shared.domain.deployments import Idle
from shared.domain.effects import Answer, Page, Post, QueueCheck, ShowCard, ShowVideo, StartTrial, StartWork
from shared.domain.events import CheckWanted, Envelope, Reply
from shared.errors import AppError, Broken, Temporary
from shared.idle_list import LIST_KEY, IdleList
from shared.log import trace, warn
from shared.muting import muted
from shared.pacing import PACED, pace_edit, pace_post
from shared.picturing import NOT_READY
from shared.ports import Card, Entry, Owed
from shared.scenes import Scenes
from shared.services import Services
from shared.slack.blocks import escaped
from shared.slack.cards import draw as drawn_card
from shared.slack.scene import Drawn
from shared.starting import Starter
from shared.telemetry import count, span, traceparent
from shared.trials import show_video, start_trial

PATIENCE = 25  # tries, with growing waits about an hour
LEASED = "card_leased"
PAGED = "paged"  # the work list: routes that know of the list of many


class Performer:
    """Performs one owed effect after another."""

    def __init__(self, services: Services, handle: Callable[[Envelope], None]) -> None:
        self._services = services
        self._handle = handle
        self._full: dict[tuple[str, str, bool], datetime] = {}
        self.idle_list = IdleList(services, lambda avatar, card: self._draw(avatar, card, urgent=True), self._put)
        self.starter = Starter(services, handle)
        self.scenes = Scenes(services)

    def perform_all(self, owed: list[Owed]) -> tuple[bool, float]:
        """Perform each, and a card that is owed several times once: (is nothing left?, seconds until the next try)."""
        results: list[float | None] = []
        cards: dict[str, list[Owed]] = {}
        links: list[Owed] = []  # answers and pages that lead to a card: once it is there
        for item in owed:
            if isinstance(item.effect, ShowCard):
                cards.setdefault(item.effect.card, []).append(item)
            elif isinstance(item.effect, Page) or (isinstance(item.effect, Answer) and item.effect.card):
                links.append(item)
            else:
                results.append(self._perform(item))
        for first, *others in cards.values():
            results.append(self._perform(first))
            if results[-1] is None:  # the card was drawn after all of these were owed, so it shows them all
                for item in others:
                    self._strike(item)
        results += [self._perform(item) for item in links]
        return all(wait is None for wait in results), max((wait or 0.0 for wait in results), default=0.0)

    def _perform(self, owed: Owed) -> float | None:
        """Do it and strike it off: None. Otherwise the seconds after which to try again; 0 leaves it to reconcile."""
        about = owed.effect.operation if isinstance(owed.effect, StartWork) else None
        trace("effect_begun", effect=owed.effect.kind, owed=owed.key, operation=about)
        try:
            with span("effect", kind=owed.effect.kind, avatar=owed.avatar, operation=about or ""):
                self._do(owed)
        except Temporary as error:
            if not owed.key:
                raise
            trace("effect_left", effect=owed.effect.kind, owed=owed.key)
            warn("effect_postponed", effect=owed.effect.kind, avatar=owed.avatar, code=error.code, tries=owed.tries)
            count("retries", what="effect", code=error.code)
            if error.code == LEASED:  # another worker's turn, no failed try: it must not make the next wait longer
                return error.retry_after
            self._services.records.postpone(owed, error.code)
            if owed.tries >= PATIENCE:
                self._stuck(owed, error)
                return 0.0
            return min(error.retry_after * 1.5 ** max(0, owed.tries - 3), 300.0)
        except Broken as error:
            if not owed.key:
                raise
            self._services.records.postpone(owed, error.code)
            self._stuck(owed, error)
            return 0.0
        count("effects", kind=owed.effect.kind)
        if owed.key:
            self._strike(owed)
            trace("effect_struck", effect=owed.effect.kind, owed=owed.key)
        return None

    def _strike(self, owed: Owed) -> None:
        self._services.records.strike(owed)
        if owed.tries:
            self._services.lists.drop("stuck", _stuck_entry(owed))

    def _stuck(self, owed: Owed, error: AppError) -> None:
        """Not dropped: it stays owed and on a list, reconcile tries it again, and the maintainers are told once of its kind."""
        code, kind = error.code, owed.effect.kind
        warn("effect_stuck", effect=kind, avatar=owed.avatar, code=code)
        entry = _stuck_entry(owed)
        data = {"code": code, "effect": kind}
        known = any(
            found.item == entry.item or (found.avatar, found.data) == (owed.avatar, data)
            for found in self._services.lists.entries("stuck")
        )
        self._services.lists.put("stuck", Entry(entry.avatar, entry.item, data=data))
        if known or (
            isinstance(owed.effect, Post) and owed.effect.channel == self._services.policy.maintainers_channel
        ):
            return
        try:
            self._services.messenger.post(
                self._services.policy.maintainers_channel,
                f":warning: Something for *{owed.avatar}* could not be delivered ({kind}, `{code}`): {escaped(error.sentence)}. It is kept "
                "and tried again every ten minutes. The runbook says what to do: “Something could not be delivered”.",
            )
        except AppError as silent:
            warn("maintainers_unreachable", code=silent.code)

    def _do(self, owed: Owed) -> None:
        match owed.effect:
            case ShowCard(card=card, urgent=urgent):
                self._show(owed.avatar, card, urgent=urgent)
            case Answer(to=to, text=text, card=card):
                said, link = text or self._said(owed.avatar, card), self._link(owed.avatar, card)
                self._answer(owed, to, f"{said}{'.' if link and said[-1:].isalnum() else ''}{link}")
            case Post(bell=bell) if bell and bell in muted(self._services):
                return
            case Post(under=under) if under and _alert(under) and self.idle_list.takes_reply(owed.avatar, under):
                return
            case Post(channel=channel, text=text, under=under):
                message = Drawn(channel, text, [], under or "")
                self._put(owed.avatar, short_id("post", owed.key), lambda: message, once=True)
            case StartWork(operation=operation):
                self.starter.start(owed.avatar, operation)
            case StartTrial(trial=trial):
                start_trial(self._services, self._handle, owed.avatar, trial)
            case Page():
                self._page(owed.avatar, owed.effect)
            case ShowVideo(trial=trial):
                show_video(self._services, owed.avatar, trial)
            case QueueCheck(clip=clip, etag=etag):
                wanted = CheckWanted(avatar=owed.avatar, clip=clip, etag=etag, trace=traceparent())
                self._services.queues.checks(wanted.model_dump_json())

    def _said(self, avatar: str, card: str) -> str:
        """What a card says in one line, by the records as they are now."""
        drawn = drawn_card(card, self.scenes.of(avatar, card))
        return drawn.text if drawn else ":white_check_mark: Recorded."

    def _page(self, avatar: str, page: Page) -> None:
        """Wake, or let sleep; alerts that come with many others are one incident."""
        services = self._services
        if not services.pager.reaches(page.route):
            return
        key = self.idle_list.page_key(avatar, page.deployment, page.card, ends=page.action == "resolve")
        deployment = Book.of(services.records.load(avatar).records).deployments.get(page.deployment)
        if not key or deployment is None or (page.action != "resolve" and not isinstance(deployment.state, Idle)):
            return  # it was settled before anybody was woken
        price, spent = deployment.price_per_hour, deployment.spent_since_use(services.calendar.now())
        summary = f"Idle: {deployment.model} in {deployment.resource} costs {price} an hour, {spent} since its last use"
        about = {
            "avatar": avatar, "model": deployment.model, "resource": deployment.resource, "price_per_hour": str(price),
            "spent_since_use": str(spent), "settled_in": self._link(avatar, page.card).strip(" <").partition("|")[0],
        }  # fmt: skip
        if key == LIST_KEY:
            summary = "Several idle deployments: settle them in Slack"
        told = (
            [entry for entry in services.lists.entries(PAGED) if entry.avatar == page.route] if key == LIST_KEY else []
        )
        if told and page.action == "trigger":
            return  # each of many has an effect of its own, and they are one incident
        services.pager.send(page.route, page.action, key, summary, about)
        if key == LIST_KEY and page.action == "trigger":
            services.lists.put(PAGED, Entry(avatar=page.route))
        elif page.action == "resolve":
            for entry in told:
                services.lists.drop(PAGED, entry)

    def _link(self, avatar: str, card: str) -> str:
        """Where a card is, for the end of a sentence; nothing where that can't be known now."""
        try:
            link = self._services.link_to(avatar, card) if card else ""
        except AppError as error:
            warn("link_unknown", code=error.code)
            return ""
        return f" <{link}|Open its card>" if link else ""

    def _answer(self, owed: Owed, to: Reply, text: str) -> None:
        """A private answer is worth something for a while only: after a few tries it is given up, not kept for ever."""
        messenger = self._services.messenger
        try:
            if to.response_url:
                messenger.respond(to.response_url, text)
            else:
                messenger.whisper(to.channel, to.user, text)
        except Temporary:
            if owed.key and owed.tries < 5:
                raise
            warn("answer_lost", avatar=owed.avatar)
        except Broken as error:
            warn("answer_lost", avatar=owed.avatar, code=error.code)

    def _show(self, avatar: str, card: str, *, urgent: bool) -> None:
        """Bring a card up to date, drawn from the records as they are once we hold its lease."""
        services = self._services
        if _alert(card) and self.idle_list.takes(avatar, card):
            return
        kind = (avatar, card.partition(":")[0], urgent)
        # Hundreds of cards may wait for their turn; what was just refused one of a kind is not asked for the next.
        wait = (self._full.get(kind, services.stopwatch.now()) - services.stopwatch.now()).total_seconds()
        if wait > 0:
            raise Temporary(PACED, "Slack's pace is kept", wait)
        try:
            self._draw(avatar, card, urgent=urgent)
        except Temporary as error:
            if error.code == PACED:
                self._full[kind] = services.stopwatch.now() + timedelta(seconds=error.retry_after)
            raise

    def _draw(self, avatar: str, card: str, *, urgent: bool) -> None:
        services = self._services
        wanted = self.scenes.pictures(avatar, card)
        self.scenes.files.upload(avatar, wanted)  # before the card is leased: that may take longer than a lease
        held = services.cards.lease(avatar, card, services.stopwatch.now())
        try:
            drawn = drawn_card(card, self.scenes.of(avatar, card, wanted, posted=bool(held.ts)))
            sent = self._sent(held, drawn, urgent=urgent) if drawn else held
        except BaseException as error:
            services.cards.release(held, held.channel, held.ts, held.shown)
            if isinstance(error, Temporary) and error.code == NOT_READY:
                self.scenes.files.not_ready(avatar, wanted)
            raise
        services.cards.release(held, sent.channel, sent.ts, sent.shown)

    def _put(self, avatar: str, key: str, draw: Callable[[], Drawn], *, once: bool = False) -> None:
        """Post or update a message that is no card of the records, remembered under a key of its own."""
        services = self._services
        held = services.cards.lease(avatar, key, services.stopwatch.now())
        try:
            sent = held if once and held.ts else self._sent(held, draw(), urgent=True)
        except BaseException:
            services.cards.release(held, held.channel, held.ts, held.shown)
            raise
        services.cards.release(held, sent.channel, sent.ts, sent.shown)

    def _sent(self, held: Card, drawn: Drawn, *, urgent: bool) -> Card:
        services = self._services
        shown = hashlib.sha256(json.dumps([drawn.text, drawn.blocks]).encode()).hexdigest()[:16]
        if held.ts and held.shown == shown:
            return held
        blocks = drawn.blocks or None
        if held.ts:
            pace_edit(services, urgent=urgent)
            services.messenger.update(held.channel, held.ts, drawn.text, blocks)
            return Card(held.avatar, held.key, held.channel, held.ts, shown)
        thread = None
        if drawn.under:
            above = services.cards.peek(held.avatar, drawn.under)
            if not above.ts:
                raise Temporary("thread_missing", "the message above is not posted yet", 1.0)
            thread = above.ts
        pace_post(services, drawn.channel)
        ts = services.messenger.post(drawn.channel, drawn.text, blocks, thread)
        return Card(held.avatar, held.key, drawn.channel, ts, shown)


def _alert(card: str) -> bool:
    return card.startswith("alert:")


def _stuck_entry(owed: Owed) -> Entry:
    return Entry(avatar=owed.avatar, item=hashlib.sha256(owed.key.encode()).hexdigest()[:16])
