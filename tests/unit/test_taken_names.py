"""What is done under another name writes over nothing."""

from datetime import timedelta

from shared.domain.events import TaskDone
from shared.domain.operations import Running
from tests.builders import NOW, OMAR, after, book, model, operation


def test_a_name_that_another_model_has_is_refused() -> None:
    first = model("wus", "presenter-v1").model_copy(update={"made": NOW - timedelta(days=100), "voice_sync": True})
    running = operation(state=Running(since=NOW, attempt=1, started_by=OMAR), resource="wus")
    running = running.model_copy(update={"ask": running.ask.model_copy(update={"model": "presenter-v2"})})
    known = after(
        book(first, running), TaskDone(operation="train-1", revision=running.revision, model="presenter-v1"), OMAR
    )
    assert first in known.models, known.models
