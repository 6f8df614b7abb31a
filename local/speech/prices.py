"""The Retail Prices API with the avatar meters of the regions in use. The amounts are list prices of 2026."""

import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from local.speech.answers import bad_argument
from local.speech.filters import EQUALITY, Grammar, compile_filter
from local.speech.reading import is_count
from local.speech.world import World

STRICT_VERSION = "2023-01-01-preview"
PAGE = 100
EFFECTIVE = "2026-07-01T00:00:00Z"
KNOWN = frozenset({"api-version", "currencyCode", "meterRegion", "$filter", "$skip"})

# Meter name, unit, US dollars, euros. Where no euro price is known, it follows the rate of the others.
METERS = (
    ("TTS Custom Avatar Training Unit", "1 Hour", 15.0, 13.021),
    ("TTS Custom Avatar Hosting Unit", "1 Hour", 0.6, 0.521),
    ("TTS Custom Avatar Batch Speech", "1 Minute", 2.0, 1.736),
    ("TTS Custom Avatar Realtime Speech", "1 Minute", 0.6, 0.521),
    ("TTS Standard Avatar Batch Speech", "1 Minute", 1.0, 0.868),
    ("TTS Standard Avatar Realtime Speech", "1 Minute", 0.5, 0.434),
    ("TTS HD Standard Avatar Batch Speech", "1 Minute", 1.35, 1.172),
    ("TTS HD Standard Avatar Realtime Speech", "1 Minute", 0.7, 0.608),
)
TEXTS = (
    "armRegionName",
    "currencyCode",
    "effectiveStartDate",
    "location",
    "meterId",
    "meterName",
    "productId",
    "productName",
    "serviceFamily",
    "serviceId",
    "serviceName",
    "skuId",
    "skuName",
    "type",
    "unitOfMeasure",
)


def serve(world: World, request: Request) -> dict[str, Any]:
    """One page of prices.

    Raises:
        RefusedError: 400 for a parameter, currency or filter the API does not have.
    """
    query = dict(request.query_params)
    for name in query:
        if name not in KNOWN:
            raise bad_argument(f"The query parameter '{name}' is not known here.", name)
    currency = query.get("currencyCode", "USD").strip("'").upper()
    if currency not in ("USD", "EUR"):
        raise bad_argument("The currency must be USD or EUR.", "currencyCode")
    skip = query.get("$skip", "0")
    if not is_count(skip):
        raise bad_argument("The query parameter '$skip' must be a whole number.", "$skip")
    rows = list(_rows(world, currency))
    if "$filter" in query:
        sensitive = query.get("api-version") == STRICT_VERSION
        grammar = Grammar(fields=dict.fromkeys(TEXTS, EQUALITY), contains=True, case_sensitive=sensitive)
        accepts = compile_filter(query["$filter"], grammar)
        rows = [row for row in rows if accepts(row)]
    start = int(skip)
    items, more = rows[start : start + PAGE], start + PAGE < len(rows)
    address = f"{str(request.base_url).rstrip('/')}{request.url.path}"
    return {
        "BillingCurrency": currency,
        "CustomerEntityId": "Default",
        "CustomerEntityType": "Retail",
        "Items": items,
        "NextPageLink": f"{address}?{urlencode({**query, '$skip': start + PAGE})}" if more else None,
        "Count": len(items),
    }


def _rows(world: World, currency: str) -> Iterator[dict[str, Any]]:
    for region in sorted({spec.region for spec in world.resources}):
        for name, unit, dollars, euros in METERS:
            meter = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{region}/{name}"))
            price = dollars if currency == "USD" else euros
            yield {
                "currencyCode": currency,
                "tierMinimumUnits": 0.0,
                "retailPrice": price,
                "unitPrice": price,
                "armRegionName": region,
                "location": region,
                "effectiveStartDate": EFFECTIVE,
                "meterId": meter,
                "meterName": name,
                "productId": "DZH318Z0BQK7",
                "skuId": f"DZH318Z0BQK7/{meter[:4].upper()}",
                "productName": "Azure Speech",
                "skuName": name.rsplit(" ", 1)[0],
                "serviceName": "Foundry Tools",
                "serviceId": "DZH3180HX10K",
                "serviceFamily": "AI + Machine Learning",
                "unitOfMeasure": unit,
                "type": "Consumption",
                "isPrimaryMeterRegion": True,
                "armSkuName": "",
            }
