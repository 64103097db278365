"""Logins: who has one, until when, and how often a wrong password may be tried."""

import base64
import binascii
import hmac
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

log = logging.getLogger("paperchat.page")

SESSION_SECONDS = 12 * 3_600
"""A session ends after so long without a request."""

_FREE, _LONGEST = 5, 900
"""Wrong passwords that an address may try at once; seconds that it waits at most before the next."""
_IN_ALL, _WINDOW = 60, 300
"""Wrong passwords from everywhere in so many seconds, after which only addresses that have been in before may try."""
_REMEMBERED = 10_000


class Tries:
    """Counts wrong passwords by address and in all. Thread-free: it serves one event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._all: deque[float] = deque(maxlen=_IN_ALL)
        self._welcome: OrderedDict[str, None] = OrderedDict()

    def wait(self, address: str) -> int:
        """Seconds until an address may try again; 0 now."""
        now = self._clock()
        count, last = self._wrong.get(address, (0, 0.0))
        own = min(2.0 ** min(count - _FREE, 30), _LONGEST) - (now - last) if count >= _FREE else 0.0
        crowded = len(self._all) == _IN_ALL and address not in self._welcome
        return max(int(own + 0.999), int(self._all[0] + _WINDOW - now) if crowded else 0, 0)

    def wrong(self, address: str) -> None:
        """Note a wrong password."""
        count = self._wrong.pop(address, (0, 0.0))[0] + 1
        self._wrong[address] = (count, self._clock())
        self._all.append(self._clock())
        _bounded(self._wrong)
        log.warning("a wrong password from %s, its try %d", address, count)

    def right(self, address: str) -> None:
        """Note the right one."""
        self._wrong.pop(address, None)
        self._welcome[address] = None
        _bounded(self._welcome)


def _bounded(kept: "OrderedDict[str, Any]") -> None:
    while len(kept) > _REMEMBERED:
        kept.popitem(last=False)


class Sessions:
    """The sessions of one page. Gradio makes their tokens and keeps them; here is known since when."""

    def __init__(self, login: tuple[str, str] | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._login, self._clock = login, clock
        self.tries = Tries(clock)
        self._until: OrderedDict[str, float] = OrderedDict()

    def known(self, scope: MutableMapping[str, Any], cookie: str) -> bool:
        """Whether a request belongs to a session that is not over."""
        app = scope["app"]
        for token in _tokens(app, cookie):
            if token not in app.tokens:
                continue
            now = self._clock()
            if self._until.setdefault(token, now + SESSION_SECONDS) > now:
                self._until[token] = now + SESSION_SECONDS
                return True
            self._end(app, token)
        return False

    def _end(self, app: Any, token: str) -> None:
        app.tokens.pop(token, None)
        self._until.pop(token, None)

    async def log_in(self, app: Any, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Let Gradio look at user and password, unless too many were wrong."""
        address = _address(scope)
        if seconds := self.tries.wait(address):
            await _too_many(send, seconds)
            return
        status = 0

        async def watched(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await app(scope, receive, watched)
        if status == 200:
            self.tries.right(address)
            self._tidy(scope["app"])
        elif status in (400, 401):
            self.tries.wrong(address)

    def _tidy(self, app: Any) -> None:
        """Forget the sessions that are over, and the oldest of very many."""
        now = self._clock()
        for token in list(app.tokens):
            if self._until.setdefault(token, now + SESSION_SECONDS) <= now or len(self._until) > _REMEMBERED:
                self._end(app, token)

    async def log_out(self, scope: MutableMapping[str, Any], send: Any) -> None:
        """End the session of who asks; a link cannot do it."""
        if scope["method"] != "POST":
            await _answer(send, 405, "to log out, send a POST", [(b"allow", b"POST")])
            return
        app = scope["app"]
        cookie = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie"), "")
        for token in _tokens(app, cookie):
            self._end(app, token)
        gone = [(b"set-cookie", f"{name}=; Max-Age=0; Path=/; HttpOnly".encode()) for name in _names(app)]
        await _answer(send, 303, "", [*gone, (b"location", b"/")])

    def basic(self, scope: MutableMapping[str, Any], header: str) -> tuple[int, str] | None:
        """Why a program that sends user and password with each request is refused."""
        address = _address(scope)
        if self.tries.wait(address):
            return 429, "too many wrong passwords; try again later"
        if self._login and _is_basic(header, self._login):
            self.tries.right(address)
            return None
        if header:
            self.tries.wrong(address)
        return 401, "the MCP server needs the page's user and password (HTTP Basic)"


def _address(scope: MutableMapping[str, Any]) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "an unknown address"


def _names(app: Any) -> tuple[str, str]:
    return f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}"


def _tokens(app: Any, cookie: str) -> list[str]:
    try:
        jar = SimpleCookie(cookie)
    except CookieError:
        return []
    return [jar[name].value for name in _names(app) if name in jar]


def _is_basic(header: str, login: tuple[str, str]) -> bool:
    kind, _, value = header.partition(" ")
    try:
        given = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return kind.lower() == "basic" and hmac.compare_digest(given, ":".join(login).encode())


async def _too_many(send: Any, seconds: int) -> None:
    sentence = f"too many wrong passwords; try again in {seconds} seconds"
    await _answer(send, 429, sentence, [(b"retry-after", str(seconds).encode())])


async def _answer(send: Any, status: int, sentence: str, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain; charset=utf-8"), *headers]})
    await send({"type": "http.response.body", "body": sentence.encode()})
