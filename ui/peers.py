"""How long a server waits for its peer: for a request that was begun, for the rest of its body, until an answer is read.

uvicorn itself limits only the time between two requests.
"""

import asyncio
import resource
from collections import Counter
from typing import Any

from uvicorn import Config

WAIT = 30.0
"""Seconds in which a peer must have sent a request's head, or moved LEAST bytes of a body or of an answer."""

LONGEST_HEAD = 64 * 1024
"""Bytes of a request's head, of what follows its body, or between two pieces of it: httptools would keep any number."""

LEAST = 5_000
_LOOKS = 4
"""How often in that time a connection is looked at."""


def hold_to_time(config: Config) -> None:
    """Have a server drop each later connection whose peer keeps it waiting; where the peer waits for us it may take any time."""
    if not config.loaded:
        config.load()
    served = config.http_protocol_class
    bounded = (_Bounded,) if hasattr(served, "on_message_begin") else ()  # h11 keeps heads short itself
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    most = files // 2 if files != resource.RLIM_INFINITY else 100_000
    config.http_protocol_class = type("Timed", (_Timed, *bounded, served), {"wait": WAIT, "most": most, "by_address": Counter()})


class _Timed(asyncio.Protocol):
    """Before uvicorn's protocol, whichever it is: of that one `cycle` (the request that is answered) and `flow` are read."""

    wait: float
    most: int
    by_address: "Counter[str]"
    cycle: Any
    flow: Any

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._address = str((transport.get_extra_info("peername") or ("",))[0])
        self.by_address[self._address] += 1
        self._peer, self._loop, self._got = transport, asyncio.get_running_loop(), 0
        self._owes: tuple[str, Any] | None = None
        self._before, self._since = 0, 0.0
        self._look()
        if self.by_address[self._address] > self.most:
            self._peer.abort()  # type: ignore[attr-defined]  # others are still let in

    def data_received(self, data: bytes) -> None:
        self._got += len(data)
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self.by_address[self._address] -= 1
        if self.by_address[self._address] <= 0:
            del self.by_address[self._address]
        super().connection_lost(exc)

    def _look(self) -> None:
        """Start the clock anew where something else is waited for, or enough has come; drop the peer when it has run out."""
        owes, moved, now = self._waits_for(), self._moved(), self._loop.time()
        if owes != self._owes or (owes and owes[0] != "head" and moved - self._before >= LEAST):
            self._owes, self._before, self._since = owes, moved, now
        elif owes and now - self._since >= self.wait:
            self._peer.abort()  # type: ignore[attr-defined]  # to close would wait until all is read
            return
        self._timer = self._loop.call_later(self.wait / _LOOKS, self._look)

    def _waits_for(self) -> tuple[str, Any] | None:
        """What the peer owes us, and of which request; nothing while it waits for us."""
        if self.flow.write_paused:
            return "reading", self.cycle
        if self.cycle is None or self.cycle.response_complete:
            return "head", self.cycle
        return ("body", self.cycle) if self.cycle.more_body and not self.flow.read_paused else None

    def _moved(self) -> int:
        """Bytes that came, less those that wait to be read: it grows with what the peer does."""
        return self._got - int(self._peer.get_write_buffer_size())  # type: ignore[attr-defined]


class _Bounded(asyncio.Protocol):
    """Before uvicorn's protocol of httptools: counts what came since the parser last gave something away."""

    _kept = 0

    def data_received(self, data: bytes) -> None:
        self._kept += len(data)
        super().data_received(data)
        if self._kept > LONGEST_HEAD:
            self.transport.abort()  # type: ignore[attr-defined]

    def on_message_begin(self) -> None:
        self._kept = 0
        super().on_message_begin()  # type: ignore[misc]

    def on_headers_complete(self) -> None:
        self._kept = 0
        super().on_headers_complete()  # type: ignore[misc]

    def on_body(self, body: bytes) -> None:
        self._kept = 0
        super().on_body(body)  # type: ignore[misc]

    def on_message_complete(self) -> None:
        self._kept = 0
        super().on_message_complete()  # type: ignore[misc]
