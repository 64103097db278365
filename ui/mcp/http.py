"""The MCP server over HTTP, as middleware before the page: one address, one process, one assistant."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ui.mcp.server import PaperServer

PATH = "/gradio_api/mcp"
"""Where clients of earlier versions look for it."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Door:
    """Hands requests for the MCP server to it, and all others on."""

    def __init__(self, app: App, server: PaperServer) -> None:
        self._app, self._server = app, server
        server.streamable_http_app()  # makes the session manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            async with self._server.session_manager.run():
                await self._app(scope, receive, send)
        elif scope["type"] == "http" and str(scope["path"]).rstrip("/") == PATH:
            await self._server.session_manager.handle_request(scope, receive, send)
        else:
            await self._app(scope, receive, send)
