"""Peers that leave a server waiting: what they send of a request, and whether they are dropped."""

import socket
from contextlib import closing, suppress
from urllib.parse import urlsplit

TIME = 0.2
"""Seconds that a peer has in these tests."""

HALVES = {
    "nothing": b"",
    "half a line": b"POST /slack/ev",
    "half a head": b"POST /slack/events HTTP/1.1\r\nHost: localhost\r\nX-A: ",
    "half a body": b"POST /slack/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
    "half a chunk": b"POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nab",
    "a refused body's beginning": b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000000\r\n\r\nabc",
}


def opened(url: str, sent: bytes = b"", buffer: int = 0, source: str = "") -> socket.socket:
    where = urlsplit(url)
    connection = socket.socket()
    if buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.settimeout(20)
    if source:
        connection.bind((source, 0))
    connection.connect((where.hostname, where.port))
    connection.sendall(sent)
    return connection


def everything(connection: socket.socket) -> bytes:
    """What is sent until the end. Raises TimeoutError where there is none."""
    got = b""
    with closing(connection), suppress(ConnectionResetError):
        while more := connection.recv(65_536):
            got += more
    return got


def is_dropped(connection: socket.socket) -> bool:
    try:
        everything(connection)
    except TimeoutError:
        return False
    return True


def all_dropped(url: str) -> bool:
    """Whether a server drops each of the halves, held open at once."""
    held = [opened(url, half) for half in HALVES.values()]
    return all(is_dropped(connection) for connection in held)
