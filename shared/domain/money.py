"""Amounts: decimals with a currency, and where the price came from."""

from decimal import ROUND_HALF_UP, Decimal

from shared.domain.base import Frozen, Utc


class Money(Frozen):
    """An amount in one currency; never a float."""

    value: Decimal
    currency: str = "USD"

    def times(self, factor: Decimal | int) -> "Money":
        return Money(value=self.value * factor, currency=self.currency)

    def __str__(self) -> str:
        places = Decimal(1) if self.value == self.value.to_integral_value() else Decimal("0.01")
        number = f"{self.value.quantize(places, rounding=ROUND_HALF_UP):,}"
        return f"${number}" if self.currency == "USD" else f"{number} {self.currency}"


class Price(Frozen):
    """What one unit of a meter costs in a region, with its source and date."""

    meter: str
    region: str
    unit: str
    money: Money
    source: str
    as_of: Utc


class Amount(Frozen):
    """What an approval card shows: a range, per what, and what it rests on."""

    low: Money
    high: Money
    cap: Money | None = None
    per: str  # "once" or "month"
    basis: str

    def __str__(self) -> str:
        span = str(self.low) if self.low == self.high else f"{self.low} to {self.high}"
        cap = f", at most {self.cap}" if self.cap else ""
        return f"{span}{' a month' if self.per == 'month' else ''}{cap}"


# Documented in the service's pricing text: 20 to 40 compute hours are usual, 96 are the most that is billed.
TRAINING_HOURS = (Decimal(20), Decimal(40), Decimal(96))
HOURS_A_MONTH = Decimal(730)


def training_amount(price: Price) -> Amount:
    """The range of one training at a price per compute hour."""
    low, high, cap = (price.money.times(hours) for hours in TRAINING_HOURS)
    return Amount(low=low, high=high, cap=cap, per="once", basis=_basis(price))


def hosting_amount(price: Price, hours: Decimal = HOURS_A_MONTH) -> Amount:
    """A month of one deployment: it is billed by the hour, used or not."""
    month = price.money.times(hours)
    return Amount(low=month, high=month, per="month", basis=_basis(price))


TRIAL_SECONDS = 2


def trial_amount(price: Price) -> Amount:
    """About two seconds of batch synthesis, billed per second at a price per minute."""
    few = price.money.times(Decimal(TRIAL_SECONDS) / 60)
    return Amount(low=few, high=few, per="once", basis=_basis(price))


def _basis(price: Price) -> str:
    return f"{price.money} per {price.unit}, {price.source}, {price.as_of:%Y-%m-%d}"
