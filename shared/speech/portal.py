"""The portal driver: there is no public API for this, so an operator does it, step by step, and says so."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from shared.domain.names import Kind
from shared.domain.operations import Evidence
from shared.domain.resources import Resource
from shared.ports import Inventory, Job, NeedsPerson, StartAnswer
from shared.speech.monitor import Monitor, metered

START_PAGE = "https://ai.azure.com"


class PortalDriver:
    """Implements `Driver`: what it can see by itself are the documented meters."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def start(self, job: Job) -> StartAnswer:
        _ = job
        return NeedsPerson()

    def begun(self, job: Job) -> bool:
        _ = job
        return False  # a person says so, when the operation waits for one

    def observe(self, job: Job, since: datetime, now: datetime) -> Evidence:
        hours = metered(self._monitor, job.resource, "training", since, now) if job.ask.step == "train" else None
        return Evidence(metered_hours=hours, looked=now)

    def names(self, resource: Resource) -> frozenset[str]:
        _ = resource  # nobody can list them; the operator sees it when a name is taken, and says so
        return frozenset()

    def inventory(self, resource: Resource) -> Inventory | None:
        _ = resource
        return None

    def metered(
        self, resource: Resource, what: Literal["training", "hosting"], start: datetime, end: datetime
    ) -> Decimal | None:
        return metered(self._monitor, resource, what, start, end)

    def check(self, resource: Resource) -> None:
        _ = resource


Step = tuple[str, list[tuple[str, str]]]  # a sentence, and what to paste: (what, value)
TYPES: dict[Kind, str] = {
    "natural": "Naturally Speaking", "silent": "Silent Status", "status0": "Status 0 speaking", "gesture": "Gesture",
}  # fmt: skip


def steps(job: Job) -> list[Step]:
    """What to do in the portal, in its own words, with every value to paste (the guide of 2025-08)."""
    ask, avatar = job.ask, job.avatar
    page = avatar.portal_url or job.resource.portal_url or START_PAGE
    task = "the task" if avatar.portal_url else f"*Fine-tuning* > *AI Service fine-tuning* > the task `{avatar.name}`"
    match ask.step:
        case "train":
            return _train(job, page)
        case "copy":
            target = job.target or job.resource
            return [
                (f"Open {page}, then {task} > *Train model*; select the model.", [("Model", ask.model)]),
                ("*Copy to project*: this region and resource; the task must exist there.",
                 [("Region", target.region), ("Resource", target.name), ("Project", avatar.name)]),
                ("When the portal's notification says that the copy is finished, press *Done* here.", []),
            ]  # fmt: skip
        case "deploy":
            return [
                (f"Open {page}, then {task} > *Deploy model* > *Deploy model*.", [("Model", ask.model)]),
                ("When its status is *Succeeded* it is hosted, and billed from then on: press *Done* here.", []),
            ]
        case "remove":
            return [
                (f"Open {page}, then {task} > *Deploy model*; select the deployment.", [("Model", ask.model)]),
                ("*Delete deployment*. The model stays. When it is gone from the list, press *Done* here.", []),
            ]


def _train(job: Job, page: str) -> list[Step]:
    avatar = job.avatar
    sync = "with voice sync" if avatar.voice_sync else "without voice sync"
    video = next((blob for kind, blob in job.files if kind == "consent"), "")
    again = bool(job.there or job.stale_there)
    if avatar.portal_url:
        first: Step = (f"Open {avatar.portal_url}: the task of this avatar.", [])
    else:
        first = (
            (f"Open {page}, then *Fine-tuning* > *AI Service fine-tuning* > *+ Fine-tune* > *Custom avatar*, unless the task is "
             "there already."), [("Task name", avatar.name)],
        )  # fmt: skip
    consent: Step = (
        (f"*Set up avatar talent* > *Upload consent video*{' (unless it is there already)' if again else ''}: type *{sync}*, "
         f"language {job.locale}."), [("Talent name", job.talent), ("Company name", job.company), ("Consent video", video)],
    )  # fmt: skip
    counts = ", ".join(f"*{TYPES[kind]}* {len(files)}" for kind, files in _by_kind(job.files).items())
    shown: Step = (
        (f"The portal must now show just these: {counts}. All that is there goes into the training. To be sure, paste its list "
         "under *Compare the files*."), [],
    )  # fmt: skip
    train: Step = (
        "*Train model* > *+ Train model*, then press *Done* here: we follow the meter from then on.",
        [("Model name", job.ask.model)],
    )
    return [first, consent, *_data(job), shown, train]


def _data(job: Job) -> list[Step]:
    """A step for each data type: what to delete there, and what to upload."""
    found: list[Step] = []
    gone = _by_kind(job.stale_there)
    if gone:
        listed = [(TYPES[kind], "\n".join(files)) for kind, files in gone.items()]
        found.append(("*Prepare training data*: delete these first, they are no part of what was approved.", listed))
    for kind, blobs in _by_kind(job.files).items():
        new = [blob for blob in blobs if blob not in job.there]
        kept = f" ({len(blobs) - len(new)} more are there already)" if len(new) < len(blobs) else ""
        if new:
            files = "this file" if len(new) == 1 else f"these {len(new)} files"
            found.append(
                (
                    f"*Prepare training data* > *Upload data*, type *{TYPES[kind]}*: {files}{kept}.",
                    [(TYPES[kind], "\n".join(new))],
                )
            )
    return found


def _by_kind(files: tuple[tuple[Kind, str], ...]) -> dict[Kind, list[str]]:
    """In the order of the portal's types; kinds without a type there (consent, advice) are left out."""
    return {kind: [f for k, f in files if k == kind] for kind in TYPES if any(k == kind for k, _ in files)}
