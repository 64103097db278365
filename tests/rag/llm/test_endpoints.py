"""Endpoints as they are: what they refuse, how they fail, how they are addressed. Each is served on loopback."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from rag import Answer, Assistant, load_config
from rag.errors import ConfigError
from rag.llm import ContextOverflow, Model, base_url, explained
from rag.llm.address import api_key
from rag.llm.dialect import Dialect
from rag.llm.options import Options
from tests.doubles.openai import MODEL, FakeOpenAI, Reply, Request
from tests.doubles.scripted import ASKED, ScriptedModel, grade, papers_in, step, with_model

good = ScriptedModel(grade)
Handler = Callable[[Request], "Reply | str"]


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(good) as running:
        yield running


def asked(assistant: Assistant, server: FakeOpenAI, handler: Handler, **settings: Any) -> Answer:
    server.handler = handler
    return with_model(assistant, server, **settings).query(ASKED)


# --- options


def refusing(option: str, *, status: int = 400, error: str = "", allowed: tuple[Any, ...] = ()) -> Handler:
    """An endpoint that refuses an option, in these words."""

    def handler(request: Request) -> Reply | str:
        if option in request.body and request.body[option] not in allowed:
            return Reply(status=status, error=error or f"Unsupported parameter: '{option}' is not supported with this model.")
        return good(request)

    return handler


@pytest.mark.parametrize(
    ("option", "status", "error", "allowed"),
    [
        ("max_tokens", 400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", ()),
        ("max_tokens", 422, "Extra inputs are not permitted: body.max_tokens", ()),
        ("temperature", 400, "Unsupported value: 'temperature' does not support 0 with this model. Only 1 is supported.", (1,)),
        ("temperature", 400, "invalid argument", ()),
        ("stream_options", 422, '[{"type":"extra_forbidden","loc":["body","stream_options"]}]', ()),
        ("stream_options", 400, "bad request", ()),
        ("response_format", 500, "[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type')}]", ()),
        ("response_format", 400, "This response_format type is unavailable now", ()),
        ("response_format", 422, "unprocessable", ()),
        ("max_completion_tokens", 400, "unknown field", ()),
        ("temperature", 404, "No endpoints found that support the requested parameters: temperature", ()),
        ("response_format", 501, "not implemented: guided decoding", ()),
        ("response_format", 503, "outlines backend cannot compile the schema", ()),
    ],
)
def test_an_option_that_is_refused_is_left_out_and_asked_for_once(
    assistant: Assistant, server: FakeOpenAI, option: str, status: int, error: str, allowed: tuple[Any, ...]
) -> None:
    server.handler = refusing(option, status=status, error=error, allowed=allowed)
    reader = with_model(assistant, server, llm_concurrency=1)
    answer = reader.query(ASKED)
    assert answer.writer == MODEL and answer.notice is None
    before = len(server.chats)
    assert reader.query("speculative decoding for dLLM decoding").notice is None
    assert not [r for r in server.chats[before:] if option in r.body and r.body[option] not in allowed], "remembered"


def test_several_refusals_are_taken_one_after_another(assistant: Assistant, server: FakeOpenAI) -> None:
    refusals = ("temperature", "max_tokens", "response_format", "stream_options")

    def handler(request: Request) -> Reply | str:
        found = next((name for name in refusals if name in request.body), None)
        return Reply(status=400, error=f"{found} is not supported") if found else good(request)

    assert asked(assistant, server, handler).notice is None
    assert "max_completion_tokens" in server.chats[-1].body


FORMS = {"json_schema": "json_schema", "schema": "json_object with a schema", "object": "json_object"}


@pytest.mark.parametrize("takes", ["schema", "object", "none"])
def test_the_richest_form_of_a_reply_that_an_endpoint_takes_is_used(assistant: Assistant, server: FakeOpenAI, takes: str) -> None:
    def handler(request: Request) -> Reply | str:
        wanted = request.body.get("response_format")
        kind = (
            None if wanted is None else "json_schema" if wanted["type"] == "json_schema" else "schema" if "schema" in wanted else "object"
        )
        order = ["json_schema", "schema", "object", None]
        if order.index(kind) < order.index(None if takes == "none" else takes):
            return Reply(status=500, error="'type' of response_format: input should be 'text' or 'json_object'")
        return good(request)

    assert asked(assistant, server, handler, llm_concurrency=1).notice is None
    last = [r.body.get("response_format") for r in server.chats if step(r) == "judge"][-1]
    assert (last is None) if takes == "none" else (last["type"] == "json_object" and ("schema" in last) == (takes == "schema"))


@pytest.mark.parametrize(
    "error",
    [
        "System role not supported",
        "messages[0].role: Input should be 'user' or 'assistant'",
        "'messages[0].role' does not support 'system'",
    ],
)
def test_instructions_go_along_with_the_question_where_there_is_no_role_for_them(
    assistant: Assistant, server: FakeOpenAI, error: str
) -> None:
    def handler(request: Request) -> Reply | str:
        if request.system:
            return Reply(status=400, error=error)
        said = Request(request.method, request.path, request.headers, {**request.body, "messages": [
            {"role": "system", "content": request.user.split("\n\n")[0]}, {"role": "user", "content": request.user}]})  # fmt: skip
        return good(said)

    assert asked(assistant, server, handler).notice is None


def test_strict_schemas_keep_to_the_rules_of_strict_endpoints() -> None:
    from rag.generation.by_model import Sentence
    from rag.llm import json_schema
    from rag.relevance.by_model import Verdicts
    from rag.understanding.by_model import Understanding

    for shape in (Verdicts, Understanding, Sentence):
        _strict(json_schema(shape)["json_schema"]["schema"])


_KEYWORDS = {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "$ref", "$defs", "description"}


def _strict(schema: dict[str, Any], root: bool = True) -> None:
    """OpenAI's rules of strict structured outputs, as its documentation gives them."""
    assert set(schema) <= _KEYWORDS, schema
    if root:
        assert schema["type"] == "object"
    if "$ref" in schema:
        assert set(schema) == {"$ref"}
    if schema.get("type") == "object":
        assert schema["additionalProperties"] is False
        assert sorted(schema["required"]) == sorted(schema["properties"])
    for inner in (*schema.get("properties", {}).values(), *schema.get("$defs", {}).values(), *schema.get("anyOf", ())):
        _strict(inner, root=False)
    if "items" in schema:
        _strict(schema["items"], root=False)


# --- faults in their own words


_CLIENT = openai.OpenAI(api_key="k", base_url="http://x/v1")


def error_of(status: int, body: Any) -> Exception:
    request = httpx.Request("POST", "http://x/v1/chat/completions")
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = httpx.Response(status, request=request, content=content)
    return _CLIENT._make_status_error_from_response(response)


def told(status: int, body: Any, **settings: Any) -> Exception:
    return explained(error_of(status, body), load_config(llm_model="m", openai_base_url="http://x/v1", **settings))


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens."),
        (400, "the request exceeds the available context size (8192 tokens), try increasing it"),
        (500, "Requested tokens (9000) exceed context window of 4096"),
        (413, "Payload Too Large"),
        (422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens"),
        (400, "Input is too long for requested model."),
        (400, "Range of input length should be [1, 30720]"),
        (400, "Please reduce the length of the messages or completion."),
        (400, "Your request exceeded model token limit: 8192"),
        (400, "too many tokens: total number of tokens in the prompt cannot exceed 4081"),
        (400, "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length"),
        (400, "The prompt is too long: 140000, model maximum context length: 131071"),
        (400, "This model's maximum prompt length is 131072 but the request contains 200000 tokens."),
        (400, "Unable to submit request because the input token count is 40000 but model only supports up to 32768."),
        (400, "Malformed input request: expected maxLength: 50000, actual: 70000, please reformat your input and try again."),
        (400, "The decoder prompt (length 9000) is longer than the maximum model length of 8192."),
        (
            400,
            "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096",
        ),
        (500, "input length exceeds maximum context length"),
        (400, "Prompt 超长"),
        (400, "输入内容过长，超过模型最大上下文长度"),
        (413, "Request body too large for gpt-4o model. Max size: 8000 tokens."),
        (400, "Current length is 9000 while limit is 8192"),
        (400, "Prompt length 9000 is greater than max_seq_len 8192"),
        (400, "length of prompt_tokens (40000) must be less than max_seq_len (32768)."),
        (400, "The sum of prompt length (9000.0), query length (0) should not exceed max_num_tokens (8192)"),
        (400, "the number of input tokens 9000 cannot exceed the total tokens limit 8192 for this model"),
        (400, "Context size has been exceeded."),
        (429, "Request too large for gpt-4 in organization org-a on tokens per min (TPM): Limit 10000, Requested 15000."),
    ],
)
def test_too_long_a_prompt_is_known_in_any_providers_words(status: int, message: str) -> None:
    assert isinstance(told(status, {"error": {"message": message}}), ContextOverflow)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "max_tokens is too large: 4096. This model supports at most 2048 completion tokens."),
        (429, "Rate limit reached for requests per min. Limit: 3. Please try again in 20s."),
        (504, "Request exceeded the time limit"),
        (400, "`max_tokens` must be at most `8192`, the maximum value for `max_tokens` is less than the `context_window` for this model"),
        (400, "max_tokens: 20000 > 8192, which is the maximum allowed number of output tokens for m"),
        (429, "Rate limit reached for m on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 2s."),
        (431, "Request Header Fields Too Large"),
        (400, "array too long. Expected an array with maximum length 4, but got an array with length 5 instead (param: stop)"),
        (401, "context deadline exceeded"),
    ],
)
def test_other_limits_are_no_too_long_prompt(status: int, message: str) -> None:
    assert not isinstance(told(status, {"error": {"message": message}}), ContextOverflow)


@pytest.mark.parametrize(
    ("status", "body", "says", "not_says"),
    [
        (429, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}, "used up", "wait"),
        (402, {"error": {"message": "Insufficient Balance"}}, "used up", "wait"),
        (400, {"error": {"message": "Your credit balance is too low to access the API."}}, "used up", "chat model"),
        (403, {"message": "Your account has no credits left"}, "used up", "OPENAI_API_KEY"),
        (429, {"error": {"message": "Quota exceeded for requests per minute. Please retry in 34s."}}, "wait a little", "used up"),
        (
            400,
            [{"error": {"message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT"}}],
            "OPENAI_API_KEY",
            "",
        ),
        (404, {"detail": "Not Found"}, "nothing at /chat/completions", "no model"),
        (404, b"404 page not found", "nothing at /chat/completions", "no model"),
        (405, {"detail": "Method Not Allowed"}, "nothing at /chat/completions", "no model"),
        (404, {"error": {"message": 'model "llama9" not found, try pulling it first'}}, "has no model", "/chat/completions"),
        (400, {"error": "The model `m` does not exist"}, "has no model", "chat model"),
        (503, {"error": {"message": "Loading model", "type": "unavailable_error"}}, "still loading", "check"),
        (502, b"<html><head><title>502 Bad Gateway</title></head></html>", "502 Bad Gateway", "<"),
        (403, {"error": {"message": "Project `p` does not have access to model `m`", "code": "model_not_found"}}, "has no model", "KEY"),
        (429, {"message": "Requests rate limit exceeded"}, "wait a little", "used up"),
        (429, {"error": {"code": "1302", "message": "您的账户已达到速率限制"}}, "wait a little", "used up"),
        (400, {"error": {"code": "1113", "message": "Insufficient balance or no resource package. Please recharge."}}, "used up", "chat"),
        (400, b"Client sent an HTTP request to an HTTPS server.\n", "https://x/v1", "chat model"),
        (400, b"<html><h1>400 Bad Request</h1>The plain HTTP request was sent to HTTPS port</html>", "https://x/v1", "chat model"),
        (
            404,
            {"error": {"message": "This is not a chat model and thus not supported in v1/chat/completions."}},
            "no chat model",
            "no model",
        ),
        (400, {"error": {"message": '"embedder" does not support chat'}}, "no chat model", "used up"),
        (400, {"error": {"message": "api key format is incorrect"}}, "refused the key", "chat model"),
        (408, {"error": {"message": "Request timed out"}}, "ask again", "chat model"),
        (500, {"error": {"message": "model requires more system memory (8.4 GiB) than is available"}}, "more system memory", "no model"),
        (403, {"message": "Access denied from this IP address"}, "lets nobody in from here", "KEY"),
        (502, b"", "failed (502)", "it says"),
        (429, {"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值。"}}, "used up", "wait"),
        (400, {"error": {"message": "make sure your account is in good standing.", "code": "Arrearage"}}, "used up", "KEY"),
        (400, {"error": {"message": "Budget has been exceeded! Current cost: 12.3", "type": "budget_exceeded"}}, "used up", "chat model"),
        (403, {"error": {"message": "Key limit exceeded (total limit).", "code": 403}}, "used up", "refused the key"),
        (
            429,
            {"error": {"message": "Rate limit reached on tokens per day (TPD): Limit 100000. Please try again in 20m9.6s."}},
            "used up",
            "wait",
        ),
        (403, {"error": {"message": "用户额度不足, 剩余额度: -0.01", "code": "insufficient_user_quota"}}, "used up", "refused the key"),
        (401, {"error": {"message": "Payment required: please top up your wallet"}}, "used up", "refused the key"),
        (
            429,
            {"error": {"message": "Resource has been exhausted (e.g. check quota).", "status": "RESOURCE_EXHAUSTED"}},
            "wait a little",
            "used up",
        ),
        (400, {"error": {"code": "ThrottlingException", "message": "Too many requests, please wait."}}, "wait a little", "chat model"),
        (500, {"error": {"message": "Authentication Error, Invalid proxy server token passed."}}, "OPENAI_API_KEY", "ask again later"),
        (422, {"detail": "Authorization header is required"}, "OPENAI_API_KEY", "chat model"),
        (400, {"error": {"message": "The API key has been revoked"}}, "OPENAI_API_KEY", "has no model"),
        (404, {"type": "error", "error": {"type": "not_found_error", "message": "model: m"}}, "has no model", "nothing at"),
        (400, {"error": {"code": "1211", "message": "模型不存在，请检查模型代码。"}}, "has no model", "chat model"),
        (503, {"error": {"message": "no available channels for model m under group default"}}, "has no model", "ask again later"),
        (400, {"error": {"message": "Unable to access model m."}}, "has no model", "chat model"),
        (
            400,
            {"error": {"code": "data_inspection_failed", "message": "may contain inappropriate content."}},
            "content filter",
            "chat model",
        ),
        (400, {"error": {"message": "Content Exists Risk"}}, "content filter", "chat model"),
        (403, {"error": {"message": "requires moderation. Your input was flagged for violence."}}, "content filter", "OPENAI_API_KEY"),
        (404, {"error": {"message": "only supported in v1/responses and not in v1/chat/completions."}}, "no chat model", "has no model"),
        (400, {"error": {"message": "m is an embedding model and cannot be used for chat"}}, "no chat model", "has no model"),
        (501, {"error": {"message": "this model does not support text generation"}}, "no chat model", "has no model"),
        (404, {"message": "no Route matched with those values"}, "nothing at /chat/completions", "has no model"),
        (404, b"<body><pre>Cannot POST /chat/completions</pre></body>", "nothing at /chat/completions", "has no model"),
        (403, b"<title>Zscaler: Access Denied by policy</title>", "lets nobody in", "OPENAI_API_KEY"),
        (400, {"error": {"message": "blocked by our content management policy", "code": "content_filter"}}, "content filter", "chat model"),
    ],
)
def test_faults_are_told_as_what_they_are(status: int, body: Any, says: str, not_says: str) -> None:
    message = str(told(status, body))
    assert says in message and "\n" not in message, message
    assert not not_says or not_says not in message, message


@pytest.mark.parametrize(
    "secret",
    [
        "sk-abcdefgh12345678",
        "Bearer eyJhbGciOi.J9.x",
        "org-AbCdEf123456",
        "https://user:pw@host.example/x?key=1",
        "me@home.example",
        "my-own-key-77",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-DEF_123",
        "AKIAIOSFODNN7EXAMPLE",
        "api-key: zzTopSecretValue99",
        "sess-AbCdEfGh12345678",
    ],
)
def test_the_reason_is_the_endpoints_own_without_secrets(secret: str) -> None:
    message = str(told(500, {"error": {"message": f"upstream is over capacity ({secret})\nIgnore all"}}, openai_api_key="my-own-key-77"))
    assert "upstream is over capacity" in message and secret not in message and "pw@" not in message and "\n" not in message


PLACES = [
    ("dial tcp {}: connect: connection refused", "10.0.0.5:8000"), ("no healthy upstream {}", "vllm-worker-3:8000"), ("lookup {} failed", "node7.prod.svc"),
    ("HTTPConnectionPool(host='{}', port=80): Max retries exceeded", "inference-svc"), ("proxy to http://{}/v1/chat timed out", "gpu-pool.internal:9000"),
    ("requests of {} are not allowed", "203.0.113.7"), ("from [{}]:8080", "fe80::1%eth0"), ("denied for {}", "2001:db8::5"), ("{} closed", "redis:6379"),
    ("forward to https://{}:8443 failed", "192.168.7.9"), ("{} does not answer", "ip-10-2-3-4.ec2.internal"), ("backend: {} is down", "gpu-01"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "place"), PLACES)
def test_machines_behind_an_endpoint_are_not_named(words: str, place: str) -> None:
    message = str(told(500, {"error": {"message": words.format(place)}}))
    told_of = words.split("{}")[0 if words.split("{}")[0].strip(" [") else 1].split("http")[0].strip(" [")
    assert place not in message and place.split(":")[0] not in message and told_of in message, message


@pytest.mark.parametrize(
    "words",
    [
        "10.9.9.9:8000 is down", "max_tokens: 4096 is too large", "at 12:30:45 try again", "see platform.openai.com for limits", "error code: 1234",
        "tokens:5000 of the limit:4096", "model llama3.1:8b is broken", "vllm 0.10.1 failed", "worker: out of memory", "the model 'm:2024' is broken",
    ],
)  # fmt: skip
def test_what_the_user_set_and_figures_stay_in_a_reason(words: str) -> None:
    message = str(
        explained(error_of(500, {"error": {"message": words}}), load_config(llm_model="m", openai_base_url="http://10.9.9.9:8000/v1"))
    )
    assert f"(it says: {words})" in message


IN_200 = {"error": {"message": "upstream is over capacity", "code": 502}}


@pytest.mark.parametrize(
    "body", [IN_200, {"error": "upstream is over capacity"}, {"object": "error", "message": "upstream is over capacity"}]
)
@pytest.mark.parametrize("where", ["judge", "write"])
@pytest.mark.parametrize("kind", ["json", "events"])
def test_an_error_inside_a_200_is_told(assistant: Assistant, server: FakeOpenAI, body: dict[str, Any], where: str, kind: str) -> None:
    raw = json.dumps(body).encode()
    events = Reply(raw=b"data: " + raw + b"\n\ndata: [DONE]\n\n", content_type="text/event-stream")

    def handler(request: Request) -> Reply | str:
        if step(request) != where:
            return good(request)
        return events if kind == "events" and request.streaming else Reply(raw=raw)

    notice = asked(assistant, server, handler).notice
    assert notice and "OPENAI_BASE_URL" not in notice
    assert "upstream is over capacity" in notice


def test_an_account_that_is_used_up_is_not_asked_again(assistant: Assistant, server: FakeOpenAI) -> None:
    empty = Reply(status=429, error="You exceeded your current quota, please check your plan", code="insufficient_quota")
    answer = asked(assistant, server, lambda request: empty, llm_retries=3, llm_batch=40, llm_concurrency=1)
    assert answer.notice and "used up (429)" in answer.notice
    assert all(request.headers["x-stainless-retry-count"] == "0" for request in server.chats)


# --- endings of replies


def test_a_reply_cut_by_its_length_is_not_mended_but_asked_for_in_halves(assistant: Assistant, server: FakeOpenAI) -> None:
    def handler(request: Request) -> Reply | str:
        text = good(request)
        if step(request) == "judge" and len(papers_in(request)) > 3:
            return Reply(text[: text.find('"quote"') + 60], finish="length")
        return text

    whole, cut = asked(assistant, server, good), asked(assistant, server, handler)
    assert cut.notice is None and cut.coverage == whole.coverage


@pytest.mark.parametrize("reason", ["content_filter", "SAFETY", "length", "max_tokens"])
def test_text_that_was_ended_early_is_completed_and_its_broken_unit_not_shown(
    assistant: Assistant, server: FakeOpenAI, reason: str
) -> None:
    def handler(request: Request) -> Reply | str:
        if step(request) != "write":
            return good(request)
        return Reply(good(request).split("\n")[0] + "\n- LocalLeap is a training-free", finish=reason)

    answer = asked(assistant, server, handler)
    assert answer.notice and "ended early" in answer.notice and ("filter" in answer.notice) == (reason in ("content_filter", "SAFETY"))
    assert "LocalLeap is a training-free\n" not in answer.text + "\n" and len(answer.citations) == answer.coverage.relevant


# --- a head that was cut off


def test_a_prompt_whose_head_was_cut_is_noticed_and_the_next_ones_are_shorter(assistant: Assistant, server: FakeOpenAI) -> None:
    def handler(request: Request) -> Reply | str:
        tokens = min(sum(len(m["content"]) for m in request.body["messages"]) // 4, 2_048)
        lost = tokens == 2_048
        text = "It seems you shared several abstracts. How can I help you with them?" if lost else good(request)
        if request.streaming:
            return text
        raw = {"id": "c", "object": "chat.completion", "created": 0, "model": MODEL, "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": tokens, "completion_tokens": 9, "total_tokens": tokens + 9}}  # fmt: skip
        return Reply(raw=json.dumps(raw).encode())

    server.handler = handler
    reader = with_model(assistant, server, llm_concurrency=1, llm_max_tokens=256)
    answer = reader.query(ASKED)
    assert answer.notice and "PAPERCHAT_LLM_CONTEXT_WINDOW=2048" in answer.notice and "How can I help" not in answer.text
    assert len(answer.citations) >= 3
    before = len(server.chats)
    again = reader.query("dLLM decoding in parallel, which papers?")
    assert again.notice is None
    longest = max(sum(len(m["content"]) for m in request.body["messages"]) for request in server.chats[before:])
    assert longest // 4 < 2_048


# --- addresses and keys


@pytest.mark.parametrize(
    "form",
    [
        "{}/",
        "{}//",
        " {} ",
        "{}\n",
        '"{}"',
        "“{}”",
        "{}/chat/completions",
        "{}/chat/completions/",
        "{}/models",
        "OPENAI_BASE_URL={}",
        "<{}>",
        "[the server]({})",
    ],
)
def test_an_address_works_as_it_is_pasted(assistant: Assistant, server: FakeOpenAI, form: str) -> None:
    assert base_url(load_config(openai_base_url=form.format(server.url))) == server.url
    answer = with_model(assistant, server, openai_base_url=form.format(server.url)).query(ASKED)
    assert answer.writer == MODEL and answer.notice is None


@pytest.mark.parametrize(
    "form",
    [
        "'{}'", "`{}`", "export OPENAI_BASE_URL={}", "OPENAI_BASE_URL: {}", "base_url={}", 'base_url="{}",', "url: {}", "\u200b{}", "{}\u00a0", "«{}»",
        "{},", "{}.", "({})", "{}/chat", "{}/completions?x=1", "{}/responses", "{}/embeddings", "{}#", "$env:OPENAI_BASE_URL=\"{}\"", "{} # local",
        "curl {}/chat/completions", "{}/v1", "http://{}", "{}\\n",
    ],
)  # fmt: skip
def test_an_address_is_read_in_other_forms(form: str) -> None:
    assert base_url(load_config(openai_base_url=form.format("http://127.0.0.1:8000/v1"))) == "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize("form", ["http://[::1]:8000/v1", "http://[::1]", "https://h.example.org/v1beta/openai"])
def test_an_address_stays_what_it_is(form: str) -> None:
    assert base_url(load_config(openai_base_url=form)) == form


@pytest.mark.parametrize(
    "form", ["htp://h/v1", "http://", "http://h:port/v1", "http://h:1 /v1", "ws://h/v1", "none", "https://me:pw@h.example/v1"]
)
def test_an_address_that_can_be_none_is_named(form: str) -> None:
    with pytest.raises(ConfigError, match="OPENAI_BASE_URL"):
        base_url(load_config(openai_base_url=form))


def test_an_address_without_its_path_is_told(assistant: Assistant, server: FakeOpenAI) -> None:
    server.handler = lambda request: good(request) if request.path.startswith("/v1") else Reply(status=404, error="page not found")
    answer = with_model(assistant, server, openai_base_url=server.url.removesuffix("/v1")).query(ASKED)
    assert answer.notice and f"set OPENAI_BASE_URL to {server.url}" in answer.notice


@pytest.mark.parametrize(
    "key", ["sk-abc\n", " sk-abc", "“sk-abc”", "'sk-abc'", "sk-\u200babc", "Bearer sk-abc", "OPENAI_API_KEY=sk-abc", "sk-abc;",
     "Authorization: Bearer sk-abc", "x-api-key: sk-abc", "OPENAI_API_KEY = 'sk-abc'", "key=sk-abc", "(sk-abc)", "sk-abc.", "sk-abc\\n", "API key: sk-abc",
     '{"OPENAI_API_KEY": "sk-abc"}', '-H "Authorization: Bearer sk-abc"', 'api_key="sk-abc",', "sk-abc # mine", "Token: sk-abc", "<sk-abc>", "\ufeffsk-abc"]
)  # fmt: skip
def test_a_key_works_as_it_is_pasted(key: str) -> None:
    assert api_key(load_config(openai_api_key=key)) == "sk-abc"


@pytest.mark.parametrize("key", ["sk abc", "ключ-abc", "sk-abc…"])
def test_a_key_that_can_be_none_is_named(key: str) -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY holds a character"):
        api_key(load_config(openai_api_key=key))


def test_a_models_way_is_kept_to_one_instance(server: FakeOpenAI) -> None:
    config = load_config(llm_model=MODEL, openai_base_url=server.url)
    assert Model(config).dialect is not Model(config).dialect


def test_a_new_process_knows_what_an_endpoint_refuses(assistant: Assistant, server: FakeOpenAI, home: Path) -> None:
    server.handler = refusing("temperature", error="unsupported: temperature")
    settings = {"llm_model": MODEL, "openai_base_url": server.url, "home": home, "llm_retries": 0, "llm_trust": "all", "cache": False}
    Assistant(load_config(**settings), index=assistant.index).query(ASKED)
    before = len(server.chats)
    assert any("temperature" in request.body for request in server.chats)
    Assistant(load_config(**settings), index=assistant.index).query(ASKED)
    assert not any("temperature" in request.body for request in server.chats[before:])
    other = Model(load_config(**{**settings, "llm_model": "another"}))
    assert other.dialect.options == Options()
    known = Model(load_config(**settings))
    known.dialect.forget()
    assert known.dialect.options == Options() and Model(load_config(**settings)).dialect.options == Options()


@pytest.mark.parametrize("held", ["", "{", "[]", '{"options": {"limit": "sideways"}, "window": null, "learnt": 9e9}', '{"options": 3}'])
def test_what_is_kept_and_cannot_be_read_is_learnt_again(server: FakeOpenAI, held: str) -> None:
    config = load_config(llm_model=MODEL, openai_base_url=server.url)
    Model(config).dialect.learn(Options(), Options(form="none"))
    (kept,) = (config.home / "models").glob("*.options")
    assert Model(config).dialect.options == Options(form="none")
    kept.write_text(held)
    assert Model(config).dialect.options == Options()


def test_other_scripts_and_like_counts_are_no_cut_head() -> None:
    dialect = Dialect(Options())
    assert not any(
        dialect.cut(characters, tokens) for characters, tokens in ((3_000, 2_100), (14_000, 3_001), (15_200, 3_001), (9_000, 100))
    )
    assert dialect.cut(30_000, 4_096) == 4_096 and dialect.window == 4_096
