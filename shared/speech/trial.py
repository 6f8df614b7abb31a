"""Trials by batch synthesis (api-version 2024-08-01): ask for two seconds of video, follow it, fetch it."""

from collections.abc import Callable
from typing import Any

import httpx

from shared.domain.records import Trial
from shared.domain.resources import Resource
from shared.errors import Refused, Temporary
from shared.ports import Video
from shared.speech.http import Service
from shared.speech.wire import BatchJob, parsed

VERSION = {"api-version": "2024-08-01"}
SAYS = "Hello, this is a short test."  # about two seconds
VOICE = "en-US-AvaMultilingualNeural"  # for a model without voice sync; billed as text on top, a fraction of a cent
MOST_BYTES = 30_000_000
KEPT_HOURS = 24


class BatchTrials:
    """Implements `Synthesis`. The job's id is the trial's, and so is the Operation-Id."""

    def __init__(self, batch: Callable[[Resource], Service], client: httpx.Client) -> None:
        self._batch = batch
        self._client = client

    def start(self, resource: Resource, trial: Trial) -> None:
        config: dict[str, Any] = {"talkingAvatarCharacter": trial.model, "customized": True}
        body: dict[str, Any] = {"inputKind": "PlainText", "inputs": [{"content": SAYS}], "avatarConfig": config}
        if trial.voice_sync:
            config["useBuiltInVoice"] = True
        else:
            body["synthesisConfig"] = {"voice": VOICE}
        body["properties"] = {"timeToLiveInHours": KEPT_HOURS}
        path = f"/batchsyntheses/{trial.id}"
        self._batch(resource).call("PUT", path, body, operation=trial.id, query=VERSION)

    def look(self, resource: Resource, trial: Trial) -> Video | None:
        job = self._job(resource, trial)
        if job.status == "Failed":
            said = job.properties.error.message if job.properties and job.properties.error else ""
            return Video(succeeded=False, text=said or "the service gave no reason")
        return Video(succeeded=True) if job.status == "Succeeded" else None

    def video(self, resource: Resource, trial: Trial) -> bytes:
        job = self._job(resource, trial)
        if job.outputs is None or not job.outputs.result:
            raise Refused("video_gone", "The service no longer has this video.")
        try:
            with self._client.stream("GET", job.outputs.result) as answer:  # its address holds its own signature
                if answer.status_code >= 500:
                    raise Temporary("video_unreachable", "fetching the video of a trial", 30)
                if not answer.is_success:
                    raise Refused("video_gone", "The service no longer has this video.")
                return _at_most(answer)
        except httpx.HTTPError as error:
            raise Temporary("video_unreachable", "fetching the video of a trial", 30) from error

    def _job(self, resource: Resource, trial: Trial) -> BatchJob:
        return parsed(BatchJob, self._batch(resource).get(f"/batchsyntheses/{trial.id}", **VERSION))


def _at_most(answer: httpx.Response) -> bytes:
    content = bytearray()
    for part in answer.iter_bytes():
        content += part
        if len(content) > MOST_BYTES:
            raise Refused("video_too_large", "The video is larger than two seconds can be.")
    return bytes(content)
