"""How Slack reaches the bot: a socket that we open (Socket Mode), or requests to a server of ours (HTTP)."""

import asyncio
import json
import logging
import re
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.resources import files
from threading import Event, Thread
from typing import Any, Protocol

import uvicorn
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.adapter.asgi import SlackRequestHandler
from slack_bolt.adapter.asgi.http_request import AsgiHttpRequest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.request.internals import parse_body
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from rag.assistant import Assistant
from rag.config import load_config
from rag.errors import ConfigError
from ui.peers import hold_to_time
from ui.slack.bot import SlackBot
from ui.slack.payload import malformed
from ui.slack.settings import settings_of

log = logging.getLogger("paperchat.slack")

PATH = "/slack/events"
_STAMP = re.compile(r"[0-9]{1,12}")
_DISPATCHERS = 16
_LARGEST = 1_000_000
"""Bytes of a request; Slack's are far smaller."""


def manifest(url: str = "") -> str:
    """The app manifest, JSON, to paste where Slack creates an app from one: for Socket Mode, or for HTTP at `url`."""
    text = files("ui.slack").joinpath("manifest.json").read_text("utf-8")
    if not url:
        return text
    app = json.loads(text)
    address = url.rstrip("/").removesuffix(PATH) + PATH
    app["settings"]["socket_mode_enabled"] = False
    for part in (app["settings"]["event_subscriptions"], app["settings"]["interactivity"]):
        part["request_url"] = address
    for command in app["features"]["slash_commands"]:
        command["url"] = address
    return json.dumps(app, indent=2)


class _Handler(SlackRequestHandler):
    """Bolt's ASGI handler behind a check of its own: verified first, then read. Bolt reads first, and logs what it refuses.

    It dispatches off the event loop: Bolt's own blocks the loop while a command waits for its acknowledgement.
    """

    def __init__(self, app: App, signing_secret: str) -> None:
        super().__init__(app, PATH)
        self._verifier = SignatureVerifier(signing_secret)
        self._pool = ThreadPoolExecutor(_DISPATCHERS, thread_name_prefix="slack-http")

    async def __call__(self, scope: Any, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        await super().__call__({**scope, "query_string": b""}, receive, send)  # Slack sends none, and Bolt would decode it unasked

    async def dispatch(self, request: AsgiHttpRequest) -> BoltResponse:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.raw_headers}
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()) or len(length) > 10 or int(length) > _LARGEST:
            return BoltResponse(status=413, body="")
        body = await _whole(request)
        if body is None or not _signed(self._verifier, body, headers):
            return BoltResponse(status=401, body="")
        try:
            text = body.decode()
            fault = malformed(parse_body(text, headers.get("content-type", "").partition(";")[0].strip()))
        except (ValueError, RecursionError):
            fault = "no JSON"
        if fault:
            log.warning("a signed request that Slack does not send was refused: %s", fault)
            return BoltResponse(status=400, body="")
        bolt_request = BoltRequest(body=text, headers=dict(headers))
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.app.dispatch, bolt_request)


def _signed(verifier: SignatureVerifier, body: bytes, headers: dict[str, str]) -> bool:
    """Whether Slack signed these very bytes, within five minutes."""
    stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    return _STAMP.fullmatch(stamp) is not None and signature.isascii() and verifier.is_valid(body, stamp, signature)


async def _whole(request: AsgiHttpRequest) -> bytes | None:
    """A request's body; None where its sender left, or sent more than it said."""
    body = bytearray()
    while len(body) <= _LARGEST:
        message = await request.receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)
    return None


class Connection(Protocol):
    """A way in for Slack."""

    def close(self) -> None:
        """Take nothing more."""


class HttpServer:
    """Serves `/slack/events` on `host`:`port` (0: any free one). Raises ConfigError where the port is taken."""

    def __init__(self, app: App, signing_secret: str, host: str, port: int) -> None:
        try:
            self._socket = socket.create_server((host, port), backlog=1_024)
        except OSError as error:
            raise ConfigError(f"cannot listen on {host}:{port} ({error.strerror}); set PAPERCHAT_SLACK_PORT to another port") from None
        self.url = f"http://{host}:{self._socket.getsockname()[1]}{PATH}"
        config = uvicorn.Config(_Handler(app, signing_secret), log_config=None, access_log=False, lifespan="off", ws="none", backlog=1_024)
        hold_to_time(config)
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, name="slack-server", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


class SocketMode:
    """Holds a socket to Slack, and opens it anew whenever it drops. Raises ConfigError where Slack refuses.

    Slack's client takes a socket for dead after five pings in vain, so they are two seconds apart.
    """

    def __init__(self, app: App, app_token: str, ping_seconds: float = 2) -> None:
        self._handler = SocketModeHandler(app, app_token, logger=app.logger, ping_interval=ping_seconds, concurrency=_DISPATCHERS)
        try:
            self._handler.connect()  # type: ignore[no-untyped-call]
        except SlackApiError as error:
            self._handler.close()  # type: ignore[no-untyped-call]
            reason = error.response["error"]
            raise ConfigError(f"SLACK_APP_TOKEN: Slack says {reason}; it needs the scope connections:write, and Socket Mode on") from None

    def close(self) -> None:
        with suppress(OSError):  # the socket may be down already
            self._handler.close()  # type: ignore[no-untyped-call]


def connect(bot: SlackBot) -> Connection:
    """Open the way that the settings choose."""
    settings = bot.settings
    if settings.app_token:
        return SocketMode(bot.app, settings.app_token)
    return HttpServer(bot.app, settings.signing_secret or "", settings.host, settings.port)


def run(open_assistant: Callable[[], Assistant], debug: bool = False) -> None:
    """The command: settings first, as they are quick to check, then the papers, then Slack. Raises ConfigError."""
    settings = settings_of(load_config())
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    serve(SlackBot(open_assistant(), settings, debug))


def serve(bot: SlackBot) -> None:
    """Connect, say so, and stay until interrupted; then finish the answers under way."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    connection = connect(bot)
    way = connection.url if isinstance(connection, HttpServer) else "Socket Mode"
    bot.logger.info("answering as %s in %s (%s); Ctrl-C ends it", bot.workspace["user"], bot.workspace["team"], way)
    stop.wait()
    connection.close()
    bot.close()
