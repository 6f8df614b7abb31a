"""Traces and metrics by OpenTelemetry: one trace from the click over the queue to the effect and the card.

Attributes are ids, kinds and codes, as in the log: never names of people, free text, links or tokens. Libraries are not
instrumented: their spans would hold addresses with signatures in them.
"""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.trace import Span, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.errors import AppError
from shared.settings import Settings

NAME = "avatar_ops"
# What is measured, with its unit: counters, distributions and levels. Alert rules and docs/runbook.md name them.
COUNTERS = {
    "events": "{event}",  # decisions by kind and outcome
    "effects": "{effect}",  # performed effects by kind
    "timers": "{run}",  # whole runs of a timer, by name
    "retries": "{retry}",  # messages and effects that are tried again, and lost races, by code
}
DISTRIBUTIONS = {
    "ack": "s",  # from the first byte of Slack's request to the acknowledgement
    "clip_check": "s",
    "clip_bytes": "By",  # how much of a clip was read to check it
}
LEVELS = {
    "spend": "{USD}/h",  # what all live deployments cost an hour
    "idle": "{deployment}",  # flagged and not settled
    "oldest_owed": "s",  # age of the oldest effect that is still owed
    "undelivered": "{item}",  # on the lists of `/avatar admin stuck`
}
_CONTEXT = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer(NAME)
_METER = metrics.get_meter(NAME)
_COUNTERS = {name: _METER.create_counter(f"{NAME}.{name}", unit) for name, unit in COUNTERS.items()}
_DISTRIBUTIONS = {name: _METER.create_histogram(f"{NAME}.{name}", unit) for name, unit in DISTRIBUTIONS.items()}
_LEVELS = {name: _METER.create_gauge(f"{NAME}.{name}", unit) for name, unit in LEVELS.items()}


@contextmanager
def span(name: str, parent: str = "", **about: str | float) -> Generator[Span]:
    """One step of a trace. `parent`: a W3C traceparent, of the message that caused it; without one, the step around this."""
    context = _CONTEXT.extract({"traceparent": parent}) if parent else None
    with _TRACER.start_as_current_span(
        name, context, attributes=about, record_exception=False, set_status_on_exception=False
    ) as made:  # an exception's text may hold what people wrote
        try:
            yield made
        except BaseException as error:
            made.set_status(StatusCode.ERROR, error.code if isinstance(error, AppError) else type(error).__name__)
            raise


def traceparent() -> str:
    """The step that is under way, for the message that it causes; empty where nothing is traced."""
    carrier: dict[str, str] = {}
    _CONTEXT.inject(carrier)
    return carrier.get("traceparent", "")


def ids() -> dict[str, str]:
    """Trace and span of the step that is under way, for the log."""
    found = trace.get_current_span().get_span_context()
    return {"trace": f"{found.trace_id:032x}", "span": f"{found.span_id:016x}"} if found.is_valid else {}


def count(name: str, **about: str) -> None:
    _COUNTERS[name].add(1, about)


def measure(name: str, value: float, **about: str) -> None:
    _DISTRIBUTIONS[name].record(value, about)


def level(name: str, value: float) -> None:
    _LEVELS[name].set(value)


def start(settings: Settings) -> None:
    """Send what is traced and measured: to Application Insights, or to a file. Without either, nothing is recorded."""
    if settings.insights.get_secret_value():
        # It takes a second to import, and Slack waits for three: what happens before it is there is not traced.
        threading.Thread(target=_to_azure, args=[settings.insights.get_secret_value()], daemon=True).start()
    elif settings.traces_file:
        _to_file(Path(settings.traces_file))


def _to_azure(connection: str) -> None:
    from azure.monitor import opentelemetry

    distribution: Any = opentelemetry  # not fully typed
    libraries = ("azure_sdk", "django", "fastapi", "flask", "httpx", "psycopg2", "requests", "urllib", "urllib3")
    distribution.configure_azure_monitor(
        connection_string=connection,
        logger_name=NAME,
        instrumentation_options={library: {"enabled": False} for library in libraries},
        enable_live_metrics=False,
        enable_performance_counters=False,
    )


def _to_file(file: Path) -> None:
    """Every span as a line of JSON, when it ends."""
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

    class Lines(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:
            with file.open("a", encoding="utf-8") as lines:
                for found in spans:
                    lines.write(_line(found) + "\n")
            return SpanExportResult.SUCCESS

    def _line(found: ReadableSpan) -> str:
        context, parent = found.get_span_context(), found.parent
        return json.dumps({
            "trace": f"{context.trace_id:032x}" if context else "", "span": f"{context.span_id:016x}" if context else "",
            "parent": f"{parent.span_id:016x}" if parent else "", "name": found.name, "begin": found.start_time,
            "end": found.end_time, "error": found.status.description, **dict(found.attributes or {}),
        })  # fmt: skip

    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Lines()))
    trace.set_tracer_provider(provider)
