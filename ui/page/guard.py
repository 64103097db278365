"""The page's door: which requests reach it at all. What is refused is refused before its body is read."""

import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ui.page.access import Access, cannot_be_lent, is_loopback
from ui.page.sessions import Sessions

log = logging.getLogger("paperchat.page")

MAX_UPLOAD = 200 * 1024**2
"""Bytes of one uploaded file."""

MAX_BODY = 600 * 1024
"""Bytes of any other request: a question with what the browser keeps."""

MAX_PASTED = 2 * 1024**2
"""The same where papers may be added, which may be pasted."""

_MAX_LOGIN = 10_000

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Refusal = tuple[int, str]

_GUARDED = "paperchat.guarded"
_HOST = re.compile(r"(?:[a-z0-9_.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")
_API = "/gradio_api"
_UPLOAD = f"{_API}/upload"
_CLOSED = ("token", "proxy=", "dev/", "deep_link", "runs", "run-history", "vibe-", "undo-vibe", "process_recording", "component_server",
           "stream/", "profiling")  # fmt: skip
"""Gradio's routes that the page does not need: a session's token told to a script, files fetched for others, and the like."""

_ONCE = (b"host", b"origin", b"sec-fetch-site", b"content-length")
"""Headers that decide who asks, and that no browser sends twice: of two, one would be looked at and the other believed."""

_NOT_OURS = (b"x-gradio-server", b"x-direct-url")
"""Headers by which Gradio lets whoever asks say where the page is."""

_BEFORE_LOGIN = ("/login", "/assets/", "/static/", "/svelte/", "/theme.css", "/favicon.ico", "/robots.txt", "/manifest.json", "/pwa_icon")
_API_BEFORE_LOGIN = ("user", "login_check", "app_id", "startup-events", "theme.css")
_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        b"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; media-src 'self' data: blob:; "
        b"worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Guard:
    """Middleware: foreign hosts and origins, closed routes, bodies that are too large, whoever has not logged in."""

    def __init__(self, app: App, access: Access) -> None:
        self._app, self._access = app, access
        self._sessions = Sessions(access.login)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _GUARDED in scope:
            await self._app(scope, receive, send)
            return
        scope[_GUARDED] = True
        headers = _headers(scope)
        path = "/" + str(scope["path"]).strip("/")
        send = _with_headers(send)
        if (refusal := self._foreign(scope, path, headers) or self._closed(scope, path, headers)) is not None:
            await refuse(send, *refusal)
        elif (target := _filling(scope, path, headers)) is not None:
            await refuse(send, 303, "", [(b"location", target)])
        elif path == "/login" and scope["method"] == "POST":
            await self._sessions.log_in(_Answering(self._app, path, _MAX_LOGIN).answer, scope, receive, send)
        elif path == "/logout":
            await self._sessions.log_out(scope, send)
        elif (refusal := self._stranger(scope, path, headers)) is not None:
            await refuse(send, *refusal)
        else:
            await _Answering(self._app, path, self._limit(path)).answer(scope, receive, send)

    # --- who asks, from where

    def _foreign(self, scope: Scope, path: str, headers: dict[str, str]) -> Refusal | None:
        host = headers.get("host", "").lower()
        if not host:
            return 400, "the request names no host"
        if any(sum(given == name for given, _ in scope["headers"]) > 1 for name in _ONCE):
            return 400, "the request has a header twice that says who asks"
        if not _HOST.fullmatch(host):
            return 400, "the request's Host is no name with a port"
        if not self._ours(scope, host):
            return 421, "this page answers only to its own address; PAPERCHAT_PUBLIC_HOST=name lets people reach it by another"
        origin = headers.get("origin")
        if origin is not None and not self._own_origin(origin.lower(), headers.get("host", "").lower()):
            return 403, "requests from other sites are refused"
        site = headers.get("sec-fetch-site", "none")
        opened = scope["method"] in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate" and path == "/" and origin is None
        if site not in ("same-origin", "none") and not opened:
            return 403, "requests from other sites are refused"
        return None

    def _ours(self, scope: Scope, host: str) -> bool:
        """Whether a Host is a name of this page. A proxy's inner name is replaced by the one that people use."""
        access, name = self._access, host.rsplit(":", 1)[0].strip("[]") if not host.endswith("]") else host.strip("[]")
        kept = [
            (key, value)
            for key, value in scope["headers"]
            if key not in _NOT_OURS and (key != b"x-forwarded-host" or value.decode("latin-1").lower() in access.public)
        ]
        scope["headers"] = kept
        if host in access.public or (name in access.public and host.endswith((":80", ":443"))):
            return True
        if name == "0.0.0.0":
            if access.public:
                scope["headers"] = [(key, access.public[0].encode() if key == b"host" else value) for key, value in kept]
            return bool(access.public)
        if is_loopback(name) or name == access.host:
            return True
        return not access.local and not access.public and (access.login is not None or cannot_be_lent(name))

    def _own_origin(self, origin: str, host: str) -> bool:
        scheme, _, place = origin.partition("://")
        if scheme not in ("http", "https") or not place:
            return False
        usual = ":80" if scheme == "http" else ":443"
        return place.removesuffix(usual) in {host.removesuffix(usual), *self._access.public}

    # --- what is asked

    def _closed(self, scope: Scope, path: str, headers: dict[str, str]) -> Refusal | None:
        inside = path.removeprefix(f"{_API}/") if path.startswith(f"{_API}/") else ""
        if inside.startswith(_CLOSED) or path.startswith("/monitoring"):
            return 404, "there is nothing here"
        if path == _UPLOAD and not self._access.uploads:
            return 403, "adding papers is off"
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or len(length) > 12 or int(length) > self._limit(path):
            return 413, "the request is too large"
        if len(scope.get("query_string", b"")) > 20_000:
            return 414, "the address is too long"
        return None

    def _stranger(self, scope: Scope, path: str, headers: dict[str, str]) -> Refusal | None:
        """Why whoever asks may not enter here."""
        if self._access.login is None:
            return None
        if path.startswith(f"{_API}/mcp"):
            return self._sessions.basic(scope, headers.get("authorization", ""))
        inside = path.removeprefix(f"{_API}/") if path.startswith(f"{_API}/") else None
        if inside in _API_BEFORE_LOGIN or (inside is None and (path == "/" or path.startswith(_BEFORE_LOGIN))):
            self._sessions.known(scope, headers.get("cookie", ""))  # forgets a session that is over
            return None
        return None if self._sessions.known(scope, headers.get("cookie", "")) else (401, "log in first")

    def _limit(self, path: str) -> int:
        usual = MAX_PASTED if self._access.uploads else MAX_BODY
        return MAX_UPLOAD + 1024**2 if path == _UPLOAD else _MAX_LOGIN if path == "/login" else usual


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _filling(scope: Scope, path: str, headers: dict[str, str]) -> bytes | None:
    """Where a link with a question leads that was not opened from our own page: the question is filled in, not asked."""
    if path != "/" or scope["method"] not in ("GET", "HEAD"):
        return None
    site = headers.get("sec-fetch-site")
    referrer = headers.get("referer", "").partition("://")[2].partition("/")[0].lower()
    if site == "same-origin" or (site is None and referrer and referrer == headers.get("host", "").lower()):
        return None
    pairs = parse_qsl(scope.get("query_string", b"").decode("latin-1"))  # names decoded first, as Gradio reads them: %71 is q
    if not any(name == "q" for name, _ in pairs):
        return None
    return b"/?" + urlencode([("draft" if name == "q" else name, value) for name, value in pairs]).encode()


def _with_headers(send: Send) -> Send:
    """Adds what every answer carries, and keeps cookies at home."""

    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            names = {name for name, _ in _HEADERS}
            given = [
                (name, value.replace(b"SameSite=none", b"SameSite=lax") if name.lower() == b"set-cookie" else value)
                for name, value in message.get("headers", ())
                if name.lower() not in names and not name.lower().startswith(b"access-control-allow")
            ]
            message["headers"] = [*given, *_HEADERS]
        await send(message)

    return sent


class _Answering:
    """One request in the page's hands: its body is cut off where it is longer than allowed, and a fault of the page is one line."""

    def __init__(self, app: App, path: str, limit: int) -> None:
        self._app, self._path, self._limit = app, path, limit
        self._seen, self._left, self._begun = 0, False, False

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def received() -> MutableMapping[str, Any]:
            message = await receive()
            self._seen += len(message.get("body", b""))
            self._left = self._left or message["type"] == "http.disconnect"
            return {"type": "http.disconnect"} if self._seen > self._limit else message

        async def sent(message: MutableMapping[str, Any]) -> None:
            self._begun = True
            await send(message)

        try:
            await self._app(scope, received, sent)
        except Exception as fault:
            log.error("%s %s: the page could not answer", scope["method"], self._path[:100], exc_info=fault)
        if not self._begun and self._seen > self._limit:
            await refuse(send, 413, "the request is too large")
        elif not self._begun and not self._left:
            await refuse(send, 500, "the page could not answer this request")


async def refuse(send: Send, status: int, sentence: str, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    """Answer in the page's stead, in one sentence."""
    told = [(b"content-type", b"text/plain; charset=utf-8"), *(headers or ())]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": sentence.encode()})
