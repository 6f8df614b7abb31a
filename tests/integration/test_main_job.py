"""The main job through the functions: what is stored, said and paid, once and only when it was approved."""

import json
import sys
import threading
from typing import cast

import httpx
import pytest

from shared.domain.book import Book
from shared.domain.clips import Faulty, Finding
from shared.domain.events import Drain
from shared.idle_list import CARD, FLAGGED, OWN
from shared.ports import Card
from shared.services import Services
from tests.integration.conftest import BEN, INES, LENA, MAYA, OMAR, World
from tests.integration.people_kit import with_clips


def _services() -> Services:
    return cast("Services", sys.modules["function_app"].services())


def _consented(world: World) -> str:
    name = world.name()
    world.says(MAYA, f"new {name} in studio-weu")
    world.says(MAYA, f'consent {name} talent="Ada Lovelace" company=Contoso locale=en-US disclosed=yes')
    return name


def _ready(world: World, clips: dict[str, bytes]) -> str:
    """With real clips, that are checked; where a test only needs an avatar that may be trained, `with_clips` is faster."""
    name = _consented(world)
    for kind, content in clips.items():
        world.upload(f"{name}/{kind}/{kind}.mp4", content)
    world.pump(lambda: world.sees(f"/avatar train {name}`"))
    return name


def _finding(world: World, name: str) -> Finding:
    """The one finding of the one clip of this avatar, once it was judged."""

    def judged() -> Finding | None:
        (clip,) = _services().records.clips(name) or (None,)
        return clip.state.findings[0] if clip and isinstance(clip.state, Faulty) else None

    world.pump(judged)
    found = judged()
    assert found is not None
    return found


def _operation(world: World, about: str, channel: str = "C0AVATARS") -> str:
    """The value of the newest Approve button (or of another one) on a card that says this."""
    for message in reversed(world.stack.slack.messages[channel]):
        for block in message["blocks"] or []:
            if block["type"] == "actions" and about in json.dumps(message["blocks"]):
                return str(block["elements"][0]["value"])
    raise AssertionError(about)


def _time(world: World, hours: float, *functions: str) -> None:
    world.stack.clock.move(jump_seconds=hours * 3600)
    pause = threading.Event()
    pause.wait(0.3)  # the app asks the clock again after a quarter of a second
    for function in functions:
        world.functions[function].call(None)


def _watched(world: World, name: str, hours: float) -> None:
    """Time passes, and the watch looks at this avatar alone: with the idle ones of other tests it would be a list of many."""
    services = _services()
    others = [(kind, e) for kind in ("live", FLAGGED) for e in services.lists.entries(kind) if e.avatar != name]
    for kind, entry in others:
        services.lists.drop(kind, entry)
    services.cards.forget(Card(OWN, CARD))
    _time(world, hours, "idle_watch")
    for kind, entry in others:
        services.lists.put(kind, entry)


def _trained(world: World, clips: dict[str, bytes]) -> str:
    name = _ready(world, clips)
    world.says(MAYA, f"train {name}")
    world.clicks(BEN, "approve", _operation(world, f"Train {name}-v1"))
    for hours in (0.2, 0.2, 50):
        _time(world, hours, "training_poll")
    world.pump(lambda: world.sees(f"Train {name}-v1: done"))
    return name


def _deployed(world: World, clips: dict[str, bytes]) -> str:
    name = _trained(world, clips)
    world.says(MAYA, f"deploy {name}")
    world.clicks(BEN, "approve", _operation(world, f"Deploy {name}-v1"))
    _time(world, 1, "training_poll")
    world.pump(lambda: world.sees(f"Deploy {name}-v1: done"))
    return name


def test_the_approval_card_shows_the_talent_beside_each_clip_and_asks_whether_it_is_the_same_person(
    world: World, good_clips: dict[str, bytes]
) -> None:
    name = _ready(world, good_clips)
    world.says(MAYA, f"train {name}")
    world.pump(lambda: world.sees(f"Train {name}-v1: approval needed"))
    card = next(
        m for m in world.stack.slack.messages["C0AVATARS"] if f"Train {name}-v1: approval" in json.dumps(m["blocks"])
    )
    (shown,) = [block for block in card["blocks"] if block["type"] == "image"]
    assert "Is it the same person?" in json.dumps(card["blocks"])
    assert world.stack.slack.files[shown["slack_file"]["id"]].content.startswith(b"\xff\xd8\xff")
    world.clicks(BEN, "approve", _operation(world, f"Train {name}-v1"))
    world.pump(lambda: world.sees(f"Train {name}-v1: approved, starting"))
    assert not [block for block in card["blocks"] if block["type"] == "image"]


def test_a_message_that_comes_twice_makes_one_avatar_and_one_announcement(world: World) -> None:
    name = world.name()
    _, messages = world.command(MAYA, f"new {name} in studio-weu")
    world.deliver([*messages, *messages])
    assert sum(f"made the avatar *{name}*" in text for text in world.texts()) == 1


def test_two_people_cannot_make_the_same_avatar(world: World) -> None:
    name = world.name()
    world.says(MAYA, f"new {name} in studio-weu")
    world.says(BEN, f"new {name} in studio-weu")
    assert world.sees("exists already")


@pytest.mark.parametrize("verb", ["status", "history", "train", "deploy", "remove", "copy", "consent"])
def test_an_unknown_avatar_gets_one_helpful_sentence_and_nothing_is_stored(world: World, verb: str) -> None:
    more = {"copy": " to studio-neu", "consent": " talent=A company=B locale=en-US disclosed=yes"}.get(verb, "")
    world.says(MAYA, f"{verb} nobody-{verb}{more}")
    assert world.sees("There is no")


@pytest.mark.parametrize(
    ("blob", "says"),
    [
        ("lonely.mp4", "lonely.mp4` is not in a clip folder"),
        ("nobody/natural/take.mp4", "there is no avatar"),
        ("some/holiday/take.mp4", "not a kind of clip"),
        ("bad name!/natural/x.mp4", "can't be a name"),
        ("a/natural/x/y.mp4", "not in a clip folder"),
    ],
)
def test_an_upload_to_a_wrong_folder_is_told_to_the_maintainers_once(world: World, blob: str, says: str) -> None:
    world.upload(blob, b"content")
    world.upload(blob, b"content")
    told = [text for text in world.texts("C0MAINTAIN") if says in text]
    assert told


@pytest.mark.parametrize(
    "file", ["with space.mp4", "hash#tag?.mp4", "100%.mp4", "ümläut 音.mp4", "o'hara.mp4", "x" * 200 + ".mp4"]
)
def test_odd_file_names_are_checked_like_any_other(world: World, file: str) -> None:
    name = _consented(world)
    world.upload(f"{name}/natural/{file}", b"no video")
    assert "not a video file" in _finding(world, name).message
    world.pump(lambda: world.sees(f"1 uploaded for {name}"))


def test_an_empty_file_is_a_clear_finding(world: World) -> None:
    name = _consented(world)
    world.upload(f"{name}/silent/empty.mp4", b"")
    finding = _finding(world, name)
    assert finding.message == "The file is empty."
    assert finding.severity == "error"
    assert finding.fix


def test_a_training_whose_answer_was_lost_is_on_record_as_running_even_when_a_clip_came_meanwhile(
    world: World, good_clips: dict[str, bytes]
) -> None:
    name = _ready(world, good_clips)
    world.says(MAYA, f"train {name}")
    world.clicks(BEN, "approve", _operation(world, f"Train {name}-v1"))
    lost = {"path_contains": f"/models/{name}-v1", "method": "PUT", "kind": "drop_after"}
    httpx.post(f"{world.stack.speech}/_control/faults", json={"rules": [lost]}).raise_for_status()
    for _ in range(2):
        _time(world, 0.2, "training_poll")
    assert world.paid("training", f"{name}-v1") == 1
    world.upload(f"{name}/silent/latecomer.mp4", good_clips["silent"])
    world.pump(lambda: world.sees("silent/latecomer.mp4` *is good*"))
    _time(world, 0.2, "training_poll")
    assert world.sees(f"Train {name}-v1: running")
    assert not world.sees(f"Train {name}-v1: changed since")


def test_nothing_paid_starts_without_an_approval_and_one_approval_starts_it_once(
    world: World, good_clips: dict[str, bytes]
) -> None:
    name = _ready(world, good_clips)
    world.says(MAYA, f"train {name}")
    value = _operation(world, f"Train {name}-v1")
    world.clicks(MAYA, "approve", value)
    world.clicks(LENA, "approve", value)
    _time(world, 1, "training_poll")
    assert world.paid("training", f"{name}-v1") == 0
    _, messages = world.press(BEN, "approve", value)
    world.deliver([*messages, *messages])
    for _ in range(3):
        _time(world, 0.2, "training_poll")
    world.clicks(INES, "approve", value)
    world.deliver([Drain(avatar=name).model_dump_json()])
    assert world.paid("training", f"{name}-v1") == 1
    assert world.sees("Too late")


def test_two_clicks_at_the_same_instant_are_one_start(world: World) -> None:
    name = with_clips(world, "studio-weu")
    world.says(MAYA, f"train {name}")
    value = _operation(world, f"Train {name}-v1")
    clicks = [world.press(user, "approve", value)[1] for user in (BEN, INES)]
    together = threading.Barrier(2)

    def click(messages: list[str]) -> None:
        together.wait()
        world.deliver(messages)

    threads = [threading.Thread(target=click, args=(messages,)) for messages in clicks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(3):
        _time(world, 0.2, "training_poll")
    assert world.paid("training", f"{name}-v1") == 1


def test_a_clip_that_changes_after_the_approval_stops_the_training(world: World, good_clips: dict[str, bytes]) -> None:
    name = _ready(world, good_clips)
    world.says(MAYA, f"train {name}")
    world.clicks(BEN, "approve", _operation(world, f"Train {name}-v1"))
    world.upload(f"{name}/silent/another.mp4", good_clips["silent"])
    world.pump(lambda: world.sees("another.mp4` 1920x1080"))
    _time(world, 1, "training_poll")
    world.pump(lambda: world.sees(f"Train {name}-v1: changed since you approved"))
    assert world.paid("training", f"{name}-v1") == 0


def test_an_approval_expires_by_the_timer(world: World) -> None:
    name = with_clips(world, "studio-weu")
    world.says(MAYA, f"train {name}")
    value = _operation(world, f"Train {name}-v1")
    _time(world, 73, "training_poll")
    world.pump(lambda: world.sees(f"Train {name}-v1: expired"))
    world.clicks(BEN, "approve", value)
    _time(world, 1, "training_poll")
    assert world.paid("training", f"{name}-v1") == 0


def test_a_rejection_carries_its_reason_to_the_card(world: World) -> None:
    name = with_clips(world, "studio-weu")
    world.says(MAYA, f"train {name}")
    value = _operation(world, f"Train {name}-v1")
    avatar, operation, revision = value.split("|")
    about = {"avatar": avatar, "subject": operation, "revision": revision, "channel": "C0AVATARS"}
    world.fills(BEN, "reject", about, {"why": {"type": "plain_text_input", "value": f"not {name} this month"}})
    world.pump(lambda: world.sees(f"Train {name}-v1: rejected"))
    (card,) = [text for text in world.texts() if f"Train {name}-v1: rejected" in text]
    assert f"Rejected by <@{BEN}>" in card
    assert f"not {name} this month" in card
    world.clicks(INES, "approve", value)
    _time(world, 1, "training_poll")
    assert world.paid("training", f"{name}-v1") == 0


def test_a_model_is_deployed_tried_flagged_when_idle_removed_and_brought_back(
    world: World, good_clips: dict[str, bytes]
) -> None:
    name = _deployed(world, good_clips)
    world.says(MAYA, f"try {name}")
    assert "about $0.07" in world.texts()[-1]
    live = next(iter(Book.of(_services().records.load(name).records).deployments))
    assert not Book.of(_services().records.load(name).records).trials  # the price first, then a click
    world.clicks(MAYA, "try", f"{name}|{live}|0")
    world.pump(lambda: world.sees(f"Trying `{name}-v1`"))
    _time(world, 0.2, "training_poll")
    world.pump(lambda: world.sees(f"`{name}-v1` works: the video is in this thread"))
    (video,) = [m for m in world.stack.slack.messages["C0AVATARS"] if m["files"] and name in m["files"][0]["name"]]
    assert video["thread_ts"]
    assert world.stack.slack.files[video["files"][0]["id"]].content[4:8] == b"ftyp"
    (trial,) = Book.of(_services().records.load(name).records).trials.values()
    assert world.paid("synthesis", trial.id) == 1
    _watched(world, name, 24)
    assert not world.sees(f"Idle deployment: {name}-v1", "C0ONCALL")
    _watched(world, name, 49)
    world.pump(lambda: world.sees(f"Idle deployment: {name}-v1", "C0ONCALL"))
    alert = _operation(world, f"Idle deployment: {name}-v1", "C0ONCALL")
    world.clicks(MAYA, "remove_idle", alert)  # the owner asks for it; on-call needs nobody's approval
    assert world.sees(f"Remove {name}-v1: approval needed")
    world.clicks(LENA, "remove_idle", alert)
    _time(world, 0.2, "training_poll")
    world.pump(lambda: world.sees(f"Remove {name}-v1: done"))
    world.says(MAYA, f"deploy {name}")
    _time(world, 1, "training_poll")
    world.pump(lambda: sum(f"Deploy {name}-v1: done" in text for text in world.texts()) == 2)
    made = Book.of(_services().records.load(name).records).deployments
    assert {endpoint: world.paid("deployment", endpoint) for endpoint in made} == dict.fromkeys(made, 1)
    assert len(made) == 2


def test_a_portal_resource_asks_a_person_and_says_who_said_what(world: World) -> None:
    name = with_clips(world, "portal-wus2")
    world.says(MAYA, f"train {name}")
    world.clicks(BEN, "approve", _operation(world, f"Train {name}-v1"))
    task = _operation(world, f"Portal task: train {name}-v1", "C0OPERATORS")

    def card() -> str:
        (found,) = [text for text in world.texts("C0OPERATORS") if f"Portal task: train {name}-v1" in text]
        return found

    world.clicks(BEN, "take", task)
    assert "has this task" not in card()  # he is no operator
    world.clicks(OMAR, "take", task)
    world.pump(lambda: f"<@{OMAR}> has this task" in card())
    parts = [text for text in world.texts("C0OPERATORS") if "[Links for the files]" in text or "*Workspace*" in text]
    assert any("Ada Lovelace" in text for text in parts)
    assert any(
        f"{name}/natural/natural.mp4" in text and "Training data: Naturally Speaking (1)" in text for text in parts
    )
    ask = task.split("|")[1]
    world.clicks(OMAR, "part_done", f"{name}|{ask}#consent|0")
    world.pump(lambda: ":white_check_mark: *2.* Consent" in card())
    world.clicks(OMAR, "done", _operation(world, f"Portal task: train {name}-v1", "C0OPERATORS"))
    world.pump(lambda: world.sees(f"Train {name}-v1: running"))
    assert any(f"{name}-v1" in text and f"(started in the portal, as <@{OMAR}> said)" in text for text in world.texts())
    world.clicks(OMAR, "done", _operation(world, f"Portal task: train {name}-v1", "C0OPERATORS"))
    world.pump(lambda: world.sees(f"`{name}-v1` is ready (as <@{OMAR}> said)"))
    assert world.paid("training", f"{name}-v1") == 0  # nothing of ours called the service for it


def test_a_missed_upload_is_found_by_reconcile(world: World) -> None:
    name = _consented(world)
    world.stack.upload(f"{name}/natural/quiet.mp4", b"no video")
    world.functions["reconcile"].call(None)
    world.pump(lambda: world.sees("natural/quiet.mp4"))
    world.pump(lambda: [clip.state.status for clip in _services().records.clips(name)] == ["faulty"])
    (clip,) = _services().records.clips(name)
    assert clip.path.file == "quiet.mp4"


def test_the_app_is_healthy_and_says_so_by_part(world: World) -> None:
    import azure.functions as func

    answer = world.functions["health"].call(func.HttpRequest("GET", "http://local/api/health", body=b""))
    parts = json.loads(answer.get_body())
    assert answer.status_code == 200
    assert parts["slack"] == parts["tables"] == parts["speech studio-weu"] == "ok"
    asked = len(world.stack.slack.journal)
    again = world.functions["health"].call(func.HttpRequest("GET", "http://local/api/health", body=b""))
    assert (again.status_code, json.loads(again.get_body())) == (200, parts)
    assert len(world.stack.slack.journal) == asked  # whoever asks on and on uses up no quota


def test_breaking_the_glass_through_slack_starts_once_and_leaves_a_review(world: World) -> None:
    name = with_clips(world, "studio-weu")
    world.says(MAYA, f"train {name}")
    operation = _operation(world, f"Train {name}-v1").split("|")[1]
    world.says(BEN, f"break-glass {name} {operation} because the show is tonight")
    assert world.sees("may start something without its approvals")
    world.says(INES, f"break-glass {name} {operation} because the show is tonight")
    world.says(INES, f"break-glass {name} {operation} because the show is tonight")
    world.pump(lambda: world.sees(f"started *train {name}-v1* without its approvals"))
    _time(world, 0.2, "training_poll")
    assert world.paid("training", f"{name}-v1") <= 1
    world.says(BEN, "")
    assert world.sees("Review: train")


def test_a_request_that_nobody_decides_is_brought_up_again(world: World) -> None:
    name = with_clips(world, "studio-weu")
    world.says(MAYA, f"train {name}")
    _operation(world, f"Train {name}-v1")
    _time(world, 5, "training_poll", "training_poll")
    world.pump(lambda: world.sees(f"*train {name}-v1* still waits for approval"))
    assert sum(f"*train {name}-v1* still waits" in text for text in world.texts()) == 1


def test_what_is_stuck_can_be_asked_for(world: World) -> None:
    from sys import modules

    from shared.ports import Entry

    lists = modules["function_app"].services().lists
    entry = lists.put("stuck", Entry("presenter", "card", data={"code": "slack_not_in_channel", "effect": "show_card"}))
    world.says(MAYA, "admin stuck")
    assert world.sees("*presenter*: show_card could not be delivered (`slack_not_in_channel`)")
    lists.drop("stuck", entry)
    answer, messages = world.command(MAYA, "admin nonsense")
    assert b"`/avatar admin stuck` shows" in answer.get_body()
    assert messages == []


def test_a_second_request_is_told_who_holds_the_first_since_when_why_and_where(world: World) -> None:
    name = with_clips(world, "studio-weu")
    world.says(MAYA, f"train {name} because the spring show needs it")
    world.pump(lambda: world.sees(f"Train {name}-v1"))
    world.says(BEN, f"train {name}")
    (told,) = [text for text in world.texts() if f"There is already a training for *{name}*" in text]
    assert f"asked by <@{MAYA}>" in told
    assert "because: “the spring show needs it”" in told
    assert "waiting for approval" in told
    assert "/archives/C0AVATARS/p" in told


def test_the_policy_that_the_app_runs_with_is_on_record(world: World) -> None:
    for _ in range(2):
        _time(world, 0.2, "reconcile")
    services = _services()
    rows = services.records.history("~policy")
    assert [row.line.action for row in rows] == ["policy_changed"]


def test_the_statement_is_said_with_the_names_before_anybody_records_it(world: World) -> None:
    name = world.name()
    world.says(MAYA, f"new {name} in studio-weu")
    world.says(MAYA, f"consent script {name}")
    assert world.sees("Say in which language")
    world.says(MAYA, f'consent script {name} de-DE talent="Ada Lovelace" company=Contoso')
    assert world.sees("Ich Ada Lovelace weiß, dass Contoso einen Avatar von mir macht.")
    world.says(MAYA, f'consent {name} talent="Ada Lovelace" company=Northlight locale=en-US disclosed=yes')
    world.says(MAYA, f"consent script {name}")
    assert world.sees("I Ada Lovelace know that Northlight will make an avatar of me.")
    world.says(MAYA, f"consent script {name} xx-YY")
    assert world.sees("There is no statement for `xx-YY`")


def test_what_is_live_is_shown_with_how_programs_call_it(world: World) -> None:
    name = world.name()
    world.says(MAYA, f"adopt {name} in portal-wus2 model={name}-v1 since=2026-11-01")
    world.pump(lambda: world.sees(f"adopted *{name}*"))
    world.says(MAYA, f"use {name}")
    (told,) = [text for text in world.texts() if f"*`{name}-v1`* in `portal-wus2`" in text]
    assert f'"talkingAvatarCharacter": "{name}-v1", "customized": true' in told
    assert "api-version=2024-08-01" in told
    assert f'AvatarConfig("{name}-v1"' in told
    world.says(MAYA, f"new {world.name()} in studio-weu")
    world.says(MAYA, f"use avatar-{world._number}")
    assert world.sees(f"Nothing of *avatar-{world._number}* is live")
