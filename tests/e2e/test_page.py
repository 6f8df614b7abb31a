"""The page in Chromium: a person's path from the first command to an approved training, by mouse and keyboard."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from local.clips.making import Recipe, make
from local.pictures import browser
from local.stack import Stack

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack")) as started:
        yield started


@pytest.fixture
def page(stack: Stack) -> Iterator[Page]:
    problems: list[str] = []
    with browser() as context:
        opened: Page = context.new_page()
        opened.set_default_timeout(20_000)
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.on(
            "requestfailed", lambda request: problems.append(request.url) if stack.page not in request.url else None
        )
        opened.goto(f"{stack.page}/#U0MAYA/C0AVATARS")
        yield opened
    assert problems == []


def _say(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Message #avatars")
    box.fill(text)
    box.press("Enter")


def _shown(page: Page, text: str | re.Pattern[str]) -> Locator:
    """Text in a message; what is spoken to screen readers says it as well."""
    return page.get_by_role("listitem").get_by_text(text).last


def _clips(folder: Path) -> dict[str, tuple[str, Path]]:
    """By kind: its label on the upload page, and a clip."""
    return {
        "consent": ("Consent", make(folder / "statement.mp4", Recipe(8, seed=2))),
        "natural": ("Naturally speaking", make(folder / "talk.mp4", Recipe(304))),
        "silent": ("Silent status", make(folder / "listening.mp4", Recipe(64, spoken=False))),
    }


def test_a_team_gets_from_nothing_to_an_approved_training(page: Page, stack: Stack, tmp_path: Path) -> None:
    _say(page, "/avatar new presenter")
    form = page.get_by_role("dialog", name="New avatar")
    expect(form).to_be_visible()
    form.get_by_label("Name").fill("no good!")
    form.get_by_role("button", name="Create avatar").click()
    expect(form.get_by_text("can't be a name")).to_be_visible()
    form.get_by_label("Name").fill("presenter")
    form.get_by_role("button", name="Create avatar").click()
    expect(_shown(page, "made the avatar")).to_be_visible()

    _say(page, "/avatar consent presenter")
    consent = page.get_by_role("dialog", name="Consent")
    consent.get_by_label("Talent name").fill("Ada Lovelace")
    consent.get_by_label("Company name").fill("Northlight Studio")
    consent.get_by_role("checkbox").check()
    consent.get_by_role("button", name="Record it").click()
    expect(_shown(page, "recorded the talent's consent")).to_be_visible()

    page.get_by_role("button", name="Upload clips").first.click()
    page.get_by_role("complementary", name="Upload clips").get_by_role("button", name="presenter").click()
    with page.expect_popup() as opening:
        page.get_by_role("link", name="Open the upload page of presenter").last.click()
    upload = opening.value
    for kind, (label, file) in _clips(tmp_path).items():
        upload.get_by_role("radio", name=label).check()
        upload.set_input_files("#files", file)
        row = upload.get_by_role("list", name="Files").get_by_role("listitem").filter(has_text=file.name)
        expect(row).to_contain_text("Accepted", timeout=60_000)
        expect(page.get_by_text(re.compile(f"{kind}/{file.name}")).first).to_be_visible(timeout=30_000)
    expect(_shown(page, "Ready to train")).to_be_visible(timeout=30_000)

    _say(page, "/avatar train presenter because the spring campaign starts in May")
    expect(_shown(page, "Train presenter-v1: approval needed")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Approve")).last.click()
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(_shown(page, "somebody else has to approve it")).to_be_visible()

    page.get_by_label("You are").select_option("U0BEN")
    page.get_by_role("button", name=re.compile("^Approve")).last.click()
    question = page.get_by_role("dialog")
    expect(question.get_by_text("$300 to $600")).to_be_visible()
    question.get_by_role("button", name="Approve").click()
    expect(_shown(page, re.compile("Train presenter-v1: (approved, starting|running)"))).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Approve"))).to_have_count(0)
    assert stack.slack.violations == []


def test_home_shows_what_waits_and_what_is_live(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.page}/#U0BEN/home")
    expect(page.get_by_text("Waiting for you")).to_be_visible()
    expect(page.get_by_text("Live deployments")).to_be_visible()


def test_the_clock_can_be_moved_by_keyboard(page: Page) -> None:
    button = page.get_by_role("button", name="+1 day", exact=True)
    button.focus()
    before = page.get_by_role("banner").inner_text() if page.get_by_role("banner").count() else ""
    button.press("Enter")
    expect(page.locator("body")).not_to_contain_text(before or "\u0000")
