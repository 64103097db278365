"""Calls of the page's functions, looked at before Gradio takes them: what is malformed is refused in one sentence."""

import asyncio
from collections.abc import MutableMapping
from inspect import Parameter, signature
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from gradio.utils import get_upload_folder

from ui.page.guard import App, Receive, Scope, Send, refuse
from ui.page.turn import MAX_QUESTION
from ui.page.visitors import Presence

_API = "/gradio_api"
_NONE = type(None)
_KINDS: dict[str, tuple[type, ...]] = {"textbox": (str, _NONE), "dropdown": (str, _NONE), "file": (list, _NONE)}
_LONGEST_SESSION = 100


class Calls:
    """Middleware that reads a call's body, and hands it on when it fits the function that is called."""

    def __init__(self, app: App, gradio: Any, presence: Presence) -> None:
        self._app, self._gradio, self._presence = app, gradio, presence

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", "")).rstrip("/")
        joins, at_once = path == f"{_API}/queue/join", path.startswith((f"{_API}/run/", f"{_API}/api/"))
        if scope["type"] != "http" or scope["method"] != "POST" or not (joins or at_once or path.startswith(f"{_API}/call/")):
            await self._app(scope, receive, send)
            return
        body = await _whole(receive)
        if body is None:
            return
        try:
            call = _call(body)
            _only_uploads(call)
            if joins:
                self._fits(call.get("fn_index"), call.get("data") or [])
            elif path.startswith(f"{_API}/call/v2/"):
                self._named(path.rsplit("/", 1)[-1], call)
            else:
                if at_once:
                    call["session_hash"] = call.get("session_hash") or uuid4().hex
                body = self._completed(path.rsplit("/", 1)[-1], call)
        except ValueError as fault:
            await refuse(send, 400, str(fault))
            return
        if at_once:
            await self._while_present(call["session_hash"], scope, body, receive, send)
        else:
            await self._app(scope, _again(body, receive), send)

    async def _while_present(self, session: str, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """A call that is answered at once: whoever leaves meanwhile is known to have left."""

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            self._presence.leaves(session)

        watching = asyncio.create_task(watch())
        try:
            await self._app(scope, _again(body, receive), send)
        finally:
            watching.cancel()
            self._presence.comes(session)

    def _fits(self, number: object, values: list[Any]) -> None:
        """Raises ValueError where a function of the page cannot be called with these values."""
        function = self._gradio.get_blocks().fns.get(number) if type(number) is int else None
        if function is None or function.fn is None:
            raise ValueError("the page has no such function; load it again")
        if len(values) != len(function.inputs):
            raise ValueError(f"the function takes {len(function.inputs)} values, not {len(values)}; load the page again")
        for block, value in zip(function.inputs, values, strict=True):
            kinds = _KINDS.get(block.get_block_name())
            if kinds and not isinstance(value, kinds):
                raise ValueError(f"a {block.get_block_name()} takes no {type(value).__name__}")
            if getattr(block, "max_length", None) and isinstance(value, str) and len(value) > MAX_QUESTION:
                raise ValueError(f"the text has {len(value):,} characters; shorten it to {MAX_QUESTION:,}")

    def _completed(self, name: str, call: dict[str, Any]) -> bytes:
        """The call of a named function, with the values that were left out at the end. One by number must fit as it is."""
        if call.get("fn_index") is not None:
            self._fits(call["fn_index"], call.get("data") or [])
            return orjson.dumps(call)
        values, wanted = call.get("data") or [], self._parameters(name)
        missing = [parameter.default for parameter in wanted[len(values) :]]
        if len(values) > len(wanted) or Parameter.empty in missing:
            raise ValueError(f"{name} takes {_names(wanted)}; data has {len(values)} values")
        return orjson.dumps({**call, "data": [*values, *missing]})

    def _named(self, name: str, call: dict[str, Any]) -> None:
        """Raises ValueError where values that come by name do not fit; Gradio knows the defaults of the others."""
        wanted = self._parameters(name)
        unknown = call.keys() - {parameter.name for parameter in wanted}
        if unknown or any(parameter.default is Parameter.empty and parameter.name not in call for parameter in wanted):
            raise ValueError(f"{name} takes {_names(wanted)}, each by its name")

    def _parameters(self, name: str) -> list[Parameter]:
        """What a named function takes. Raises ValueError where there is none of that name."""
        functions = [known for known in self._gradio.get_blocks().fns.values() if known.fn and known.api_visibility == "public"]
        function = next((known for known in functions if known.api_name == name), None)
        if function is None:
            raise ValueError("the page has no function of that name; /gradio_api/info lists them")
        return list(signature(function.fn).parameters.values())[: len(function.inputs)]


def _names(parameters: list[Parameter]) -> str:
    return ", ".join(parameter.name for parameter in parameters)


def _call(body: bytes) -> dict[str, Any]:
    """A call as JSON. Raises ValueError for what is none."""
    try:
        call = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ValueError("the call is no JSON") from None
    if not isinstance(call, dict):
        raise ValueError("a call is a JSON object")
    session = call.get("session_hash")
    if session is not None and not (isinstance(session, str) and 0 < len(session) <= _LONGEST_SESSION):
        raise ValueError("session_hash is no short text")
    if not isinstance(call.get("data"), list | None):
        raise ValueError("data is no list of values")
    return call


def _only_uploads(value: Any) -> None:
    """Raises ValueError where a value names a file that was not uploaded here: Gradio would fetch an address, or tell its own paths."""
    waiting = [value]
    while waiting:
        held = waiting.pop()
        if isinstance(held, dict):
            if "path" in held and "meta" in held and not _uploaded(held):
                raise ValueError("a file is one that was uploaded to this page")
            waiting += held.values()
        elif isinstance(held, list):
            waiting += held


def _uploaded(file: dict[str, Any]) -> bool:
    path = file["path"]
    if not isinstance(path, str) or not isinstance(file["meta"], dict):
        return False
    try:
        folder, real = Path(get_upload_folder()).resolve(), Path(path).resolve()
        return real.is_relative_to(folder) and real.is_file()
    except (OSError, ValueError):
        return False


async def _whole(receive: Receive) -> bytes | None:
    """A request's body; None where its sender left."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """The body once more, then whatever comes."""
    given = False

    async def replayed() -> MutableMapping[str, Any]:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
