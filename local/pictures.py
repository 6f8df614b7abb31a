"""`make pictures`: play the tour and take the pictures of docs/pictures with Chromium."""

import shutil
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import FloatRect, Locator, Page, ViewportSize, sync_playwright

from local.people import People
from local.stack import Stack
from local.tour import AVATARS, BEN, LENA, MAYA, OMAR, ON_CALL, OPERATORS, Tour

PICTURES = Path("docs/pictures")
FOLDER = Path(".local/pictures")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
ROOMY: ViewportSize = {
    "width": 2400,
    "height": 3200,
}  # the thread panel takes 28 % of it, and nothing has to be scrolled
SCROLL = """(one, above) => {
  const box = one.closest(".scroller");
  box.scrollTop += one.getBoundingClientRect().top - box.getBoundingClientRect().top - above;
}"""
LINES = """avatar,resource,model,since,owner,endpoint
anchor,studio-weu,anchor-v3,2026-09-14,U0MAYA,
weather,studio-weu,weather-v1,2026-10-02,,
concierge,portal-wus2,concierge-v2,,U0BEN,"""


def chromium() -> str | None:
    """Where Chromium is installed, if it is."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


@contextmanager
def browser(width: int = 1280, height: int = 860, scale: float = 1) -> Generator[Any]:
    """A headless browser's context."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield opened.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=scale, timezone_id="UTC"
        )
        opened.close()


class Camera:
    """Takes pictures of the page: of all of it, of one message, or of a thread."""

    def __init__(self, stack: Stack, context: Any) -> None:
        self._stack = stack
        self._whole: Page = context.new_page()
        sharp = context.browser.new_context(viewport=ROOMY, device_scale_factor=2, timezone_id="UTC")
        self._near: Page = sharp.new_page()

    def page(self, place: str, name: str, *, width: int = 1000, height: int = 860, reply: str = "") -> None:
        """The whole page, as the person of `place` has it; `reply` is the last that the open thread shows."""
        self._whole.set_viewport_size({"width": width, "height": height})
        self._open(self._whole, place)
        if reply:
            last = self._whole.locator(".side .message").filter(has_text=reply).last
            last.evaluate("(one) => one.scrollIntoView({ block: 'end' })")
        self._whole.screenshot(path=_file(name))
        _saved(name)

    def around(self, user: str, channel: str, says: str, name: str, *, above: int, width: int = 1000) -> None:
        """The page, just so high that it shows one message and a little over it."""
        self._find(user, channel, says)
        self._whole.set_viewport_size({"width": width, "height": 2000})
        self._open(self._whole, f"#{user}/{channel}")
        frame = self._whole.locator(".main .scroller").bounding_box()
        message = self._whole.locator(".main .message").filter(has_text=says).last
        box = message.bounding_box()
        assert frame is not None
        assert box is not None
        fits = 2000 - frame["height"] + box["height"] + above + 2
        self._whole.set_viewport_size({"width": width, "height": round(fits)})
        self._whole.wait_for_timeout(300)
        message.evaluate(SCROLL, above)
        self._whole.screenshot(path=_file(name))
        _saved(name)

    def message(self, user: str, channel: str, says: str, name: str) -> None:
        """One message."""
        rows = self._thread(user, channel, says)
        rows.first.screenshot(path=_file(name))
        _saved(name)

    def thread(self, user: str, channel: str, says: str, name: str) -> None:
        """A message and what is in its thread."""
        self._near.screenshot(path=_file(name), clip=_around(self._thread(user, channel, says)))
        _saved(name)

    def replies(self, user: str, channel: str, says: str, name: str) -> None:
        """What is in the thread of a message."""
        rows = self._thread(user, channel, says)
        _ready(self._near)
        whole, first = _around(rows), rows.first.bounding_box()
        assert first is not None
        clip: FloatRect = {**whole, "y": first["y"] + first["height"], "height": whole["height"] - first["height"]}
        self._near.screenshot(path=_file(name), clip=clip)
        _saved(name)

    def form(self, user: str, channel: str, name: str, field: str, value: str) -> None:
        """The form that is open for somebody, with one field filled."""
        self._near.set_viewport_size({"width": 1000, "height": 1000})
        self._open(self._near, f"#{user}/{channel}")
        dialog = self._near.get_by_role("dialog")
        dialog.get_by_label(field).fill(value)
        self._near.evaluate("document.activeElement.blur()")
        dialog.screenshot(path=_file(name))
        dialog.get_by_role("button", name="Dismiss").click()
        self._near.set_viewport_size(ROOMY)
        _saved(name)

    def _thread(self, user: str, channel: str, says: str) -> Locator:
        self._open(self._near, f"#{user}/{channel}/{self._find(user, channel, says)}")
        return self._near.locator(".side .message")

    def _find(self, user: str, channel: str, says: str) -> str:
        """The newest message that says this, once it is there."""
        with closing(People(self._stack.page)) as people:
            return str(people.sees(user, says, channel)["ts"])

    def _open(self, page: Page, place: str) -> None:
        page.goto("about:blank")
        page.goto(f"{self._stack.page}/{place}")
        page.wait_for_timeout(1500)  # fonts and the first state
        _ready(page)


def main() -> None:
    if chromium() is None:
        sys.exit("Chromium is needed for the pictures: on Debian, apt-get install chromium")
    shutil.rmtree(FOLDER, ignore_errors=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with Stack(FOLDER) as stack, closing(Tour(stack, FOLDER / "clips")) as tour, browser(scale=1.5) as context:
        camera = Camera(stack, context)
        _training(stack, tour, camera, context)
        _live(tour, camera)
        _portal(tour, camera)
        _many(stack, camera)
        _question(stack, camera)
        tour.open_import()
        camera.form(MAYA, AVATARS, "import", "One line each", LINES)
        tour.ask_for_office_hours()
        camera.message(BEN, AVATARS, "the shop opens at nine", "office-hours")
        tour.live_by_day()
        camera.thread(MAYA, AVATARS, "live, and rests when they end", "office-hours-kept")


def _training(stack: Stack, tour: Tour, camera: Camera, context: Any) -> None:
    tour.make_avatar()
    tour.consent()
    tour.upload()
    burst = next(m["ts"] for m in stack.slack.messages[AVATARS] if "uploaded for presenter" in m["text"])
    camera.page(f"#{MAYA}/{AVATARS}/{burst}", "clips", width=1280, reply="presenter/natural/black.mp4")
    _drawn(stack, "marked in red: other light", "clip-sheet")
    _drawn(stack, "The sound is distorted", "clip-sound")
    tour.propose()
    camera.around(BEN, AVATARS, "Is it the same person?", "approval", above=2)
    tour.approve()
    tour.follow_training()
    _upload_page(context, tour)


def _live(tour: Tour, camera: Camera) -> None:
    tour.copy()
    tour.deploy()
    tour.try_out()
    camera.replies(MAYA, AVATARS, "Deploy presenter-v1: done", "trial")
    tour.fall_idle()
    camera.around(LENA, ON_CALL, "Idle deployment: presenter-v1", "idle", above=46)
    camera.page(f"#{LENA}/home", "home", height=480)
    tour.settle_idle()
    tour.renew()
    camera.message(MAYA, AVATARS, "Deploy presenter-v2: done", "deployed")


def _portal(tour: Tour, camera: Camera) -> None:
    tour.offer_task()
    camera.message(OMAR, OPERATORS, "Portal task: train narrator-v1", "task-offered")
    tour.take_task()
    tour.do_part()
    camera.thread(OMAR, OPERATORS, "Portal task: train narrator-v1", "task-train")
    tour.start_there()
    tour.ask_how_it_goes()
    camera.message(OMAR, OPERATORS, "compute hours. How does it go?", "task-running")
    tour.tell_it_succeeded()
    for step, action, why, to in (
        ("copy", "copy", "the eastern shows run there", "portal-eus2"),
        ("deploy", "deploy", "the radio play starts on Monday", ""),
        ("remove", "undeploy", "the radio play is over", ""),
    ):
        tour.ask_there(step, why, to)
        camera.message(OMAR, OPERATORS, f"Portal task: {step} narrator-v1", f"task-{step}")
        tour.done_there(step, action, **({"target": to} if to else {}))


def _many(stack: Stack, camera: Camera) -> None:
    """Seven that were made earlier and that nobody uses: one list; and the digest of the next morning."""
    with closing(People(stack.page)) as people:
        for day in range(1, 8):
            people.say(MAYA, f"/avatar adopt studio{day} in portal-eus2 model=studio{day}-v1 since=2026-11-{day:02d}")
        for day in range(1, 8):  # they are handled side by side: the last one asked for need not be the last
            people.sees(MAYA, f"adopted *studio{day}*", AVATARS)
        people.clock(jump_hours=24)
        camera.message(LENA, ON_CALL, "idle deployments cost", "idle-many")
        tomorrow = stack.clock.now() + timedelta(days=1)
        next_week = tomorrow + timedelta(days=(7 - tomorrow.weekday()) % 7 or 7)  # a Monday
        for day, name in ((tomorrow, "digest"), (next_week, "digest-weekly")):
            now, morning = stack.clock.now(), day.replace(hour=7, minute=40)  # before the digest's hour in any season
            people.clock(speed=60, jump_hours=(morning - now) / timedelta(hours=1))
            title = f"igest, {morning:%a %d %b}"
            people.sees(LENA, title, seconds=100)
            people.clock(speed=1)
            camera.message(LENA, ON_CALL, title, name)


def _question(stack: Stack, camera: Camera) -> None:
    """Two share a resource, somebody uses one of them in real time, and nobody can tell which: the owner is asked."""
    with closing(People(stack.page)) as people:
        for name in ("guide", "host"):
            people.say(MAYA, f"/avatar adopt {name} in portal-wus2 model={name}-v1 since=2026-11-02")
            people.sees(MAYA, f"adopted *{name}*", AVATARS)
        httpx.post(
            f"{stack.speech}/_control/usage", json={"resource": "portal-wus2", "seconds": 600}
        ).raise_for_status()
        people.clock(jump_hours=3)
        camera.message(MAYA, AVATARS, "Still needed? guide-v1", "question")


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
    page.screenshot(path=_file("upload"), full_page=True)
    page.close()
    _saved("upload")


def _drawn(stack: Stack, alt: str, name: str) -> None:
    """A picture that the app itself drew and uploaded."""
    file = next(file for file in stack.slack.files.values() if alt.lower() in file.alt.lower())
    (PICTURES / f"{name}.jpg").write_bytes(file.content)
    print(f"   picture {name}.jpg")


def _ready(page: Page) -> None:
    """Every picture is there, and every film shows its first frame."""
    page.wait_for_function(
        "[...document.images].every((one) => one.complete) && "
        "[...document.querySelectorAll('video')].every((one) => one.readyState >= 2 || one.error)"
    )


def _around(rows: Locator) -> FloatRect:
    """The smallest rectangle that holds them all."""
    boxes = [box for row in rows.all() if (box := row.bounding_box())]
    top, left = min(box["y"] for box in boxes), min(box["x"] for box in boxes)
    bottom = max(box["y"] + box["height"] for box in boxes)
    return {"x": left, "y": top, "width": boxes[0]["width"], "height": bottom - top}


def _file(name: str) -> Path:
    return PICTURES / f"{name}.png"


def _saved(name: str) -> None:
    """In few colours, which nobody sees and which make the file a third as large."""
    with Image.open(_file(name)) as taken:
        few = taken.convert("RGB").quantize(256, kmeans=3, dither=Image.Dither.NONE)
    few.save(_file(name), optimize=True)
    print(f"   picture {name}.png ({_file(name).stat().st_size / 1e3:.0f} KB)", flush=True)


if __name__ == "__main__":
    main()
