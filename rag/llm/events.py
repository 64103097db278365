"""The events of a stream, in whatever form an endpoint sends them, as the protocol has them: one line of data each."""

import json
import re
from collections.abc import Iterator
from typing import Any

from rag.llm.bounds import TooLarge
from rag.llm.dress import chunk, whole
from rag.llm.said import Fault, fault_in

_MOST = 8 * 2**20
"""Bytes that one line may have."""

_HELD = 64 * 1024
"""Characters of an event that may come on several lines."""

_DONE = "data: [DONE]\n\n"
_OVER = re.compile(r"\[?(?:DONE|END)\]?", re.IGNORECASE)
_FAULT = re.compile(r"\[?error\]?\s*:?\s*(.+)", re.IGNORECASE)


def events(stream: Iterator[bytes]) -> Iterator[bytes]:
    """Each event as one line; comments and what is no reply are left out, a fault comes as an error. Raises TooLarge."""
    kind, held = "", ""
    for line in _lines(stream):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line.startswith(("{", "[")) or (held and name not in ("data", "event")):
            name, value = "data", line  # without its field's name, as some send it
        if not line:
            kind, held = "", ""
        elif name == "event":
            kind = value
        elif name == "error":
            yield _error(Fault(0, "", value))
        elif name == "data" and value.strip():
            held = f"{held}\n{value}" if held else value
            told = _told(held, kind)
            held = "" if told is not None or len(held) > _HELD else held
            if told:
                yield told.encode()
            if told == _DONE:
                return


def of_whole(content: bytes) -> Iterator[bytes]:
    """The events of what came whole: of a reply that was not streamed, or of the lines of a stream."""
    try:
        body = whole(json.loads(content.decode("utf-8-sig", "replace")))
    except (ValueError, RecursionError):
        body = None
    if body is None:
        yield from events(iter((content,)))
    else:
        body["choices"][0]["finish_reason"] = body["choices"][0]["finish_reason"] or "stop"
        yield _line(chunk(body)).encode() + _DONE.encode()


def _lines(stream: Iterator[bytes]) -> Iterator[str]:
    held = b""
    first = True
    for data in stream:
        held += data
        if first and len(held) >= 3:
            held, first = held.removeprefix(b"\xef\xbb\xbf"), False
        if len(held) > _MOST:
            raise TooLarge("an event of its reply is larger than 8 MB")
        if b"\n" not in data and b"\r" not in data:
            continue
        *whole_lines, held = held.splitlines(keepends=True)
        if held.endswith((b"\n", b"\r")):
            whole_lines, held = [*whole_lines, held], b""
        for line in whole_lines:
            yield line.decode("utf-8", "replace").rstrip("\r\n")
    if held:
        yield held.decode("utf-8", "replace")


def _told(data: str, kind: str) -> str | None:
    """An event as a line of the protocol; empty where it tells nothing, None where it is not whole yet."""
    if _OVER.fullmatch(data.strip()):
        return _DONE
    try:
        body: Any = json.loads(data) if data.rstrip()[-1:] in "}]" else None
    except (ValueError, RecursionError):
        body = None
    if body is None:
        found = _FAULT.fullmatch(data.strip())
        if kind == "error" or (found and not data.startswith("{")):
            return _error(Fault(0, "", found[1] if found else data)).decode()
        return None if data.lstrip().startswith("{") else _raw(data)
    if fault := fault_in(body, 400 if kind == "error" else 0):
        return _error(fault if fault.status != 400 or kind != "error" else Fault(0, fault.code, fault.message)).decode()
    piece = chunk(body)
    return "" if piece is None else _raw(data) if piece is body and "\n" not in data else _line(piece)


def _raw(data: str) -> str:
    return f"data: {data}\n\n"


def _line(body: Any) -> str:
    return _raw(json.dumps(body))


def _error(fault: Fault) -> bytes:
    told = {"message": fault.message or "an error in place of a reply", "code": fault.code, "status": str(fault.status or "")}
    return _line({"error": told}).encode()
