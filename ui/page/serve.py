"""Starting the page: where it listens, who may enter, and what it never does (phone home)."""

import asyncio
import os
import signal
import socket
import weakref
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from rag.config import Config
from rag.errors import ConfigError, PaperchatError
from ui.opening import opening
from ui.page.access import Access, access
from ui.page.calls import Calls
from ui.page.guard import MAX_UPLOAD, Guard
from ui.page.visitors import MOST, Presence, Visitors

if TYPE_CHECKING:
    import gradio as gr

    from rag import Assistant
    from ui.topics import Cartographer

_OFFLINE = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "GRADIO_RUN_HISTORY": "False"}

__all__ = ["Access", "access", "opening", "serve_forever", "start"]


def start(config: Config, access: Access, opened: "Callable[[], Assistant]", cartographer: "Cartographer | None" = None) -> "gr.Blocks":
    """Build the page and serve it in the background: `.local_url` says where, `.close()` ends it.

    Raises ConfigError when the port is taken or the MCP extra is missing.
    """
    for name, value in _OFFLINE.items():  # before Gradio is imported: it reads them then
        os.environ.setdefault(name, value)
    if access.mcp:
        _need_mcp()
    from starlette.middleware import Middleware

    from ui.page.layout import build
    from ui.page.looks import looks
    from ui.page.uploads import Uploads
    from ui.peers import hold_to_time
    from ui.topics import Cartographer

    cartographer = cartographer or Cartographer(config.home / "map.json")
    presence = Presence()
    page = build(config, access, opened, cartographer, presence)
    layers = [Middleware(Guard, access=access)]
    if access.mcp:
        from ui.mcp.http import Door
        from ui.mcp.server import server

        layers.append(Middleware(Door, server=server(opened, cartographer, adds=access.uploads, local=access.local and not access.public)))

    @asynccontextmanager
    async def guarded(app: Any) -> AsyncIterator[None]:
        # Gradio puts its own middleware, which answers any origin, around what it is given: the guard goes around that.
        uploads = Uploads(app.middleware_stack)
        weakref.finalize(page, uploads.drop)  # also where the process ends with the page open
        visitors = Visitors(Calls(uploads, app, presence), app, presence)
        app.middleware_stack = Guard(visitors, access)
        tidying = asyncio.create_task(visitors.keep_tidy())
        yield
        tidying.cancel()
        uploads.drop()

    try:
        # `_frontend=False` spares Gradio's look at its own page, which gives a busy machine three seconds, and then asks for a tunnel.
        page.launch(
            server_name=access.host, server_port=access.port or _free_port(access.host), auth=access.login, mcp_server=False,
            prevent_thread_lock=True, quiet=True, show_error=True, max_file_size=MAX_UPLOAD, footer_links=[],
            share=False, inbrowser=False, ssr_mode=False, _frontend=False, pwa=False, enable_monitoring=False, state_session_capacity=MOST,
            app_kwargs={"middleware": layers, "lifespan": guarded}, **looks(),
        )  # fmt: skip
    except OSError:
        raise ConfigError(_unserved(access)) from None
    hold_to_time(page.server.config)  # Gradio makes the server itself, and with it the connections' protocol
    return page


def _unserved(access: Access) -> str:
    """Why the server did not come up: Gradio gives it five seconds, and says no more than that it failed."""
    try:
        socket.create_server((access.host, access.port)).close()
    except OSError:
        return f"port {access.port} is taken; choose another with --port"
    return "the page did not start within five seconds, as this machine is busy; start it again"


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as free:
        return int(free.getsockname()[1])


def serve_forever(config: Config, access: Access, opened: "Future[Assistant]") -> None:
    """Serve until interrupted. Raises what opening the assistant raised."""
    from ui.topics import Cartographer

    cartographer = Cartographer(config.home / "map.json")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended as by Ctrl-C: uploads that nobody added are deleted
    page = start(config, access, opened.result, cartographer)
    print(f"Paperchat is at {page.local_url}  (stop with Ctrl-C)", flush=True)
    if access.mcp:
        print(f"MCP server (streamable HTTP): {page.local_url}gradio_api/mcp/", flush=True)
    try:
        assistant = opened.result()
        with suppress(PaperchatError):  # whoever opens the map is told
            cartographer.atlas(assistant)  # the page is up, nobody waits: the first visitor finds the map made
        page.block_thread()
    finally:
        page.close(verbose=False)


def _need_mcp() -> None:
    if find_spec("mcp") is None:
        raise ConfigError("the MCP server needs an extra; pip install 'paperchat[mcp]'")
