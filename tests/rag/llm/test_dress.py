"""Replies in the forms that endpoints give them, read without a server: shapes of bodies and streams, thoughts, ends, JSON in other dress."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rag.llm.dress import plain
from rag.llm.events import events, of_whole
from rag.llm.finish import Ending, ending_of
from rag.llm.structured import parsed
from rag.llm.thoughts import Thoughts, after_thoughts
from rag.relevance.replies import Verdicts

TEXT = "LocalLeap is quick [1].\n\nDraftNet drafts [2]."
ONE, TWO = TEXT[:20], TEXT[20:]
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "LocalLeap, hm."}]}


def part(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def chunk(delta: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": "s", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def said(*contents: Any) -> list[Any]:
    return [*(chunk({"content": content}) for content in contents), chunk({}, "stop")]


def sent(*values: Any, data: str = "data: ", end: str = "\n\n", done: str = "data: [DONE]") -> bytes:
    return "".join((v if isinstance(v, str) else data + json.dumps(v)) + end for v in [*values, done]).encode("utf-8", "surrogatepass")


def heard(stream: bytes, pieces: int) -> tuple[str, list[str], list[Any]]:
    """What a client of the protocol reads: the text, the reasons to end, the errors."""
    text, ends, errors = "", [], []
    taken = b"".join(events(iter(stream[n : n + pieces] for n in range(0, len(stream), pieces)))).decode()
    for event in taken.split("\n\n")[:-1]:
        assert event.startswith("data: ")
        if event == "data: [DONE]":
            break
        body = json.loads(event.removeprefix("data: "))
        errors += [body["error"]] if "error" in body else []
        for choice in body.get("choices", ()):
            text += choice["delta"].get("content") or ""
            ends += [choice["finish_reason"]] if choice.get("finish_reason") else []
    return text, ends, errors


STREAMS = {
    "parts": sent(*said([part(ONE)], [part(TWO)])),
    "several parts in one": sent(*said([part(ONE), part(TWO)])),
    "a thought in parts": sent(*said([THOUGHT], TEXT)),
    "a thought beside the text": sent(*said([THOUGHT, part(TEXT)])),
    "reasoning as a part": sent(*said([{"type": "reasoning", "text": "hm"}], [part(TEXT)])),
    "strings in a list": sent(*said([ONE, TWO])),
    "one part without a list": sent(*said(part(TEXT))),
    "output_text": sent(*said([{"type": "output_text", "text": TEXT}])),
    "text with a value": sent(*said([{"type": "text", "text": {"value": TEXT, "annotations": []}}])),
    "nothing in between": sent(*said([], None, TEXT)),
    "choices that are null": sent(*said(ONE)[:1], {**chunk({}), "choices": None}, *said(TWO)),
    "no choices": sent({"id": "x"}, *said(TEXT), {"usage": {"prompt_tokens": 3, "completion_tokens": 1}}),
    "a message in place of a delta": sent({"id": "s", "choices": [{"index": 0, "message": {"content": TEXT}, "finish_reason": "stop"}]}),
    "text in place of a delta": sent({"id": "s", "choices": [{"index": 0, "text": TEXT, "finish_reason": "stop"}]}),
    "another choice": sent({"id": "s", "choices": [{"index": 1, "delta": {"content": "other"}}]}, *said(TEXT)),
    "no reason to end, in words": sent(chunk({"content": ONE}, "null"), chunk({"content": TWO}, ""), chunk({}, "stop")),
    "no blank": sent(*said(TEXT), data="data:", done="data:[DONE]"),
    "CRLF": sent(*said(ONE, TWO), end="\r\n\r\n"),
    "CR": sent(*said(ONE, TWO), end="\r\r"),
    "one line each": sent(*said(ONE, TWO), end="\n"),
    "lines of JSON": sent(*said(ONE, TWO), data="", end="\n", done=""),
    "a mark at the beginning": b"\xef\xbb\xbf" + sent(*said(TEXT)),
    "comments, ids, pings": sent(": hi", "event: ping\ndata: {}", 'event: ping\ndata: {"type": "ping"}', "id: 1\nretry: 9", *said(TEXT)),
    "no data": sent("data:", "data: ", *said(TEXT)),
    "data on several lines": sent("\n".join("data: " + line for line in json.dumps(said(TEXT)[0], indent=1).splitlines()), *said()),
    "arguments of a tool": sent(*(chunk({"tool_calls": [{"function": {"arguments": text}}]}) for text in (ONE, TWO)), *said()),
    "Ollama's own": sent({"message": {"content": ONE}, "done": False}, {"message": {"content": TWO}, "done": True, "done_reason": "stop"}),
    "after the end": sent(*said(TEXT)) + sent(*said("more")),
}  # fmt: skip


@pytest.mark.parametrize("pieces", [1, 11, 100_000])
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_read_in_any_form(name: str, pieces: int) -> None:
    assert heard(STREAMS[name], pieces) == (TEXT, ["stop"], [])


@pytest.mark.parametrize(
    "event",
    [
        'event: error\ndata: {"message": "upstream said no"}',
        "event: error\ndata: upstream said no",
        'event:error\ndata:{"code":"X","msg":"upstream said no"}',
        "error: upstream said no",
        "data: [ERROR] upstream said no",
        'data: {"error": {"message": "upstream said no"}}',
        '{"error": "upstream said no"}',
        'data: {"object": "error", "message": "upstream said no", "code": 500}',
        'data: {"type": "error", "error": {"message": "upstream said no"}}',
        'data: {"base_resp": {"status_code": 1008, "status_msg": "upstream said no"}}',
        'data: {"header": {"code": 10013, "message": "upstream said no"}}',
        'data: {"detail": "upstream said no"}',
        'data: {"error_code": 17, "error_msg": "upstream said no"}',
        'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "error", "error": {"message": "upstream said no"}}]}',
    ],
)
def test_a_fault_in_a_stream_is_an_error_in_its_own_words(event: str) -> None:
    text, _, errors = heard(sent(*said(ONE)[:1], event), 7)
    assert text == ONE and [error["message"] for error in errors] == ["upstream said no"]


def whole(content: Any, **more: Any) -> dict[str, Any]:
    return {"id": "w", "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content, **more}}]}


BODIES: dict[str, Any] = {
    "plain": whole(TEXT), "parts": whole([part(ONE), part(TWO)]), "strings": whole([ONE, TWO]), "one part": whole(part(TEXT)),
    "a thought beside it": whole([THOUGHT, part(TEXT)]), "reasoning as a part": whole([{"type": "reasoning", "text": "hm"}, part(TEXT)]),
    "text": {"choices": [{"text": TEXT, "finish_reason": "stop"}]}, "Ollama's own": {"message": {"content": TEXT}, "done_reason": "stop"},
    "wrapped": {"code": 0, "msg": "ok", "data": whole(TEXT)}, "a function": whole(None, function_call={"name": "f", "arguments": TEXT}),
    "two choices": {"choices": [*whole(TEXT)["choices"], {"index": 1, "message": {"content": "other"}}]},
    "odd fields": {"id": None, "created": 1.5, "choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}], "usage": "3"},
}  # fmt: skip
WHOLE = {name: json.dumps(body).encode() for name, body in BODIES.items()}
WHOLE["a mark at the beginning"] = b"\xef\xbb\xbf" + WHOLE["plain"]
WHOLE["blank lines"] = b"\n\n \n" + WHOLE["plain"]
WHOLE["no number"] = WHOLE["plain"][:-1] + b', "score": NaN}'
WHOLE["events"] = sent(*said([part(ONE)], TWO))


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_reply_is_read_in_any_form(name: str) -> None:
    body = plain(WHOLE[name])
    assert body and body["choices"] == [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}]
    assert heard(b"".join(of_whole(WHOLE[name])), 50) == (TEXT, ["stop"], []), "where a stream was asked for"


@pytest.mark.parametrize("counted", [{"prompt_tokens": "12", "completion_tokens": 3.0}, {"prompt_tokens": 12, "completion_tokens": 3}])
def test_tokens_are_numbers(counted: dict[str, Any]) -> None:
    body = plain(json.dumps({**whole(TEXT), "usage": counted}).encode())
    assert body and body["usage"] == {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}


# --- thoughts

WRAPPED = [
    "<think>\n{x}\n</think>\n\n{t}", "<thought>{x}</thought>\n{t}", "<reflection>{x}</reflection>{t}", "<scratchpad>\n{x}\n</scratchpad>\n{t}",
    "[THINK]{x}[/THINK]{t}", "<|begin_of_thought|>{x}<|end_of_thought|>\n<|begin_of_solution|>{t}<|end_of_solution|>", "◁think▷{x}◁/think▷{t}",
    "<|channel|>analysis<|message|>{x}<|end|><|start|>assistant<|channel|>final<|message|>{t}<|return|>", "analysis{x}assistantfinal{t}",
    "<seed:think>{x}</seed:think>{t}", "<|START_THINKING|>{x}<|END_THINKING|><|START_RESPONSE|>{t}<|END_RESPONSE|>", "<unused94>thought\n{x}<unused95>{t}",
    "Here is my thought process:\n\n{x}\n\nHere is my response:\n\n{t}", "<think>{x}</think><answer>{t}</answer>", "<think >{x}</think >\n{t}",
    '<think time="3">{x}</think>{t}', "<antThinking>{x}</antThinking>\n{t}", "<chain_of_thought>{x}</chain_of_thought>{t}",
    '<details type="reasoning" done="true">\n<summary>Thought for 5 seconds</summary>\n{x}\n</details>\n{t}', "Thinking...\n{x}\n...done thinking.\n\n{t}",
    "<reasoning_content>{x}</reasoning_content>{t}", "```thinking\n{x}\n```\n{t}", "<longcat_think>{x}</longcat_think>{t}", "<planning>{x}</planning>{t}",
    "<|think_start|>{x}<|think_end|>{t}", "<inner_monologue>{x}</inner_monologue>{t}", "<think>{x}</think>\n<think>{x}</think>\n{t}",
]  # fmt: skip
UNOPENED = ["{x}\n</think>\n\n{t}", "{x}</reasoning>{t}", "{x}[/THINK]{t}", "{x}◁/think▷{t}", "{x}<|end_of_thought|>{t}"]
HIDDEN = "FreeDave is lossless [2]. {a: 1} 3 < 4"


def streamed(text: str, pieces: int, unopened: bool = False) -> str:
    thoughts = Thoughts(unopened)
    fed = [given for n in range(0, len(text), pieces) for given in thoughts.feed(text[n : n + pieces])]
    return "".join([*fed, *thoughts.feed("", last=True)]).strip()


@pytest.mark.parametrize("form", [*WRAPPED, *UNOPENED])
def test_of_a_thought_in_any_form_nothing_is_left(form: str) -> None:
    text = form.replace("{x}", HIDDEN).replace("{t}", TEXT)
    assert after_thoughts(text) == TEXT
    assert {streamed(text, pieces, form in UNOPENED) for pieces in (1, 4, 1_000)} == {TEXT}


NESTED = [
    "<think><think>{x}</think>{x}</think>{t}", "<think>{x}<think>{x}</think>{x}</think>\n\n{t}", "<think>{x}<plan>{x}</plan>{x}</think>{t}",
    "<think>{x}<reasoning>{x}</reasoning>{x}<plan>{x}</plan>{x}</think>{t}", "<think><think><think>{x}</think>{x}</think>{x}</think>{t}",
    "[THINK]{x}[THINK]{x}[/THINK]{x}[/THINK]{t}", "<think><think>{x}</think>{t}", "<think>{x} the <plan> tag {x}</think>{t}",
    "<think>{x}</think><think>{x}<plan>{x}</plan>{x}</think>{t}",
    "<|channel|>analysis<|message|>{x}<|end|><|start|>assistant<|channel|>commentary<|message|>{x}<|end|><|start|>assistant<|channel|>final<|message|>{t}",
]  # fmt: skip


@pytest.mark.parametrize("form", NESTED)
def test_of_a_thought_within_a_thought_nothing_is_left(form: str) -> None:
    text = form.replace("{x}", HIDDEN).replace("{t}", TEXT)
    assert after_thoughts(text) == TEXT
    assert {streamed(text, pieces) for pieces in (1, 4, 1_000)} == {TEXT}


@pytest.mark.parametrize(
    "text",
    [
        "Here is my list:\n- LocalLeap [1]", "Thinking...", "```\nLocalLeap\n```", "a < b, and c > d [1]", "<b>LocalLeap</b> [1]", "Here", "`x`",
        "Details are in [1]; reasoning models think.", "Think of LocalLeap [1].", "analysis of LocalLeap [1]",
    ],
)  # fmt: skip
def test_a_text_that_holds_no_thought_is_given_whole(text: str) -> None:
    assert after_thoughts(text) == text and {streamed(text, pieces) for pieces in (1, 4, 1_000)} == {text}


# --- ends

ENDS = {
    Ending.CUT: "length max_tokens max_output_tokens MAX_TOKENS model_length token_limit length_limit model_context_window_exceeded ERROR_LIMIT "
    "FINISH_REASON_MAX_TOKENS context_length truncated",
    Ending.FILTERED: "content_filter SAFETY RECITATION PROHIBITED_CONTENT BLOCKLIST SPII guardrail_intervened content_filtered sensitive refusal "
    "ERROR_TOXIC IMAGE_SAFETY moderation",
    Ending.BROKE: "error network_error timeout abort cancelled insufficient_system_resource time_limit max_time engine_overloaded OTHER USER_CANCEL "
    "MALFORMED_RESPONSE FINISH_REASON_UNSPECIFIED",
    Ending.DONE: "stop STOP stop_sequence end_turn eos eos_token COMPLETE FINISH_REASON_STOP endoftext done finished normal completed tool_calls",
}


@pytest.mark.parametrize(("ending", "word"), [(ending, word) for ending, words in ENDS.items() for word in words.split()])
def test_the_reason_to_end_is_read_in_any_providers_words(ending: Ending, word: str) -> None:
    assert ending_of(word) is ending


# --- JSON in other dress

VERDICT = {"id": 3, "verdict": "relevant", "quote": "It is quick.", "missing": ""}
WHAT = json.dumps({"verdicts": [VERDICT]})
DRESSED = [
    '{"thought": "paper 1 fits"}\n' + WHAT, '{"type": "object", "properties": {"verdicts": {"type": "array"}}}\n\n' + WHAT,
    'Format: {"verdicts": [{"id": 999, "verdict": "no"}]}\n\nAnswer:\n' + WHAT, json.dumps({"response": json.loads(WHAT)}), json.dumps({"result": WHAT}),
    json.dumps([VERDICT]), json.dumps(WHAT), json.dumps({"name": "Verdicts", "arguments": json.loads(WHAT)}), WHAT.replace("verdicts", "Verdicts"),
    "```json\n{}\n```\nCorrected:\n```json\n" + WHAT + "\n```", repr(json.loads(WHAT)), WHAT[:-2] + ",],}", "~~~json5\n" + WHAT + "\n~~~", f"[{WHAT}]",
    json.dumps({"verdicts": {"3": {k: v for k, v in VERDICT.items() if k != "id"}}}), f"The set {{a, b}} is judged: {WHAT}", f"{WHAT}<|im_end|>",
    json.dumps({"verdicts": [{**VERDICT, "id": "paper 3", "verdict": "RELEVANT", "missing": None}]}), json.dumps(json.loads(WHAT), indent=4),
]  # fmt: skip


@pytest.mark.parametrize("text", DRESSED)
def test_verdicts_are_read_in_any_dress(text: str) -> None:
    found = parsed(text, Verdicts)
    assert found and [verdict.model_dump() for verdict in found.verdicts] == [VERDICT]


@pytest.mark.parametrize("text", ['{"verdicts": []}', '{"verdicts": {}}', "[]", '{"Verdicts": []}'])
def test_no_verdicts_are_read_in_any_dress(text: str) -> None:
    assert (found := parsed(text, Verdicts)) is not None and found.verdicts == []


def endless() -> Iterator[bytes]:
    while True:
        yield b'data: {"choices": [' + b" " * 60_000


def test_an_event_without_end_is_refused() -> None:
    from rag.llm.bounds import TooLarge

    with pytest.raises(TooLarge):
        list(events(endless()))
