"""Prices: from the published list, kept in the table with their date, and from the dated file where neither is there."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from shared.cost.prices import HOSTING, RetailPrices
from shared.speech.http import Service
from shared.storage.lists import TableLists
from tests.builders import NOW
from tests.fakes.rows import MemoryTable

LIST = "https://prices.example/api/retail/prices"


def _item(value: str, since: str = "2026-01-01T00:00:00Z", currency: str = "USD") -> dict[str, object]:
    return {
        "retailPrice": float(value),
        "currencyCode": currency,
        "unitOfMeasure": "1 Hour",
        "effectiveStartDate": since,
    }


def _page(*items: dict[str, object], link: str | None = None) -> httpx.Response:
    return httpx.Response(200, json={"Items": items, "NextPageLink": link})


class Listing:
    """A price list that counts who asks."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.asked = 0
        self.answer = answer
        self.lists = TableLists(MemoryTable())

    def process(self) -> RetailPrices:
        """A new process over the same table."""
        return RetailPrices(Service(httpx.Client(transport=httpx.MockTransport(self._count)), LIST, dict), self.lists)

    def _count(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return self.answer(request)


def _down(_: httpx.Request) -> httpx.Response:
    return httpx.Response(503)


def test_a_price_is_asked_for_once_a_day_by_all_processes_together() -> None:
    listing = Listing(lambda _: _page(_item("0.60")))
    for hours in (0, 1, 23):
        price = listing.process().hosting("westeurope", NOW + timedelta(hours=hours))
        assert price is not None
        assert (price.money.value, price.as_of) == (Decimal("0.6"), NOW)
    assert listing.asked == 1
    listing.process().hosting("westeurope", NOW + timedelta(hours=24))
    assert listing.asked == 2


def test_an_outage_is_bridged_by_the_last_price_which_says_its_date_and_the_list_is_asked_again_within_the_hour() -> (
    None
):
    listing = Listing(lambda _: _page(_item("0.55")))
    listing.process().hosting("westeurope", NOW)
    listing.answer = _down
    later = NOW + timedelta(days=3)
    process = listing.process()
    price = process.hosting("westeurope", later)
    assert price is not None
    assert (price.money.value, price.as_of) == (Decimal("0.55"), NOW)
    listing.answer = lambda _: _page(_item("0.70"))
    assert process.hosting("westeurope", later + timedelta(minutes=59)) == price
    newer = process.hosting("westeurope", later + timedelta(minutes=61))
    assert newer is not None
    assert newer.money.value == Decimal("0.7")


def test_without_the_list_and_without_an_earlier_price_the_file_speaks_with_its_own_date() -> None:
    price = Listing(_down).process().hosting("westeurope", NOW)
    assert price is not None
    assert price.as_of < NOW
    assert price.source != "Azure retail prices"


def test_every_page_is_read_and_the_newest_price_that_holds_already_counts() -> None:
    pages = [
        _page(_item("0.50"), link="https://prices.example:443/api/retail/prices?$skip=1"),
        _page(_item("0.65", "2026-06-01T00:00:00Z"), _item("9.99", "2027-01-01T00:00:00Z")),
    ]
    price = Listing(lambda _: pages.pop(0)).process().hosting("westeurope", NOW)
    assert price is not None
    assert price.money.value == Decimal("0.65")


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/api/retail/prices?x",
        f"{LIST}.evil.example/?x",
        "https://a@prices.example/api/retail/prices",
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(link: str) -> None:
    listing = Listing(lambda _: _page(_item("0.50"), link=link))
    price = listing.process().hosting("westeurope", NOW)
    assert listing.asked == 1
    assert price is not None
    assert price.source != "Azure retail prices"


def test_another_currency_is_kept_and_shown() -> None:
    price = Listing(lambda _: _page(_item("0.52", currency="EUR"))).process().hosting("westeurope", NOW)
    assert price is not None
    assert str(price.money) == "0.52 EUR"
    assert price.meter == HOSTING
