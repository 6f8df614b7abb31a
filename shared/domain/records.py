"""Records of an avatar that are not operations: the workspace, its consent, its models, and what people wrote."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from shared.domain.base import Frozen, Utc
from shared.domain.money import Amount
from shared.domain.resources import Assurance

Target = Literal["1080p", "4K"]
Scope = Literal["avatar", "avatar+voice"]


class Avatar(Frozen):
    """One fine-tuning workspace. Its partition is its name."""

    record: Literal["avatar"] = "avatar"
    name: str
    team: str
    owner: str
    channel: str
    resource: str
    target: Target
    voice_sync: bool
    created: Utc
    portal_url: str = ""  # of its workspace there
    adopted: bool = False  # made earlier in the portal: recorded without training data

    @property
    def key(self) -> str:
        return "avatar"


class Consent(Frozen):
    """What the talent agreed to. Names are held by reference, so that they can be erased."""

    record: Literal["consent"] = "consent"
    talent: str  # reference of Words
    company: str  # reference of Words
    names: str  # digest over both names, so that the same statement recorded again is the same consent
    locale: str
    scope: Scope
    disclosed_by: str
    recorded: Utc

    @property
    def key(self) -> str:
        return "consent"


Thing = Literal["model", "workspace", "deployment", "operation"]


class Leftover(Frozen):
    """Something of a withdrawn talent that only a person can remove, until an operator confirms that it is gone."""

    id: str
    what: Thing
    resource: str
    name: str
    gone_by: str | None = None
    gone: Utc | None = None


class Withdrawal(Frozen):
    """The talent withdrew the consent: nothing may be made any more, and what there is goes."""

    record: Literal["withdrawal"] = "withdrawal"
    by: str
    at: Utc
    why: str  # reference of Words
    erase_at: Utc
    left: tuple[Leftover, ...] = ()
    erased: Utc | None = None
    drawn: int = Field(
        default=0, exclude_if=lambda value: not value
    )  # how many cards were drawn anew without the words
    revision: int = 1

    @property
    def key(self) -> str:
        return "withdrawal"

    def also(self, item: str, what: Thing, resource: str, name: str) -> "Withdrawal":
        """With one thing more to remove; the same thing again is open again."""
        kept = tuple(known for known in self.left if known.id != item)
        left = (*kept, Leftover(id=item, what=what, resource=resource, name=name))
        return self.model_copy(update={"left": left, "revision": self.revision + 1})

    @property
    def all_gone(self) -> bool:
        return self.erased is not None and all(item.gone for item in self.left)


class Model(Frozen):
    """What a training or a copy gave. Its name is unique in its resource."""

    record: Literal["model"] = "model"
    name: str
    resource: str
    region: str
    voice_sync: bool
    made_by: str  # operation id
    made: Utc
    assurance: Assurance

    @property
    def key(self) -> str:
        return f"model:{self.resource}:{self.name}"


class Trial(Frozen):
    """Two seconds of video by a deployment, to see that it works. `id` is also the batch job's, so that a repeat finds the first."""

    record: Literal["trial"] = "trial"
    id: str
    deployment: str
    model: str
    resource: str
    voice_sync: bool
    by: str
    at: Utc
    amount: Amount
    under: str = ""  # the card whose thread it is in
    status: Literal["running", "succeeded", "failed"] = "running"
    ended: Utc | None = None
    why: str | None = None  # reference of Words: what the service said
    revision: int = 1

    @property
    def key(self) -> str:
        return f"trial:{self.id}"

    @property
    def card(self) -> str:
        return f"trial:{self.id}"

    def to(self, status: Literal["succeeded", "failed"], at: datetime, why: str | None) -> "Trial":
        return self.model_copy(update={"status": status, "ended": at, "why": why, "revision": self.revision + 1})


class Words(Frozen):
    """A name or free text that a person gave; everything else holds only its reference."""

    record: Literal["words"] = "words"
    ref: str
    text: str

    @property
    def key(self) -> str:
        return f"person:{self.ref}"


class Lost(Frozen):
    """The root of the partition that remembers uploads which belong to no avatar."""

    record: Literal["lost"] = "lost"

    @property
    def key(self) -> str:
        return "lost"


class Cloud(Frozen):
    """The root of the partition that remembers what Azure has and our records do not."""

    record: Literal["cloud"] = "cloud"

    @property
    def key(self) -> str:
        return "cloud"


class Stray(Frozen):
    """A deployment or a model that nobody recorded, or a meter that runs for nothing on record.

    `times`: how often it was found after it had been gone: each time is a message of its own.
    """

    record: Literal["stray"] = "stray"
    id: str
    what: Literal["deployment", "model", "hosting", "not hosted", "training"]
    resource: str
    name: str = ""  # of the model
    endpoint: str = ""
    since: Utc | None = None
    detail: str = ""  # what the meter says
    found: Utc
    status: Literal["open", "known", "gone"] = "open"
    by: str = ""
    at: Utc | None = None
    why: str | None = None  # reference of Words
    times: int = 1
    revision: int = 1

    @property
    def key(self) -> str:
        return f"stray:{self.id}"

    @property
    def card(self) -> str:
        return f"stray:{self.id}:{self.times}"

    def unwanted(self, by: str, at: datetime) -> "Stray":
        """Still there; somebody asked for its deletion."""
        return self.model_copy(update={"by": by, "at": at, "revision": self.revision + 1})

    def to(self, status: Literal["known", "gone"], by: str, at: datetime, why: str | None = None) -> "Stray":
        changes = {"status": status, "by": by, "at": at, "why": why or self.why, "revision": self.revision + 1}
        return self.model_copy(update=changes)


class PolicyKept(Frozen):
    """The policy as it was last seen: the root of the partition whose chain tells its changes."""

    record: Literal["policy"] = "policy"
    policy: dict[str, Any]

    @property
    def key(self) -> str:
        return "policy"


# Partitions of our own beside those of the avatars, and the record that carries their chain; no avatar can have such a name.
LOST = "~lost"  # uploads that belong to no avatar
POLICY = "~policy"
CLOUD = "~cloud"  # what Azure has and our records do not
ROOTS = {LOST: "lost", POLICY: "policy", CLOUD: "cloud"}
OWN = tuple(ROOTS)


def root_of(partition: str) -> str:
    """The key of the record that carries a partition's own chain."""
    return ROOTS.get(partition, "avatar")
