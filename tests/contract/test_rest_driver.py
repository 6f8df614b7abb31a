"""The rest driver over real HTTP against the stand-in: in fair weather, and with every fault at every one of its calls."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from shared.domain.policy import Step
from shared.domain.resources import Resource
from shared.errors import AppError, Broken, Refused, Temporary
from shared.ports import Job, Underway
from shared.speech.http import MOST_BYTES, Service
from shared.speech.monitor import Monitor
from shared.speech.rest import RestDriver
from tests import builders
from tests.contract.openapi.serving import Served
from tests.contract.speech_kit import ARM, ENDPOINT

STEPS: tuple[Step, ...] = ("train", "copy", "deploy", "remove")
SIGNED = "sv=2025-01-05&sig=very-secret-signature"
MINUTES: dict[Step, float] = {"train": 41 * 60, "copy": 20, "deploy": 5, "remove": 0}
PAID: dict[Step, list[tuple[str, str]]] = {
    "train": [("training", "presenter-v1")], "copy": [("copy", "presenter-v1")], "deploy": [("deployment", ENDPOINT)],
    "remove": [],
}  # fmt: skip
Send = Callable[[httpx.Request], httpx.Response]
Fault = Callable[[httpx.Request, Send], httpx.Response]


def answers(status: int, text: str = "", **headers: str) -> Fault:
    """This answer instead of the work."""
    named = {name.replace("_", "-"): value.encode("latin-1") for name, value in headers.items()}
    return lambda request, send: httpx.Response(status, text=text, headers=named)


def after_the_work(text: str) -> Fault:
    """The work is done, and another body comes back."""

    def fault(request: httpx.Request, send: Send) -> httpx.Response:
        send(request).read()
        return httpx.Response(200, text=text)

    return fault


def breaks(error: type[httpx.TransportError], *, after: bool) -> Fault:
    def fault(request: httpx.Request, send: Send) -> httpx.Response:
        if after:
            send(request).read()
        raise error("no answer", request=request)

    return fault


class Flood(httpx.SyncByteStream):
    """100 MB, and how much of it was taken."""

    taken = 0

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(100):
            self.taken += 1_000_000
            yield b" " * 1_000_000


HTML = "<html><body>Sign in to the guest network</body></html>"
FAULTS: dict[str, tuple[Fault, type[AppError] | None]] = {
    "no connection": (breaks(httpx.ConnectError, after=False), Temporary),
    "too slow, nothing done": (breaks(httpx.ReadTimeout, after=False), Temporary),
    "too slow, work done": (breaks(httpx.ReadTimeout, after=True), Temporary),
    "answer dropped": (breaks(httpx.RemoteProtocolError, after=True), Temporary),
    "500": (answers(500, HTML), Temporary),
    "502": (answers(502), Temporary),
    "503": (answers(503, '{"error": {"code": "ServiceUnavailable", "message": "later"}}'), Temporary),
    "429": (answers(429, Retry_After="7"), Temporary),
    "half of a JSON": (after_the_work('{"id": "pres'), Temporary),
    "a JSON list": (after_the_work("[]"), Temporary),
    "a JSON of nothing but brackets": (after_the_work("[" * 100_000), Temporary),
    "HTML for an answer": (answers(200, HTML), Temporary),
    "HTML for a 404": (answers(404, HTML), Temporary),
    "HTML for a 403": (answers(403, HTML), Temporary),
    "a redirect to another host": (answers(302, Location="https://elsewhere.test/"), Broken),
    "100 MB": (lambda request, send: httpx.Response(200, stream=Flood()), Temporary),
    "a token that ended": (answers(401, '{"error": {"code": "Unauthorized", "message": "expired"}}'), None),
}


class Weather(httpx.BaseTransport):
    """Real HTTP, with a fault at one of the calls; without a number, at all of them."""

    real = httpx.HTTPTransport()  # making one takes longer than a call

    def __init__(self, fault: Fault | None = None, at: int | None = None) -> None:
        self._fault, self._at = fault, at
        self.calls: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request)
        if self._fault and self._at in (None, len(self.calls) - 1):
            return self._fault(request, self.real.handle_request)
        return self.real.handle_request(request)


@dataclass
class Plane:
    """The driver's side: its resources and what it is asked to do."""

    studio: Served

    def resource(self, name: str, **more: object) -> Resource:
        given = {
            "name": name, "region": "westeurope", "driver": "rest", "can_train": True, "arm_id": ARM + name,
            "endpoint": f"{self.studio.client.base_url}".rstrip("/") + f"/r/{name}", "key": SecretStr(f"key-{name}"),
        }  # fmt: skip
        return Resource.model_validate(given | more)

    def driver(self, weather: Weather | None = None) -> RestDriver:
        client = httpx.Client(transport=weather or Weather(), timeout=10, trust_env=False)

        def service(resource: Resource) -> Service:
            key = resource.key.get_secret_value() if resource.key else ""
            return Service(client, resource.endpoint + resource.base_path, lambda: {"Ocp-Apim-Subscription-Key": key})

        return RestDriver(service, Monitor(Service(client, f"{self.studio.client.base_url}management", dict)))

    def job(self, step: Step, on: str = "west", **more: object) -> Job:
        given = {
            "ask": builders.operation(step).ask, "attempt": 1, "avatar": builders.avatar(), "resource": self.resource(on),
            "target": self.resource("north") if step == "copy" else None, "talent": "Ada Lovelace", "company": "Contoso",
            "files": tuple((kind, f"presenter/{kind}/a.mp4") for kind in ("natural", "silent", "consent")),
            "locale": "en-US", "endpoint": ENDPOINT, "link": lambda blob: f"https://store.test/clips/{blob}?{SIGNED}",
        }  # fmt: skip
        return Job(**(given | more))


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as studio:
        yield studio
        Weather.real.close()


@pytest.fixture
def plane(served: Served) -> Plane:
    served.world.reset()
    return Plane(served)


def begun(plane: Plane, driver: RestDriver, job: Job) -> list[AppError]:
    """Start as the queue and the timer do: again and again, until the service has it. What was said meanwhile."""
    said: list[AppError] = []
    for _ in range(8):
        try:
            if isinstance(driver.start(job), Underway):
                return said
        except (Temporary, Broken) as error:
            said.append(error)
        plane.studio.wait(minutes=4)
    raise AssertionError([str(error) for error in said])


def ready_for(plane: Plane, step: Step) -> None:
    """Everything before this step, and no trace of it in the journal."""
    order: tuple[Step, ...] = ("train", "copy", "deploy") if step == "remove" else ("train",)
    for before in order if step != "train" else ():
        begun(plane, plane.driver(), plane.job(before))
        plane.studio.wait(minutes=MINUTES[before] + 1)
    plane.studio.keep()


def ends_well(plane: Plane, step: Step) -> bool:
    now = plane.studio.time + timedelta(minutes=MINUTES[step] + 1)
    plane.studio.time = now
    return plane.driver().observe(plane.job(step), now, now).service_status == "Succeeded"


def is_open(sentence: str) -> bool:
    """Whether a person may read it."""
    return not any(secret in sentence for secret in ("very-secret", "key-west", "key-north", "<html", "sig="))


@pytest.mark.parametrize("step", STEPS)
def test_in_fair_weather_each_step_is_started_once_and_ends_well(plane: Plane, step: Step) -> None:
    ready_for(plane, step)
    plane.studio.restore()
    assert begun(plane, plane.driver(), plane.job(step)) == []
    assert plane.driver().begun(plane.job(step))
    begun(plane, plane.driver(), plane.job(step))
    assert plane.studio.started() == PAID[step]
    assert ends_well(plane, step)
    assert [entry.violation for entry in plane.studio.world.journal.violations()] == []


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_at_any_call_of_a_start_is_told_to_the_right_one_and_the_work_is_paid_once(
    plane: Plane, step: Step, name: str
) -> None:
    fault, kind = FAULTS[name]
    ready_for(plane, step)
    for at in range(40):
        plane.studio.restore()
        weather = Weather(fault, at)
        said = begun(plane, plane.driver(weather), plane.job(step))
        if len(weather.calls) <= at:
            assert at > 0
            break
        assert [type(error) for error in said] == ([kind] if kind else []), f"call {at}"
        assert all(is_open(error.sentence) and error.sentence for error in said)
        assert plane.studio.started() == PAID[step], f"call {at}"
        assert ends_well(plane, step), f"call {at}"
    else:
        raise AssertionError("the start needs more calls than expected")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", [name for name in FAULTS if FAULTS[name][1]])
def test_a_fault_never_makes_a_look_say_that_something_ended_or_is_gone(plane: Plane, step: Step, name: str) -> None:
    fault, kind = FAULTS[name]
    ready_for(plane, step)
    begun(plane, plane.driver(), plane.job(step))
    stormy = plane.driver(Weather(fault))
    now = plane.studio.time
    for look in (
        lambda: stormy.observe(plane.job(step), now, now),
        lambda: stormy.begun(plane.job(step)),
        lambda: stormy.names(plane.resource("west")),
        lambda: stormy.inventory(plane.resource("west")),
        lambda: stormy.check(plane.resource("west")),
    ):
        with pytest.raises(AppError) as caught:
            look()
        assert isinstance(caught.value, kind or AppError)
        assert is_open(caught.value.sentence)


@pytest.mark.parametrize("step", [step for step in STEPS if PAID[step]])
def test_a_worker_that_lost_its_lease_pays_nothing_and_the_last_thing_it_asks_for_before_paying_is_its_lease(
    plane: Plane, step: Step
) -> None:
    ready_for(plane, step)
    weather, held = Weather(), list[int]()
    begun(plane, plane.driver(weather), plane.job(step, hold=lambda: held.append(len(weather.calls))))
    assert held[-1] == len(weather.calls) - 1
    for kept in range(len(held)):
        plane.studio.restore()
        left = [None] * kept

        def hold(left: list[None] = left) -> None:
            if not left:
                raise Temporary("card_leased", "taken by another worker", 1.0)
            left.pop()

        with pytest.raises(AssertionError, match="card_leased"):
            begun(plane, plane.driver(), plane.job(step, hold=hold))
        assert plane.studio.started() == []


def test_a_busy_service_is_asked_again_when_it_said(plane: Plane) -> None:
    for said, wanted in (("7", 7), ("86400", 600), ("²", 10), ("Wed, 21 Oct 2026 07:28:00 GMT", 10)):
        with pytest.raises(Temporary) as caught:
            plane.driver(Weather(answers(429, Retry_After=said))).check(plane.resource("west"))
        assert caught.value.retry_after == wanted


def test_a_wrong_key_or_the_endpoint_of_another_region_is_a_maintainers_affair(plane: Plane) -> None:
    elsewhere = plane.resource("north").endpoint
    for wrong in (plane.resource("west", key=SecretStr("key-north")), plane.resource("west", endpoint=elsewhere)):
        with pytest.raises(Broken, match="A maintainer enters the resource's own key and endpoint") as caught:
            plane.driver().start(plane.job("train", resource=wrong))
        assert caught.value.code == "Unauthorized"
        assert is_open(caught.value.sentence)
    assert plane.studio.started() == []


def test_what_the_service_itself_refuses_is_told_to_the_person_in_its_own_words(plane: Plane) -> None:
    ready_for(plane, "deploy")
    with pytest.raises(Refused, match="only available on Standard S0"):
        plane.driver().start(plane.job("deploy", on="free"))
    with pytest.raises(Refused, match="cannot be trained in the region 'northeurope'"):
        begun(plane, plane.driver(), plane.job("train", on="north"))
    with pytest.raises(Refused, match="'presenter-v1' already exists"):
        begun(plane, plane.driver(), plane.job("train", attempt=2))
    begun(plane, plane.driver(), plane.job("copy"))
    with pytest.raises(Refused, match="'presenter-v1' is already taken on the target"):
        plane.driver().start(plane.job("copy", attempt=2))
    with pytest.raises(Refused, match="There is nothing at"):
        plane.driver().start(plane.job("copy", attempt=3, target=plane.resource("nowhere")))


def test_no_secret_of_ours_comes_back_in_the_services_words(plane: Plane) -> None:
    key = "0123456789abcdef" * 2
    message = f"https://store.test/clips/a.mp4?{SIGNED} can't be read with {key}"
    body = f'{{"error": {{"code": "BadRequest", "message": "{message}"}}}}'
    with pytest.raises(Refused) as caught:
        plane.driver(Weather(answers(400, body))).check(plane.resource("west"))
    assert caught.value.sentence == "https://store.test/clips/a.mp4?… can't be read with …"


@pytest.mark.parametrize("where", ["itself", "elsewhere", "a name that only begins like ours"])
def test_a_list_whose_next_page_leads_nowhere_is_no_list_and_the_key_is_not_sent_there(
    plane: Plane, where: str
) -> None:
    base = plane.resource("west").endpoint + "/customvoice"
    links = {
        "itself": f"{base}/models?skip=1", "elsewhere": "http://127.0.0.1:9/customvoice/models?skip=1",
        "a name that only begins like ours": f"{base}.elsewhere.test/models",
    }  # fmt: skip
    weather = Weather(answers(200, f'{{"value": [{{"id": "one"}}], "nextLink": "{links[where]}"}}'))
    for look in (plane.driver(weather).names, plane.driver(weather).inventory):
        with pytest.raises(Temporary, match="the link to the next page leads nowhere"):
            look(plane.resource("west"))
    assert {str(call.url).partition("?")[0] for call in weather.calls} == {f"{base}/models"}


def test_of_an_answer_of_100_mb_only_as_much_is_read_as_an_answer_can_have(plane: Plane) -> None:
    flood = Flood()
    with pytest.raises(Temporary, match="too large"):
        plane.driver(Weather(lambda request, send: httpx.Response(200, stream=flood))).check(plane.resource("west"))
    assert flood.taken <= MOST_BYTES + 1_000_000


def test_an_answer_that_drips_for_ever_is_given_up(plane: Plane) -> None:
    seconds = 0.0

    def drip() -> Iterator[bytes]:
        nonlocal seconds
        while True:
            seconds += 25  # each part comes within the client's limit
            yield b" "

    class Dripping(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return drip()

    weather = Weather(lambda request, send: httpx.Response(200, stream=Dripping()))
    client = httpx.Client(transport=weather, timeout=30)
    with pytest.raises(Temporary, match="drips"):
        Service(client, "http://127.0.0.1:9", dict, clock=lambda: seconds).get("/models")
    assert seconds <= 100


@pytest.mark.parametrize("step", STEPS)
def test_a_resource_that_is_not_there_itself_has_not_said_that_anything_is_gone(plane: Plane, step: Step) -> None:
    ready_for(plane, step)
    begun(plane, plane.driver(), plane.job(step))
    now = plane.studio.time
    lost = plane.driver(Weather(answers(404, '{"error": {"code": "NotFound", "message": "There is nothing here."}}')))
    looks = [lambda: lost.names(plane.resource("west")), lambda: lost.inventory(plane.resource("west"))]
    if step != "copy":  # before a copy is there, its target knows nothing of it
        looks.append(lambda: lost.observe(plane.job(step), now, now))
    if step == "remove":
        looks += [lambda: lost.begun(plane.job(step)), lambda: lost.start(plane.job(step))]
    for look in looks:
        with pytest.raises(AppError):
            look()


@pytest.mark.parametrize("step", ["train", "deploy"])
def test_what_was_accepted_a_moment_ago_and_cannot_be_read_yet_has_not_failed(plane: Plane, step: Step) -> None:
    """Said to have failed, it would be asked for, and paid, once more."""
    ready_for(plane, step)
    now = plane.studio.time
    looks = [
        plane.driver().observe(plane.job(step), now - timedelta(minutes=minutes), now).service_status
        for minutes in (0, 14, 15)
    ]
    assert looks == ["NotStarted", "NotStarted", "Failed"]
