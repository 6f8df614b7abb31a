"""Tell the team regularly: the digest at its local time, once a day; budgets as they fill; and timers that did not run."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from shared.cost.ledger import hosting_days, ledger
from shared.domain.book import Book
from shared.domain.budgeting import committed
from shared.domain.policy import Digest
from shared.errors import AppError, Broken, Temporary
from shared.log import note, warn
from shared.picturing import NOT_READY
from shared.services import Services
from shared.slack.blocks import Json, context, image, of_budget, when
from shared.slack.charts import Days, hosting_chart, in_words, native_chart
from shared.slack.digest_card import digest_card

OWN = "~digest"  # the partition of what was told
LEVELS = (50, 80, 100)  # percent of a budget
CHART_DAYS = 14
ALL = "all avatars"  # no avatar's name has a space
# How long each timer may be silent, in business time: at least two of its periods.
SILENT = {"training_poll": timedelta(minutes=15), "idle_watch": timedelta(hours=2), "reconcile": timedelta(minutes=25)}
DOES = {
    "training_poll": "follows trainings and deployments",
    "idle_watch": "looks for idle deployments",
    "reconcile": "finishes what was left over",
}
Card = Callable[[], tuple[str, list[Json]]]
REFUSED_BLOCK = "slack_invalid_blocks"  # charts of Slack's own are not allowed in every workspace
MOMENTS = 4  # how often Slack is asked to show a picture that it is not ready with


def tell_due(services: Services) -> None:
    """The digest if its hour has come and nobody sent it today, and what budgets have reached."""
    now = services.calendar.now()
    books = {name: book for name, book in services.books().items() if book.avatar}
    _tell_budgets(services, books, now)
    rule = services.policy.digest
    title = due_title(rule, now)
    if rule is None or not title:
        return
    day = now.astimezone(ZoneInfo(rule.zone)).date()

    days = hosting_days(books, now, CHART_DAYS)
    words = context(in_words(days))

    def post(*chart: Json) -> bool:
        def card() -> tuple[str, list[Json]]:
            told = ledger(books, now)
            return digest_card(told, books, services.policy, now, title, late=late(services), chart=chart)

        return _once(services, f"digest-{day}", rule.channel, card)

    def posted() -> bool:
        if not any(costs for _, costs in days):
            return post()
        try:
            return post(native_chart(days), words)
        except Broken as error:
            if error.code != REFUSED_BLOCK:
                raise
        note("chart_as_picture")
        return _with_picture(services, f"hosting-{day}", days, post)

    try:
        if posted():
            note("digest_sent", avatars=len(books))
    except Broken as error:  # nobody reads a digest that Slack does not take, so somebody hears of it
        text = f":warning: The digest can't be posted in <#{rule.channel}> (`{error.code}`). Invite the app there, or change `[digest]` in the policy."
        _once(services, f"digest-{day}-untold", services.policy.maintainers_channel, lambda: (text, []))


def _with_picture(services: Services, name: str, days: Days, post: Callable[..., bool]) -> bool:
    """Slack works on a picture for a moment before a message may show it; after some moments the message goes without."""
    file, words = _picture(services, name, days), in_words(days)
    for _ in range(MOMENTS if file else 0):
        try:
            return post(image(file, words, "Hosting a day"))
        except Temporary as error:
            if error.code != NOT_READY:
                raise
            services.stopwatch.pause(error.retry_after)
    return post(context(words))


def due_title(rule: Digest | None, now: datetime) -> str:
    """The title of the digest that is due at this moment of the team's day; empty: none. Clock changes move nothing."""
    if rule is None:
        return ""
    local = now.astimezone(ZoneInfo(rule.zone))
    if local.time() < time.fromisoformat(rule.at):
        return ""
    if rule.weekly is not None and local.strftime("%a") == rule.weekly:
        return f"Weekly digest, {local:%a %d %b}"
    return f"Daily digest, {local:%a %d %b}" if rule.daily else ""


def late(services: Services) -> tuple[str, ...]:
    """Timers that did not run in time: silence is no good news."""
    now = services.calendar.now()
    ran = {entry.avatar: datetime.fromisoformat(entry.data["at"]) for entry in services.lists.entries("ran")}
    first = min(ran.values(), default=None)
    return tuple(
        f"The timer that {DOES[name]} (`{name}`) has not run since {when(ran[name]) if name in ran else 'the start'}: what is said here may be behind. The "
        "runbook says what to do."
        for name, most in SILENT.items()
        if now - ran.get(name, first or now - 2 * most) > most
    )


def _tell_budgets(services: Services, books: dict[str, Book], now: datetime) -> None:
    """At 50, 80 and 100 percent of a budget, once a month each: to the avatar's channel, or to on-call for all."""
    budgets = services.policy.budgets
    spent = {name: committed(book, now) for name, book in books.items()}
    told = [(name, budgets.of(name), spent[name], book.known_avatar().channel) for name, book in books.items()]
    told.append((ALL, budgets.overall, sum(spent.values(), Decimal(0)), services.policy.on_call_channel))
    for whose, budget, value, channel in told:
        if budget is None:
            continue
        reached = [level for level in LEVELS if value >= budget * level / 100]
        if not reached:
            continue
        text = (
            f":moneybag: *{whose}*: this month {of_budget(value, budget)} is spent, under way or will be if what is live stays. "
            "`/avatar cost` shows what runs."
        )
        key = f"budget-{now:%Y-%m}-{whose}"
        higher = [level for level in LEVELS if level > reached[-1]]
        if any(services.cards.peek(OWN, f"{key}-{level}").ts for level in higher):
            continue  # it was higher before: nobody has to hear that it fell
        try:
            _once(services, f"{key}-{reached[-1]}", channel, lambda text=text: (text, []))
        except AppError as error:
            warn("budget_untold", code=error.code)


def _picture(services: Services, name: str, days: Days) -> str:
    """The chart's file in Slack, or nothing; a digest must not wait for a picture."""
    key = f"file:{name}"
    known = services.cards.peek(OWN, key)
    if known.ts:
        return known.ts
    held = services.cards.lease(OWN, key, services.stopwatch.now())
    file = ""
    try:
        file = services.messenger.upload(f"{name}.png", hosting_chart(days), in_words(days))
    except AppError as error:
        warn("chart_not_uploaded", code=error.code)
    finally:
        services.cards.release(held, "", file, "")
    return file


def _once(services: Services, key: str, channel: str, card: Card) -> bool:
    """Post it unless that was done; False when it was.

    Raises:
        Temporary: Slack can't be reached, or another worker does it; the next run tries again.
    """
    if services.cards.peek(OWN, key).ts:
        return False
    held = services.cards.lease(OWN, key, services.stopwatch.now())
    ts = held.ts
    try:
        if not ts:
            text, blocks = card()
            ts = services.messenger.post(channel, text, blocks or None)
    finally:
        services.cards.release(held, channel, ts, held.shown)
    return True
