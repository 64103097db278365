"""Replies of endpoints that are odd, as gateways and providers send them: each is read, or told as what it is, in one line."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rag import Answer, Assistant
from tests.doubles.openai import MODEL, FakeOpenAI, Reply, Request
from tests.doubles.scripted import ASKED, ScriptedModel, grade, sound, step, with_model

good = ScriptedModel(grade)


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(good) as running:
        yield running


def asked(assistant: Assistant, server: FakeOpenAI, handler: Callable[[Request], "Reply | str"], **settings: Any) -> Answer:
    server.handler = handler
    answer = with_model(assistant, server, llm_concurrency=1, **settings).query(ASKED)
    assert sound(answer) and not answer.abstained and "\n" not in (answer.notice or "")
    return answer


def body(status: int, value: Any, content_type: str = "application/json") -> Reply:
    raw = value.encode() if isinstance(value, str) else json.dumps(value).encode()
    return Reply(status=status, raw=raw, content_type=content_type)


# --- faults: (the reply to every call, what is told, what must not be told)

FAULTS: dict[str, tuple[Reply, str, str]] = {
    "overloaded": (
        body(529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}), "Overloaded", "OPENAI_API_KEY"),
    "a quota of the day": (
        body(429, {"error": {"message": "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests"
                             " per day", "code": 429}}), "used up", "wait a little"),
    "a country": (
        body(403, {"error": {"code": "unsupported_country_region_territory", "message": "Country, region, or territory not supported",
                             "type": "request_forbidden"}}), "Country, region, or territory not supported", "OPENAI_API_KEY"),
    "a firewall's page": (
        body(403, "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body><h1>Sorry, you have been "
             "blocked</h1><p>Ray ID: 8a1b2c3d4e5f6a7b</p></body></html>", "text/html"), "blocked", "OPENAI_API_KEY"),
    "a proxy that waited": (
        body(524, "<html><head><title>524: A timeout occurred</title></head></html>", "text/html"), "timeout", "refused"),
    "no deployment": (
        body(404, {"error": {"code": "DeploymentNotFound", "message": "The API deployment for this resource does not exist. If you "
                             "created the deployment within the last 5 minutes, please wait a moment and try again."}}),
        "has no model", "/chat/completions"),
    "no model loaded": (
        body(400, {"error": "No models loaded. Please load a model in the developer page or use the 'lms load' command."}),
        "No models loaded", "chat model"),
    "a code in a 200": (body(200, {"code": 401, "msg": "token expired or incorrect", "success": False}), "OPENAI_API_KEY", "OPENAI_BASE_URL"),
    "no success in a 200": (body(200, {"success": False, "message": "Insufficient balance"}), "used up", "OPENAI_BASE_URL"),
    "an error in the choice": (
        body(200, {"id": "g", "object": "chat.completion", "created": 1, "model": "m", "choices": [
            {"index": 0, "finish_reason": "error", "error": {"code": 502, "message": "Provider returned error"},
             "message": {"role": "assistant", "content": ""}}]}), "Provider returned error", "OPENAI_BASE_URL"),
    "out of memory": (
        body(500, {"object": "error", "message": "CUDA out of memory. Tried to allocate 2.00 GiB", "type": "InternalServerError",
                   "code": 500}), "CUDA out of memory", "OPENAI_API_KEY"),
    "a refusal in words": (
        body(200, {"id": "r", "object": "chat.completion", "created": 1, "model": "m", "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": None,
                                                              "refusal": "I'm sorry, I can't help with that."}}]}),
        "I can't help with that", "OPENAI_BASE_URL"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_as_what_it_is(assistant: Assistant, server: FakeOpenAI, name: str) -> None:
    reply, says, not_says = FAULTS[name]
    answer = asked(assistant, server, lambda request: reply)
    assert answer.writer == "extractive" and answer.notice is not None
    assert says in answer.notice and not_says not in answer.notice, answer.notice


# --- odd, and readable


def whole(text: str, **message: Any) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text, **message}}
    return {"id": "w", "object": "chat.completion", "created": 1, "model": MODEL, "choices": [choice]}


def events(*values: Any, done: bool = True) -> Reply:
    lines = [value if isinstance(value, str) else f"data: {json.dumps(value)}" for value in values]
    return body(200, "\n\n".join([*lines, *(["data: [DONE]"] if done else [])]) + "\n\n", "text/event-stream")


def chunk(text: str | None, finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": text} if text is not None else {}, "finish_reason": finish}
    return {"id": "s", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice]}


THINKS = {"type": "thinking", "thinking": [{"type": "text", "text": "LocalLeap, hm."}]}


def part_of(content: Any) -> dict[str, Any]:
    """A chunk of a stream whose content comes in parts."""
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    return {**chunk(None), "choices": [{"index": 0, "delta": {"content": parts}, "finish_reason": None}]}


def parts(text: str) -> Any:
    """The text as a list of parts, the first of them a thought."""
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "LocalLeap, hm."}]}
    return [thought, {"type": "text", "text": text}]


ODD: dict[str, Callable[[Request, str], Reply | str]] = {
    "comments and empty chunks": lambda request, text: (
        events(": PROCESSING", {**chunk(None), "choices": []}, chunk(None), chunk(text), chunk(None, "stop"), ": bye")
        if request.streaming
        else text
    ),
    "a stream without its end mark": lambda request, text: (
        events(chunk(text), chunk("", "stop"), done=False) if request.streaming else text
    ),
    "content in parts": lambda request, text: body(200, whole("") | whole(parts(text))) if not request.streaming else text,
    "content in parts inside a stream": lambda request, text: (
        events(*(part_of(piece) for piece in ([THINKS], text[:30], text[30:])), chunk(None, "stop")) if request.streaming else text
    ),
    "Ollama's own protocol": lambda request, text: body(200, {"message": {"role": "assistant", "content": text}, "done": True}),
    "pings, and a line that is no chunk": lambda request, text: (
        events("event: ping\ndata: {}", "data:", {"id": "x"}, chunk(text), chunk(None, "stop")) if request.streaming else text
    ),
    "a thought in a frame": lambda request, text: f'<details type="reasoning">LocalLeap, {{"verdicts": []}}</details>\n{text}',
    "a tool call in place of JSON": lambda request, text: (
        text
        if request.streaming
        else body(200, whole(None, tool_calls=[{"id": "t", "type": "function", "function": {"name": "json", "arguments": text}}]))  # type: ignore[arg-type]
    ),
    "events for a whole reply": lambda request, text: events(chunk(text), chunk(None, "stop")),
    "text before it and a lone end of thought": lambda request, text: f"Let me see.\n</think>{text}",
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_reply_is_read(assistant: Assistant, server: FakeOpenAI, name: str) -> None:
    answer = asked(assistant, server, lambda request: ODD[name](request, good(request)))
    assert answer.writer == MODEL and answer.notice is None and len(answer.citations) >= 3


def test_a_fault_in_the_middle_of_a_stream_is_told_and_what_was_checked_stays(assistant: Assistant, server: FakeOpenAI) -> None:
    def handler(request: Request) -> Reply | str:
        text = good(request)
        if step(request) != "write":
            return text
        error = {"error": {"object": "error", "message": "EngineDeadError: the engine died", "code": 500}}
        return events(chunk("\n".join(text.splitlines()[:2]) + "\n"), error)

    answer = asked(assistant, server, handler)
    assert answer.writer == MODEL and answer.notice is not None and "the engine died" in answer.notice
    assert len(answer.citations) == answer.coverage.relevant


def test_a_thought_that_took_all_the_tokens_is_told(assistant: Assistant, server: FakeOpenAI) -> None:
    thought = whole("", reasoning_content="Let me think about paper 1 and paper 2 and")
    thought["choices"][0]["finish_reason"] = "length"
    answer = asked(assistant, server, lambda request: body(200, thought))
    assert answer.notice is not None and "PAPERCHAT_LLM_MAX_TOKENS" in answer.notice, answer.notice


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (200, "[" * 100_000),
        (200, "data: " + "[" * 100_000),
        (200, '{"choices":[{"message":{"content":null,"tool_calls":[{"function":"x"}]}}]}'),
        (400, '{"error":{"code":"\N{SUPERSCRIPT TWO}","message":"no"}}'),
        (400, '{"error":{"code":"' + "4" * 5_000 + '","message":"no"}}'),
    ],
)
def test_whatever_comes_as_a_reply_is_no_fault_of_ours(assistant: Assistant, server: FakeOpenAI, status: int, told: str) -> None:
    answer = asked(assistant, server, lambda request: body(status, told))
    assert answer.writer == "extractive" and answer.notice
    assert "unexpected" not in answer.notice and "Error" not in answer.notice, answer.notice
