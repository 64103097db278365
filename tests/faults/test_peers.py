"""Peers that send half of what they begin, or stop reading, are dropped in time; who waits for us, or goes on, is not."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from selectors import EVENT_READ, DefaultSelector
from threading import Event, Thread
from typing import Any, Literal

import pytest
import uvicorn

from tests.doubles.peers import HALVES, TIME, all_dropped, everything, is_dropped, opened
from ui import peers


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "WAIT", TIME)


class _App:
    """`/large` sends until its reader is gone; another path answers after the whole body, when `go` is set."""

    def __init__(self) -> None:
        self.go, self.gone = Event(), Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await receive()).get("more_body"):
            pass
        if scope["path"] == "/large":
            left = asyncio.ensure_future(receive())
            while not left.done():
                await send({"type": "http.response.body", "body": bytes(300_000), "more_body": True})
                await asyncio.sleep(0)
            self.gone.set()
        while not self.go.is_set():
            await asyncio.sleep(0.01)
        await send({"type": "http.response.body", "body": b"at last"})


@pytest.fixture(params=["h11", "httptools"])
def app_and_url(request: pytest.FixtureRequest) -> Iterator[tuple[_App, str]]:
    with running(request.param) as served:
        yield served


@contextmanager
def running(protocol: Literal["h11", "httptools"]) -> Iterator[tuple[_App, str]]:
    app, listening = _App(), socket.create_server(("0.0.0.0", 0))
    config = uvicorn.Config(app, http=protocol, lifespan="off", log_config=None)
    peers.hold_to_time(config)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield app, f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        app.go.set()
        server.should_exit = True
        thread.join(20)


def test_half_open_connections_are_dropped(app_and_url: tuple[_App, str]) -> None:
    assert all_dropped(app_and_url[1])


def test_who_waits_for_an_answer_is_not_dropped(app_and_url: tuple[_App, str]) -> None:
    app, url = app_and_url
    waiting = opened(url, b"GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    for _ in range(3):  # one after the other: three times the time
        assert is_dropped(opened(url, HALVES["half a head"]))
    app.go.set()
    assert b"at last" in everything(waiting)


def test_who_goes_on_sending_is_not_dropped(app_and_url: tuple[_App, str]) -> None:
    app, url = app_and_url
    app.go.set()
    sender = opened(url, b"POST /body HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
    part = bytes(peers.LEAST * 2)
    for _ in range(3):  # three times the time
        with DefaultSelector() as silent:
            connection = opened(url)
            silent.register(connection, EVENT_READ)
            while not silent.select(TIME / 20):
                sender.sendall(b"%x\r\n%b\r\n" % (len(part), part))
        assert is_dropped(connection)
    sender.sendall(b"0\r\n\r\n")
    assert b"at last" in everything(sender)


def test_who_stops_reading_is_dropped(app_and_url: tuple[_App, str]) -> None:
    app, url = app_and_url
    with closing(opened(url, b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n", buffer=4_096)):
        assert app.gone.wait(20)


HEAD = b"POST /slow HTTP/1.1\r\nHost: localhost\r\n"
ENDLESS = {
    "lines of a head": HEAD + b"X-A: b\r\n" * 40_000,
    "one line of a head": HEAD + b"X-A: " + b"b" * 400_000,
    "what follows a body": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n" + b"X-A: b\r\n" * 40_000,
    "a chunk's extension": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 400_000,
    "a second request's head": HEAD + b"Content-Length: 1\r\n\r\na" + HEAD + b"X-A: b\r\n" * 80_000,
}


@pytest.mark.parametrize("endless", ENDLESS)
def test_a_head_without_end_is_not_kept(endless: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """h11 keeps none by itself; httptools does."""
    monkeypatch.setattr(peers, "WAIT", 60)  # none is dropped for its time
    with running("httptools") as (_, url):
        peer = opened(url)
        with suppress(OSError):  # dropped before all was sent
            peer.sendall(ENDLESS[endless])
        assert is_dropped(peer)


def test_one_address_leaves_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "WAIT", 60)
    monkeypatch.setattr(peers.resource, "getrlimit", lambda _: (16, 16))
    with running("httptools") as (app, url):
        held = [opened(url) for _ in range(8)]
        assert is_dropped(opened(url))
        app.go.set()
        asked = b"GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        assert b"at last" in everything(opened(url.replace("127.0.0.1", "127.0.0.2"), asked, source="127.0.0.2"))
        for connection in held:
            connection.close()
