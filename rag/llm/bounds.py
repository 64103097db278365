"""Bounds on what an endpoint may send: bytes, also after they are unpacked, and where it may send us."""

import zlib
from collections.abc import Iterator

import httpx

MOST_BYTES = 32 * 2**20
"""Bytes of one reply, unpacked: a long thought with its protocol around it takes a few."""

_STEP = 64 * 1024
_MOST_REDIRECTS = 3


class TooLarge(Exception):
    """A reply that goes on past the bound, or that is packed in a way that was not asked for."""


def unpacked(stream: Iterator[bytes], encoding: str, most: int = MOST_BYTES) -> Iterator[bytes]:
    """The bytes of a reply as they come, no more than `most` of them however small they were packed. Raises TooLarge."""
    left = most
    for data in _plain(stream, encoding.strip().lower()):
        left -= len(data)
        if left < 0:
            raise TooLarge(f"its reply is larger than {most // 2**20} MB")
        yield data


def _plain(stream: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    if encoding in ("", "identity"):
        yield from stream
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise TooLarge(f"its reply is packed as {encoding[:20]!r}, which was not asked for")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32 if encoding != "deflate" else zlib.MAX_WBITS)
    try:
        for data in stream:
            while data:
                yield unpacker.decompress(data, _STEP)
                data = unpacker.unconsumed_tail
    except zlib.error:
        raise TooLarge("its reply cannot be unpacked") from None


def refused(request: httpx.Request, why: str) -> httpx.Response:
    """A response in the place of one that is not taken, which no retry would better."""
    body = {"error": {"message": why, "code": "refused"}}
    return httpx.Response(502, json=body, headers={"x-should-retry": "false"}, request=request)


def follows(response: httpx.Response, seen: int) -> httpx.Request | str | None:
    """The request that a redirect asks for, where it stays with the host; else why it is not followed. None: no redirect."""
    if not response.has_redirect_location:
        return None
    target = response.next_request
    if target is None or seen >= _MOST_REDIRECTS:
        return "it redirects in a circle"
    here, there = response.request.url, target.url
    upgraded = (here.scheme, there.scheme) == ("http", "https")
    if here.host != there.host or not (here.scheme == there.scheme or upgraded) or not (here.port == there.port or upgraded):
        return f"it redirects to another host, {there.host}; set OPENAI_BASE_URL to that one if it is yours"
    if target.method != response.request.method:
        return "it answers a request with a page elsewhere; set OPENAI_BASE_URL to the API's own address"
    return target
