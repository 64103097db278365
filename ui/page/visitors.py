"""What Gradio keeps of visitors: as much as they need while they are here, and nothing of those who left.

Left alone, it keeps what each of the last 10,000 sent and was shown, and results that nobody fetched.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from ui.page.guard import App, Receive, Scope, Send, refuse
from ui.page.streams import Listening

MOST = 200
"""Visitors of whom something is kept; beyond, who was quiet longest starts afresh: the order of the table, what can be undone."""

UNFETCHED = timedelta(minutes=5)
"""A result waits so long for whoever asked."""

_LOOKS = 30
_API = "/gradio_api"


class Presence:
    """Which sessions left while something was done for them, so that it need not be done."""

    def __init__(self) -> None:
        self._left: set[str] = set()

    def left(self, session: str | None) -> bool:
        return session in self._left

    def leaves(self, session: str) -> None:
        self._left.add(session)

    def comes(self, session: str) -> None:
        self._left.discard(session)


class Visitors:
    """Middleware that forgets who left; `tidy` drops what programs left, which say no goodbye."""

    def __init__(self, app: App, gradio: Any, presence: Presence, clock: Callable[[], datetime] = datetime.now) -> None:
        self._app, self._gradio, self._presence, self._clock = app, gradio, presence, clock
        self._present: Counter[str] = Counter()
        self._listening: Counter[str] = Counter()
        self._waiting: dict[str, datetime] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", "")).rstrip("/")
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
        elif path.startswith(f"{_API}/heartbeat/"):
            session = path.rsplit("/", 1)[-1]
            with _counted(self._present, session, self._forget):
                await self._app(scope, receive, send)
        elif path.startswith((f"{_API}/queue/data", f"{_API}/call/")):
            session = self._session(scope, path)
            if session not in self._queue.pending_messages_per_session:  # Gradio would log two tracebacks
                await _unknown(send, queue=path.startswith(f"{_API}/queue/"))
                return
            self._presence.comes(session)
            with _counted(self._listening, session, self._fetched):
                listening = Listening(self._app, scope, receive, send)
                await listening.listen(lambda: self._asked(session))
                if listening.left and self._listening[session] == 1 and self._under_way(session):
                    self._presence.leaves(session)
        else:
            await self._app(scope, receive, send)

    @property
    def _queue(self) -> Any:
        return self._gradio.get_blocks()._queue

    def _session(self, scope: Scope, path: str) -> str:
        """Whose results are asked for: by a session's name, or by an event's, which has its session's unless a program gave one."""
        given = parse_qs(bytes(scope.get("query_string", b"")).decode("latin-1")).get("session_hash")
        event = self._queue.event_ids_to_events.get(path.rsplit("/", 1)[-1])
        return given[0] if given else str(event.session_hash) if event else path.rsplit("/", 1)[-1]

    def _forget(self, session: str) -> None:
        holder = self._gradio.state_holder
        holder.session_data.pop(session, None)
        holder.time_last_used.pop(session, None)
        if not self._under_way(session):
            self._empty(session)

    def _fetched(self, session: str) -> None:
        if not self._asked(session):
            self._empty(session)

    def _asked(self, session: str) -> bool:
        return bool(self._queue.pending_event_ids_session.get(session))

    def _under_way(self, session: str) -> bool:
        return any(event in self._queue.event_ids_to_events for event in self._queue.pending_event_ids_session.get(session, ()))

    def _empty(self, session: str) -> None:
        """Drop the box of a session's results."""
        self._queue.pending_event_ids_session.pop(session, None)
        self._queue.pending_messages_per_session.pop(session, None)
        self._waiting.pop(session, None)
        self._presence.comes(session)

    def tidy(self) -> None:
        """Drop what waited too long for whoever asked, and what is kept of those who say no goodbye."""
        now, used = self._clock(), self._gradio.state_holder.time_last_used
        boxes = {*self._queue.pending_messages_per_session, *self._queue.pending_event_ids_session}
        idle = {box for box in boxes if box not in self._listening and not self._under_way(box)}
        self._waiting = {box: self._waiting.get(box, now) for box in idle}
        for box in [box for box, since in self._waiting.items() if now - since >= UNFETCHED]:
            self._empty(box)
        for session in [name for name, at in used.items() if name not in self._present and now - at >= UNFETCHED]:
            if not self._under_way(session):
                self._forget(session)

    async def keep_tidy(self) -> None:
        """Look every half minute, until cancelled."""
        while True:
            await asyncio.sleep(_LOOKS)
            with suppress(AttributeError, KeyError, RuntimeError):  # Gradio's insides may be others in another version
                self.tidy()


async def _unknown(send: Send, queue: bool) -> None:
    """Nothing waits for this session: a browser is told as Gradio tells it, and asks anew."""
    if not queue:
        await refuse(send, 404, "no result waits under this name")
        return
    told = b'data: {"msg":"unexpected_error","event_id":null,"message":"404: Not Found","success":false,"session_not_found":true}\n\n'
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream; charset=utf-8")]})
    await send({"type": "http.response.body", "body": told})


@contextmanager
def _counted(counter: "Counter[str]", name: str, at_zero: Callable[[str], None]) -> Iterator[None]:
    counter[name] += 1
    try:
        yield
    finally:
        counter[name] -= 1
        if not counter[name]:
            del counter[name]
            at_zero(name)
