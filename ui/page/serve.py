"""Starting the page: where it listens, who may enter, and what it never does (phone home)."""

import base64
import binascii
import hmac
import ipaddress
import os
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Future
from dataclasses import dataclass
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from rag.config import Config
from rag.errors import ConfigError

if TYPE_CHECKING:
    import gradio as gr

    from rag import Assistant

MAX_UPLOAD = 200 * 1024**2
"""Bytes of one uploaded file."""

MAX_BODY = 8 * 1024**2
"""Bytes of any other request."""

_OFFLINE = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "GRADIO_RUN_HISTORY": "False"}

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Access:
    """Where the page listens and who may enter: `login` is user and password, None for everyone."""

    host: str = "127.0.0.1"
    port: int = 7860
    login: tuple[str, str] | None = None
    mcp: bool = False

    @property
    def local(self) -> bool:
        return is_loopback(self.host)

    @property
    def uploads(self) -> bool:
        """Papers may be added by whoever sits at this machine, or has logged in."""
        return self.local or self.login is not None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def access(host: str, port: int, user: str | None, secret: SecretStr | None, no_auth: bool, mcp: bool) -> Access:
    """Check who may enter. Raises ConfigError, naming the fix, for an open door that nobody asked for."""
    password = secret.get_secret_value() if secret else ""
    if bool(user) != bool(password):
        raise ConfigError("a user and a password belong together; set both PAPERCHAT_PAGE_USER and PAPERCHAT_PAGE_PASSWORD")
    login = (user, password) if user and password else None
    if login is None and not is_loopback(host) and not no_auth:
        raise ConfigError(
            f"--host {host} lets others in; set PAPERCHAT_PAGE_USER and PAPERCHAT_PAGE_PASSWORD, or pass --no-auth to let in everyone"
        )
    return Access(host, port, login, mcp)


class Guard:
    """Middleware: refuses bodies that are too large, foreign Host names on loopback, and MCP calls without the login."""

    def __init__(self, app: App, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(str(scope["path"]), headers)
        if refusal:
            await _refuse(send, *refusal)
        else:
            await self._app(scope, _limited(receive, self._limit(str(scope["path"]))), send)

    def _refusal(self, path: str, headers: dict[str, str]) -> tuple[int, str] | None:
        name = headers.get("host", "").rsplit(":", 1)[0].strip("[]")
        if self._access.local and name and not is_loopback(name):
            return 421, "this page answers only to its own address"
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._limit(path):
            return 413, "the request is too large"
        if path.startswith("/gradio_api/mcp") and self._access.login and not _basic(headers.get("authorization", ""), self._access.login):
            return 401, "the MCP server needs the page's user and password (HTTP Basic)"
        return None

    @staticmethod
    def _limit(path: str) -> int:
        return MAX_UPLOAD + 1024**2 if path.rstrip("/").endswith("/upload") else MAX_BODY


def _limited(receive: Receive, limit: int) -> Receive:
    """The request's body, cut off as a disconnect when it is longer than allowed (no length was declared)."""
    seen = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        return {"type": "http.disconnect"} if seen > limit else message

    return counted


def _basic(header: str, login: tuple[str, str]) -> bool:
    kind, _, value = header.partition(" ")
    try:
        given = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return kind.lower() == "basic" and hmac.compare_digest(given, ":".join(login).encode())


async def _refuse(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="Paperchat"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode()})


def opening(open_assistant: "Callable[[], Assistant]") -> "Future[Assistant]":
    """The assistant, opened in the background while Gradio loads and the browser fetches the page."""
    future: Future[Assistant] = Future()

    def work() -> None:
        try:
            future.set_result(open_assistant())
        except BaseException as error:  # whoever asks for the result gets the error
            future.set_exception(error)

    Thread(target=work, daemon=True, name="open-assistant").start()
    return future


def start(config: Config, access: Access, opened: "Callable[[], Assistant]") -> "gr.Blocks":
    """Build the page and serve it in the background: `.local_url` says where, `.close()` ends it.

    Raises ConfigError when the port is taken or the MCP extra is missing.
    """
    for name, value in _OFFLINE.items():  # before Gradio is imported: it reads them then
        os.environ.setdefault(name, value)
    if access.mcp:
        _need_mcp()
    from starlette.middleware import Middleware

    from ui.page.layout import build, looks
    from ui.topics import Cartographer

    cartographer = Cartographer(config.home / "map.json")
    page = build(config, access, opened, cartographer)
    layers = [Middleware(Guard, access=access)]
    if access.mcp:
        from ui.mcp.http import Door
        from ui.mcp.server import server

        layers.append(Middleware(Door, server=server(opened, cartographer, adds=access.uploads, local=access.local)))
    try:
        page.launch(
            server_name=access.host, server_port=access.port or _free_port(access.host), auth=access.login, mcp_server=False,
            prevent_thread_lock=True, quiet=True, show_error=True, max_file_size=MAX_UPLOAD, footer_links=["api"],
            share=False, inbrowser=False, ssr_mode=False, pwa=False, enable_monitoring=False,
            app_kwargs={"middleware": layers}, **looks(),
        )  # fmt: skip
    except OSError:
        raise ConfigError(f"port {access.port} is taken; choose another with --port") from None
    return page


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as free:
        return int(free.getsockname()[1])


def serve_forever(config: Config, access: Access, opened: "Future[Assistant]") -> None:
    """Serve until interrupted. Raises what opening the assistant raised."""
    page = start(config, access, opened.result)
    print(f"Paperchat is at {page.local_url}  (stop with Ctrl-C)", flush=True)
    if access.mcp:
        print(f"MCP server (streamable HTTP): {page.local_url}gradio_api/mcp/", flush=True)
    try:
        opened.result()
        page.block_thread()
    finally:
        page.close(verbose=False)


def _need_mcp() -> None:
    if find_spec("mcp") is None:
        raise ConfigError("the MCP server needs an extra; pip install 'paperchat[mcp]'")
