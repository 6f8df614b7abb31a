"""Forty files dropped at once: one message that fills in, one reply for each clip with its findings and pictures, nothing twice."""

import json
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import azure.functions as func
import pytest
from azure.storage.blob import BlobClient

from local.people import words
from shared.domain.clips import Accepted, Checking, Faulty
from tests.integration.clip_kit import Film, encode
from tests.integration.conftest import World
from tests.integration.people_kit import HOME, Json, services
from tests.integration.states_kit import made

WORKERS = 4
KINDS = ("good", *["small"] * 5, "text", "empty")  # what eight files after each other hold
FILES = [f"take-{number:02d}.mp4" for number in range(40)]
COUNTS = re.compile(r"(\d+) clips uploaded for [\w-]+: (\d+) good, (\d+) to fix, (\d+) being checked")
SAYS = {
    "good": "*is good*",
    "small": "The picture is too small: 320x180.",
    "text": "This is not a video file",
    "empty": "The file is empty.",
}


def _drop(world: World, name: str) -> dict[str, str]:
    """All of them at once, and every event comes twice: what each file is."""
    contents = {
        "good": encode(Film(seconds=2, width=1920, height=1080)), "small": encode(Film(seconds=1, width=320, height=180)),
        "text": b"no video", "empty": b"",
    }  # fmt: skip
    held = {file: KINDS[number % len(KINDS)] for number, file in enumerate(FILES)}

    def upload(file: str) -> None:
        blob = f"{name}/gesture/{file}"
        world.upload(blob, contents[held[file]])
        world.functions["clip_uploaded"].call(BlobClient.from_connection_string(world.stack.connection, "clips", blob))

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(upload, FILES))
    return held


def _worked_off(world: World, name: str) -> None:
    """Several workers take what is queued, and get some of it twice."""
    deadline, pause = time.monotonic() + 150, threading.Event()

    def busy() -> bool:
        clips = services().records.clips(name)
        return any(isinstance(clip.state, Checking) for clip in clips) or bool(services().records.owed(name))

    def work(number: int) -> None:
        while busy():
            assert time.monotonic() < deadline, "the checks did not end in time"
            for queue, function in (("events", "events"), ("clip-checks", "clip_check")):
                for message in world.queues[queue].receive_messages(max_messages=1, visibility_timeout=60):
                    for _ in range(2 if number == 0 else 1):
                        body = func.QueueMessage(id=message.id, body=message.content.encode(), pop_receipt="p")
                        world.functions[function].call(body)
                    world.queues[queue].delete_message(message)
            pause.wait(0.02)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_forty_files_at_once_are_one_message_that_fills_in_and_one_reply_for_each(world: World) -> None:
    name = made(world)["name"]
    calls = len(world.stack.slack.journal)
    held = _drop(world, name)
    _worked_off(world, name)
    said = world.stack.slack.messages[HOME]
    (summary,) = [message for message in said if f"clips uploaded for {name}" in message["text"]]
    replies = [message for message in said if message["thread_ts"] == summary["ts"]]

    # The message: it was edited as the checks finished, never backwards, and says the truth at the end.
    shown = [entry for entry in world.stack.slack.journal[calls:] if entry.get("ts") == summary["ts"]]
    assert [entry["method"] for entry in shown] == ["chat.postMessage", *["chat.update"] * (len(shown) - 1)]
    counts = [tuple(map(int, found.groups())) for entry in shown if (found := COUNTS.search(entry["text"]))]
    assert len(counts) == len(shown)
    assert all(after[0] >= before[0] for before, after in pairwise(counts))
    assert all(sum(after[1:3]) >= sum(before[1:3]) for before, after in pairwise(counts))
    assert all(total == good + bad + open_ for total, good, bad, open_ in counts)
    assert counts[-1] == (40, 5, 35, 0)
    assert len(counts) <= 2 * len(FILES)
    assert len({step for step in counts if step[0] == len(FILES)}) > 5
    _is_readable(words(summary))

    # The thread: one reply for each clip, with what was found and its pictures.
    about = {file: [reply for reply in replies if f"gesture/{file}`" in words(reply)] for file in FILES}
    assert {file: len(found) for file, found in about.items()} == dict.fromkeys(FILES, 1)
    assert len(replies) == len(FILES)
    assert all(float(reply["ts"]) > float(summary["ts"]) for reply in replies)
    for file, (reply,) in about.items():
        assert SAYS[held[file]] in words(reply)
        pictures = [block for block in reply["blocks"] if block["type"] == "image"]
        assert len(pictures) == (2 if held[file] in {"good", "small"} else 0), file
        assert all(world.stack.slack.files[block["slack_file"]["id"]].content for block in pictures)
    assert not [message for message in said if name in json.dumps(message) and _other(message, summary)]

    # Nothing twice: no picture, no line of the audit, no record.
    clips = services().records.clips(name)
    assert Counter(type(clip.state) for clip in clips) == {Accepted: 5, Faulty: 35}
    uploaded = Counter(
        file.name for file in world.stack.slack.files.values() if any(clip.id in file.name for clip in clips)
    )
    assert len(uploaded) == 2 * sum(held[file] in {"good", "small"} for file in FILES)
    assert set(uploaded.values()) == {1}
    lines = Counter((row.line.action, row.line.subject) for row in services().records.history(name))
    assert {lines[action, clip.id] for clip in clips for action in ("clip_uploaded", "clip_checked")} == {1}
    assert not [entry for entry in services().lists.entries("poison") if entry.avatar == name]


def _other(message: Json, summary: Json) -> bool:
    """A message about this avatar that is neither the summary, nor a reply to it, nor its announcement."""
    return (
        message["ts"] != summary["ts"]
        and message["thread_ts"] != summary["ts"]
        and "made the avatar" not in message["text"]
    )


def _is_readable(summary: str) -> None:
    """What has to be fixed comes first, what is left out is counted and can be found, and nothing is a wall of text."""
    lines = summary.splitlines()
    named = [line for line in lines if "gesture/take-" in line]
    assert len(named) == 20
    assert all(line.startswith(":x:") for line in named)
    assert named == sorted(named)
    assert any("and 20 more" in line and "/avatar clips" in line for line in lines)
    assert len(lines) < 32
