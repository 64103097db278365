"""Peers that send half of what they begin, or stop reading, are dropped in time; who waits for us, or goes on, is not."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from selectors import EVENT_READ, DefaultSelector
from threading import Event, Thread
from typing import Any

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
    app, listening = _App(), socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=request.param, lifespan="off", log_config=None)
    peers.hold_to_time(config)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield app, f"http://127.0.0.1:{listening.getsockname()[1]}"
    app.go.set()
    server.should_exit = True
    thread.join()


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
