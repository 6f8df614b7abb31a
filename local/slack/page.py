"""What the page asks for and does: act as one of the people, press, type, move the clock."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.commands import HELP
from local.clock import LocalClock
from local.slack.sending import Answer, Sender
from local.slack.team import APP_NAME, BOT_USER, CHANNELS, GROUPS, PEOPLE, TEAM_NAME
from local.slack.world import Json, World

DIST = Path(__file__).parent.parent / "page" / "dist"


class Page:
    """The routes of the page."""

    def __init__(self, world: World, sender: Sender, clock: LocalClock, avatars: Callable[[], list[str]]) -> None:
        self._world, self._sender, self._clock, self._avatars = world, sender, clock, avatars

    def routes(self) -> list[Route | Mount]:
        posts = {
            "command": self._command, "action": self._action, "submit": self._submit, "close": self._close,
            "home": self._home, "clock": self._move_clock,
        }  # fmt: skip
        return [
            Route("/", self._index),
            Route("/clock", self._read_clock),
            Route("/ui/state", self._state),
            *(Route(f"/ui/{name}", handler, methods=["POST"]) for name, handler in posts.items()),
            Mount("/", StaticFiles(directory=DIST, check_dir=False)),
        ]

    async def _index(self, _request: Request) -> Response:
        return FileResponse(DIST / "index.html")

    async def _read_clock(self, _request: Request) -> Response:
        return JSONResponse(self._clock.reading())

    async def _state(self, request: Request) -> Response:
        me = request.query_params.get("as") or PEOPLE[0].id
        after = int(request.query_params.get("after", "-1"))
        await self._world.wait(after, min(float(request.query_params.get("wait", "0")), 25.0))
        world = self._world
        seen = [channel for channel in CHANNELS if channel.kind != "im" or channel.member == me]
        return JSONResponse({
            "version": world.version,
            "team": {"name": TEAM_NAME},
            "app": {"name": APP_NAME, "bot_user_id": BOT_USER},
            "me": me,
            "people": [asdict(person) for person in PEOPLE],
            "groups": [{"id": group, "handle": handle} for group, (handle, _) in GROUPS.items()],
            "channels": [
                {"id": c.id, "name": c.name, "kind": c.kind, "with": c.member and BOT_USER, "unread": 0} for c in seen
            ],
            "messages": {
                c.id: [m for m in world.messages[c.id] if not m["ephemeral"] or m.get("only") == me] for c in seen
            },
            "views": world.views.get(me, []),
            "home": world.homes.get(me),
            "avatars": await run_in_threadpool(self._avatars),
            "clock": {"now": self._clock.now().isoformat(), "speed": self._clock.speed},
            "violations": len(world.violations),
            "commands": _hints(),
        })  # fmt: skip

    async def _command(self, request: Request) -> Response:
        body = await request.json()
        user, channel, text = body["as"], body["channel"], str(body["text"]).strip()
        if not text.startswith("/avatar"):
            self._world.add(channel, user, text, thread_ts=body.get("thread_ts"))
            await self._world.touch()
            return JSONResponse({"ok": True})
        answer = await self._sender.command(user, channel, text.removeprefix("/avatar").strip())
        return await self._answered(answer, user, channel)

    async def _answered(self, answer: Answer, user: str, channel: str) -> Response:
        if answer.status != 200:
            return JSONResponse({"ok": False, "error": f"/avatar failed: {answer.text}"})
        said = str(answer.json.get("text") or "") if answer.json else answer.text
        if said:
            self._world.add(channel, BOT_USER, said, ephemeral=True, only=user)
        await self._world.touch()
        return JSONResponse({"ok": True})

    async def _action(self, request: Request) -> Response:
        body = await request.json()
        user, place = body["as"], body.get("message")
        channel = place["channel"] if place else ""
        message = self._world.find(channel, place["ts"]) if place else None
        view = next((v for v in self._world.views[user] if v["id"] == body.get("view_id")), None)
        pressed = {"block_id": body["block_id"], "action_id": body["action_id"], "action_ts": self._world.ts()}
        pressed |= body["element"]
        whole = {"id": view["id"], **view["view"]} if view else self._world.homes.get(user)
        answer = await self._sender.action(user, pressed, channel=channel, message=message, view=whole)
        await self._world.touch()
        ok = answer.status == 200
        return JSONResponse({"ok": ok} if ok else {"ok": False, "error": answer.text})

    async def _submit(self, request: Request) -> Response:
        body = await request.json()
        stack = self._world.views[body["as"]]
        view = next((v for v in stack if v["id"] == body["view_id"]), None)
        if view is None:
            return JSONResponse({"ok": False, "error": "This form is no longer open."})
        answer = await self._sender.submit(body["as"], view["id"], view["view"], body["values"])
        if answer.status != 200:
            return JSONResponse({"ok": False, "error": f"We had some trouble connecting: {answer.text}"})
        if answer.json.get("response_action") == "errors":
            return JSONResponse({"ok": False, "errors": answer.json["errors"]})
        stack.remove(view)
        await self._world.touch()
        return JSONResponse({"ok": True})

    async def _close(self, request: Request) -> Response:
        body = await request.json()
        stack = self._world.views[body["as"]]
        stack[:] = [view for view in stack if view["id"] != body["view_id"]]
        await self._world.touch()
        return JSONResponse({"ok": True})

    async def _home(self, request: Request) -> Response:
        answer = await self._sender.home((await request.json())["as"])
        return JSONResponse({"ok": answer.status == 200})

    async def _move_clock(self, request: Request) -> Response:
        body = await request.json()
        self._clock.move(body.get("speed"), float(body.get("jump_seconds") or 0))
        await self._world.touch()
        return JSONResponse({"ok": True})


def _hints() -> list[Json]:
    """The commands for the page's hint list, from the bot's own help."""
    lines = [line.removeprefix("• ") for line in HELP.splitlines() if line.startswith("• `")]
    pairs = [line.split("` ", 1) for line in lines]
    return [{"usage": usage.strip("`"), "does": does.replace("`", "")} for usage, does in pairs]
