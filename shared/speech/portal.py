"""The portal driver: there is no public API for this, so an operator does it, step by step, and says so."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

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


def steps(job: Job) -> list[tuple[str, list[tuple[str, str]]]]:
    """What to do in the portal, in its own words, with every value to paste: (sentence, [(what, value)])."""
    ask, avatar = job.ask, job.avatar
    page = job.resource.portal_url or START_PAGE
    task = f"*Fine-tuning* > *AI Service fine-tuning* > the task `{avatar.name}`"
    match ask.step:
        case "train":
            kinds = {"natural": "Naturally Speaking", "silent": "Silent Status", "status0": "Status 0 speaking",
                     "gesture": "Gesture"}  # fmt: skip
            kind_of_avatar = "with voice sync" if avatar.voice_sync else "without voice sync"
            data = [
                (title, "\n".join(blob for k, blob in job.files if k == kind))
                for kind, title in kinds.items()
                if any(k == kind for k, _ in job.files)
            ]
            video = next((blob for kind, blob in job.files if kind == "consent"), "")
            return [
                ((f"Open {page}, then *Fine-tuning* > *AI Service fine-tuning* > *+ Fine-tune* > *Custom avatar*, "
                 "unless the task is there already."), [("Task name", avatar.name)]),
                (f"*Set up avatar talent* > *Upload consent video*: type *{kind_of_avatar}*, language {job.locale}.",
                 [("Talent name", job.talent), ("Company name", job.company), ("Consent video", video)]),
                (("*Prepare training data* > *Upload data*: these files, by data type. The portal must then show just "
                 "these."), data),
                ("*Train model* > *+ Train model*, then press *Done* here: we follow the meter from then on.",
                 [("Model name", ask.model)]),
            ]  # fmt: skip
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
