"""One request to a service, bounded in size and time, its faults as CorpusError."""

import json
from collections.abc import Mapping
from typing import Any

from corpus.readers.records import CorpusError

_MAX_BYTES = 64 * 1024 * 1024
_TIMEOUT_SECONDS = 60.0
_AGENT = "paperchat (a program that reads papers' abstracts)"


def fetched(service: str, url: str, parameters: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Any:
    """The JSON at an address; None where the service has no such thing. Raises CorpusError when it does not answer."""
    import httpx

    try:
        with httpx.stream("GET", url, params=dict(parameters), timeout=_TIMEOUT_SECONDS, follow_redirects=True,
                          headers={"User-Agent": _AGENT, **(headers or {})}) as response:  # fmt: skip
            body = b""
            for piece in response.iter_bytes():
                body += piece
                if len(body) > _MAX_BYTES:
                    raise CorpusError(service, 0, f"the answer is longer than {_MAX_BYTES:,} bytes")
    except httpx.InvalidURL:
        raise CorpusError(service, 0, "its address, as set, is no address") from None
    except httpx.HTTPError as error:
        raise CorpusError(service, 0, f"it does not answer ({type(error).__name__}); run this again later") from None
    if response.status_code == 404:
        return None
    if response.status_code != 200:
        raise CorpusError(service, 0, f"it answered with status {response.status_code}; run this again later")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise CorpusError(service, 0, "the answer is not JSON") from None
