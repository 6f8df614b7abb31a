"""The month as a table: every line can be added, and together they are what the digest says of the past."""

import csv
import io
from datetime import datetime, timedelta
from decimal import Decimal

from shared.cost.ledger import hosting_days
from shared.cost.statement import statement
from shared.domain.deployments import Deployment, Removed
from shared.domain.money import Money
from shared.domain.operations import Evidence, Failed, Running, Succeeded
from tests.builders import NOW, book, deployment, operation

START = NOW.replace(day=1, hour=0)


def rows(*records: object, now: datetime = NOW) -> list[dict[str, str]]:
    found = book(*records)  # type: ignore[arg-type]
    return list(csv.DictReader(io.StringIO(statement({"presenter": found}, now))))


def _live(days: float = 10, **more: object) -> Deployment:
    return deployment().model_copy(
        update={"live_since": NOW - timedelta(days=days), "price_per_hour": Money(value=Decimal("0.60")), **more}
    )


def test_hosting_is_a_line_for_each_time_at_one_price_and_begins_with_the_month() -> None:
    changed = _live(40).repriced(Money(value=Decimal("0.66")), NOW - timedelta(days=2))
    first, second = rows(changed)
    assert (first["from"][:10], first["until"], first["price_per_hour"]) == (f"{START:%Y-%m-%d}", second["from"], "0.6")
    assert (second["hours"], second["price_per_hour"], second["amount"]) == ("48", "0.66", "31.68")
    days = hosting_days({"presenter": book(changed)}, NOW, 23)
    assert sum(Decimal(row["amount"]) for row in (first, second)) == sum(
        cost for _, costs in days for cost in costs.values()
    )


def test_what_was_removed_ends_there_and_what_was_removed_before_the_month_is_no_line() -> None:
    (row,) = rows(_live(10, state=Removed(at=NOW - timedelta(days=9), operation="remove-1")))
    assert (row["hours"], row["amount"], row["currency"]) == ("24", "14.40", "USD")
    assert rows(_live(60, state=Removed(at=START - timedelta(hours=1), operation="remove-1"))) == []


def test_a_training_is_its_metered_hours_or_the_most_that_was_approved() -> None:
    metered = Evidence(service_status="Running", metered_hours=Decimal(12), looked=NOW)
    (row,) = rows(operation("train", Running(since=NOW - timedelta(hours=20), attempt=1, evidence=metered)))
    assert (row["what"], row["hours"], row["amount"], row["rests_on"]) == ("training", "12", "180.00", "metered hours")
    (row,) = rows(operation("train", Succeeded(since=NOW - timedelta(hours=30), at=NOW)))
    assert (row["hours"], row["amount"], row["rests_on"]) == ("40", "600.00", "the most that was approved")
    assert rows(operation("train", Succeeded(since=START - timedelta(days=3), at=START - timedelta(days=1)))) == []
    assert rows(operation("train", Failed(at=NOW, code="x", why="w"))) == []
