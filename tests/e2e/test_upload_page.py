"""The upload page in Chromium: a large file arrives whole over a bad connection, a wrong one is refused before it is sent."""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import BlobServiceClient
from playwright.sync_api import BrowserContext, Locator, Page, expect

from local.clips.making import Recipe, make
from local.people import People, words
from local.pictures import browser
from local.stack import Stack

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(240)]
MAYA = "U0MAYA"
SIZE = 300 * 1024 * 1024


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack")) as started:
        with closing(People(started.page)) as people:
            people.say(MAYA, "/avatar new presenter in studio-weu")
            people.sees(MAYA, "made the avatar *presenter*")
        yield started


@pytest.fixture
def context() -> Iterator[BrowserContext]:
    with browser() as opened:
        yield opened


@pytest.fixture
def page(stack: Stack, context: BrowserContext) -> Page:
    return _opened(stack, context)


def _opened(stack: Stack, context: BrowserContext) -> Page:
    with closing(People(stack.page)) as people:
        people.say(MAYA, "/avatar upload presenter")
        told = words(people.sees(MAYA, "Open the upload page of presenter"))
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    opened.goto(re.findall(r"<([^|>]+)\|Open the upload page", told)[-1])
    expect(opened.get_by_role("heading", name="Upload clips of presenter")).to_be_visible()
    return opened


def _files(page: Page) -> Locator:
    return page.get_by_role("list", name="Files").get_by_role("listitem")


def _until_sent(page: Page, share: float) -> None:
    """The page forbids scripts from text, so its progress is asked for again and again."""
    bar = page.locator("progress").first
    for _ in range(3000):
        if float(bar.evaluate("bar => bar.value")) > share:
            return
        page.wait_for_timeout(20)
    raise AssertionError(share)


def _digest(content: Any) -> str:
    found = hashlib.sha256()
    for chunk in content:
        found.update(chunk)
    return found.hexdigest()


def _large(folder: Path) -> Path:
    """A real clip with a box that players skip, filled up to 300 MB."""
    path = make(folder / "large.mp4", Recipe(64, spoken=False, seed=5))
    with path.open("ab") as file:
        left = SIZE - path.stat().st_size
        file.write(left.to_bytes(4, "big") + b"free")
        while file.tell() < SIZE:
            file.write(os.urandom(min(1 << 20, SIZE - file.tell())))
    return path


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


def test_a_large_file_arrives_whole_though_the_connection_is_cut_twice(
    page: Page, context: BrowserContext, stack: Stack, tmp_path: Path
) -> None:
    path = _large(tmp_path)
    page.get_by_role("radio", name="Silent status").check()
    page.set_input_files("#files", path)
    row = _files(page).first
    for share in (10, 50):
        _until_sent(page, share)
        context.set_offline(True)
        expect(row).to_contain_text("The connection is lost", timeout=20_000)
        context.set_offline(False)
    expect(row).to_contain_text("Accepted", timeout=120_000)
    blob = BlobServiceClient.from_connection_string(stack.connection).get_blob_client(
        "clips", "presenter/silent/large.mp4"
    )
    assert blob.get_blob_properties().size == SIZE
    assert _digest(blob.download_blob().chunks()) == _digest(_read(path))


def test_after_the_page_was_closed_the_file_goes_on_where_it_was(
    page: Page, context: BrowserContext, stack: Stack, tmp_path: Path
) -> None:
    path = _large(tmp_path)
    page.get_by_role("radio", name="Interaction").check()
    page.set_input_files("#files", path)
    _until_sent(page, 30)
    page.close(run_before_unload=False)
    sent: list[str] = []
    again = _opened(stack, context)
    again.on("request", lambda request: sent.append(request.url) if "comp=block&" in request.url else None)
    again.get_by_role("radio", name="Interaction").check()
    again.set_input_files("#files", path)
    row = _files(again).first
    expect(row).to_contain_text(re.compile("Accepted|Not accepted"), timeout=120_000)
    assert 0 < len(sent) <= 30  # of 38 blocks
    blob = BlobServiceClient.from_connection_string(stack.connection).get_blob_client(
        "clips", "presenter/interaction/large.mp4"
    )
    assert blob.get_blob_properties().size == SIZE


def test_two_files_of_one_name_are_never_mixed(context: BrowserContext, stack: Stack, tmp_path: Path) -> None:
    """The first is begun, the second sent whole under the same name, and then the first after all."""
    (tmp_path / "other").mkdir()
    first, second = _large(tmp_path), _large(tmp_path / "other")

    def upload(page: Page, path: Path) -> None:
        page.get_by_role("radio", name="Status 0").check()
        page.set_input_files("#files", path)

    page = _opened(stack, context)
    upload(page, first)
    _until_sent(page, 30)
    page.close(run_before_unload=False)
    again = _opened(stack, context)
    for path in (second, first):
        upload(again, path)
        expect(_files(again).first).to_contain_text(re.compile("Accepted|Not accepted"), timeout=120_000)
        blob = BlobServiceClient.from_connection_string(stack.connection).get_blob_client(
            "clips", "presenter/status0/large.mp4"
        )
        assert _digest(blob.download_blob().chunks()) == _digest(_read(path))


def test_a_wrong_file_is_refused_before_anything_is_sent(page: Page, tmp_path: Path) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method in {"PUT", "POST"} else None)
    for name, content, says in (
        ("notes.txt", b"hello", "This is not an .mp4 or .mov file"),
        ("empty.mp4", b"", "The file is empty"),
        ("text.mp4", b"just some text, no video", "This is not a video in an .mp4 or .mov container"),
    ):
        (tmp_path / name).write_bytes(content)
        page.set_input_files("#files", tmp_path / name)
        expect(_files(page).filter(has_text=name)).to_contain_text(says)
    assert sent == []


def test_the_verdict_of_a_short_clip_is_there_with_its_fix(page: Page, tmp_path: Path) -> None:
    path = make(tmp_path / "small.mp4", Recipe(8, 1280, 720))
    page.set_input_files("#files", path)
    row = _files(page).filter(has_text="small.mp4")
    expect(row).to_contain_text("Not accepted", timeout=30_000)
    expect(row).to_contain_text("Required: 1920x1080 or more")
    expect(row).to_contain_text("How to fix it")


def test_what_is_missing_and_what_is_there_is_shown_and_follows_each_verdict(
    page: Page, context: BrowserContext, stack: Stack, tmp_path: Path
) -> None:
    lacks = page.get_by_role("list", name="Still missing before training").get_by_role("listitem")
    expect(lacks.filter(has_text="The consent video")).to_be_visible()
    page.get_by_role("radio", name=re.compile("^Gesture")).check()
    page.set_input_files("#files", make(tmp_path / "wave.mp4", Recipe(8, spoken=False, seed=3)))
    expect(_files(page).first).to_contain_text("Accepted", timeout=60_000)
    there = page.get_by_role("list", name=re.compile("is there|are there")).get_by_role("listitem")
    expect(there.filter(has_text="gesture/wave.mp4")).to_contain_text("✓", timeout=30_000)
    expect(page.locator("label[data-kind=gesture]")).to_contain_text("1 accepted")
    expect(lacks.filter(has_text="A status 0 speaking clip")).to_be_visible()  # since there is a gesture now
    later = _opened(stack, context)
    expect(later.get_by_role("list", name=re.compile("is there|are there"))).to_contain_text(
        "gesture/wave.mp4", timeout=30_000
    )


def test_an_expired_link_says_what_to_do(context: BrowserContext, stack: Stack) -> None:
    opened = context.new_page()
    opened.goto(f"{stack.app}/api/upload#b3Zlcg.b3Zlcg")
    expect(opened.get_by_role("status").first).to_contain_text("Type /avatar upload in Slack")
    expect(opened.get_by_text("Choose files")).to_be_hidden()


def test_by_keyboard_and_at_the_width_of_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth <= 360")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Silent status")).to_be_checked()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "files"
