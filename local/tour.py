"""The main job as a tour: who does what, and what must be seen, step by step."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from local.clips.making import Recipe, make
from local.people import NAMES, People, readable, words
from local.stack import Stack

MAYA, BEN, OMAR, LENA = "U0MAYA", "U0BEN", "U0OMAR", "U0LENA"
AVATARS, OPERATORS, ON_CALL = "C0AVATARS", "C0OPERATORS", "C0ONCALL"
FAST = 20_000.0
CLIPS = {
    "consent": Recipe(16, seed=2),
    "natural": Recipe(304),
    "silent": Recipe(64, spoken=False, seed=3),
    "small": Recipe(8, 1280, 720),
    "slow": Recipe(8, fps=15),
    "marred": Recipe(8, marred=True),
}


class Tour:
    """The steps of the demo, each with what it waits for; a step that does not get there raises."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self._stack = stack
        self._people = People(stack.page)
        self._speech = httpx.Client(base_url=stack.speech, timeout=30)
        self._folder = folder
        pool = ThreadPoolExecutor(2, thread_name_prefix="clips")  # clips are made while the first steps are played
        self._clips: dict[str, Future[Path]] = {
            name: pool.submit(make, folder / f"{name}.mp4", recipe) for name, recipe in CLIPS.items()
        }
        pool.shutdown(wait=False)

    def close(self) -> None:
        self._people.close()
        self._speech.close()

    def steps(self) -> Iterator[tuple[str, Callable[[], None]]]:
        yield "make the avatar", self.make_avatar
        yield "upload and record the consent", self.consent
        yield "upload clips, good and bad, and see them checked", self.upload
        yield "ask for training too early, then in time; approve it", self.train
        yield "follow the training to its end", self.follow_training
        yield "copy the model to another region", self.copy
        yield "deploy it", self.deploy
        yield "see it speak: two seconds of video", self.try_out
        yield "use it, then not; the idle watch flags it; remove it, bring it back", self.idle
        yield "the same through the portal, with an operator", self.portal
        yield "adopt what was deployed earlier in the portal", self.adopt
        yield "read the history", self.history
        yield "nothing broke a rule of Slack or Speech", self.rules_kept

    def make_avatar(self) -> None:
        self._say(MAYA, "/avatar new presenter")
        self._people.fill(MAYA, "New avatar", {"name": "presenter", "resource": "studio-weu", "voicesync": "yes"})
        self._shows(MAYA, "made the avatar *presenter*")

    def consent(self) -> None:
        self._upload("presenter/consent/statement.mp4", self._clips["consent"].result())
        self._say(MAYA, "/avatar consent presenter")
        wrong = self._people.fill(MAYA, "Consent", {"talent": "Ada Lovelace", "company": "Northlight Studio"})
        assert "disclosed" in wrong, wrong
        filled = {
            "talent": "Ada Lovelace",
            "company": "Northlight Studio",
            "locale": "en-US",
            "scope": "avatar+voice",
            "disclosed": "yes",
        }
        assert not self._people.fill(MAYA, "Consent", filled)
        self._shows(MAYA, "recorded the talent's consent")

    def upload(self) -> None:
        natural = self._clips["natural"].result()
        cut, text = self._folder / "cut.mp4", self._folder / "text.mp4"
        cut.write_bytes(natural.read_bytes()[: natural.stat().st_size // 2])
        text.write_text("This is no video.\n" * 50, encoding="utf-8")
        for name, path in (
            ("silent/listening.mp4", self._clips["silent"].result()),
            ("natural/too-small.mp4", self._clips["small"].result()),
            ("natural/too-slow.mp4", self._clips["slow"].result()),
            ("natural/black.mp4", self._clips["marred"].result()),
            ("natural/text.mp4", text),
            ("natural/cut-off.mp4", cut),
        ):
            self._upload(f"presenter/{name}", path)
        self._shows(MAYA, "5 to fix", seconds=60)
        for wrong in (
            "picture is too small",
            "15 frames per second",
            "not a video file",
            "cut off",
            "picture is black for 0.8 s",
        ):
            self._shows(MAYA, wrong)
        self._shows(MAYA, "Still missing before training")

    def train(self) -> None:
        self.propose()
        self.approve()

    def upload_link(self) -> str:
        """The address of the upload page, as Slack shows it to the person who asked."""
        self._say(MAYA, "/avatar upload presenter")
        told = self._people.sees(MAYA, "Open the upload page of presenter")
        return words(told).split("<")[1].split("|")[0]

    def propose(self) -> None:
        self._say(MAYA, "/avatar train presenter")
        self._shows(MAYA, "can't be trained yet")
        self._upload("presenter/natural/talk.mp4", self._clips["natural"].result())
        self._shows(MAYA, "Ready to train", seconds=60)
        self._say(MAYA, "/avatar train presenter because the spring campaign starts in May")
        self._shows(MAYA, "Train presenter-v1: approval needed")

    def approve(self) -> None:
        self._press(MAYA, "Approve", "Train presenter-v1")
        self._shows(MAYA, "somebody else has to approve it")
        self._press(BEN, "Approve", "Train presenter-v1")
        self._shows(MAYA, "Train presenter-v1: approved, starting")
        self._fast_until(MAYA, "Train presenter-v1: running")

    def renew(self) -> None:
        """A second model, deployed while the first is live."""
        self._say(MAYA, "/avatar train presenter because she has a new haircut")
        self._press(BEN, "Approve", "Train presenter-v2")
        self._fast_until(MAYA, "Train presenter-v2: done", seconds=60)
        self._say(MAYA, "/avatar deploy presenter because the spring campaign shows the new one")
        self._press(BEN, "Approve", "Deploy presenter-v2")
        self._fast_until(MAYA, "Deploy presenter-v2: done", show=True)

    def follow_training(self) -> None:
        self._fast_until(MAYA, "h* metered of usually 20 to 40", show=True)
        self._fast_until(MAYA, "Train presenter-v1: done", seconds=60, show=True)

    def copy(self) -> None:
        why = "because the northern shows run there"
        self._say(MAYA, f"/avatar copy presenter to studio-neu {why}")
        self._shows(MAYA, "northeurope has no voice sync: the copy there would be without it")
        self._say(MAYA, f"/avatar copy presenter to studio-neu voicesync=no {why}")
        self._shows(MAYA, "Copy presenter-v1: approval needed")
        self._press(BEN, "Approve", "Copy presenter-v1")
        self._fast_until(MAYA, "Copy presenter-v1: done", show=True)

    def deploy(self) -> None:
        self._say(MAYA, "/avatar deploy presenter because the campaign page goes live")
        self._shows(MAYA, "a month")
        self._press(BEN, "Approve", "Deploy presenter-v1")
        self._fast_until(MAYA, "Deploy presenter-v1: done", show=True)

    def try_out(self) -> None:
        self._say(MAYA, "/avatar try presenter")
        self._press(MAYA, "Try it", "comes into the thread of its deployment")
        self._shows(MAYA, "Trying `presenter-v1`")
        self._people.clock(jump_hours=0.25)
        self._shows(MAYA, "`presenter-v1` works: the video is in this thread", seconds=60)
        file = self._people.until(MAYA, "the video", lambda state: _video(state, "presenter-v1"))
        size = len(self._stack.slack.files[file["id"]].content)
        print(f"   │ {file['name']} ({size / 1e6:.1f} MB): {file['title']}")

    def idle(self) -> None:
        self.fall_idle()
        self.settle_idle()

    def fall_idle(self) -> None:
        self._synthesize("presenter-v1")
        print("   (the avatar speaks once; then nobody uses it for three days)")
        self._people.clock(jump_hours=72)
        self._fast_until(LENA, "Idle deployment: presenter-v1", show=True)

    def settle_idle(self) -> None:
        self._press(LENA, "Remove", "Idle deployment: presenter-v1")
        self._fast_until(LENA, "It no longer costs", show=True)
        self._say(MAYA, "/avatar deploy presenter because the campaign was extended")
        self._fast_until(MAYA, "is live", newer="the campaign was extended", show=True)

    def ask_for_office_hours(self) -> None:
        self._say(
            MAYA, '/avatar deploy presenter in studio-neu hours="daily 08:00-19:00 UTC" because the shop opens at nine'
        )
        self._shows(MAYA, "the shop opens at nine")

    def live_by_day(self) -> None:
        """Approved in the morning; it rests at night, and is there again the next morning."""
        morning = 24 - self._stack.clock.now().hour + 9
        self._people.clock(jump_hours=morning)
        self._press(BEN, "Approve", "the shop opens at nine")
        for hours, sight in (
            (0, "live, and rests when they end"),
            (10, "presenter-v1 rests"),
            (13, "presenter-v1 is live again"),
        ):
            self._people.clock(jump_hours=hours)
            self._fast_until(MAYA, sight, seconds=60, show=True, speed=120)

    def portal(self) -> None:
        self.offer_task()
        self.take_task()
        self.start_there()
        self.follow_there()
        for step, action, why in (("deploy", "deploy", ""), ("remove", "undeploy", "it was only a rehearsal")):
            self.ask_there(step, why)
            self.done_there(step, action)

    def offer_task(self) -> None:
        """A second avatar, on a resource that only people can drive, up to the task that is offered to operators."""
        self._say(MAYA, "/avatar new narrator in portal-wus2")
        self._shows(MAYA, "made the avatar *narrator*")
        names = 'talent="Grace Hopper" company="Northlight Studio"'
        self._say(MAYA, f"/avatar consent narrator {names} locale=en-US disclosed=yes")
        for path, clip in (("consent/g.mp4", "consent"), ("silent/g.mp4", "silent"), ("natural/g.mp4", "natural")):
            self._upload(f"narrator/{path}", self._clips[clip].result())
        self._shows(MAYA, "/avatar train narrator`", seconds=60)
        self._say(MAYA, "/avatar train narrator")
        self._press(BEN, "Approve", "Train narrator-v1")
        self._shows(OMAR, "Portal task: train narrator-v1", OPERATORS)

    def take_task(self) -> None:
        self._take("train narrator-v1")
        self._shows(OMAR, "Training data: Naturally Speaking", OPERATORS)

    def do_part(self) -> None:
        self._press(OMAR, "Done", "*Workspace*", OPERATORS)
        self._shows(OMAR, ":white_check_mark: *1.* Workspace", OPERATORS)

    def start_there(self) -> None:
        self._press(OMAR, "Compare the files", "train narrator-v1", OPERATORS)
        assert not self._people.fill(OMAR, "Compare the files", {"why": "g.mp4\nholiday.mp4"})
        self._shows(OMAR, "`holiday.mp4`: delete it in the portal")
        self._press(OMAR, "Compare the files", "train narrator-v1", OPERATORS)
        assert not self._people.fill(OMAR, "Compare the files", {"why": "g.mp4\ng.mp4"})
        self._shows(OMAR, "go on")
        self._done("train narrator-v1", {"action": "train", "project": "narrator", "hours": 24})
        self._shows(MAYA, "started in the portal")

    def follow_there(self) -> None:
        self.ask_how_it_goes()
        self.tell_it_succeeded()

    def ask_how_it_goes(self) -> None:
        self._fast_until(OMAR, "how does *train narrator-v1*", show=True)

    def tell_it_succeeded(self) -> None:
        self._press(OMAR, "It succeeded", "train narrator-v1", OPERATORS)
        self._shows(MAYA, "Train narrator-v1: done")

    def ask_there(self, step: str, why: str, to: str = "") -> None:
        """Ask for the next step of it, up to the task that an operator took."""
        self._say(MAYA, f"/avatar {step} narrator{f' to {to}' if to else ''}{f' because {why}' if why else ''}")
        self._press(BEN, "Approve", f"{step.capitalize()} narrator-v1")
        self._take(f"{step} narrator-v1")

    def done_there(self, step: str, action: str, **more: Any) -> None:
        self._done(f"{step} narrator-v1", {"action": action, **more})
        self._shows(MAYA, f"{step.capitalize()} narrator-v1: done")

    def open_import(self) -> None:
        self._say(MAYA, "/avatar import")

    def adopt(self) -> None:
        """The first value that a team gets: a deployment of last month, under the watch in one line."""
        self._say(MAYA, "/avatar adopt anchor in portal-wus2 model=anchor-v1 since=2026-01-02")
        self._shows(MAYA, "adopted *anchor*")
        self._say(MAYA, "/avatar use anchor")
        self._shows(MAYA, '"talkingAvatarCharacter": "anchor-v1"')

    def history(self) -> None:
        self._say(MAYA, "/avatar history presenter")
        self._shows(MAYA, "History of presenter")

    def rules_kept(self) -> None:
        """The demo breaks none of Slack's limits and sends Speech nothing that it does not know."""
        journal = self._speech.get("/_control/journal").json()["entries"]
        broken = [*self._stack.slack.violations, *(entry["violation"] for entry in journal if entry["violation"])]
        paid = [(entry["resource"], tuple(entry["started"].values())) for entry in journal if entry["started"]]
        print(f"   Slack: {len(self._stack.slack.journal)} calls; Speech: {len(journal)} calls, {len(paid)} paid works")
        assert not broken, broken
        assert len(paid) == len(set(paid)), paid

    def _take(self, task: str) -> None:
        self._press(OMAR, "I'll take it", task, OPERATORS)
        self._shows(OMAR, "has this task", OPERATORS, newer=task)

    def _done(self, task: str, act: dict[str, Any]) -> None:
        """The operator does it in the portal, and says so."""
        self._act({"model": "narrator-v1", **act})
        self._press(OMAR, "Training started" if act["action"] == "train" else "Done", task, OPERATORS)

    def _act(self, act: dict[str, Any]) -> None:
        print(f"   {NAMES[OMAR]} in the portal: {act['action']} {act['model']}")
        self._speech.post("/_control/portal", json={"resource": "portal-wus2", **act}).raise_for_status()

    def _synthesize(self, model: str) -> None:
        """A client of the avatar: one batch job, by the documented API."""
        self._speech.put(
            "/r/studio-weu/avatar/batchsyntheses/greeting-1",
            params={"api-version": "2024-08-01"},
            headers={"Ocp-Apim-Subscription-Key": "local-key-studio-weu"},
            json={
                "inputKind": "PlainText", "inputs": [{"content": "Hello and welcome."}],
                "synthesisConfig": {"voice": "en-US-AvaNeural"},
                "avatarConfig": {"talkingAvatarCharacter": model, "customized": True},
            },
        ).raise_for_status()  # fmt: skip

    def _say(self, user: str, text: str) -> None:
        print(f"   {NAMES[user]}: {text}", flush=True)
        self._people.say(user, text)

    def _press(self, user: str, label: str, about: str, channel: str = "") -> None:
        self._people.press(user, label, about, channel)
        print(f"   {NAMES[user]} presses [{label}]", flush=True)

    def _upload(self, blob: str, path: Path) -> None:
        print(f"   upload {blob} ({path.stat().st_size / 1e6:.1f} MB)", flush=True)
        with path.open("rb") as content:
            self._stack.upload(blob, content)

    def _shows(self, user: str, text: str, channel: str = "", seconds: float = 30, newer: str = "") -> None:
        message = self._people.sees(user, text, channel, seconds)
        if newer:
            message = self._people.until(user, f"“{text}”", lambda state: _with(state, text, newer), seconds)
        _print(message)

    def _fast_until(
        self, user: str, text: str, seconds: float = 40, newer: str = "", *, show: bool = False, speed: float = FAST
    ) -> None:
        """Let business time run until this is seen, then let it walk again."""
        self._people.clock(speed)
        try:
            message = self._people.until(user, f"“{text}”", lambda state: _with(state, text, newer), seconds)
        finally:
            self._people.clock(1.0)
        if show:
            _print(message)


def _with(state: dict[str, Any], text: str, also: str) -> dict[str, Any] | None:
    found = [m for messages in state["messages"].values() for m in messages if text in words(m) and also in words(m)]
    return found[-1] if found else None


def _video(state: dict[str, Any], model: str) -> dict[str, Any] | None:
    files = [file for messages in state["messages"].values() for message in messages for file in message["files"]]
    return next((file for file in files if model in file["name"] and file["mimetype"] == "video/mp4"), None)


def _print(message: dict[str, Any]) -> None:
    lines = readable(words(message)).splitlines()
    print("\n".join(f"   │ {line}" for line in lines), flush=True)
