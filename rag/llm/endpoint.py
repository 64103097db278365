"""The way to a language model's endpoint: its client, bounded in time, and its failures in plain words."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import openai
from openai import DefaultHttpxClient

from rag.config import Config
from rag.errors import ConfigError, ModelError

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

HOSTED = "https://api.openai.com/v1"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_CONNECT_SECONDS = 10.0
_OVERFLOW = ("context_length", "context length", "context window", "maximum context", "context size", "too many tokens", "n_ctx")


class ContextOverflow(ModelError):
    """The prompt is longer than what the model can read."""


class Refused(ModelError):
    """The endpoint refused the request as such (400, 422): it may lack an option that was asked for."""


@dataclass(slots=True)
class Limit:
    """When a call must end, on the monotonic clock; `end` set to 0 ends it at once."""

    end: float

    def left(self) -> float:
        return self.end - time.monotonic()


_limit: ContextVar[Limit | None] = ContextVar("limit", default=None)


@contextmanager
def limited(limit: Limit) -> Iterator[None]:
    """Requests made inside, retries included, end by the limit."""
    token = _limit.set(limit)
    try:
        yield
    finally:
        _limit.reset(token)


class _Bounded(httpx.SyncByteStream):
    """A response's bytes, refused past the limit: a reply that drips resets every read timeout."""

    def __init__(self, stream: httpx.SyncByteStream, limit: Limit, request: httpx.Request) -> None:
        self._stream, self._limit, self._request = stream, limit, request

    def __iter__(self) -> Iterator[bytes]:
        for data in self._stream:
            if self._limit.left() <= 0:
                raise openai.APITimeoutError(request=self._request)
            yield data

    def close(self) -> None:
        self._stream.close()


class BoundedClient(DefaultHttpxClient):
    """The OpenAI client's own HTTP client; it tells that client not to retry past the limit."""

    def send(self, request: httpx.Request, *, stream: bool = False, **kwargs: Any) -> httpx.Response:
        limit = _limit.get()
        if limit is None:
            return super().send(request, stream=stream, **kwargs)
        left = limit.left()
        if left <= 0:
            raise openai.APITimeoutError(request=request)
        given = request.extensions.get("timeout", {})
        request.extensions["timeout"] = {name: min(left, seconds or left) for name, seconds in given.items()}
        response = super().send(request, stream=True, **kwargs)
        if _asked_to_wait(response) > limit.left():
            response.headers["x-should-retry"] = "false"
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _Bounded(response.stream, limit, request)
        if not stream:
            response.read()
        return response


def _asked_to_wait(response: httpx.Response) -> float:
    try:
        return float(response.headers.get("retry-after", 0))
    except ValueError:
        return 0.0


def open_client(config: Config) -> openai.OpenAI:
    """The endpoint's client. Raises ConfigError with the setting to change."""
    key, url = api_key(config), endpoint(config)
    timeout = httpx.Timeout(config.llm_timeout, connect=min(_CONNECT_SECONDS, config.llm_timeout))
    # A proxy of the environment is not for an endpoint on this machine.
    http = BoundedClient(trust_env=urlsplit(url).hostname not in _LOOPBACK)
    return openai.OpenAI(api_key=key, base_url=url, timeout=timeout, max_retries=config.llm_retries, http_client=http)


def open_llm(config: Config) -> "LLM":
    """The LlamaIndex LLM of the settings. Raises ConfigError with the setting to change."""
    from llama_index.llms.openai import OpenAI
    from llama_index.llms.openai_like import OpenAILike

    assert config.llm_model, "called with a model set"
    # LlamaIndex's own retries stay off: the client's honour Retry-After, and two loops would multiply.
    common: dict[str, Any] = {
        "model": config.llm_model, "api_key": api_key(config), "api_base": endpoint(config), "openai_client": open_client(config),
        "temperature": config.llm_temperature, "max_tokens": config.llm_max_tokens, "timeout": config.llm_timeout, "max_retries": 0,
    }  # fmt: skip
    if not config.openai_base_url:
        hosted: LLM = OpenAI(**common)
        if _knows(hosted):
            return hosted
        # A model newer than LlamaIndex's table: what the hosted endpoint's newer models take in place of the older options.
        newer = {"max_completion_tokens": config.llm_max_tokens, "temperature": openai.NOT_GIVEN}
        common |= {"max_tokens": None, "additional_kwargs": newer}
    like: LLM = OpenAILike(**common, is_chat_model=True, context_window=config.llm_context_window)
    return like


def _knows(llm: "LLM") -> bool:
    """LlamaIndex's OpenAI class serves only the models that it has in its table."""
    try:
        return llm.metadata.is_chat_model
    except ValueError:
        return False


def endpoint(config: Config) -> str:
    """The base URL in use. Raises ConfigError when it is no URL."""
    url = config.openai_base_url or HOSTED
    if not urlsplit(url).hostname or urlsplit(url).scheme not in ("http", "https"):
        raise ConfigError("OPENAI_BASE_URL is no URL; write, for example, http://localhost:11434/v1")
    if urlsplit(url).username is not None:
        raise ConfigError("OPENAI_BASE_URL holds a user name or password, which logs would show; set OPENAI_API_KEY instead")
    return url


def api_key(config: Config) -> str:
    """The key to send; an endpoint of one's own needs none. Raises ConfigError when the hosted one lacks it."""
    if config.openai_api_key and config.openai_api_key.get_secret_value():
        return config.openai_api_key.get_secret_value()
    if config.openai_base_url:
        return "none"
    raise ConfigError("OPENAI_API_KEY is not set; set it, or set OPENAI_BASE_URL to an endpoint of your own")


def shown_url(url: str) -> str:
    """A URL without a user's name, password or query."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"


def explained(error: Exception, config: Config) -> ModelError:
    """What went wrong and what to do, in one line. Never quotes the endpoint: it may echo the key."""
    where = shown_url(config.openai_base_url or HOSTED)
    if isinstance(error, ModelError):
        return error
    if isinstance(error, openai.APITimeoutError | TimeoutError | httpx.TimeoutException):
        return ModelError(f"the model did not answer within {config.llm_timeout:g} s; raise PAPERCHAT_LLM_TIMEOUT, or check {where}")
    if isinstance(error, openai.APIStatusError):
        return _status(error, config, where)
    if isinstance(error, openai.APIConnectionError):
        return ModelError(f"the model endpoint {where} cannot be reached; start it, or correct OPENAI_BASE_URL")
    if isinstance(error, httpx.TransportError):
        return ModelError(f"the connection to the model endpoint {where} broke off; ask again")
    return ModelError(
        f"the model endpoint {where} sent a reply that is not of the OpenAI protocol; check OPENAI_BASE_URL (does it end in /v1?)"
    )


def _status(error: openai.APIStatusError, config: Config, where: str) -> ModelError:
    status = error.status_code
    said = f"{error.code or ''} {error.message}".lower()
    if status in (400, 413, 422):
        if status == 413 or any(word in said for word in _OVERFLOW):
            return ContextOverflow("the prompt is longer than the model can read; set PAPERCHAT_LLM_CONTEXT_WINDOW to the model's own")
        return Refused(f"the model endpoint refused the request ({status}); check that {config.llm_model} is a chat model")
    if status in (401, 403):
        return ModelError(f"the model endpoint refused the key ({status}); set OPENAI_API_KEY to a valid one")
    if status == 404:
        return ModelError(f"the model endpoint {where} has no model {config.llm_model!r} (404); `paperchat doctor` lists those that it has")
    if status == 429:
        return ModelError("the model endpoint's rate limit is reached (429); wait a little, or lower PAPERCHAT_LLM_CONCURRENCY")
    return ModelError(f"the model endpoint failed ({status}); ask again later, or check {where}")
