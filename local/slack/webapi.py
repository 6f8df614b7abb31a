"""The Web API: the methods that we call, strict about arguments, blocks, triggers and rates."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.dropping import Dropped
from local.slack.team import BOT_USER, CHANNELS, GROUPS, PRIVATE, TEAM, TEAM_NAME
from local.slack.world import Json, World
from shared.slack.limits import lint_message, lint_view

# method: (required arguments, further ones)
ARGUMENTS: dict[str, tuple[set[str], set[str]]] = {
    "auth.test": (set(), set()),
    "conversations.info": ({"channel"}, {"include_locale", "include_num_members"}),
    "chat.postMessage": ({"channel", "text"}, {"blocks", "thread_ts", "unfurl_links", "unfurl_media", "metadata"}),
    "chat.update": ({"channel", "ts", "text"}, {"blocks"}),
    "chat.postEphemeral": ({"channel", "user", "text"}, {"blocks", "thread_ts"}),
    "chat.getPermalink": ({"channel", "message_ts"}, set()),
    "views.open": ({"trigger_id", "view"}, set()),
    "views.update": ({"view_id", "view"}, {"hash"}),
    "views.publish": ({"user_id", "view"}, {"hash"}),
    "files.getUploadURLExternal": ({"filename", "length"}, {"alt_txt", "snippet_type"}),
    "files.completeUploadExternal": ({"files"}, {"channel_id", "thread_ts", "initial_comment"}),
    "files.delete": ({"file"}, set()),
    "usergroups.users.list": ({"usergroup"}, {"include_disabled", "team_id"}),
}


SCOPES = "commands,chat:write,files:write,usergroups:read,channels:read,groups:read"


class SlackError(Exception):
    """An error as Slack answers it."""

    def __init__(self, code: str, detail: str = "", *, ours: bool = True) -> None:
        """`ours`: the app did wrong; otherwise it is what people do, such as closing a form."""
        super().__init__(code)
        self.ours = ours
        self.code = code
        self.detail = detail


class WebApi:
    """The routes below `/api/`."""

    def __init__(self, world: World, token: str) -> None:
        self._world = world
        self._token = token

    def routes(self) -> list[Route]:
        return [
            Route("/_control/journal", self._show(lambda: self._world.journal)),
            Route("/_control/requests", self._show(lambda: self._world.requests)),
            Route("/api/{method}", self._serve, methods=["GET", "POST"]),
            Route("/respond/{made}", self._respond, methods=["POST"]),
            Route("/upload/{file}", self._take_file, methods=["POST"]),
            Route("/files/{file}", self._show_file),
        ]

    async def _serve(self, request: Request) -> Response:
        method = request.path_params["method"]
        arguments = await _arguments(request)
        entry: Json = {"method": method, "channel": arguments.get("channel"), "at": self._world.ts(), "fault": None}
        self._world.journal.append(entry)
        writes = method not in {"auth.test", "usergroups.users.list", "chat.getPermalink", "conversations.info"}
        return await self._under_storm(entry, lambda: self._answer(request, method, arguments, entry), writes=writes)

    async def _under_storm(self, entry: Json, work: Callable[[], Awaitable[Response]], *, writes: bool) -> Response:
        """Do the work, unless the storm has a fault for this call; the journal says which."""
        gust = self._world.storm.gust(writes=writes) if self._world.storm else None
        entry["fault"] = gust and (f"status {gust.status}" if gust.kind == "status" else gust.kind)
        if gust and gust.kind == "status":
            entry["status"] = gust.status
            error = "ratelimited" if gust.status == 429 else "internal_error"
            retry = {} if gust.seconds is None else {"Retry-After": f"{gust.seconds:g}"}
            return JSONResponse({"ok": False, "error": error}, int(gust.status or 500), retry)
        if gust and gust.kind == "delay":
            await asyncio.sleep(gust.seconds or 0)
        answer = await work()
        entry["status"] = answer.status_code
        return Dropped() if gust and gust.kind == "drop_after" else answer

    async def _answer(self, request: Request, method: str, arguments: Json, entry: Json) -> Response:
        try:
            if self._world.still_processing(arguments.get("blocks")):
                errors = ["invalid slack file [json-pointer:/blocks/0/slack_file]"]
                return JSONResponse({"ok": False, "error": "invalid_blocks", "errors": errors})
            self._check(request, method, arguments)
            wait = self._world.too_many(method, str(arguments.get("channel") or ""))
            if wait:
                self._world.violation(f"{method}: too many calls")
                return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(wait)})
            answer = await self._methods()[method]({**arguments, "base": str(request.base_url)})
            entry |= {"ts": answer.get("ts"), "thread_ts": arguments.get("thread_ts"), "text": arguments.get("text")}
            entry["says"] = _words(arguments.get("blocks"))
        except SlackError as error:
            if error.ours:
                self._world.violation(f"{method}: {error.code} {error.detail}".strip())
            return JSONResponse({"ok": False, "error": error.code, "detail": error.detail})
        await self._world.touch()
        return JSONResponse({"ok": True, **answer}, headers={"X-OAuth-Scopes": SCOPES})

    @staticmethod
    def _show(rows: Callable[[], list[Json]]) -> Callable[[Request], Awaitable[Response]]:
        """Rows from the one whose number is asked for, 2,000 at most."""

        async def show(request: Request) -> Response:
            after = int(request.query_params.get("after", "0"))
            return JSONResponse({"entries": rows()[after : after + 2000]})

        return show

    def _methods(self) -> dict[str, Callable[[Json], Awaitable[Json]]]:
        return {
            "auth.test": self._auth,
            "conversations.info": self._channel_info,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.postEphemeral": self._whisper,
            "chat.getPermalink": self._permalink,
            "views.open": self._open,
            "views.update": self._update_view,
            "views.publish": self._publish,
            "files.getUploadURLExternal": self._upload_url,
            "files.completeUploadExternal": self._complete_upload,
            "files.delete": self._delete_file,
            "usergroups.users.list": self._group,
        }

    def _check(self, request: Request, method: str, arguments: Json) -> None:
        if request.headers.get("authorization") != f"Bearer {self._token}":
            raise SlackError("invalid_auth")
        if method not in ARGUMENTS:
            raise SlackError("unknown_method", method)
        required, optional = ARGUMENTS[method]
        missing, unknown = (
            required - arguments.keys(),
            arguments.keys() - required - optional - {"team_id"},
        )  # sent by the SDK
        if missing or unknown:
            raise SlackError("invalid_arguments", f"missing {sorted(missing)}, unknown {sorted(unknown)}")
        if method.startswith("chat.") and "text" in arguments:
            problems = lint_message(str(arguments["text"]), arguments.get("blocks"))
        elif method.startswith("views."):
            problems = lint_view(arguments["view"])
        else:
            return
        problems += self._world.unknown_files(arguments.get("blocks") or [])
        if problems:
            raise SlackError("invalid_blocks", "; ".join(problems))

    async def _auth(self, _arguments: Json) -> Json:
        return {"team": TEAM_NAME, "team_id": TEAM, "user": "avatar_ops", "user_id": BOT_USER, "bot_id": "B0AVATAR"}

    async def _channel_info(self, arguments: Json) -> Json:
        channel = _channel(str(arguments["channel"]))
        private = any(known.id == channel and known.kind == PRIVATE for known in CHANNELS)
        return {"channel": {"id": channel, "is_member": not channel.startswith("D"), "is_private": private}}

    async def _post(self, arguments: Json) -> Json:
        channel = _channel(str(arguments["channel"]))
        thread = arguments.get("thread_ts")
        if thread and self._world.find(channel, str(thread)) is None:
            raise SlackError("thread_not_found")
        blocks = _named(arguments.get("blocks"))
        message = self._world.add(channel, BOT_USER, str(arguments["text"]), blocks=blocks, thread_ts=thread)
        return {"channel": channel, "ts": message["ts"], "message": {"text": message["text"]}}

    async def _update(self, arguments: Json) -> Json:
        channel = _channel(str(arguments["channel"]))
        message = self._world.find(channel, str(arguments["ts"]))
        if message is None or message["ephemeral"]:
            raise SlackError("message_not_found")
        message["text"] = str(arguments["text"])
        message["blocks"] = _named(arguments.get("blocks"))
        return {"channel": channel, "ts": message["ts"], "text": message["text"]}

    async def _whisper(self, arguments: Json) -> Json:
        if arguments["user"] not in self._world.views:
            raise SlackError("user_not_in_channel")
        channel = _channel(str(arguments["channel"]))
        whispered = {"ephemeral": True, "only": arguments["user"], "blocks": _named(arguments.get("blocks"))}
        message = self._world.add(channel, BOT_USER, str(arguments["text"]), **whispered)
        return {"message_ts": message["ts"]}

    async def _permalink(self, arguments: Json) -> Json:
        channel, ts = _channel(str(arguments["channel"])), str(arguments["message_ts"])
        if self._world.find(channel, ts) is None:
            raise SlackError("message_not_found")
        return {"channel": channel, "permalink": f"{arguments['base']}archives/{channel}/p{ts.replace('.', '')}"}

    async def _open(self, arguments: Json) -> Json:
        user, error = self._world.use_trigger(str(arguments["trigger_id"]))
        if error:
            raise SlackError(error)
        made = {"id": self._world.id("V"), "view": {**arguments["view"], "blocks": _named(arguments["view"]["blocks"])}}
        self._world.views[user].append({**made, "state": {}})
        return {"view": {"id": made["id"], **arguments["view"]}}

    async def _update_view(self, arguments: Json) -> Json:
        view = arguments["view"]
        for opened in self._world.views.values():
            for known in opened:
                if known["id"] == arguments["view_id"]:
                    known["view"] = {**view, "blocks": _named(view["blocks"])}
                    return {"view": {"id": known["id"], **view}}
        raise SlackError("not_found", ours=False)

    async def _publish(self, arguments: Json) -> Json:
        user = str(arguments["user_id"])
        view = arguments["view"]
        self._world.homes[user] = {**view, "id": f"H{user[1:]}", "blocks": _named(view["blocks"])}
        return {"view": {"id": f"H{user[1:]}", **view}}

    async def _upload_url(self, arguments: Json) -> Json:
        length = int(arguments["length"])
        if length <= 0 or len(str(arguments.get("alt_txt", ""))) > 1000:
            raise SlackError("invalid_arguments", "length or alt_txt")
        file = self._world.new_file(str(arguments["filename"]), length, str(arguments.get("alt_txt", "")))
        return {"upload_url": f"{arguments['base']}upload/{file}", "file_id": file}

    async def _take_file(self, request: Request) -> Response:
        """Where the bytes of an upload go: no token, since the address itself is the secret."""
        content = await request.body()
        if not self._world.fill_file(request.path_params["file"], content):
            self._world.violation("files upload: unknown file, or another length than announced")
            return Response("unknown", 400)
        return Response(f"OK - {len(content)}")

    async def _show_file(self, request: Request) -> Response:
        file = self._world.files.get(request.path_params["file"])
        if file is None or not file.content:
            return Response("not found", 404)
        return Response(file.content, media_type=file.kind)

    async def _complete_upload(self, arguments: Json) -> Json:
        files: list[Json] = arguments["files"]
        for file in files:
            if not self._world.complete_file(str(file["id"])):
                raise SlackError("file_not_found", str(file["id"]))
        if "channel_id" in arguments:
            channel, thread = _channel(str(arguments["channel_id"])), arguments.get("thread_ts")
            if thread and self._world.find(channel, str(thread)) is None:
                raise SlackError("thread_not_found")
            shown = [self._world.shown_file(str(file["id"]), str(file.get("title", ""))) for file in files]
            self._world.add(channel, BOT_USER, "", files=shown, thread_ts=thread)
        return {"files": [{"id": file["id"], "title": file.get("title", "")} for file in files]}

    async def _delete_file(self, arguments: Json) -> Json:
        if self._world.files.pop(str(arguments["file"]), None) is None:
            raise SlackError("file_not_found", str(arguments["file"]))
        return {}

    async def _group(self, arguments: Json) -> Json:
        group = GROUPS.get(str(arguments["usergroup"]))
        if group is None:
            raise SlackError("no_such_subteam")
        return {"users": list(group[1])}

    async def _respond(self, request: Request) -> Response:
        entry: Json = {"method": "response_url", "at": self._world.ts(), "fault": None}
        self._world.journal.append(entry)
        return await self._under_storm(entry, lambda: self._responded(request, entry), writes=True)

    async def _responded(self, request: Request, entry: Json) -> Response:
        place = self._world.use_response_url(request.path_params["made"])
        if place is None:
            self._world.violation("response_url: used up or too old")
            return Response("used_url", 404)
        body = await _arguments(request)
        user, channel = place
        entry |= {"user": user, "channel": channel, "text": str(body.get("text", ""))}
        unknown = body.keys() - {"text", "blocks", "response_type", "replace_original", "delete_original", "thread_ts"}
        for problem in [*sorted(unknown), *lint_message(str(body.get("text", "")), body.get("blocks"))]:
            self._world.violation(f"response_url: {problem}")
        blocks = _named(body.get("blocks"))
        self._world.add(channel, BOT_USER, str(body.get("text", "")), ephemeral=True, only=user, blocks=blocks)
        await self._world.touch()
        return Response("ok")


def _channel(wanted: str) -> str:
    """A channel, or the direct message of a person whose id was given."""
    wanted = f"D{wanted[1:]}" if wanted.startswith("U") else wanted
    if wanted not in {channel.id for channel in CHANNELS}:
        raise SlackError("channel_not_found", wanted)
    return wanted


def _named(blocks: list[Json] | None) -> list[Json] | None:
    """Slack gives every block an id; an empty list means none."""
    if not blocks:
        return None
    return [{"block_id": f"b{number}", **block} for number, block in enumerate(blocks)]


def _words(blocks: Any) -> str:
    """What the blocks of a message say, for the journal."""
    if isinstance(blocks, dict):
        found = cast("Json", blocks)
        own = str(found["text"]) if isinstance(found.get("text"), str) else ""
        return "\n".join(part for part in (own, *(_words(value) for value in found.values())) if part)
    if isinstance(blocks, list):
        return "\n".join(part for part in map(_words, cast("list[Any]", blocks)) if part)
    return ""


async def _arguments(request: Request) -> Json:
    if request.method == "GET":
        return dict(request.query_params)
    raw = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        return json.loads(raw or b"{}")
    form = await request.form()
    found: dict[str, Any] = {key: str(value) for key, value in form.items()}
    for name in ("blocks", "view", "files"):
        if name in found:
            found[name] = json.loads(found[name])
    return found
