"""Who may press which button when: every role, every action and every state in which somebody can still see it."""

import ast
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot import modals
from bot.actions import BUTTONS, CLICKS
from bot.commands import VERBS
from bot.forms import FORMS
from local.stack import ROOT
from shared.domain.events import Compared, MissingSeen, TimePassed
from shared.domain.records import CLOUD, Stray
from shared.idle_list import FLAGGED
from shared.ports import Entry
from tests.integration.conftest import BEN, INES, LENA, MAYA, NINA, OMAR, PAUL, TOM, TWO_NEEDED, World
from tests.integration.people_kit import REST, Json, book_of, later, made_before, now, ready_for, record_clips, services
from tests.integration.states_kit import (
    COPIES,
    HOSTS,
    TRAINS,
    aside,
    consented,
    flagged,
    happens,
    live,
    looked,
    tidied,
    trained,
)

# The asker and the owner are nothing else; both approvers may approve every step, and Ines may break the glass; both
# operators do portal tasks, and Omar has the task wherever it is taken; Lena is on call; Tom is in no group and on no list.
ROLES = {
    "asker": NINA, "owner": MAYA, "approver": BEN, "second": INES, "operator": OMAR, "other-op": PAUL, "on-call": LENA, "nobody": TOM,
}  # fmt: skip

# What a cell of the matrix means: the sentence that this person reads. `yes`: it is done; `-`: as the role like it, and not tried.
SENTENCES = {
    "own": "You asked for this, so somebody else has to approve it",
    "noappr": "The policy does not name you as an approver",
    "once": "You have already approved this; it needs somebody else as well",
    "late": "Too late: this is",
    "nocancel": "Only the person who asked and the approvers can cancel this",
    "inhand": "is doing it in the portal. Ask them to stop",
    "runs": "has started, and the service has no way to cancel it",
    "noglass": f"Only <@{INES}> may start something without its approvals",
    "noop": "The policy does not name you as an operator",
    "taken": f"<@{OMAR}> took this task",
    "untaken": "Only the person who took this task can report on it: press *I'll take it* first",
    "his": f"Only the person who took this task can report on it: <@{OMAR}> has it",
    "begun": "The training was started: its parts need nobody any more",
    "handed": "It was started already, so it can't be handed on",
    "links": "each link reads one file, for an hour",
    "nolinks": "Only the person who has this task gets the links",
    "noclip": "There is no accepted clip of that name",
    "ownrev": "You started it, so somebody else has to close the review",
    "norev": "This was approved in the usual way: there is nothing to review",
    "reviewed": f"<@{BEN}> closed this review",
    "nocall": "Only the people on call can remove an idle deployment from its alert",
    "unflagged": "is no longer flagged as idle, so nothing was removed",
    "going": "is already being removed",
    "notlive": "This avatar has no live deployment",
    "nothere": "It is not live there",
    "noalert": "Only the people on call and the avatar's owner can settle this alert",
    "settled": "This alert is settled",
    "noquest": f"Only the owner, <@{MAYA}>, and the people on call can answer this",
    "answered": "This is settled",
    "noask": "The policy does not let you ask for",
    "nostay": "costs more than was approved, so only approvers and on-call",
    "nohours": "has no office hours",
    "staying": "at least",
    "off": "end already",
    "notmiss": "Only the people on call, the operators and the avatar's owner can settle this",
    "nostray": "Only the people on call and the operators can settle this",
    "gone": "This is settled: it was adopted, or it is no longer there",
    "asked": f"<@{OMAR}> asked for that already",
    "nomodel": "For a deployment, *Remove* puts it on record",
    "confirmed": f"<@{OMAR}> confirmed this already",
    "noconsent": "Only the owner, <@U0MAYA>, and the approvers can record the consent",
    "nowithdraw": "Only the owner, <@U0MAYA>, the approvers and the operators can record this",
}

# state: what is pressed there | what each role gets
MATRIX = """
                                  asker       owner       approver    second      operator    other-op    on-call     nobody
proposed        approve           own         noappr      yes         yes         noappr      noappr      noappr      noappr
proposed        reject            noappr      noappr      yes         yes         noappr      noappr      noappr      noappr
proposed        cancel            yes         nocancel    yes         yes         nocancel    nocancel    nocancel    nocancel
proposed        close_review      norev       norev       norev       norev       norev       norev       norev       norev
half-approved   approve           own         noappr      once        yes         noappr      noappr      noappr      noappr
rejected        approve           late        -           late        -           late        -           -           -
rejected        reject            late        -           late        -           late        -           -           -
rejected        cancel            late        nocancel    late        -           nocancel    -           nocancel    nocancel
cancelled       approve           late        -           late        -           late        -           -           -
cancelled       reject            late        -           late        -           late        -           -           -
cancelled       cancel            late        nocancel    late        -           nocancel    -           nocancel    nocancel
cancelled       take              noop        noop        noop        -           late        -           noop        -
cancelled       done              noop        noop        noop        -           late        -           noop        -
expired         approve           late        -           late        -           late        -           -           -
expired         reject            late        -           late        -           late        -           -           -
expired         cancel            late        nocancel    late        -           nocancel    -           nocancel    nocancel
stale           approve           late        -           late        -           late        -           -           -
stale           cancel            late        nocancel    late        -           nocancel    -           nocancel    nocancel
waiting         approve           late        late        late        late        late        late        late        late
waiting         reject            late        late        late        late        late        late        late        late
waiting         cancel            yes         nocancel    yes         yes         nocancel    nocancel    nocancel    nocancel
waiting         take              noop        noop        noop        noop        yes         yes         noop        noop
waiting         done              noop        noop        noop        noop        untaken     untaken     noop        noop
waiting         fail              noop        noop        noop        noop        untaken     untaken     noop        noop
waiting         hand_on           noop        noop        noop        noop        untaken     untaken     noop        noop
taken           approve           late        late        late        late        late        late        late        late
taken           cancel            inhand      nocancel    inhand      inhand      nocancel    nocancel    nocancel    nocancel
taken           take              noop        noop        noop        noop        taken       taken       noop        noop
taken           done              noop        noop        noop        noop        yes         his         noop        noop
taken           done_differently  noop        noop        noop        noop        yes         his         noop        noop
taken           fail              noop        noop        noop        noop        yes         his         noop        noop
taken           hand_on           noop        noop        noop        noop        yes         his         noop        noop
taken           portal_differs    noop        noop        noop        noop        yes         yes         noop        noop
taken           still_running     noop        noop        noop        noop        late        late        noop        noop
succeeded       approve           late        -           late        -           late        -           -           -
succeeded       cancel            late        nocancel    late        -           nocancel    -           nocancel    nocancel
succeeded       take              noop        noop        noop        -           late        -           noop        -
succeeded       done              noop        noop        noop        -           late        -           noop        -
succeeded       done_differently  noop        noop        noop        -           late        -           noop        -
succeeded       fail              noop        noop        noop        -           late        -           noop        -
succeeded       hand_on           noop        noop        noop        -           late        -           noop        -
failed          approve           late        -           late        -           late        -           -           -
failed          done              noop        noop        noop        -           late        -           noop        -
failed          fail              noop        noop        noop        -           late        -           noop        -
failed          still_running     noop        noop        noop        -           late        -           noop        -
train-waiting   part_done         noop        noop        noop        -           untaken     -           noop        -
train-waiting   links             nolinks     -           nolinks     -           nolinks     -           -           -
train-taken     part_done         noop        noop        noop        noop        yes         his         noop        noop
train-taken     links             nolinks     nolinks     nolinks     nolinks     links       nolinks     nolinks     nolinks
train-taken     file_refused      noop        noop        noop        noop        yes         yes         noop        noop
train-taken     portal_shows      noop        noop        noop        noop        yes         yes         noop        noop
running         approve           late        -           late        -           late        -           -           -
running         cancel            runs        nocancel    runs        -           nocancel    -           nocancel    nocancel
running         take              noop        noop        noop        -           late        -           noop        -
running         part_done         noop        noop        noop        -           begun       -           noop        -
running         links             nolinks     -           nolinks     -           nolinks     -           -           -
running         hand_on           noop        noop        noop        -           handed      -           noop        -
running         done              noop        noop        noop        -           yes         yes         noop        -
running         fail              noop        noop        noop        -           yes         -           noop        -
running         still_running     noop        noop        noop        -           yes         yes         noop        -
file-refused    file_refused      noop        noop        noop        noop        noclip      noclip      noop        noop
in-review       close_review      noappr      noappr      yes         ownrev      noappr      noappr      noappr      noappr
reviewed        close_review      reviewed    -           reviewed    -           reviewed    -           -           -

live            remove_idle       unflagged   unflagged   unflagged   unflagged   unflagged   unflagged   unflagged   unflagged
live            keep              noalert     settled     noalert     noalert     noalert     noalert     settled     noalert
live            snooze            noalert     settled     noalert     noalert     noalert     noalert     settled     noalert
live            assign            noalert     settled     noalert     noalert     noalert     noalert     settled     noalert
live            still_needed      noquest     answered    noquest     noquest     noquest     noquest     answered    noquest
live            owner_unsure      noquest     answered    noquest     noquest     noquest     noquest     answered    noquest
live            close_missing     notmiss     answered    notmiss     notmiss     answered    answered    answered    notmiss
live            redeploy_missing  notmiss     answered    notmiss     notmiss     answered    answered    answered    notmiss
live            plan_removal      yes         yes         yes         noask       noask       noask       yes         noask
live            try               yes         -           yes         -           yes         -           -           yes
flagged         remove_idle       nocall      yes         yes         nocall      nocall      nocall      yes         nocall
flagged         keep              noalert     yes         noalert     noalert     noalert     noalert     yes         noalert
flagged         snooze            noalert     yes         noalert     noalert     noalert     noalert     yes         noalert
flagged         assign            noalert     yes         noalert     noalert     noalert     noalert     yes         noalert
listed          settle_idle       nocall      yes         yes         nocall      nocall      nocall      yes         nocall
snoozed         remove_idle       unflagged   -           unflagged   -           unflagged   -           -           -
snoozed         keep              noalert     settled     noalert     -           noalert     -           settled     -
snoozed         snooze            noalert     settled     noalert     -           noalert     -           settled     -
snoozed         assign            noalert     settled     noalert     -           noalert     -           settled     -
asked-about     still_needed      noquest     yes         noquest     noquest     noquest     noquest     yes         noquest
asked-about     owner_unsure      noquest     yes         noquest     noquest     noquest     noquest     yes         noquest
asked-about     remove_unneeded   yes         yes         yes         noask       noask       noask       noask       noask
needed          still_needed      noquest     answered    noquest     -           noquest     -           answered    -
needed          owner_unsure      noquest     answered    noquest     -           noquest     -           answered    -
going           remove_idle       going       -           going       -           going       -           -           -
going           remove_unneeded   going       -           going       -           going       -           -           -
going           plan_removal      going       going       going       noask       noask       -           going       noask
going           keep              noalert     settled     noalert     -           noalert     -           settled     -
going           try               nothere     -           nothere     -           nothere     -           -           -
in-hours        hours_stay        nostay      nostay      yes         yes         nostay      nostay      yes         nostay
in-hours        hours_off         yes         yes         yes         noask       noask       noask       yes         noask
late            hours_stay        nostay      -           staying     -           -           -           staying     -
off             hours_off         off         -           off         -           noask       -           off         noask
live            hours_stay        nohours     -           nohours     -           -           -           nohours     -
live            hours_off         nohours     -           nohours     -           noask       -           nohours     noask
missing         close_missing     notmiss     yes         notmiss     notmiss     yes         yes         yes         notmiss
missing         redeploy_missing  notmiss     yes         notmiss     notmiss     yes         yes         yes         notmiss
closed          close_missing     notmiss     answered    notmiss     -           answered    -           answered    -
closed          redeploy_missing  notmiss     answered    notmiss     -           answered    -           answered    -
closed          remove_idle       notlive     -           notlive     -           notlive     -           -           -
closed          remove_unneeded   notlive     -           notlive     -           notlive     -           -           -
closed          snooze            noalert     settled     noalert     -           noalert     -           settled     -
closed          assign            noalert     settled     noalert     -           noalert     -           settled     -
closed          try               nothere     -           nothere     -           nothere     -           -           -

stray           adopt_stray       yes         -           -           -           yes         -           yes         yes
stray           remove_stray      yes         yes         yes         noask       noask       noask       noask       noask
stray           know_stray        nostray     nostray     nostray     nostray     yes         yes         yes         nostray
stray           delete_stray      nostray     nostray     nostray     nostray     nomodel     nomodel     nomodel     nostray
stray-model     delete_stray      nostray     nostray     nostray     nostray     yes         yes         yes         nostray
unwanted        delete_stray      nostray     nostray     nostray     -           asked       -           asked       -
stray-gone      know_stray        nostray     nostray     nostray     -           gone        -           gone        -
stray-gone      delete_stray      nostray     nostray     nostray     -           gone        -           gone        -
withdrawn       left_gone         noop        noop        noop        noop        yes         yes         noop        noop
cleared         left_gone         noop        noop        noop        noop        confirmed   confirmed   noop        noop

proposed        /approve          own         noappr      yes         yes         noappr      noappr      noappr      noappr
proposed        /reject           noappr      noappr      yes         yes         noappr      noappr      noappr      noappr
proposed        /cancel           yes         nocancel    yes         yes         nocancel    nocancel    nocancel    nocancel
proposed        /break-glass      noglass     noglass     noglass     yes         noglass     noglass     noglass     noglass
succeeded       /break-glass      noglass     noglass     noglass     late        noglass     -           noglass     -
cancelled       /retry            yes         yes         yes         -           -           -           -           yes
flagged         /keep             noalert     yes         noalert     noalert     noalert     noalert     yes         noalert
flagged         /snooze           noalert     yes         noalert     noalert     noalert     noalert     yes         noalert
live            /remove           yes         yes         yes         noask       noask       noask       noask       noask
in-hours        /hours-stay       nostay      nostay      yes         yes         nostay      nostay      yes         nostay
in-hours        /hours-off        yes         yes         yes         noask       noask       noask       yes         noask
live            /copy             yes         yes         yes         noask       noask       noask       noask       noask
trained         /deploy           yes         yes         yes         -           -           -           yes         yes
ready           /train            yes         -           yes         -           -           -           -           yes
consented       /consent          noconsent   yes         yes         yes         noconsent   noconsent   noconsent   noconsent
consented       /withdraw         nowithdraw  yes         yes         yes         yes         yes         nowithdraw  nowithdraw
nothing         /new              yes         yes         yes         -           yes         -           yes         yes
nothing         /adopt            yes         yes         -           -           yes         -           yes         yes
"""
READ_ONLY = {
    "help",
    "list",
    "cost",
    "clips",
    "rules",
    "script",
    "try",
    "use",
    "status",
    "admin",
    "history",
    "upload",
    "shotlist",
}
ELSEWHERE = {
    "/new",
    "/adopt",
    "file_refused",
    "adopt_stray",
    "remove_stray",
}  # they change more than the records looked at
OWN = {"mute", "unmute", "home_before", "home_after"}  # they change nothing but what this person sees
FORM_ONLY = {"import"}  # each of its lines is an adoption


@dataclass(frozen=True)
class Seen:
    """What somebody looks at: an avatar, and the operation, deployment or item that its buttons are about."""

    avatar: str
    subject: str = ""
    place: str = ""  # of a stray: what its form is filled with

    @property
    def revision(self) -> int:
        operation = book_of(self.avatar).operations.get(self.subject)
        return operation.revision if operation else 0


def _proposed(world: World) -> Seen:
    name = trained(world)["name"]
    return _asked(world, f"deploy {name}", name)


def _asked(world: World, text: str, name: str) -> Seen:
    before = set(book_of(name).operations)
    world.says(NINA, text)
    (operation,) = set(book_of(name).operations) - before
    return Seen(name, operation)


def _after(given: Callable[[World], Seen], user: str, *actions: str) -> Callable[[World], Seen]:
    """The state before, and then somebody presses these."""

    def prepared(world: World) -> Seen:
        seen = given(world)
        for action in actions:
            assert _done(world, user, action, seen) == ""
        return seen

    return prepared


def _half(world: World) -> Seen:
    world.says(MAYA, f"adopt {TWO_NEEDED} in {HOSTS} model={TWO_NEEDED}-v1")
    seen = _asked(world, f"deploy {TWO_NEEDED}", TWO_NEEDED)
    assert _done(world, BEN, "approve", seen) == ""
    return seen


def _expired(world: World) -> Seen:
    seen = _proposed(world)
    later(world, 73)
    happens(world, seen.avatar, TimePassed(operation=seen.subject))
    return seen


def _train(world: World) -> Seen:
    name = ready_for(world, "train", TRAINS)
    return _asked(world, f"train {name}", name)


def _stale(world: World) -> Seen:
    world.shared.pop(TRAINS, None)
    seen = _train(world)
    record_clips(world, seen.avatar, ("natural", "late.mp4"))
    world.clicks(BEN, "approve", f"{seen.avatar}|{seen.subject}|1")
    assert book_of(seen.avatar).operations[seen.subject].state.status == "stale"
    return seen


def _live(world: World) -> Seen:
    given = live(world)
    return Seen(given["name"], given["dep"])


def _flagged(world: World) -> Seen:
    given = flagged(world)
    return Seen(given["name"], given["dep"])


def _listed(world: World) -> Seen:
    """On the one message of many idle deployments."""
    seen = _flagged(world)
    services().lists.put(
        FLAGGED, Entry(avatar=seen.avatar, item=seen.subject, data={"card": f"alert:{seen.subject}:1"})
    )
    return seen


def _asked_about(world: World) -> Seen:
    given = looked(world, live(world), "unknown")
    return Seen(given["name"], given["dep"])


def _going(world: World) -> Seen:
    seen = _live(world)
    removal = _asked(world, f"remove {seen.avatar}", seen.avatar)
    world.clicks(BEN, "approve", f"{removal.avatar}|{removal.subject}|1")
    return seen


def _in_hours(world: World) -> Seen:
    """Live, and to rest at night."""
    name = world.name()
    made_before(world, name, REST.home)
    seen = _asked(world, f'deploy {name} hours="daily 00:00-23:59 UTC"', name)
    world.clicks(BEN, "approve", f"{name}|{seen.subject}|1")
    later(world, 0.2, "training_poll")
    (deployment,) = book_of(name).deployments
    return Seen(name, deployment)


def _missing(world: World) -> Seen:
    seen = _live(world)
    happens(world, seen.avatar, MissingSeen(deployment=seen.subject, missing=True), "compare")
    return seen


def _stray(world: World, what: str = "deployment") -> Seen:
    name = f"{world.name()}-v1"
    endpoint = str(uuid.uuid4())
    found = Stray.model_validate(
        {"id": f"stray-{name}", "what": what, "resource": COPIES, "name": name, "endpoint": endpoint, "found": now(world)}
    )  # fmt: skip
    happens(world, CLOUD, Compared(resource=COPIES, found=(found,)), "compare")
    return Seen(CLOUD, found.id, f"{COPIES}|{name}|{endpoint}|{now(world) - timedelta(days=2):%Y-%m-%d}")


def _stray_gone(world: World) -> Seen:
    seen = _stray(world, "model")
    happens(world, CLOUD, Compared(resource=COPIES, found=()), "compare")
    return seen


def _withdrawn(world: World) -> Seen:
    name = consented(world)["name"]
    world.withdraws(MAYA, name)
    withdrawal = book_of(name).withdrawal
    assert withdrawal
    return Seen(name, withdrawal.left[0].id)


def _in_review(world: World) -> Seen:
    seen = _proposed(world)
    world.says(INES, f"break-glass {seen.avatar} {seen.subject} because the show is tonight")
    return seen


def _file_refused(world: World) -> Seen:
    seen = _after(_train_taken, OMAR, "file_refused")(world)
    world.shared.pop(TRAINS, None)
    return seen


_waiting = _after(_proposed, BEN, "approve")
_taken = _after(_waiting, OMAR, "take")
_train_waiting = _after(_train, BEN, "approve")
_train_taken = _after(_train_waiting, OMAR, "take")
STATES: dict[str, Callable[[World], Seen]] = {
    "nothing": lambda world: Seen(world.name()),
    "consented": lambda world: Seen(consented(world)["name"]),
    "ready": lambda world: Seen(ready_for(world, "train", TRAINS)),
    "trained": lambda world: Seen(trained(world)["name"]),
    "proposed": _proposed,
    "half-approved": _half,
    "rejected": _after(_proposed, BEN, "reject"),
    "cancelled": _after(_proposed, NINA, "cancel"),
    "expired": _expired,
    "stale": _stale,
    "waiting": _waiting,
    "taken": _taken,
    "succeeded": _after(_taken, OMAR, "done"),
    "failed": _after(_taken, OMAR, "fail"),
    "train-waiting": _train_waiting,
    "train-taken": _train_taken,
    "running": _after(_train_taken, OMAR, "done"),
    "file-refused": _file_refused,
    "in-review": _in_review,
    "reviewed": _after(_in_review, BEN, "close_review"),
    "live": _live,
    "flagged": _flagged,
    "listed": _listed,
    "snoozed": _after(_flagged, LENA, "snooze"),
    "asked-about": _asked_about,
    "needed": _after(_asked_about, MAYA, "still_needed"),
    "going": _going,
    "in-hours": _in_hours,
    "late": _after(_in_hours, BEN, "hours_stay"),
    "off": _after(_in_hours, MAYA, "hours_off"),
    "missing": _missing,
    "closed": _after(_missing, MAYA, "close_missing"),
    "stray": _stray,
    "stray-model": lambda world: _stray(world, "model"),
    "unwanted": _after(lambda world: _stray(world, "model"), OMAR, "delete_stray"),
    "stray-gone": _stray_gone,
    "withdrawn": _withdrawn,
    "cleared": _after(_withdrawn, OMAR, "left_gone"),
}
TYPED = {
    "/approve": "approve {0.avatar} {0.subject}",
    "/reject": "reject {0.avatar} {0.subject} because the light differs",
    "/cancel": "cancel {0.avatar} {0.subject}",
    "/break-glass": "break-glass {0.avatar} {0.subject} because the show is tonight",
    "/retry": "retry {0.avatar}",
    "/hours-stay": "hours {0.avatar} stay",
    "/hours-off": "hours {0.avatar} off",
    "/keep": "keep {0.avatar} because the campaign goes on",
    "/snooze": "snooze {0.avatar}",
    "/remove": "remove {0.avatar}",
    "/copy": f"copy {{0.avatar}} to {COPIES}",
    "/deploy": "deploy {0.avatar}",
    "/train": "train {0.avatar}",
    "/consent": 'consent {0.avatar} talent="Ada Lovelace" company=Contoso locale=en-GB disclosed=yes',
    "/withdraw": "consent withdraw {0.avatar} because she wrote to us",
    "/new": f"new {{0.avatar}} in {TRAINS}",
    "/adopt": f"adopt {{0.avatar}} in {HOSTS}",
}


def _done(world: World, user: str, action: str, seen: Seen) -> str:
    """Do it, forms filled in and all: what this person alone is told."""
    messages = world.stack.slack.messages
    world.stack.slack.views[user].clear()  # what other tests opened
    before = {channel: len(said) for channel, said in messages.items()}
    if action.startswith("/"):
        world.says(user, TYPED[action].format(seen))
    else:
        world.clicks(user, action if action != "left_gone" else "left_gone_0", _value(action, seen))
    if world.stack.slack.views[user]:
        form = world.stack.slack.views[user].pop()["view"]
        if "submit" not in form:  # it only says something
            return str(form["blocks"][0]["text"]["text"])
        world.fills(user, form["callback_id"], json.loads(form["private_metadata"]), _filled(world, form, seen))
    new = [message for channel, said in messages.items() for message in said[before[channel] :]]
    private = [message for message in new if message["ephemeral"]]
    assert all(message["only"] == user for message in private), (user, action)
    return "\n".join(message["text"] for message in private)


def _value(action: str, seen: Seen) -> str:
    """The value of the button, as cards make it."""
    if action in {"adopt_stray", "remove_stray"}:
        return seen.place
    part = "#consent" if action == "part_done" else ""
    return f"{seen.avatar}|{seen.subject}{part}|{seen.revision}"


def _filled(world: World, form: Json, seen: Seen) -> dict[str, dict[str, object]]:
    """Answers for every field of a form."""
    ahead = f"{now(world) + timedelta(days=9):%Y-%m-%d}"
    place, model, endpoint, since = [*seen.place.split("|"), "", "", ""][:4]
    mine = {"value": f"{seen.avatar}|{seen.subject}"}
    known: dict[str, dict[str, object]] = {
        "which": {"type": "multi_static_select", "selected_options": [mine]},
        "what": {"type": "static_select", "selected_option": {"value": "remove"}},
        "to": {"type": "users_select", "selected_user": BEN},
        "on": {"type": "datepicker", "selected_date": ahead},
        "until": {"type": "datepicker", "selected_date": ahead},
        "file": {"type": "plain_text_input", "value": "natural/natural.mp4"},
        "name": {"type": "plain_text_input", "value": world.name()},
        "endpoint": {"type": "plain_text_input", "value": endpoint},
        "resource": {"type": "static_select", "selected_option": {"value": place}},
        "model": {"type": "plain_text_input", "value": model},
        "since": {"type": "datepicker", "selected_date": since},
        "why": {"type": "plain_text_input", "value": f"{seen.avatar}-b" if form["callback_id"] == "done_differently" else "so"},
        "owner": {"type": "users_select", "selected_user": None},
        "reports": {"type": "conversations_select", "selected_conversation": None},
    }  # fmt: skip
    return {block["block_id"]: known[block["block_id"]] for block in form["blocks"] if block["type"] == "input"}


def _rows() -> dict[str, list[tuple[str, dict[str, str]]]]:
    """By state: what is pressed there, and what each role gets."""
    head, *lines = [line.split() for line in MATRIX.strip().splitlines() if line.strip()]
    assert head == list(ROLES)
    found: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for state, action, *cells in lines:
        found.setdefault(state, []).append((action, dict(zip(ROLES, cells, strict=True))))
    return found


@pytest.fixture(scope="module")
def kept(world: World) -> Iterator[list[Entry]]:
    made: list[Entry] = []
    with tidied(world):
        yield made
        for entry in made:
            services().lists.put("avatars", entry)
    world.shared.pop(TRAINS, None)


@pytest.fixture(autouse=True)
def _aside(world: World, kept: list[Entry]) -> Iterator[None]:
    with aside(world, kept):
        yield


def test_every_button_and_every_command_that_changes_something_is_in_the_matrix() -> None:
    listed = {action for rows in _rows().values() for action, _ in rows}
    assert {action for action in listed if not action.startswith("/")} == {*BUTTONS, *CLICKS} - OWN
    assert _drawn() == {*BUTTONS, *CLICKS}
    typed = {action[1:].removesuffix("-stay").removesuffix("-off") for action in listed if action.startswith("/")}
    assert typed == set(VERBS) - READ_ONLY - FORM_ONLY - OWN
    assert set(_rows()) == set(STATES)
    assert {cell for rows in _rows().values() for _, cells in rows for cell in cells.values()} == {
        "yes",
        "-",
        *SENTENCES,
    }
    assert set(modals.QUESTIONS) < set(FORMS)


def _drawn() -> set[str]:
    """The action of every button that a card draws."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in sorted((ROOT / "shared" / "slack").glob("*.py"))]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "button"]
    return {str(ast.literal_eval(call.args[1])) for call in made}


@pytest.mark.parametrize("state", list(STATES))
def test_in_each_state_each_role_may_do_just_what_the_matrix_says(world: World, state: str) -> None:
    rows = [(action, ROLES[role], cell) for action, cells in _rows()[state] for role, cell in cells.items()]
    seen = STATES[state](world)
    before, recorded = book_of(seen.avatar), _recorded(seen)
    for action, user, cell in rows:
        if cell in SENTENCES:
            assert SENTENCES[cell] in _done(world, user, action, seen), (action, user)
    assert book_of(seen.avatar) == before
    assert _recorded(seen) == recorded
    for action, user, _ in (row for row in rows if row[2] == "yes"):
        if book_of(seen.avatar) != before or action in ELSEWHERE:
            seen = STATES[state](world)
            before = book_of(seen.avatar)
        recorded = _recorded(seen)
        words = _done(world, user, action, seen)
        assert not [sentence for sentence in SENTENCES.values() if sentence in words], (action, user, words)
        if action in {"adopt_stray", "remove_stray"}:  # it is on record as an avatar
            assert any(f"<@{user}> adopted" in said for said in world.texts()[-3:])
        else:
            assert {line[0] for line in _recorded(seen) - recorded} == {user}, (action, user, words)
        _give_back(world, seen, action)


def _recorded(seen: Seen) -> set[tuple[str, ...]]:
    """What these people did to it, refusals left out."""
    rows = services().records.history(seen.avatar)
    return {
        (row.line.by, row.line.action, str(row.seq), str(row.at))
        for row in rows
        if row.line.outcome != "refused" and row.line.by in ROLES.values()
    }


def _give_back(world: World, seen: Seen, action: str) -> None:
    """One avatar with clips is trained again and again."""
    if action == "file_refused":
        world.shared.pop(TRAINS, None)
    elif seen.avatar in world.shared.values():
        for operation in book_of(seen.avatar).operations.values():
            if operation.state.status == "proposed":
                world.says(BEN, f"cancel {seen.avatar} {operation.id}")


@pytest.mark.parametrize("action", [*BUTTONS, "left_gone_0"])
def test_somebody_of_another_workspace_presses_nothing(world: World, action: str) -> None:
    payload = {
        "type": "block_actions", "user": {"id": "U0STRANGER"}, "team": {"id": "T0OTHER"}, "channel": {"id": "C0AVATARS"},
        "trigger_id": f"other-{action}", "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": "a|b|1"}],
    }  # fmt: skip
    _, messages = world.form({"payload": json.dumps(payload)})
    assert messages == []
