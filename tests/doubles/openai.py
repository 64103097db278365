"""A real HTTP server on loopback that speaks the OpenAI protocol, scriptable request by request.

    with FakeOpenAI() as server:
        server.handler = lambda request: "the text of every chat completion"
        server.queue(Reply(status=429, headers={"Retry-After": "0"}), "then this text")
        ...                       # OPENAI_BASE_URL=server.url, PAPERCHAT_LLM_MODEL="fake-model"
        assert server.chats[0].system.startswith("You")

Chat requests take the queued replies first, then ask `handler`. `GET /v1/models`, chat completions
with and without streaming, and embeddings (a deterministic bag of words) are served.
`python -m tests.doubles.openai` runs it alone and prints its address.
"""

import base64
import hashlib
import json
import re
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

MODEL = "fake-model"


@dataclass(frozen=True)
class Request:
    """One request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def streaming(self) -> bool:
        return bool(self.body.get("stream"))

    @property
    def schema(self) -> str | None:
        """Name of the JSON schema that the reply shall have, if any."""
        return (self.body.get("response_format") or {}).get("json_schema", {}).get("name")

    def _content(self, role: str) -> str:
        return "\n".join(m["content"] for m in self.body.get("messages", ()) if m["role"] == role and isinstance(m["content"], str))

    @property
    def system(self) -> str:
        return self._content("system")

    @property
    def user(self) -> str:
        return self._content("user")


@dataclass(frozen=True)
class Reply:
    """What to answer with.

    `content` is the completion's text; when streamed it is sent word by word, or as `chunks`
    says, in which an Event is waited for before the next piece goes out. `cut` closes the
    connection after so many pieces; `raw` replaces the whole body; `hold` is an Event that is
    waited for before anything is sent (never set: silence until the server stops).
    """

    content: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: Sequence["str | threading.Event"] | None = None
    cut: int | None = None
    raw: bytes | None = None
    content_type: str = "application/json"
    hold: threading.Event | None = None
    finish: str | None = "stop"
    usage: bool = True
    error: str = ""
    code: str | None = None


Handler = Callable[[Request], "Reply | str | Mapping[str, Any]"]


def _as_reply(given: "Reply | str | Mapping[str, Any]") -> Reply:
    if isinstance(given, Reply):
        return given
    return Reply(given if isinstance(given, str) else json.dumps(given))


class FakeOpenAI:
    """The server. `url` is the base URL (ends in /v1), `requests` everything it was asked."""

    def __init__(self, handler: Handler = lambda request: "", models: Sequence[str] = (MODEL,), dimensions: int = 64) -> None:
        self.handler, self.models, self.dimensions = handler, list(models), dimensions
        self.requests: list[Request] = []
        self.peak = 0
        self.stopping = threading.Event()
        self._queued: deque[Reply] = deque()
        self._by_path: dict[str, Reply] = {}
        self._in_flight = 0
        self._lock = threading.Lock()
        self._http = _Server(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    @property
    def chats(self) -> list[Request]:
        """The chat requests, in order of arrival."""
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    def queue(self, *replies: "Reply | str | Mapping[str, Any]") -> None:
        """Replies for the next chat requests, one each, before `handler` is asked."""
        with self._lock:
            self._queued.extend(_as_reply(reply) for reply in replies)

    def always(self, path: str, reply: Reply) -> None:
        """One reply for every request to a path: `/models`, `/embeddings` or `/chat/completions`."""
        self._by_path[path] = reply

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    # --- what the handler threads call

    def reply_to(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            path = request.path.removeprefix("/v1")
            if path in self._by_path:
                return self._by_path[path]
            if path == "/chat/completions" and self._queued:
                return self._queued.popleft()
        if path == "/chat/completions":
            return _as_reply(self.handler(request))
        if path == "/embeddings":
            return Reply(raw=json.dumps(self._embeddings(request.body)).encode())
        if path == "/models":
            listed = [{"id": name, "object": "model", "created": 0, "owned_by": "tests"} for name in self.models]
            return Reply(raw=json.dumps({"object": "list", "data": listed}).encode())
        return Reply(status=404, error=f"no route {request.path}")

    @contextmanager
    def counted(self) -> Iterator[None]:
        with self._lock:
            self._in_flight += 1
            self.peak = max(self.peak, self._in_flight)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1

    def _embeddings(self, body: Mapping[str, Any]) -> dict[str, Any]:
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        vectors = [_bag_of_words(str(text), self.dimensions) for text in texts]
        coded = [_base64(v) for v in vectors] if body.get("encoding_format") == "base64" else vectors
        data = [{"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(coded)]
        tokens = sum(len(str(text)) // 4 for text in texts)
        return {"object": "list", "data": data, "model": body.get("model"), "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}


def _bag_of_words(text: str, dimensions: int) -> list[float]:
    vector = [0.0] * dimensions
    for word in re.findall(r"\w+", text.lower()) or ["empty"]:
        digest = hashlib.sha256(word.encode()).digest()
        vector[int.from_bytes(digest[:4]) % dimensions] += 1.0 if digest[4] & 1 else -1.0
    return vector


def _base64(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the tests."""


def _handler_for(server: FakeOpenAI) -> type[BaseHTTPRequestHandler]:
    class Bound(_Handler):
        fake = server

    return Bound


class _Handler(BaseHTTPRequestHandler):
    fake: FakeOpenAI
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._serve(json.loads(data or b"{}"))

    def _serve(self, body: dict[str, Any]) -> None:
        request = Request(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        with self.fake.counted():
            reply = self.fake.reply_to(request)
            if reply.hold is not None and not self._wait(reply.hold):
                self.close_connection = True
            elif request.streaming and reply.status == 200 and reply.raw is None:
                self._stream(reply)
            else:
                self._send(reply)

    def _wait(self, event: threading.Event) -> bool:
        while not event.wait(0.02):
            if self.fake.stopping.is_set():
                return False
        return True

    def _send(self, reply: Reply) -> None:
        data = reply.raw if reply.raw is not None else json.dumps(_completion(reply) if reply.status == 200 else _error(reply)).encode()
        self.send_response(reply.status)
        for name, value in {"Content-Type": reply.content_type, "Content-Length": str(len(data)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.cut is not None:
            self.wfile.write(data[: reply.cut])
            self.close_connection = True
        else:
            self.wfile.write(data)

    def _stream(self, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        pieces = reply.chunks if reply.chunks is not None else re.findall(r"\S*\s*", reply.content)[:-1]
        for number, piece in enumerate(pieces):
            if reply.cut is not None and number >= reply.cut:
                self.close_connection = True
                return
            if isinstance(piece, threading.Event):
                if not self._wait(piece):
                    self.close_connection = True
                    return
            else:
                self._event(_chunk({"role": "assistant", "content": piece}))
        if reply.finish:
            self._event(_chunk({}, reply.finish))
        if reply.usage:
            self._event({**_chunk({}), "choices": [], "usage": _usage(reply)})
        self._chunked(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, value: Mapping[str, Any]) -> None:
        self._chunked(b"data: " + json.dumps(value).encode() + b"\n\n")

    def _chunked(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


def _usage(reply: Reply) -> dict[str, int]:
    return {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}


def _completion(reply: Reply) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": reply.content}, "finish_reason": reply.finish}
    whole = {"id": "c", "object": "chat.completion", "created": 0, "model": MODEL, "choices": [choice]}
    return {**whole, "usage": _usage(reply)} if reply.usage else whole


def _chunk(delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": MODEL, "choices": [choice]}


def _error(reply: Reply) -> dict[str, Any]:
    return {"error": {"message": reply.error or f"scripted {reply.status}", "type": "error", "param": None, "code": reply.code}}


if __name__ == "__main__":
    with FakeOpenAI(lambda request: f"You asked: {request.user[:60]}") as running:
        print(running.url, flush=True)
        threading.Event().wait()
