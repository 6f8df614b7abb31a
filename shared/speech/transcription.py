"""Fast transcription (api-version 2024-11-15): a recording in, what was said out. Only where the policy wants it."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from shared.domain.resources import Resource
from shared.errors import Refused, Temporary
from shared.speech.http import failure
from shared.speech.wire import Transcription, parsed

VERSION = {"api-version": "2024-11-15"}


class FastTranscription:
    """Implements `Transcriber`."""

    def __init__(self, client: httpx.Client, headers: Callable[[Resource], dict[str, str]]) -> None:
        self._client, self._headers = client, headers

    def transcribe(self, resource: Resource, recording: bytes, locale: str) -> str:
        if not resource.endpoint:
            raise Refused("no_endpoint", f"`{resource.name}` has no endpoint in the configuration.")
        files: Any = {
            "audio": ("consent.wav", recording, "audio/wav"),
            "definition": (None, json.dumps({"locales": [locale]})),
        }
        url = f"{resource.endpoint}/speechtotext/transcriptions:transcribe"
        try:
            answer = self._client.post(url, files=files, params=VERSION, headers=self._headers(resource), timeout=60)
        except httpx.HTTPError as error:
            raise Temporary("service_unreachable", "transcribing a consent video") from error
        if not answer.is_success:
            raise failure(answer, "transcribing a consent video")
        try:
            found = parsed(Transcription, answer.json())
        except ValueError as error:
            raise Temporary("not_json", "transcribing a consent video") from error
        return " ".join(phrase.text for phrase in found.phrases)
