"""Programs that call a deployment may say so: evidence of use that no meter gives, since a meter knows no model."""

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime

from shared.clock import iso
from shared.ports import Entry, WorkLists
from shared.settings import Settings
from shared.signing import mac

HEARD = "beacons"
A_MINUTE, BURST = 1, 5  # a deployment; more tells nothing more


def token(settings: Settings, deployment: str) -> str:
    """What a program proves itself with. It can say that this one deployment is used, and nothing else."""
    return base64.urlsafe_b64encode(mac(settings, "usage beacon", deployment)[:24]).decode()


def known(settings: Settings, deployment: str, given: str) -> bool:
    """Whether this is the deployment's own token; nothing is looked up for that."""
    return hmac.compare_digest(token(settings, deployment).encode(), given.strip().encode())


def hear(lists: WorkLists, deployment: str, now: datetime, real: datetime) -> float:
    """Take a beacon in: 0, or the seconds after which the next one is taken. The same one again changes nothing."""
    wait = lists.pace(f"beacon-{deployment}", A_MINUTE / 60, BURST, real)
    if wait <= 0:
        lists.put(HEARD, Entry(avatar=deployment, data={"at": iso(now)}))
    return wait


def heard(lists: WorkLists) -> Mapping[str, datetime]:
    """When each deployment last sent one."""
    return {entry.avatar: datetime.fromisoformat(entry.data["at"]) for entry in lists.entries(HEARD)}
