"""What must hold in the machine: when something is paid for, when an effect is struck off, after every step, and at rest."""

from datetime import timedelta

from hypothesis.stateful import invariant, rule

from shared.auditing import audited
from shared.domain.effects import Answer, Post, QueueCheck, ShowCard, StartWork
from shared.domain.events import (
    CheckWanted,
)
from shared.domain.operations import (
    HOURS_RULE,
    OPEN,
    STAY_RULE,
    Approved,
    Ask,
    Failed,
    Operation,
    Running,
    Starting,
    Succeeded,
)
from shared.domain.readiness import data_set
from shared.domain.records import CLOUD, OWN, Stray
from shared.domain.removing import IDLE_RULE, WITHDRAWN_RULE
from shared.ports import Job, Owed
from shared.slack.cards import draw
from shared.timers import follow_running, reconcile, watch_live
from tests.builders import INES
from tests.properties.life import NAME, Life


class Promises(Life):
    """Checked by what the service, Slack and the rows themselves hold."""

    def __init__(self) -> None:
        super().__init__()
        self.counted: dict[str, set[str]] = {}
        self.seen: dict[str, Operation] = {}

    def _paid(self, job: Job) -> None:
        """Called by the service when it accepts work that costs; the records say that it may."""
        operation = self.world.book(NAME).operation(job.ask.id)
        assert isinstance(operation.state, Starting), "paid without a claim"
        assert job.attempt == operation.state.attempt
        assert all(work.ask.id != job.ask.id for work in self.world.service.works.values()), "paid twice"
        ask, signed = operation.ask, operation.approvals
        assert job.ask == ask
        assert len({approval.by for approval in signed}) == len(signed)
        assert all(approval.digest == ask.digest for approval in signed)
        assert {approval.by for approval in signed} <= self.counted.get(ask.id, set()) | self._newly_signed(operation)
        if operation.review is None and ask.rule.needed:
            assert len([a for a in signed if a.by != ask.by]) >= ask.rule.needed, "paid without its approvals"
        if not self.process.met_rival:  # a rival may have changed it since it was compared
            book, clips = self.world.book(NAME), self.world.quiet.services.records.clips(NAME)
            assert ask.step == "remove" or book.withdrawal is None
            assert ask.step != "train" or data_set(clips) == ask.clips, "paid for something else than was approved"

    def _struck(self, owed: Owed) -> None:
        """Called when an effect is struck off: by then it was done."""
        queue, slack = self.world.queue, self.world.slack
        match owed.effect:
            case StartWork(operation=operation):
                state = self.world.book(NAME).operation(operation).state
                assert not isinstance(state, Approved), "struck off, and never started"
            case Post(text=text):
                assert text in {said for said, _ in slack.messages.values()}, "struck off, and never posted"
            case Answer(text=text):
                told = any(said.startswith(text) for said in slack.whispers)
                assert told or owed.tries >= 5, "struck off, and never answered"
            case QueueCheck(clip=clip, etag=etag):
                asked = [CheckWanted.model_validate_json(body) for body in queue.wanted]
                assert (clip, etag) in {(one.clip, one.etag) for one in asked}, "struck off, and never queued"
            case ShowCard(card=card):
                again = [item.effect for item in self.world.quiet.services.records.owed(NAME)]
                operation = self.world.book(NAME).operations.get(card.removeprefix("op:"))
                if operation and not any(isinstance(other, ShowCard) and other.card == card for other in again):
                    self._shown(operation)

    def _newly_signed(self, operation: Operation) -> set[str]:
        """Who signed in this step of the machine; each had the right to, as the groups are now."""
        ask, groups = operation.ask, self.world.slack.groups
        new = {approval.by for approval in operation.approvals} - self.counted.get(ask.id, set())
        for person in new:
            if operation.review:
                assert person == INES or person in groups["S0APPROVERS"]
            elif ask.rule.needed:
                assert person in groups["S0APPROVERS"]
                assert person != ask.by
            elif ask.rule.name == IDLE_RULE:
                assert person in groups["S0ONCALL"]
            elif ask.rule.name == STAY_RULE:
                assert person in groups["S0APPROVERS"] + groups["S0ONCALL"]
            elif ask.rule.name == HOURS_RULE and ask.step == "deploy":
                self._within_what_was_approved(ask)
            else:
                assert ask.rule.name in {WITHDRAWN_RULE, HOURS_RULE} or ask.rule.name.startswith("redeploy within")
        return new

    def _within_what_was_approved(self, ask: Ask) -> None:
        """A morning: the same hours as somebody approved, at no higher a price."""
        book = self.world.book(NAME)
        approved = book.operation(book.deployment(str(ask.deployment)).hours_by)
        assert approved.approvals
        assert approved.ask.hours == ask.hours is not None
        assert approved.ask.amount
        assert ask.amount
        assert ask.amount.high.value <= approved.ask.amount.high.value

    @invariant()
    def every_approval_is_by_somebody_who_may(self) -> None:
        for operation in self._operations():
            self.counted.setdefault(operation.id, set()).update(self._newly_signed(operation))

    @invariant()
    def what_was_asked_never_changes_and_what_has_ended_stays_so(self) -> None:
        for operation in self._operations():
            before = self.seen.get(operation.id, operation)
            assert operation.ask == before.ask
            assert operation.revision >= before.revision
            assert isinstance(before.state, OPEN) or operation.state == before.state
            self.seen[operation.id] = operation
        assert self.seen.keys() == {operation.id for operation in self._operations()}

    @rule()
    def everything_comes_to_rest(self) -> None:
        """Quiet, redelivery, and the timers: then nothing is owed, and what people see is what is on record."""
        world, services = self.world, self.world.quiet.services
        world.service.moods.clear()
        for _ in range(14):
            world.clocks.real += timedelta(minutes=5)
            self._deliver_all()
            follow_running(world.quiet)
            reconcile(world.quiet)
            if not (world.queue.waiting or world.queue.unchecked or services.lists.entries("owes")):
                break
        for _ in range(
            2
        ):  # what ended at its last look leaves the list at the next; an entry without a record once it is old
            world.clocks.real += timedelta(minutes=5)
            follow_running(world.quiet)
        assert services.records.owed(NAME) == []
        assert services.lists.entries("owes") == []
        assert services.lists.entries("stuck") == []
        assert not world.queue.waiting
        rows, broken = audited(services.records, NAME)
        assert broken == []
        assert all(audited(services.records, own)[1] == [] for own in OWN)
        strays = [record for record in services.records.load(CLOUD).records if isinstance(record, Stray)]
        listed = [stray for stray in strays if stray.what in {"deployment", "model"}]  # the meters stand still here
        assert listed == [], "something in Azure is not on record"
        book = world.book(NAME)
        told = {row.line.subject for row in rows if row.chain == "avatar"}
        for operation in book.operations.values():
            assert operation.id in told
            assert not isinstance(operation.state, Approved | Starting), "approved, and never started"
            self._shown(operation)
        watched = {operation.id for operation in book.operations.values() if operation.watched}
        assert {entry.item for entry in services.lists.entries("open")} == watched
        watch_live(world.quiet)
        live = {deployment.id for deployment in world.book(NAME).deployments.values() if deployment.billed}
        assert {entry.item for entry in services.lists.entries("live")} == live
        kept = {d.id for d in world.book(NAME).deployments.values() if d.hours and (d.billed or d.resting)}
        assert {entry.item for entry in services.lists.entries("hours")} == kept
        for job in world.service.works.values():
            state = book.operation(job.ask.id).state
            assert isinstance(state, Running | Succeeded | Failed), f"paid, and on record as {state.status}"

    def _shown(self, operation: Operation) -> None:
        """Its card in Slack is what would be drawn now, but for the time that goes by."""
        handling = self.world.quiet
        card = handling.services.cards.peek(NAME, operation.card)
        assert card.ts, "its card was never posted"
        text, blocks = self.world.slack.messages[card.channel, card.ts]
        drawn = draw(operation.card, handling.performer.scenes.of(NAME, operation.card))
        assert drawn is not None
        assert text == drawn.text
        assert blocks == drawn.blocks or isinstance(operation.state, Running)
        same = [said for said, shown in self.world.slack.messages.values() if f"`{operation.id}`" in str(shown)]
        alert = operation.ask.step == "remove"  # it names the removal as well
        assert len(same) <= 2 + alert + self.mishaps, "a card was posted twice, and nothing had gone wrong"

    def holds(self) -> None:
        """All of it, for a story that no machine tells."""
        self.every_approval_is_by_somebody_who_may()
        self.what_was_asked_never_changes_and_what_has_ended_stays_so()
        self.everything_comes_to_rest()

    def teardown(self) -> None:
        if self.world.book(NAME).avatar:
            self.everything_comes_to_rest()
