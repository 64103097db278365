"""The server's side of Slack on loopback: its Web API, response addresses, uploads, and the socket."""

import asyncio
import itertools
import json
from collections import Counter, deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Any

from aiohttp import WSMsgType, web

from tests.doubles.slack_rules import METHODS, kind_of, refused

TEAM, BOT_USER, BOT_ID = "T0TEAM", "U0BOT", "B0BOT"
BOT_TOKEN, APP_TOKEN = "xoxb-1234-fake-bot-token", "xapp-1-fake-app-token"
Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A call that the bot made: a Web API method, `response` (to a response address) or `upload`."""

    method: str
    args: Json
    status: int = 200


@dataclass
class SlackServer:
    """One workspace, as an app sees it. `manifest` is the installed app's."""

    manifest: Json
    calls: list[Call] = field(default_factory=list)
    messages: dict[tuple[str, str], Json] = field(default_factory=dict)
    faults: dict[str, deque[Any]] = field(default_factory=dict)
    """Answers to give to a method's next calls in place of the true one: an error's name, or seconds for a 429; None passes."""
    page: int = 100
    """Messages that a call to conversations.replies gets at most."""
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    opened: int = 0

    def __post_init__(self) -> None:
        self.changed = Condition()
        self._counter = itertools.count(1)
        self._acks: dict[str, Future[Any]] = {}
        self._uses: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)

    async def _start(self) -> str:
        app = web.Application(client_max_size=20_000_000)
        app.router.add_post("/api/{method}", self._api)
        app.router.add_post("/commands/{id}", self._response)
        app.router.add_post("/actions/{id}", self._response)
        app.router.add_post("/upload/{id}", self._upload)
        app.router.add_get("/link", self._link)
        self._runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1_024)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def now(self) -> str:
        """A message's timestamp, later than all before."""
        return f"{1_700_000_000 + next(self._counter)}.000100"

    @property
    def scopes(self) -> list[str]:
        return list(self.manifest["oauth_config"]["scopes"]["bot"])

    def _record(self, method: str, args: Json, status: int = 200) -> None:
        with self.changed:
            self.calls.append(Call(method, args, status))
            self.changed.notify_all()

    async def _api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        form = request.content_type != "application/json"
        args = dict(await request.post()) if form else json.loads(await request.text() or "{}")
        token = request.headers.get("authorization", "").removeprefix("Bearer ") or args.pop("token", "")
        fault = self.faults[method].popleft() if self.faults.get(method) else None
        if isinstance(fault, int):
            self._record(method, args, 429)
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(fault)})
        error = fault or self._refused(method, args, token)
        if error:
            self._record(method, args, 400)
            return web.json_response({"ok": False, "error": error})
        answer = getattr(self, "_" + method.replace(".", "_").lower(), lambda args: {})(args)
        self._record(method, args)
        return web.json_response({"ok": True, **answer})

    def _refused(self, method: str, args: Json, token: str) -> str:
        if method == "apps.connections.open":
            return "" if token == APP_TOKEN else "invalid_auth"
        if token != BOT_TOKEN:
            return "invalid_auth"
        if method not in METHODS:
            return "unknown_method"
        scope = METHODS[method].format(kind=kind_of(args["channel"]) if "{" in METHODS[method] else "")
        if scope and scope not in self.scopes:
            return "missing_scope"
        if method in ("chat.update", "chat.appendStream", "chat.stopStream") and (args["channel"], args["ts"]) not in self.messages:
            return "message_not_found"
        if method in ("chat.appendStream", "chat.stopStream") and "streaming" not in self.messages[args["channel"], args["ts"]]:
            return "message_not_in_streaming_state"
        blocks = args["view"]["blocks"] if method == "views.publish" else args.get("blocks")
        return refused(blocks, 100 if method == "views.publish" else 50) if blocks is not None else ""

    def _auth_test(self, args: Json) -> Json:
        return {"team": "Lab", "team_id": TEAM, "user": "paperchat", "user_id": BOT_USER, "bot_id": BOT_ID, "url": "https://lab.slack.com/"}

    def _apps_connections_open(self, args: Json) -> Json:
        return {"url": f"{self.url.replace('http', 'ws')}/link?ticket=secret-ticket-{next(self._counter)}&app_id=A0APP"}

    def _chat_postmessage(self, args: Json) -> Json:
        message = {"type": "message", "user": BOT_USER, "bot_id": BOT_ID, "ts": self.now(), **args}
        self.messages[args["channel"], message["ts"]] = message
        return {"channel": args["channel"], "ts": message["ts"], "message": message}

    def _chat_update(self, args: Json) -> Json:
        self.messages[args["channel"], args["ts"]].update({"text": args["text"], "blocks": args["blocks"], "edited": {"user": BOT_USER}})
        return {"channel": args["channel"], "ts": args["ts"]}

    def _chat_startstream(self, args: Json) -> Json:
        assert args["thread_ts"] and args["recipient_user_id"] and args["recipient_team_id"], "Slack needs all three in a channel"
        message = {
            "type": "message",
            "user": BOT_USER,
            "bot_id": BOT_ID,
            "ts": self.now(),
            "channel": args["channel"],
            "thread_ts": args["thread_ts"],
        }
        self.messages[args["channel"], message["ts"]] = {**message, "text": "", "streaming": list(args["chunks"])}
        return {"channel": args["channel"], "ts": message["ts"]}

    def _chat_appendstream(self, args: Json) -> Json:
        self.messages[args["channel"], args["ts"]]["streaming"] += args["chunks"]
        return {"channel": args["channel"], "ts": args["ts"]}

    def _chat_stopstream(self, args: Json) -> Json:
        message = self.messages[args["channel"], args["ts"]]
        message["streamed"] = message.pop("streaming") + list(args.get("chunks") or ())
        return {"channel": args["channel"], "ts": args["ts"]}

    def _conversations_replies(self, args: Json) -> Json:
        held = sorted((m for (channel, _), m in list(self.messages.items()) if channel == args["channel"]), key=lambda m: float(m["ts"]))
        thread = [m for m in held if args["ts"] in (m["ts"], m.get("thread_ts")) and float(m["ts"]) <= float(args.get("latest") or "inf")]
        start = int(args.get("cursor") or 0)
        end = start + min(int(args["limit"]), self.page)
        cursor = str(end) if end < len(thread) else ""
        return {"messages": thread[start:end], "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}

    def _conversations_open(self, args: Json) -> Json:
        return {"channel": {"id": "D0" + args["users"]}}

    def _files_getuploadurlexternal(self, args: Json) -> Json:
        return {"upload_url": f"{self.url}/upload/F{next(self._counter)}", "file_id": f"F{next(self._counter)}"}

    def _files_completeuploadexternal(self, args: Json) -> Json:
        return {"files": json.loads(args["files"])}

    async def _response(self, request: web.Request) -> web.Response:
        body = await request.json()
        self._uses[request.path] += 1
        error = refused(body["blocks"]) if self._uses[request.path] <= 5 else "used_url"
        self._record("response", body, 400 if error else 200)
        return web.Response(text=error or "ok", status=404 if error else 200)

    async def _upload(self, request: web.Request) -> web.Response:
        self._record("upload", {"content": (await request.read()).decode()})
        return web.Response(text="OK")

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0APP"}})
        with self.changed:
            self.sockets.append(socket)
            self.opened += 1
            self.changed.notify_all()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                acked = json.loads(message.data)
                self._acks[acked["envelope_id"]].set_result(acked)
        if socket in self.sockets:
            self.sockets.remove(socket)
        return socket
