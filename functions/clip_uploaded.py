"""Blob (Event Grid source): record an uploaded clip and queue its check; the blob itself is not read."""

from collections.abc import Callable
from typing import Any

import azure.functions as func
from azurefunctions.extensions.bindings.blob import BlobClient  # pyright: ignore[reportMissingTypeStubs] - it has none

from shared.handling import Handling
from shared.telemetry import span
from shared.uploads import record_upload


def blueprint(handling: Callable[[], Handling]) -> func.Blueprint:
    made = func.Blueprint()
    door: Any = made  # the decorators are not fully typed

    @door.blob_trigger(arg_name="blob", path="clips/{name}", connection="STATE", source="EventGrid")
    def clip_uploaded(blob: BlobClient) -> None:
        """One version of one blob; its content stays where it is."""
        with span("upload"):
            found = handling().services.clips.info(str(blob.blob_name))
            if found:
                record_upload(handling(), found)

    return made
