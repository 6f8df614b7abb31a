"""The rest driver: conventions of the published Custom Voice API (2026-01-01), for an endpoint that accepts avatars.

Nothing published says that a server accepts avatars through them (docs/unverified.md). Kinds and the copy
routes are ours: `CustomAvatar`, the portal's data types, and copy as the sibling custom speech API does it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from shared.domain.base import digest
from shared.domain.operations import Evidence
from shared.domain.resources import Resource
from shared.errors import Broken, Refused
from shared.ports import Endpoint, Inventory, Job, NotYet, StartAnswer, Underway
from shared.speech.http import Service
from shared.speech.monitor import Monitor, metered
from shared.speech.wire import ServiceWords, Thing, parsed

READABLE = timedelta(
    minutes=15
)  # after which what was accepted is readable; a guess, no read after a write is promised
GONE = "the service no longer has it: somebody removed it there"
WORDS = ServiceWords.model_validate_json((Path(__file__).parent / "service.json").read_text(encoding="utf-8"))
KIND, DATA_TYPES, REASONS = WORDS.kind, WORDS.data_types, WORDS.failure_reasons


class RestDriver:
    """Implements `Driver`. Every id is made of the operation and its attempt, so a repeat finds the first call."""

    def __init__(self, service: Callable[[Resource], Service], monitor: Monitor) -> None:
        self._service = service
        self._monitor = monitor

    def start(self, job: Job) -> StartAnswer:
        match job.ask.step:
            case "train":
                return self._train(job)
            case "copy":
                return self._copy(job)
            case "deploy":
                body = {"projectId": job.avatar.name, "modelId": job.ask.model, "displayName": job.ask.model}
                job.hold()
                self._put(job.resource, f"/endpoints/{job.endpoint}", body, job.id)
                return Underway()
            case "remove":
                try:
                    self._service(job.resource).call(
                        "DELETE", f"/endpoints/{job.endpoint}", query=_version(job.resource)
                    )
                except Refused as error:
                    if error.code != "NotFound":
                        raise
                    self.check(job.resource)
                return Underway()

    def begun(self, job: Job) -> bool:
        if job.ask.step == "remove":
            return self._gone(job.resource, f"/endpoints/{job.endpoint}")
        return self._get(job.resource, f"/operations/{job.id}") is not None

    def observe(self, job: Job, since: datetime, now: datetime) -> Evidence:
        ask = job.ask
        match ask.step:
            case "train":
                found = self._get(job.resource, f"/models/{ask.model}")
                if found is None:
                    return self._missing(job.resource, since, now)
                return Evidence(
                    service_status=_status(found), failure=_failure(found), looked=now,
                    metered_hours=metered(self._monitor, job.resource, "training", since, now),
                )  # fmt: skip
            case "copy":
                found = self._get(job.target or job.resource, f"/models/{ask.model}")
            case "deploy":
                found = self._get(job.resource, f"/endpoints/{job.endpoint}")
                if found is None:
                    return self._missing(job.resource, since, now)
            case "remove":
                gone = self._gone(job.resource, f"/endpoints/{job.endpoint}")
                return Evidence(service_status="Succeeded" if gone else "Running", looked=now)
        return Evidence(service_status=_status(found), failure=_failure(found), looked=now)

    def _missing(self, resource: Resource, since: datetime, now: datetime) -> Evidence:
        """What was accepted a moment ago may not be readable everywhere yet: calling that failed would have it paid again."""
        self.check(resource)
        if now - since < READABLE:
            return Evidence(service_status="NotStarted", looked=now)
        return Evidence(service_status="Failed", failure=GONE, looked=now)

    def names(self, resource: Resource) -> frozenset[str]:
        return frozenset(
            parsed(Thing, model).id for model in self._service(resource).pages("/models", **_version(resource))
        )

    def inventory(self, resource: Resource) -> Inventory | None:
        service = self._service(resource)
        models = [parsed(Thing, found) for found in service.pages("/models", **_version(resource))]
        endpoints = [parsed(Thing, found) for found in service.pages("/endpoints", **_version(resource))]
        return Inventory(
            endpoints=tuple(Endpoint(found.id, found.model, found.created) for found in endpoints),
            models={found.id: found.created for found in models},
        )

    def metered(
        self, resource: Resource, what: Literal["training", "hosting"], start: datetime, end: datetime
    ) -> Decimal | None:
        return metered(self._monitor, resource, what, start, end)

    def check(self, resource: Resource) -> None:
        try:
            self._service(resource).get("/projects", maxpagesize="1", **_version(resource))
        except Refused as error:
            if error.code != "NotFound":
                raise
            raise Broken(  # a resource that is not there says this to everything
                error.code,
                f"`{resource.name}` does not answer as a resource that holds avatars: a maintainer looks at its endpoint and base path",
            ) from error

    def _train(self, job: Job) -> StartAnswer:
        avatar = job.avatar.name
        consent_id = f"{avatar}-consent-{job.ask.consent[:10]}"
        set_id = f"{avatar}-set-{job.ask.digest[:10]}"
        self._ensure_project(job.resource, avatar)
        ready = self._ensure_consent(job, consent_id) and self._ensure_data(job, set_id)
        if not ready:
            return NotYet()
        body = {
            "recipe": {"kind": KIND}, "projectId": avatar, "consentId": consent_id, "trainingSetId": set_id,
            "locale": job.locale, "properties": {"voiceSync": job.avatar.voice_sync},
        }  # fmt: skip
        job.hold()
        self._put(job.resource, f"/models/{job.ask.model}", body, job.id)
        return Underway()

    def _ensure_project(self, resource: Resource, avatar: str) -> None:
        if self._get(resource, f"/projects/{avatar}") is None:
            self._put(resource, f"/projects/{avatar}", {"kind": KIND, "displayName": avatar}, "")

    def _ensure_consent(self, job: Job, consent_id: str) -> bool:
        found = self._get(job.resource, f"/consents/{consent_id}")
        if found is None:
            video = next(blob for kind, blob in job.files if kind == "consent")
            body = {
                "projectId": job.avatar.name, "voiceTalentName": job.talent, "companyName": job.company,
                "locale": job.locale, "audioUrl": job.link(video),
            }  # fmt: skip
            self._put(job.resource, f"/consents/{consent_id}", body, f"{consent_id}-1")
            return False
        return _done(found, "the consent")

    def _ensure_data(self, job: Job, set_id: str) -> bool:
        if self._get(job.resource, f"/trainingsets/{set_id}") is None:
            body = {"projectId": job.avatar.name, "locale": job.locale}
            self._put(job.resource, f"/trainingsets/{set_id}", body, "")
        ready = True
        for kind, blob in job.files:
            if kind not in DATA_TYPES:
                continue
            job.hold()  # many files take longer than a lease
            upload = f"upload-{digest([set_id, blob])[:24]}"
            found = self._get(job.resource, f"/operations/{upload}")
            if found is None:
                link = urlsplit(job.link(blob))
                root = link.path.partition("/clips/")[0]
                dataset = {
                    "kind": job.resource.data_types.get(kind, DATA_TYPES[kind]),
                    "audios": {
                        "containerUrl": f"{link.scheme}://{link.netloc}{root}/clips?{link.query}",
                        "prefix": blob,
                        "extensions": [blob[-4:]],
                    },
                }
                service = self._service(job.resource)
                service.call("POST", f"/trainingsets/{set_id}:upload", dataset, upload, query=_version(job.resource))
            ready = found is not None and _done(found, f"the upload of {blob.rsplit('/', 1)[-1]}") and ready
        return ready

    def _copy(self, job: Job) -> StartAnswer:
        target = job.target or job.resource
        if self._get(job.resource, f"/operations/{job.id}") is not None:
            return Underway()
        self._ensure_project(target, job.avatar.name)
        body: dict[str, Any] = {"sourceResourceId": job.resource.arm_id, "modelId": job.ask.model}
        permit = self._service(target).call("POST", "/models:authorizecopy", body, query=_version(target))
        job.hold()
        wanted = {"authorization": permit, "targetProjectId": job.avatar.name}
        try:
            self._service(job.resource).call(
                "POST", f"/models/{job.ask.model}:copy", wanted, job.id, query=_version(job.resource)
            )
        except Refused:
            # Each permit is another one: a call that lost a race differs from the first under the same Operation-Id.
            if self._get(job.resource, f"/operations/{job.id}") is None:
                raise
        return Underway()

    def _get(self, resource: Resource, path: str) -> Thing | None:
        found = self._service(resource).find(path, **_version(resource))
        return None if found is None else parsed(Thing, found)

    def _gone(self, resource: Resource, path: str) -> bool:
        """Whether the resource no longer has it; a resource that is not there itself has not said so.

        Raises:
            Broken: it may be there, billed, behind another address.
        """
        if self._get(resource, path) is not None:
            return False
        self.check(resource)
        return True

    def _put(self, resource: Resource, path: str, body: dict[str, Any], operation: str) -> None:
        self._service(resource).call("PUT", path, body, operation, query=_version(resource))


def _version(resource: Resource) -> dict[str, str]:
    return {"api-version": resource.api_version}


def _status(found: Thing | None) -> str:
    """The service's word; portals and APIs use different ones, both are understood."""
    if found is None:
        return "NotStarted"
    words = {"Processing": "Running", "Canceled": "Failed", "Cancelled": "Failed"}
    return words.get(found.status, found.status)


def _failure(found: Thing | None) -> str | None:
    reason = found.properties.failure_reason if found and found.properties else None
    return f"{reason}: {REASONS[reason]}" if reason in REASONS else reason


def _done(found: Thing, what: str) -> bool:
    status = _status(found)
    if status == "Failed":
        raise Refused("preparation_failed", f"The service refused {what}: {_failure(found) or 'it gives no reason'}.")
    return status == "Succeeded"
