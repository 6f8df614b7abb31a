"""What is reported of the measurements, and which targets were missed."""

import statistics
from collections.abc import Mapping, Sequence

Seconds = Sequence[float]


def report(here: Mapping[str, Seconds], served: Seconds, starts: Mapping[str, Seconds], imports: Seconds) -> dict[str, float]:  # fmt: skip
    """`here`: ours and bare, in process; `starts`: ours, minimum and plain, from the process's start."""
    return {
        "ack_p50_ms": _ms(statistics.median(here["ours"])),
        "ack_p99_ms": _ms(_p99(here["ours"])),
        "bare_bolt_p99_ms": _ms(_p99(here["bare"])),
        "http50_p99_ms": _ms(_p99(served)),
        "first_ack_s": round(statistics.median(starts["ours"]), 3),
        "like_for_like_first_ack_s": round(statistics.median(starts["minimum"]), 3),
        "plain_bolt_first_ack_s": round(statistics.median(starts["plain"]), 3),
        "import_ms": _ms(statistics.median(imports)),
    }


def missed(figures: Mapping[str, float]) -> list[str]:
    """A sentence for each target that was missed."""
    targets = {
        "In process, the slowest of 100 acknowledgements": (figures["ack_p99_ms"] / figures["bare_bolt_p99_ms"], 3.0, "times bare Bolt's"),
        "The first acknowledged request": (figures["first_ack_s"] / figures["like_for_like_first_ack_s"], 1.3, "times that of the like-for-like minimum"),
        "Over HTTP, 50 at a time, the slowest of 100 acknowledgements": (figures["http50_p99_ms"], 250.0, "ms"),
    }  # fmt: skip
    return [
        f"{what}: {value:.2f} {unit}, and at most {most:g} is wanted"
        for what, (value, most, unit) in targets.items()
        if value > most
    ]


def _p99(values: Seconds) -> float:
    return sorted(values)[int(len(values) * 0.99)]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
