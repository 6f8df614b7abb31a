"""The batch jobs of a resource: its one list is read a few pages a look, and what was seen is remembered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from shared.clock import iso
from shared.domain.resources import Resource
from shared.errors import AppError, Refused
from shared.log import warn
from shared.ports import Entry, WorkLists
from shared.speech.http import Service
from shared.speech.quota import KEPT as KEPT_QUOTA
from shared.speech.wire import BatchJob, parsed

VERSION = {"api-version": "2024-08-01"}
PAGE = "100"  # jobs, the most that the service lists at once
PAGES_A_LOOK = 2  # at most; where a resource may be asked twice a minute, the second one has to wait for the next look
KEPT = timedelta(days=31)  # by the service, at most
OURS = "trial-"  # jobs of our own trials are no use
SWEEPS = "job-sweeps"


@dataclass(frozen=True)
class KnownJob:
    """`model`: the custom avatar that it names, or empty. `at`: when something last happened to it; `seconds` of video."""

    model: str
    at: datetime
    seconds: Decimal


@dataclass(frozen=True)
class Listed:
    """The jobs that are known; `until`: every job that there was by then is among them, None: nobody can say.

    Where jobs end while a long list is read, its pages move, and one may be seen by the next reading only.
    """

    jobs: tuple[KnownJob, ...]
    until: datetime | None


@dataclass(frozen=True)
class _Sweep:
    """One reading of the whole list, over several looks where it is long: the service knows no order and no filter."""

    next: str = ""
    begun: str = ""
    done: str = ""  # when the last whole reading began


class JobList:
    """Reads a resource's list; two looks at once read some pages twice, which changes nothing."""

    def __init__(self, batch: Callable[[Resource], Service], lists: WorkLists) -> None:
        self._batch = batch
        self._lists = lists

    def read(self, resource: Resource, now: datetime) -> Listed:
        """Read on where the last look ended, and say what is known by then."""
        known = {entry.item: entry for entry in self._lists.entries(_name(resource))}
        sweep = self._sweep(resource)
        if resource.endpoint:
            sweep = self._pages(resource, sweep, known, sweep.begun if sweep.next else iso(now))
        for item, entry in list(known.items()):
            if now - datetime.fromisoformat(entry.data["at"]) > KEPT:
                self._lists.drop(_name(resource), known.pop(item))
        return Listed(
            tuple(_job(entry) for entry in known.values()), datetime.fromisoformat(sweep.done) if sweep.done else None
        )

    def read_on(self, resource: Resource) -> None:
        """Go on with a reading that one look could not finish, where one is under way."""
        sweep = self._sweep(resource)
        if sweep.next:
            known = {entry.item: entry for entry in self._lists.entries(_name(resource))}
            self._pages(resource, sweep, known, sweep.begun)

    def _pages(self, resource: Resource, sweep: _Sweep, known: dict[str, Entry], begun: str) -> _Sweep:
        try:
            for _ in range(PAGES_A_LOOK):
                sweep = self._page(resource, sweep, known, begun)
                if not sweep.next:
                    break
        except AppError as error:
            if error.code != KEPT_QUOTA:  # the next look goes on
                warn("batch_unreadable", resource=resource.name, code=error.code)
            if isinstance(error, Refused) or error.code == "unexpected_answer":
                # A link that leads nowhere, or that the service no longer knows, is not followed again.
                self._keep(resource, _Sweep(done=sweep.done))
        return sweep

    def _page(self, resource: Resource, sweep: _Sweep, known: dict[str, Entry], begun: str) -> _Sweep:
        page = self._batch(resource).page("/batchsyntheses", sweep.next, maxpagesize=PAGE, **VERSION)
        for found in page.value:
            job = parsed(BatchJob, found)
            if job.id and not job.id.startswith(OURS):
                self._remember(resource, job, known)
        after = _Sweep(page.next_link or "", begun if page.next_link else "", sweep.done if page.next_link else begun)
        self._keep(resource, after)
        return after

    def _remember(self, resource: Resource, job: BatchJob, known: dict[str, Entry]) -> None:
        billing = job.properties.billing if job.properties else None
        data = {
            "model": job.avatar.character if job.avatar else "",
            "at": iso(job.last_action or job.created),
            "seconds": str(billing.seconds) if billing else "",
        }
        if job.id not in known or known[job.id].data != data:
            known[job.id] = self._lists.put(_name(resource), Entry(avatar=resource.name, item=job.id, data=data))

    def _sweep(self, resource: Resource) -> _Sweep:
        data = next((e.data for e in self._lists.entries(SWEEPS) if e.avatar == resource.name), dict[str, str]())
        return _Sweep(data.get("next", ""), data.get("begun", ""), data.get("done", ""))

    def _keep(self, resource: Resource, sweep: _Sweep) -> None:
        data = {"next": sweep.next, "begun": sweep.begun, "done": sweep.done}
        self._lists.put(SWEEPS, Entry(avatar=resource.name, data=data))


def _name(resource: Resource) -> str:
    return f"jobs-{resource.name}"


def _job(entry: Entry) -> KnownJob:
    seconds = entry.data["seconds"]
    return KnownJob(entry.data["model"], datetime.fromisoformat(entry.data["at"]), Decimal(seconds or 0))
