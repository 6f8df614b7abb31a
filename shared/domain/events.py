"""What can happen: one class per event, said by people (through Slack) or by machines (blobs, timers, the service)."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from shared.domain.base import SILENT, Frozen, Utc
from shared.domain.clips import ClipPicture, Facts, Finding
from shared.domain.deployments import Usage
from shared.domain.money import Price
from shared.domain.names import Kind
from shared.domain.operations import Evidence
from shared.domain.records import Scope, Stray, Target


class AvatarAsked(Frozen):
    kind: Literal["avatar_asked"] = "avatar_asked"
    resource: str
    target: Target = "1080p"
    voice_sync: bool = False
    portal_url: str = ""
    pictures: Literal["", "public"] = ""  # the talent's pictures may be shown in a public channel


class ConsentGiven(Frozen):
    kind: Literal["consent_given"] = "consent_given"
    talent: str
    company: str
    locale: str
    scope: Scope


class ConsentWithdrawn(Frozen):
    kind: Literal["consent_withdrawn"] = "consent_withdrawn"
    why: str


class LeftoverGone(Frozen):
    """An operator confirms that something of a withdrawn talent is gone."""

    kind: Literal["leftover_gone"] = "leftover_gone"
    item: str


class Erased(Frozen):
    """Clips, consent video and pictures are deleted; now the words go, a portion at a time."""

    kind: Literal["erased"] = "erased"


class AdoptAsked(Frozen):
    """Made earlier in the portal. `live_since`: it is deployed; `endpoint`: its id where the service lists it.

    `remove`: it is asked to be removed at once, in the usual way. `line`: of an import of many, which is told as a whole.
    """

    kind: Literal["adopt_asked"] = "adopt_asked"
    resource: str
    model: str | None = None
    live_since: Utc | None = None
    endpoint: str | None = None
    owner: str | None = None
    channel: str | None = None
    remove: bool = False
    line: int | None = None
    pictures: Literal["", "public"] = ""  # as for a new avatar
    why: str = ""


class CloseAsked(Frozen):
    """Azure no longer has it; `redeploy`: ask for it anew."""

    kind: Literal["close_asked"] = "close_asked"
    deployment: str
    redeploy: bool = False


class MissingSeen(Frozen):
    """A comparison with Azure did not find a deployment that is on record, or found it again."""

    kind: Literal["missing_seen"] = "missing_seen"
    deployment: str
    missing: bool


class Compared(Frozen):
    """A comparison of one resource with the records: everything that nobody recorded."""

    kind: Literal["compared"] = "compared"
    resource: str
    found: tuple[Stray, ...]


class StrayKnown(Frozen):
    kind: Literal["stray_known"] = "stray_known"
    stray: str
    why: str


class StrayUnwanted(Frozen):
    """Somebody wants a model that nobody recorded deleted: an operator is asked to do it in the portal."""

    kind: Literal["stray_unwanted"] = "stray_unwanted"
    stray: str


class PolicySeen(Frozen):
    """The policy that the app runs with."""

    kind: Literal["policy_seen"] = "policy_seen"
    policy: dict[str, Any]


class TrainAsked(Frozen):
    kind: Literal["train_asked"] = "train_asked"
    why: str = ""


class CopyAsked(Frozen):
    kind: Literal["copy_asked"] = "copy_asked"
    target: str
    model: str | None = None
    without_voice: bool = False  # said: a copy without its voice sync is wanted
    why: str = ""


class DeployAsked(Frozen):
    """`until`: the day on which its removal is to be asked for; without one the policy's, unless `open_ended`."""

    kind: Literal["deploy_asked"] = "deploy_asked"
    resource: str | None = None
    model: str | None = None
    until: Utc | None = None
    open_ended: bool = False
    hours: str = ""  # office hours, as they were typed
    why: str = ""


class HoursDue(Frozen):
    """The office hours of a deployment begin or end."""

    kind: Literal["hours_due"] = "hours_due"
    deployment: str


class HoursStay(Frozen):
    """Somebody works late, or begins early: it is to be live until its next office hours are over."""

    kind: Literal["hours_stay"] = "hours_stay"
    deployment: str | None = None


class HoursOff(Frozen):
    """It is not to be deployed in the morning any more."""

    kind: Literal["hours_off"] = "hours_off"
    deployment: str | None = None


class RemoveAsked(Frozen):
    """`from_alert`: on-call pressed Remove on an idle alert; the click is the decision.

    `automatic`: nobody answered the alert for as long as the policy says; only the idle watch says so.
    `planned`: the day has come that somebody planned; only the idle watch says so.
    """

    kind: Literal["remove_asked"] = "remove_asked"
    deployment: str | None = None
    from_alert: bool = False
    automatic: bool = False
    planned: bool = False
    why: str = ""


class RemovalPlanned(Frozen):
    """On that day its removal is to be asked for."""

    kind: Literal["removal_planned"] = "removal_planned"
    deployment: str | None
    on: Utc


class TrialAsked(Frozen):
    """Somebody wants to see two seconds of it; the price was shown before the click."""

    kind: Literal["trial_asked"] = "trial_asked"
    deployment: str | None = None


class TrialSeen(Frozen):
    """How the batch job of a trial ended; `text`: what the service said."""

    kind: Literal["trial_seen"] = "trial_seen"
    trial: str
    status: Literal["succeeded", "failed"]
    text: str = ""


class ApproveClicked(Frozen):
    kind: Literal["approve_clicked"] = "approve_clicked"
    operation: str
    revision: int = -1


class RejectClicked(Frozen):
    kind: Literal["reject_clicked"] = "reject_clicked"
    operation: str
    revision: int = -1
    why: str


class GlassBroken(Frozen):
    """Start it now, without its approvals: a reason is needed, every approver is told, and a review stays open."""

    kind: Literal["glass_broken"] = "glass_broken"
    operation: str
    why: str


class ReviewClosed(Frozen):
    kind: Literal["review_closed"] = "review_closed"
    operation: str
    finding: str


class CancelAsked(Frozen):
    kind: Literal["cancel_asked"] = "cancel_asked"
    operation: str
    why: str = ""


class TaskTaken(Frozen):
    kind: Literal["task_taken"] = "task_taken"
    operation: str


class PartDone(Frozen):
    """One part of a task is done; what is left is still to be done."""

    kind: Literal["part_done"] = "part_done"
    operation: str
    part: str


class TaskDone(Frozen):
    """An operator says: done in the portal. For a training that waits: it was started there.

    `model`: the name in the portal, where it is another one than asked for.
    """

    kind: Literal["task_done"] = "task_done"
    operation: str
    revision: int
    model: str = ""


class TaskFailed(Frozen):
    kind: Literal["task_failed"] = "task_failed"
    operation: str
    revision: int
    why: str


class TaskHandedOn(Frozen):
    """Whoever took it can't do it: it is there for another operator."""

    kind: Literal["task_handed_on"] = "task_handed_on"
    operation: str
    revision: int
    why: str


class StillRunning(Frozen):
    """The answer to the question how a training in the portal goes."""

    kind: Literal["still_running"] = "still_running"
    operation: str


class PortalDiffers(Frozen):
    """The portal looks different from what the card says: for the maintainers."""

    kind: Literal["portal_differs"] = "portal_differs"
    operation: str
    what: str


class PortalShows(Frozen):
    """The files that the portal shows as training data, one name a line, compared with the data set."""

    kind: Literal["portal_shows"] = "portal_shows"
    operation: str
    files: str


class RetryAsked(Frozen):
    """Ask once more for the last step that did not come about; it needs its approvals anew."""

    kind: Literal["retry_asked"] = "retry_asked"
    operation: str = ""
    why: str = ""


class KeepClicked(Frozen):
    kind: Literal["keep_clicked"] = "keep_clicked"
    deployment: str | None
    why: str


class AlertAssigned(Frozen):
    """Somebody in particular is to settle an alert."""

    kind: Literal["alert_assigned"] = "alert_assigned"
    deployment: str
    to: str


class StillNeeded(Frozen):
    """The answer to the question whether it is still needed: yes, until that day."""

    kind: Literal["still_needed"] = "still_needed"
    deployment: str
    until: Utc
    why: str = ""


class OwnerUnsure(Frozen):
    """The answer to the same question: I don't know. On-call is asked."""

    kind: Literal["owner_unsure"] = "owner_unsure"
    deployment: str


class SnoozeClicked(Frozen):
    kind: Literal["snooze_clicked"] = "snooze_clicked"
    deployment: str | None


class StartClaimed(Frozen):
    """The performer is about to act; from here the ids of this attempt are in use."""

    kind: Literal["start_claimed"] = "start_claimed"
    operation: str


class Started(Frozen):
    kind: Literal["started"] = "started"
    operation: str


class HandedToPerson(Frozen):
    """The resource is driven through the portal: a person must do it."""

    kind: Literal["handed_to_person"] = "handed_to_person"
    operation: str


class StartRefused(Frozen):
    """The service said no, for good."""

    kind: Literal["start_refused"] = "start_refused"
    operation: str
    code: str
    text: str


class InputsChanged(Frozen):
    """What was approved is not what would run."""

    kind: Literal["inputs_changed"] = "inputs_changed"
    operation: str
    changes: tuple[str, ...]


class Observed(Frozen):
    kind: Literal["observed"] = "observed"
    operation: str
    evidence: Evidence


class TimePassed(Frozen):
    """The timer's word that an operation's time may be over."""

    kind: Literal["time_passed"] = "time_passed"
    operation: str


class UsageSeen(Frozen):
    kind: Literal["usage_seen"] = "usage_seen"
    deployment: str
    usage: Usage


class PriceSeen(Frozen):
    """The price list names another price than the one that a live deployment is reckoned at."""

    kind: Literal["price_seen"] = "price_seen"
    deployment: str
    price: Price


class UploadSeen(Frozen):
    kind: Literal["upload_seen"] = "upload_seen"
    clip_kind: Kind
    file: str
    etag: str
    size: int
    burst: str = ""


class UploadLost(Frozen):
    """A blob that belongs to no avatar or no kind; `sentence` says what is wrong and where it belongs."""

    kind: Literal["upload_lost"] = "upload_lost"
    blob: str
    sentence: str


class ClipChecked(Frozen):
    kind: Literal["clip_checked"] = "clip_checked"
    clip: str
    etag: str
    fingerprint: str
    facts: Facts
    findings: tuple[Finding, ...]
    passed: tuple[str, ...] = ()
    pictures: tuple[ClipPicture, ...] = ()


class ClipRefused(Frozen):
    """The portal refused a file that we accepted; `what`: its text."""

    kind: Literal["clip_refused"] = "clip_refused"
    clip: str
    what: str


class ClipGone(Frozen):
    kind: Literal["clip_gone"] = "clip_gone"
    clip: str
    etag: str


Event = Annotated[
    AvatarAsked
    | ConsentGiven
    | ConsentWithdrawn
    | LeftoverGone
    | Erased
    | TrainAsked
    | CopyAsked
    | DeployAsked
    | RemoveAsked
    | RemovalPlanned
    | HoursDue
    | HoursStay
    | HoursOff
    | TrialAsked
    | TrialSeen
    | ApproveClicked
    | RejectClicked
    | GlassBroken
    | ReviewClosed
    | CancelAsked
    | TaskTaken
    | PartDone
    | TaskDone
    | TaskFailed
    | TaskHandedOn
    | StillRunning
    | PortalDiffers
    | PortalShows
    | RetryAsked
    | KeepClicked
    | AlertAssigned
    | SnoozeClicked
    | StillNeeded
    | OwnerUnsure
    | StartClaimed
    | Started
    | HandedToPerson
    | StartRefused
    | InputsChanged
    | Observed
    | TimePassed
    | UsageSeen
    | PriceSeen
    | UploadSeen
    | UploadLost
    | PolicySeen
    | AdoptAsked
    | CloseAsked
    | MissingSeen
    | Compared
    | StrayKnown
    | StrayUnwanted
    | ClipChecked
    | ClipRefused
    | ClipGone,
    Field(discriminator="kind"),
]


class Sent(Frozen):
    """On its way between two processes, which may be of different versions: a field that one does not know is left out."""

    model_config = ConfigDict(extra="ignore")


class Reply(Sent):
    """Where to answer the person who asked. The response URL works 5 times within 30 minutes."""

    user: str
    channel: str
    response_url: str = ""
    typed: bool = False  # a command: whoever typed it may be far from the card that it concerns


class Envelope(Sent):
    """One event for one avatar. `id` is the same for every delivery of the same event."""

    message: Literal["event"] = "event"
    v: Literal[1] = 1
    id: str
    team: str
    avatar: str
    by: str  # a Slack user id, or the name of one of our functions
    event: Event
    reply: Reply | None = None
    clip: str | None = None  # set when the event belongs to a clip's own aggregate
    at: Utc | None = None  # when it was said, in business time
    tries: int = 0  # how often an outage had it queued anew
    trace: str = ""  # W3C traceparent of what caused it


Asked = Literal[
    "list", "status", "history", "waiting", "home", "rules", "shotlist", "stuck", "compare", "links", "upload", "use", "script", "hours", "imported", "clips", "cost", "doctor", "policy", "form", "try", "mute", "unmute", "group", "requeue",
]  # fmt: skip


class Question(Sent):
    """Somebody wants to see something; nothing is decided. `about` is an avatar, `avatar|operation`, or empty."""

    message: Literal["question"] = "question"
    v: Literal[1] = 1
    id: str
    what: Asked
    about: str = ""
    options: dict[str, str] = {}
    reply: Reply
    tries: int = 0
    trace: str = ""


class Drain(Sent):
    """Effects of an avatar are still owed; try again."""

    message: Literal["drain"] = "drain"
    v: Literal[1] = 1
    avatar: str
    tries: int = 0
    trace: str = ""


class CheckWanted(Sent):
    """One version of a clip is to be checked."""

    v: Literal[1] = 1
    avatar: str
    clip: str
    etag: str
    trace: str = ""


Message = Annotated[Envelope | Question | Drain, Field(discriminator="message")]
MESSAGE: TypeAdapter[Message] = TypeAdapter(Message, config=SILENT)
