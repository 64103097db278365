"""The way to a language model's endpoint: its client, bounded in time."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import openai
from openai import DefaultHttpxClient

from rag.config import Config
from rag.llm.address import api_key, base_url, is_local, pasted
from rag.llm.bounds import TooLarge, follows, refused, unpacked
from rag.llm.dress import plain
from rag.llm.events import events, of_whole
from rag.llm.faults import empties, overflows
from rag.llm.options import names_an_option
from rag.llm.said import TOLD, Fault, fault_in

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

_CONNECT_SECONDS = 10.0


@dataclass(slots=True)
class Limit:
    """When a call must end, on the monotonic clock; `end` set to 0 ends it at once. With it end the replies it was given."""

    end: float
    replies: list[httpx.SyncByteStream] = field(default_factory=list)

    def left(self) -> float:
        return self.end - time.monotonic()

    def close(self) -> None:
        while self.replies:
            self.replies.pop().close()


_limit: ContextVar[Limit | None] = ContextVar("limit", default=None)


@contextmanager
def limited(limit: Limit) -> Iterator[None]:
    """Requests made inside, retries included, end by the limit."""
    token = _limit.set(limit)
    try:
        yield
    finally:
        _limit.reset(token)
        limit.close()


class _Bounded(httpx.SyncByteStream):
    """A response's bytes, refused past the limit: a reply that drips resets every read timeout.

    The limit closes it, nobody else: a stream that is left (the OpenAI client's refers to itself) would be closed when Python
    looks for garbage, in whatever thread that is, even one that holds the lock of the connections' pool, which closing takes.
    """

    def __init__(self, stream: httpx.SyncByteStream, limit: Limit, request: httpx.Request, encoding: str = "") -> None:
        self._stream, self._limit, self._request, self._encoding = stream, limit, request, encoding
        self.streamed = False
        """Whether its bytes are events, to be put in the protocol's form."""
        limit.replies.append(stream)

    def __iter__(self) -> Iterator[bytes]:
        return events(self._bytes()) if self.streamed else self._bytes()

    def _bytes(self) -> Iterator[bytes]:
        for data in unpacked(iter(self._stream), self._encoding):
            if self._limit.left() <= 0:
                raise openai.APITimeoutError(request=self._request)
            yield data

    def close(self) -> None:
        pass


class BoundedClient(DefaultHttpxClient):
    """The OpenAI client's own HTTP client; it tells that client not to retry past the limit, nor what no retry helps.

    An error that comes with status 200 gets the status that it tells.
    """

    def send(self, request: httpx.Request, *, stream: bool = False, **kwargs: Any) -> httpx.Response:
        limit = _limit.get()
        if limit is None:
            return super().send(request, stream=stream, **kwargs)
        left = limit.left()
        if left <= 0:
            raise openai.APITimeoutError(request=request)
        given = request.extensions.get("timeout", {})
        request.extensions["timeout"] = {name: min(left, seconds or left) for name, seconds in given.items()}
        request.headers["accept-encoding"] = "gzip"
        response = self._followed(request, **kwargs)
        assert isinstance(response.stream, httpx.SyncByteStream)
        # Unpacked here, within bounds, and no more by httpx.
        response.stream = bound = _Bounded(response.stream, limit, request, response.headers.pop("content-encoding", ""))
        if "json" in response.headers.get("content-type", "") or response.status_code >= 400 or not stream:
            try:
                response.read()
            except TooLarge as error:
                response.close()
                return refused(request, str(error))
            _told(response)
            if response.status_code < 400 and (other := _in_plain_dress(response, stream)):
                return other
        else:
            bound.streamed = True
        if _asked_to_wait(response) > limit.left():
            response.headers["x-should-retry"] = "false"
        return response

    def _followed(self, request: httpx.Request, **kwargs: Any) -> httpx.Response:
        """The response, past redirects that stay with the host: the prompt goes nowhere else."""
        seen = 0
        while True:
            response = super().send(request, stream=True, **{**kwargs, "follow_redirects": False})
            target = follows(response, seen)
            if target is None:
                return response
            response.close()
            if isinstance(target, str):
                return refused(request, target)
            request, seen = target, seen + 1


def _in_plain_dress(response: httpx.Response, stream: bool) -> httpx.Response | None:
    """A reply that was read, in the form that was asked for; None where it is no reply."""
    if stream:
        content = b"".join(of_whole(response.content))
        return httpx.Response(200, content=content, headers={"content-type": "text/event-stream"}, request=response.request)
    body = plain(response.content)
    return None if body is None else httpx.Response(200, json=body, request=response.request)


def _told(response: httpx.Response) -> None:
    """Reads the fault in a body that was read: its status, and whether a retry may help."""
    try:
        body = json.loads(response.content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        body = {"message": response.text} if response.status_code >= 400 else None
    fault = fault_in(body, response.status_code if response.status_code >= 400 else 0)
    if fault is None:
        return
    if response.status_code < 400:
        response.extensions[TOLD] = fault.status
        response.status_code = fault.status or 502
    if _final(fault):
        response.headers["x-should-retry"] = "false"


def _final(fault: Fault) -> bool:
    return empties(fault) or overflows(fault) or (fault.status in (500, 501, 503) and names_an_option(fault.said))


def _asked_to_wait(response: httpx.Response) -> float:
    try:
        return float(response.headers.get("retry-after", 0))
    except ValueError:
        return 0.0


def open_client(config: Config) -> openai.OpenAI:
    """The endpoint's client. Raises ConfigError with the setting to change."""
    key, url = api_key(config), base_url(config)
    timeout = httpx.Timeout(config.llm_timeout, connect=min(_CONNECT_SECONDS, config.llm_timeout))
    # A proxy of the environment is not for an endpoint on this machine.
    http = BoundedClient(trust_env=not is_local(config))
    query = dict(parse_qsl(urlsplit(pasted(config.openai_base_url or "")).query)) or None
    return openai.OpenAI(api_key=key, base_url=url, timeout=timeout, max_retries=config.llm_retries, http_client=http, default_query=query)


def open_llm(config: Config, client: openai.OpenAI | None = None) -> "LLM":
    """The LlamaIndex LLM of the settings, over that client or one of its own. Raises ConfigError with the setting to change.

    Its options travel with each call, for an endpoint may refuse any of them.
    """
    from llama_index.llms.openai import OpenAI
    from llama_index.llms.openai_like import OpenAILike

    assert config.llm_model, "called with a model set"
    # LlamaIndex's own retries stay off: the client's honour Retry-After, and two loops would multiply.
    common: dict[str, Any] = {
        "model": config.llm_model.strip(), "api_key": api_key(config), "api_base": base_url(config),
        "openai_client": client or open_client(config), "temperature": config.llm_temperature, "max_tokens": None,
        "timeout": config.llm_timeout, "max_retries": 0,
    }  # fmt: skip
    if not config.openai_base_url:
        hosted: LLM = OpenAI(**common)
        if _knows(hosted):
            return hosted
    like: LLM = OpenAILike(**common, is_chat_model=True, context_window=config.llm_context_window)
    return like


def _knows(llm: "LLM") -> bool:
    """LlamaIndex's OpenAI class serves only the models that it has in its table."""
    try:
        return llm.metadata.is_chat_model
    except ValueError:
        return False
