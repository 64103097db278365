"""Streams of results, held open a moment longer than Gradio does.

Gradio ends a browser's stream as soon as nothing is under way. Who asks at that very moment may hear of the end
only after the question was taken, and then listens to a stream that is over: the answer is never shown.
"""

import asyncio
from collections.abc import Callable, MutableMapping
from typing import Any

from ui.page.guard import App, Receive, Scope, Send

HELD = 0.25
"""Seconds that a stream waits for the next question before it ends."""

_LOOKS = 0.02
_END = b'"close_stream"'


class Listening:
    """One browser that listens. `left`: it went away before all was said."""

    def __init__(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        self._app, self._scope, self._receive, self._send = app, scope, receive, send
        self._begun = self._ended = self.left = False
        self._end: list[MutableMapping[str, Any]] = []

    async def listen(self, under_way: Callable[[], bool]) -> None:
        """Send what comes, and when that is all, what comes of a question that is asked right then."""
        while True:
            self._end = []
            await self._app(self._scope, self._received, self._sent)
            if not self._end or self.left or not await _soon(under_way):
                break
        for message in self._end:
            await self._send(message)
        self._ended = True

    async def _received(self) -> MutableMapping[str, Any]:
        message = await self._receive()
        self.left = self.left or (message["type"] == "http.disconnect" and not self._ended and not self._end)
        return message

    async def _sent(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            if self._begun:
                return
            self._begun = True
        elif self._end or _END in message.get("body", b""):
            self._end.append(message)
            return
        self._ended = self._ended or (message["type"] == "http.response.body" and not message.get("more_body"))
        await self._send(message)


async def _soon(under_way: Callable[[], bool]) -> bool:
    for _ in range(round(HELD / _LOOKS)):
        if under_way():
            return True
        await asyncio.sleep(_LOOKS)
    return under_way()
