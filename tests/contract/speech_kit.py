"""What the tests of the Speech stand-in share: two studios, a clock to turn, and calls in process."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from local.speech.app import build
from local.speech.journal import Journal
from local.speech.resources import ResourceSpec
from local.speech.world import World

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ENDPOINT = "0f5c1b1e-6a0b-4a55-9b1f-0d6c3c8a7b21"
SAS = "https://clips.example.test/mara?sv=2025-01-05&sig=very-secret"
ARM = "/subscriptions/0000/resourceGroups/studio/providers/Microsoft.CognitiveServices/accounts/"
CONSENT = {
    "voiceTalentName": "Mara Lind",
    "companyName": "Northlight",
    "audioUrl": SAS,
    "locale": "en-US",
    "projectId": "mara",
}
MODEL = {
    "recipe": {"kind": "CustomAvatar"},
    "projectId": "mara",
    "consentId": "mara-consent",
    "trainingSetId": "mara-set",
    "properties": {"voiceSync": True},
}
SYNTHESIS = {
    "inputKind": "PlainText",
    "inputs": [{"content": "Good morning, and welcome to the studio."}],
    "synthesisConfig": {"voice": "en-US-AvaMultilingualNeural"},
    "avatarConfig": {"talkingAvatarCharacter": "mara-v1", "customized": True},
}


def spec(name: str, region: str, **more: Any) -> ResourceSpec:
    return ResourceSpec(name=name, region=region, key=f"key-{name}", arm_id=ARM + name, **more)


class Studio:
    """The stand-in with `west` (trains), `north` (hosts) and `free` (F0); `answers` keeps all that was said."""

    def __init__(self, **switches: Any) -> None:
        self.time = START
        specs = [
            spec("west", "westeurope", can_train=True, voice_sync=True),
            spec("north", "northeurope"),
            spec("free", "westus2", can_train=True, sku="F0"),
        ]
        self.world = World(specs, lambda: self.time, Journal(), **switches)
        self.app = build(self.world)
        self.answers: list[tuple[str, httpx.Response]] = []

    def wait(self, **amount: float) -> None:
        self.time += timedelta(**amount)

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://speech.test") as client:
                return await client.request(method, path, **more)

        answer = asyncio.run(run())
        self.answers.append((path, answer))
        return answer

    def voice(self, method: str, path: str, body: Any = None, *, on: str = "west", **more: Any) -> httpx.Response:
        """A call of the control plane; `operation` is its Operation-Id."""
        headers = {"Ocp-Apim-Subscription-Key": f"key-{on}", **more.pop("headers", {})}
        if operation := more.pop("operation", None):
            headers["Operation-Id"] = operation
        params = {"api-version": "2026-01-01", **more.pop("params", {})}
        return self.send(method, f"/r/{on}/customvoice{path}", json=body, headers=headers, params=params, **more)

    def batch(self, method: str, path: str, body: Any = None, *, on: str = "west", **params: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer local-{on}"}
        params = {"api-version": "2024-08-01", **params}
        return self.send(method, f"/r/{on}/avatar{path}", json=body, headers=headers, params=params)

    def control(self, name: str, **body: Any) -> Any:
        answer = self.send("POST", f"/_control/{name}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def metric(self, name: str, start: datetime, end: datetime, *, on: str = "west", interval: str = "PT1H") -> Any:
        params = {
            "api-version": "2023-10-01",
            "metricnames": name,
            "timespan": f"{start:%Y-%m-%dT%H:%M:%SZ}/{end:%Y-%m-%dT%H:%M:%SZ}",
            "interval": interval,
            "aggregation": "total",
            "metricnamespace": "Microsoft.CognitiveServices/accounts",
        }
        path = f"/management{ARM}{on}/providers/Microsoft.Insights/metrics"
        return self.send("GET", path, params=params, headers={"Authorization": "Bearer local-management"}).json()

    def total(self, name: str, *, on: str = "west") -> float:
        """The metric's sum since the start, once its latest points have arrived."""
        end = self.time
        self.wait(minutes=self.world.metric_delay_minutes)
        series = self.metric(name, START, end, on=on)["value"][0]["timeseries"]
        return sum(point["total"] for part in series for point in part["data"])

    def prepare(self) -> None:
        """Project, consent and clips of one avatar, ready to be trained."""
        self.voice("PUT", "/projects/mara", {"kind": "CustomAvatar"})
        self.voice("PUT", "/consents/mara-consent", CONSENT)
        self.voice("PUT", "/trainingsets/mara-set", {"locale": "en-US", "projectId": "mara"})
        self.upload("NaturallySpeaking")
        self.upload("SilentStatus")
        self.wait(minutes=5)

    def upload(self, kind: str, **more: Any) -> httpx.Response:
        dataset = {"kind": kind, "audios": {"containerUrl": SAS, "prefix": f"{kind}/", "extensions": [".mp4"]}}
        return self.voice("POST", "/trainingsets/mara-set:upload", dataset, **more)

    def train(self, **more: Any) -> httpx.Response:
        return self.voice("PUT", "/models/mara-v1", MODEL, **more)

    def deploy(self, **more: Any) -> httpx.Response:
        body = {"projectId": "mara", "modelId": "mara-v1"}
        return self.voice("PUT", f"/endpoints/{ENDPOINT}", body, **more)

    def live(self) -> None:
        """Everything up to a deployed avatar."""
        self.prepare()
        self.train()
        self.wait(hours=41)
        self.deploy()
        self.wait(minutes=5)

    def status(self, path: str, *, on: str = "west") -> str:
        return self.voice("GET", path, on=on).json()["status"]

    def started(self) -> list[tuple[str, str]]:
        return [(entry.started.kind, entry.started.id) for entry in self.world.journal.started() if entry.started]
