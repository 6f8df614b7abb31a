"""Any sequence of what people and machines may do, in any order, late and repeated, keeps these promises."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shared.domain.book import Book
from shared.domain.deciding import decide
from shared.domain.deployments import Removed, Usage
from shared.domain.effects import StartWork
from shared.domain.events import (
    ApproveClicked,
    CancelAsked,
    DeployAsked,
    Envelope,
    Event,
    GlassBroken,
    HandedToPerson,
    HoursDue,
    HoursOff,
    HoursStay,
    InputsChanged,
    KeepClicked,
    Observed,
    RejectClicked,
    RemoveAsked,
    Reply,
    ReviewClosed,
    SnoozeClicked,
    StartClaimed,
    Started,
    StartRefused,
    TaskDone,
    TaskFailed,
    TaskTaken,
    TimePassed,
    TrainAsked,
    UsageSeen,
)
from shared.domain.operations import HOURS_RULE, OFFICE, OPEN, Evidence, Operation, Starting
from tests.builders import BEN, EVE, INES, LENA, MAYA, NOW, OMAR, POLICY, avatar, consent, full_set, terms, with_records

HOURS = "Mon-Fri 08:00-19:00 UTC"
PEOPLE = st.sampled_from([MAYA, BEN, INES, OMAR, LENA, EVE])
APPROVERS = {BEN, INES}


class Workflow(RuleBasedStateMachine):
    """One avatar on a resource of either kind; the machine never forgives an exception."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book.of([avatar("wus"), consent()])
        self.now = NOW
        self.number = 0
        self.started: list[str] = []

    @initialize(resource=st.sampled_from(["wus", "weu"]))
    def driven_by_people_or_by_api(self, resource: str) -> None:
        self.book = Book.of([avatar(resource), consent()])
        self.ended: dict[str, object] = {}

    def _say(self, event: Event, by: str) -> None:
        self.number += 1
        person = by.startswith("U")
        message = Envelope(
            id=f"m{self.number}", team="T0", avatar="presenter", by=by, event=event,
            reply=Reply(user=by, channel="C0") if person else None,
        )  # fmt: skip
        for _ in range(2):  # everything comes twice; the second time meets the state that the first one left
            decision = decide(self.book, message, self.now, terms(full_set()))
            self.started += [effect.operation for effect in decision.effects if isinstance(effect, StartWork)]
            before = self.book
            self.book = with_records(before, decision.puts)
            for operation in before.operations.values():
                after = self.book.operations[operation.id]
                assert after.revision >= operation.revision
                assert after.ask == operation.ask

    def _operation(self, data: st.DataObject) -> Operation | None:
        operations = sorted(self.book.operations.values(), key=lambda operation: operation.id)
        return data.draw(st.sampled_from(operations)) if operations else None

    @rule(by=PEOPLE, what=st.sampled_from([TrainAsked(), DeployAsked(), DeployAsked(hours=HOURS), RemoveAsked()]))
    def ask(self, by: str, what: Event) -> None:
        self._say(what, by)

    @rule(by=st.sampled_from([MAYA, BEN, INES]))
    def ask_and_let_everybody_approve(self, by: str) -> None:
        """The short way to a start, so that few steps lead far; the asker tries as well."""
        self._say(TrainAsked(), by)
        for operation in [found for found in self.book.operations.values() if found.state.status == "proposed"]:
            for person in (by, EVE, BEN, INES):
                self._say(ApproveClicked(operation=operation.id, revision=operation.revision), person)

    @rule(by=PEOPLE, data=st.data(), lag=st.integers(0, 2))
    def click(self, by: str, data: st.DataObject, lag: int) -> None:
        operation = self._operation(data)
        if operation is None:
            return
        name, revision = operation.id, operation.revision - lag
        self._say(
            data.draw(
                st.sampled_from(
                    [
                        ApproveClicked(operation=name, revision=revision),
                        RejectClicked(operation=name, revision=revision, why="no"),
                        CancelAsked(operation=name),
                        GlassBroken(operation=name, why="tonight"),
                        ReviewClosed(operation=name, finding="right"),
                        TaskTaken(operation=name),
                        TaskDone(operation=name, revision=revision),
                        TaskFailed(operation=name, revision=revision, why="no"),
                    ]
                )
            ),
            by,
        )

    @rule(data=st.data(), status=st.sampled_from(["Running", "Succeeded", "Failed", None]))
    def machine(self, data: st.DataObject, status: str | None) -> None:
        operation = self._operation(data)
        if operation is None:
            return
        name = operation.id
        seen = Evidence(service_status=status, looked=self.now)
        news: list[Event] = [
            StartClaimed(operation=name), Started(operation=name), HandedToPerson(operation=name),
            StartRefused(operation=name, code="x", text="no"), InputsChanged(operation=name, changes=("x",)),
            Observed(operation=name, evidence=seen), TimePassed(operation=name),
        ]  # fmt: skip
        self._say(data.draw(st.sampled_from(news)), "machine")

    @rule(by=PEOPLE, data=st.data(), verdict=st.sampled_from(["idle", "in_use", "unknown"]))
    def watch(self, by: str, data: st.DataObject, verdict: str) -> None:
        for deployment in sorted(self.book.deployments.values(), key=lambda d: d.id):
            usage = Usage.model_validate(
                {"verdict": verdict, "confidence": "high", "last_used": None, "lines": ("x",), "looked": self.now}
            )
            self._say(UsageSeen(deployment=deployment.id, usage=usage), "watch")
            name = deployment.id
            acts: list[Event] = [
                KeepClicked(deployment=name, why="a show"), SnoozeClicked(deployment=name),
                RemoveAsked(deployment=name, from_alert=True),
            ]  # fmt: skip
            self._say(data.draw(st.sampled_from(acts)), by)

    @rule(by=PEOPLE, data=st.data())
    def keep_hours(self, by: str, data: st.DataObject) -> None:
        for deployment in sorted(self.book.deployments.values(), key=lambda d: d.id):
            self._say(HoursDue(deployment=deployment.id), "training-poll")
            said: list[Event] = [HoursStay(deployment=deployment.id), HoursOff(deployment=deployment.id), DeployAsked()]
            self._say(data.draw(st.sampled_from(said)), by)

    @rule(hours=st.integers(1, 100))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def nothing_starts_without_the_approvals_of_its_rule(self) -> None:
        for name in self.started:
            ask, approvals = self.book.operations[name].ask, self.book.operations[name].approvals
            review = self.book.operations[name].review
            if review:
                assert review.by in POLICY.break_glass
                assert review.closed_by != review.by
                continue
            others = {approval.by for approval in approvals if approval.by != ask.by}
            assert len(others & APPROVERS) >= ask.rule.needed
            assert all(approval.digest == ask.digest for approval in approvals)
            assert ask.rule.needed or ask.rule.name != ask.step

    @invariant()
    def each_operation_starts_at_most_once(self) -> None:
        assert len(self.started) == len(set(self.started))

    @invariant()
    def one_open_operation_of_a_kind(self) -> None:
        open_ = [operation for operation in self.book.operations.values() if operation.open]
        night = any(operation.ask.by == OFFICE for operation in open_)  # what is only asked for waits for the morning
        steps = [o.ask.step for o in open_ if not (night and o.state.status == "proposed")]
        assert len(steps) == len(set(steps))
        assert not {"deploy", "remove"} <= set(steps)

    @invariant()
    def what_has_ended_stays_as_it_ended(self) -> None:
        for operation in self.book.operations.values():
            if not isinstance(operation.state, OPEN):
                assert self.ended.setdefault(operation.id, operation.state) == operation.state

    @invariant()
    def a_removed_deployment_was_removed_by_an_operation(self) -> None:
        for deployment in self.book.deployments.values():
            if isinstance(deployment.state, Removed):
                assert self.book.operations[deployment.state.operation].state.status == "succeeded"

    @invariant()
    def everything_survives_being_stored(self) -> None:
        for operation in self.book.operations.values():
            assert Operation.model_validate_json(operation.model_dump_json()) == operation
            if isinstance(operation.state, Starting):
                assert operation.id in self.started

    def _kept_hours(self, operation: Operation) -> bool:
        """Removed for the night, as was approved with its hours."""
        hours = any(o.ask.hours and o.approvals for o in self.book.operations.values() if o.id in self.started)
        return hours and (operation.ask.by, operation.ask.rule.name) == (OFFICE, HOURS_RULE)

    @invariant()
    def office_hours_are_those_that_were_approved(self) -> None:
        for deployment in self.book.deployments.values():
            if deployment.hours_by:
                ask = self.book.operations[deployment.hours_by].ask
                assert ask.hours == deployment.hours

    @invariant()
    def only_people_on_call_or_approvers_remove(self) -> None:
        for operation in self.book.operations.values():
            if operation.ask.step == "remove" and operation.id in self.started and not operation.ask.rule.needed:
                assert operation.ask.by == LENA or self._kept_hours(operation)
        assert POLICY.on_call_may_remove_idle


TestWorkflow = Workflow.TestCase
TestWorkflow.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
