"""`make pictures`: play the tour and take the pictures of docs/pictures with Chromium."""

import shutil
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from local.stack import Stack
from local.tour import Tour

PICTURES = Path("docs/pictures")
FOLDER = Path(".local/pictures")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium() -> str | None:
    """Where Chromium is installed, if it is."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


@contextmanager
def browser(width: int = 1280, height: int = 860) -> Generator[Any]:
    """A headless browser's context."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield opened.new_context(viewport={"width": width, "height": height}, device_scale_factor=1, timezone_id="UTC")
        opened.close()


def main() -> None:
    if chromium() is None:
        sys.exit("Chromium is needed for the pictures: on Debian, apt-get install chromium")
    shutil.rmtree(FOLDER, ignore_errors=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with Stack(FOLDER) as stack, closing(Tour(stack, FOLDER / "clips")) as tour, browser() as context:
        page: Page = context.new_page()
        tour.make_avatar()
        tour.consent()
        tour.upload()
        burst = next(m["ts"] for m in stack.slack.messages["C0AVATARS"] if "uploaded for presenter" in m["text"])
        _shot(page, stack, f"#U0MAYA/C0AVATARS/{burst}", "clips")
        _drawn(stack, "marked in red: other light", "clip-sheet")
        _drawn(stack, "The sound is distorted", "clip-sound")
        _upload_page(context, tour)
        tour.propose()
        _shot(page, stack, "#U0BEN/C0AVATARS", "approval")
        tour.approve()
        tour.follow_training()
        tour.copy()
        tour.deploy()
        tour.fall_idle()
        _shot(page, stack, "#U0LENA/C0ONCALL", "idle")
        _shot(page, stack, "#U0BEN/home", "home")
        tour.settle_idle()
        tour.portal_task()
        _shot(page, stack, "#U0OMAR/C0OPERATORS", "portal-task")


def _upload_page(context: Any, tour: Tour) -> None:
    """As a producer has it: an accepted clip, one that is too small, and a file that is no clip."""
    page: Page = context.new_page()
    page.set_viewport_size({"width": 900, "height": 1060})
    page.goto(tour.upload_link())
    page.wait_for_timeout(800)
    notes = FOLDER / "notes.txt"
    notes.write_text("no clip", encoding="utf-8")
    for kind, path in (
        ("Naturally speaking", FOLDER / "clips" / "small.mp4"),
        ("Silent status", FOLDER / "clips" / "silent.mp4"),
    ):
        page.get_by_role("radio", name=kind).check()
        page.set_input_files("#files", path)
        page.get_by_role("listitem").filter(has_text=path.name).get_by_text("ccepted").first.wait_for(timeout=60_000)
    page.set_input_files("#files", notes)
    page.wait_for_timeout(300)
    page.screenshot(path=PICTURES / "upload.png")
    page.close()
    print("   picture upload.png")


def _drawn(stack: Stack, alt: str, name: str) -> None:
    """A picture that the app itself drew and uploaded."""
    file = next(file for file in stack.slack.files.values() if alt.lower() in file.alt.lower())
    (PICTURES / f"{name}.jpg").write_bytes(file.content)
    print(f"   picture {name}.jpg")


def _shot(page: Page, stack: Stack, place: str, name: str) -> None:
    page.goto("about:blank")
    page.goto(f"{stack.page}/{place}")
    page.wait_for_timeout(1500)  # fonts and the first state
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"   picture {name}.png")


if __name__ == "__main__":
    main()
