"""List prices from the Retail Prices API, with a dated file of our own to fall back on."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from shared.domain.base import Frozen, Utc
from shared.domain.money import Money, Price
from shared.errors import AppError
from shared.log import warn
from shared.ports import Entry, WorkLists
from shared.speech.http import Service
from shared.speech.wire import PricePage, parsed

TRAINING = "TTS Custom Avatar Training Unit"
HOSTING = "TTS Custom Avatar Hosting Unit"
SYNTHESIS = "TTS Custom Avatar Batch Speech"
FALLBACK = Path(__file__).with_name("prices.json")
KEEP = timedelta(hours=24)
SOON = timedelta(hours=1)  # until the list is asked again where it did not answer
KEPT = "prices"  # the work list


class FallbackPrices(Frozen):
    """The file: USD list prices by meter, with source and date."""

    source: str
    as_of: Utc
    meters: dict[str, tuple[Decimal, str]]


class RetailPrices:
    """Implements `Prices`. Prices are kept for a day, in this process and in the table, so that they outlive both a process and an outage."""

    def __init__(self, service: Service, lists: WorkLists) -> None:
        self._service = service
        self._lists = lists
        self._kept: dict[tuple[str, str], tuple[datetime, Price]] = {}
        self._fallback = FallbackPrices.model_validate_json(FALLBACK.read_text(encoding="utf-8"))

    def training(self, region: str, now: datetime) -> Price | None:
        return self._price(TRAINING, region, now)

    def hosting(self, region: str, now: datetime) -> Price | None:
        return self._price(HOSTING, region, now)

    def synthesis(self, region: str, now: datetime) -> Price | None:
        return self._price(SYNTHESIS, region, now)

    def _price(self, meter: str, region: str, now: datetime) -> Price | None:
        kept = self._kept.get((meter, region))
        if kept and timedelta() <= now - kept[0] < KEEP:
            return kept[1]
        stored = self._stored(meter, region)
        if stored and timedelta() <= now - stored.as_of < KEEP:
            self._kept[meter, region] = (stored.as_of, stored)
            return stored
        asked = self._ask(meter, region, now)
        if asked:
            self._lists.put(KEPT, Entry(avatar=meter, item=region, data={"json": asked.model_dump_json()}))
        price = asked or stored or self._from_file(meter, region)  # an old one says its date
        if price:
            self._kept[meter, region] = (now if asked else now - KEEP + SOON, price)
        return price

    def _stored(self, meter: str, region: str) -> Price | None:
        found = [entry for entry in self._lists.entries(KEPT) if (entry.avatar, entry.item) == (meter, region)]
        return Price.model_validate_json(found[0].data["json"]) if found else None

    def _ask(self, meter: str, region: str, now: datetime) -> Price | None:
        where = f"armRegionName eq '{region}' and meterName eq '{meter}'"
        try:
            pages = self._service.linked("", lambda page: parsed(PricePage, page).next_link, **{"$filter": where})
        except AppError as error:
            warn("prices_unreadable", region=region, code=error.code)
            return None
        valid = [item for page in pages for item in parsed(PricePage, page).items if item.effective <= now]
        if not valid:
            return None
        newest = max(valid, key=lambda item: item.effective)
        return Price(
            meter=meter, region=region, unit=newest.unit.removeprefix("1 ").lower(),
            money=Money(value=newest.retail_price, currency=newest.currency), source="Azure retail prices", as_of=now,
        )  # fmt: skip

    def _from_file(self, meter: str, region: str) -> Price | None:
        if meter not in self._fallback.meters:
            return None
        value, unit = self._fallback.meters[meter]
        return Price(
            meter=meter, region=region, unit=unit, money=Money(value=value), source=self._fallback.source,
            as_of=self._fallback.as_of,
        )  # fmt: skip
