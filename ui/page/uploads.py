"""Uploads that break off: what was written of them goes as the request ends, or with the page."""

from collections.abc import Callable, MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from starlette.requests import ClientDisconnect

from ui.page.guard import App, Receive, Scope, Send, refuse

_PATH = "/gradio_api/upload"
_WRITTEN: ContextVar[Callable[[str], None] | None] = ContextVar("paperchat_written", default=None)


class Uploads:
    """Middleware that knows the files which Gradio writes for a request. One that was sent whole is moved away before the request ends."""

    def __init__(self, app: App) -> None:
        from gradio import route_utils

        vars(route_utils)["NamedTemporaryFile"] = _noted  # Gradio names its files to nobody, and leaves them where the sender left
        self._app = app
        self._open: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        written: set[str] = set()

        def note(name: str) -> None:
            written.add(name)
            self._open.add(name)

        token = _WRITTEN.set(note)
        try:
            with suppress(ClientDisconnect):  # nobody is left to be told
                await (self._upload(scope, receive, send) if scope["path"].rstrip("/") == _PATH else self._app(scope, receive, send))
        finally:
            _WRITTEN.reset(token)
            self._drop(written)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What is no form with files is the sender's fault, where Gradio takes it for its own."""
        failed = False

        async def sent(message: MutableMapping[str, Any]) -> None:
            nonlocal failed
            failed = failed or (message["type"] == "http.response.start" and message["status"] >= 500)
            if not failed:
                await send(message)

        try:
            await self._app(scope, receive, sent)
        except (TypeError, ValueError):
            failed = True
        if failed:
            await refuse(send, 400, "the upload is no form whose `files` are files")

    def drop(self) -> None:
        """Delete what is still being written, as the page ends."""
        self._drop(set(self._open))

    def _drop(self, names: set[str]) -> None:
        for name in names:
            with suppress(OSError):
                Path(name).unlink(missing_ok=True)
        self._open -= names


def _noted(*given: Any, **named: Any) -> Any:
    file = NamedTemporaryFile(*given, **named)  # noqa: SIM115
    if (note := _WRITTEN.get()) is not None:
        note(file.name)
    return file
