"""Visitors in numbers and sizes: what the page keeps of them, and what it does with calls that no browser makes."""

import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag import Assistant, PaperchatError, load_config
from tests.doubles.openai import FakeOpenAI, Reply
from tests.doubles.page import last_memory, served
from tests.doubles.visitors import Visitor, failures
from ui.page import feedback
from ui.page.access import Access
from ui.page.feedback import Feedback
from ui.page.handlers import Chat
from ui.page.serve import start
from ui.page.turn import MAX_BYTES, MAX_QUESTION, Memory, memory_of, new_turn, stored
from ui.page.visitors import MOST, UNFETCHED, Presence, Visitors

ASK = "which papers compress the KV cache?"


@pytest.fixture(scope="module")
def page(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    page = start(load_config(home=tmp_path_factory.mktemp("visited")), Access("127.0.0.1", port=0), lambda: assistant)
    yield page
    page.close(verbose=False)


@pytest.fixture
def visitor(page: Any) -> Iterator[Visitor]:
    visitor = Visitor(page.local_url)
    yield visitor
    visitor.close()


def kept(page: Any) -> tuple[set[str], set[str]]:
    """Sessions of which something is kept, and those with results to fetch."""
    queue = page._queue
    return set(page.app.state_holder.session_data), {*queue.pending_messages_per_session, *queue.pending_event_ids_session}


def until(condition: Callable[[], bool], visitor: Visitor) -> None:
    """The server does something between two requests."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if condition():
            return
        visitor.client.get("/robots.txt")
    raise AssertionError("it never came to that")


# --- memory


def test_nothing_is_kept_of_a_visitor_who_left(page: Any) -> None:
    config = Visitor(page.local_url).config
    for _ in range(2):
        visitor = Visitor(page.local_url, config)
        with visitor.present():
            assert not failures([*visitor.load(), *visitor.ask(ASK)])
            assert visitor.session in kept(page)[0]
        until(lambda: visitor.session not in kept(page)[0] | kept(page)[1], visitor)  # noqa: B023


def test_a_question_asked_as_a_stream_ends_is_answered_on_it(visitor: Visitor) -> None:
    """A browser may hear that its stream is over only after its next question was taken: it would listen for ever."""
    call = visitor.dependency("pc-question", "submit")
    values = [visitor._value(at, {"pc-question": ASK}) for at in call["inputs"]]
    ended = list[str]()
    visitor.join(call["id"], values)
    with visitor.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": visitor.session}) as lines:
        for line in lines.iter_lines():
            message = json.loads(line[5:]) if line.startswith("data:") else {"msg": ""}
            if message["msg"] in ("process_completed", "close_stream"):
                ended.append(message["msg"])
                if ended == ["process_completed"]:
                    visitor.join(call["id"], values)
    assert ended == ["process_completed", "process_completed", "close_stream"]


def test_what_programs_leave_is_dropped_after_a_while(page: Any, visitor: Visitor) -> None:
    visitor.ask(ASK)
    unfetched = visitor.client.post("/gradio_api/call/search", json={"data": ["kv cache"]}).json()["event_id"]
    while unfetched in page._queue.event_ids_to_events:
        visitor.client.get("/gradio_api/startup-events")
    now = datetime.now()
    later = iter([now, now + UNFETCHED / 2, now + UNFETCHED + timedelta(seconds=1)])
    visitors = Visitors(page.app, page.app, Presence(), lambda: next(later))
    for _ in range(2):
        visitors.tidy()
        assert visitor.session in kept(page)[0] and unfetched in kept(page)[1]
    visitors.tidy()
    assert visitor.session not in kept(page)[0] and unfetched not in kept(page)[1]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of the GNU C library")
def test_threads_share_two_heaps() -> None:
    """Each has one of its own, up to eight a core, if nothing is said: glibc tells what it keeps."""
    program = """
import threading, ctypes, sys
from ui.lasting import lasting
lasting()
gate = threading.Barrier(17)
def work():
    pieces = [bytes(5_000) for _ in range(200)]
    gate.wait()
threads = [threading.Thread(target=work) for _ in range(16)]
for thread in threads: thread.start()
gate.wait()
ctypes.CDLL(None).malloc_info(0, ctypes.c_void_p.in_dll(ctypes.CDLL(None), "stdout"))
ctypes.CDLL(None).fflush(None)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert 1 <= told.count("<heap nr=") <= 2


def test_a_bounded_number_of_visitors_is_kept(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert page.app.state_holder.capacity == MOST
    monkeypatch.setattr(page.app.state_holder, "capacity", 3)
    for number in range(6):
        page.app.state_holder[f"visitor-{number}"]
    assert len(kept(page)[0]) <= 3


def test_a_page_that_was_forgotten_while_open_goes_on(page: Any, visitor: Visitor) -> None:
    """Whoever was quiet longest starts afresh: a topic that was chosen from a list that is forgotten is no fault."""
    visitor.load()
    page.app.state_holder.session_data.clear()
    assert not failures(visitor.event("pc-table", "act", {"action": "page", "page": 3}))
    (topic,) = [block for block in page.blocks.values() if getattr(block, "label", "") == "Topic"]
    assert topic.preprocess("Speculative decoding") == "Speculative decoding"


def test_an_oversized_question_is_told_so(visitor: Visitor) -> None:
    for question in ("x" * (MAX_QUESTION + 1), "word " * 200_000):
        call = visitor.dependency("pc-question", "submit")
        answer = visitor.join(call["id"], [visitor._value(at, {"pc-question": question}) for at in call["inputs"]])
        assert answer.status_code == 400 and "shorten it to 4,000" in answer.text and len(answer.text) < 200
    assert visitor.client.post("/gradio_api/queue/join", content=b"x" * 3_000_000).status_code == 413


def test_where_nothing_is_pasted_bodies_are_smaller_still(assistant: Assistant, tmp_path: Path) -> None:
    with served(assistant, load_config(home=tmp_path), host="0.0.0.0") as url:
        assert httpx.post(f"{url}gradio_api/queue/join", content=b"x" * 700_000).status_code == 413


def test_one_long_conversation_stays_within_what_a_browser_keeps() -> None:
    memory = Memory().with_turns([new_turn(f"question {number} " + "é" * MAX_QUESTION) for number in range(50)])
    bounded = stored(memory)
    assert len(json.dumps(bounded)) <= MAX_BYTES + 5_000
    assert memory_of(bounded).turns[-1].question.startswith("question 49")
    huge = stored(Memory().with_turns([new_turn("q")]))
    huge["conversations"][0]["turns"][0]["text"] = "x" * 2_000_000
    assert len(memory_of(huge).turns[0].text) < 100_000


# --- calls that no browser makes

STRANGE: list[Any] = [
    None, 5, "x", [], {"action": 5}, {"action": "edit", "turn": "x", "question": {}}, {"action": "export", "turn": 1e300},
    {"action": "paper", "papers": 5}, {"action": "about", "papers": [{}]}, {"action": "sort", "order": []},
    {"action": "page", "page": "nan"}, {"action": "unfilter", "turn": 0, "name": []},
    {"action": "rename", "id": {}, "name": []}, {"turn": [], "number": {}, "value": "-"},
]  # fmt: skip


@pytest.mark.parametrize(
    ("part", "kind"),
    [("pc-transcript", "act"), ("pc-transcript", "rate"), ("pc-transcript", "look"), ("pc-sources", "act"),
     ("pc-table", "act"), ("pc-bar", "act"), ("pc-listing", "act"), ("pc-scope", "act")],
)  # fmt: skip
def test_a_malformed_event_is_no_fault_of_the_server(part: str, kind: str, visitor: Visitor, capfd: pytest.CaptureFixture[str]) -> None:
    memories = cycle([{}, 5, {"conversations": [5, {"conversation_id": "c", "turns": [{"answer_id": 5}, 5]}], "current": "c"}])
    for strange in STRANGE:
        visitor.memory = next(memories)
        assert not failures(visitor.event(part, kind, strange))
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("question", ["", " \n\t"])
def test_enter_in_an_empty_box_does_nothing(question: str, visitor: Visitor) -> None:
    said = visitor.ask(question)
    (ended,) = [message["output"] for message in said if message["msg"] == "process_completed"]
    assert not failures(said) and "pc-turn" not in json.dumps(ended)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("{", "the call is no JSON"),
        ("[]", "a call is a JSON object"),
        ('{"data": 5}', "data is no list of values"),
        ('{"fn_index": 9999, "data": []}', "no such function"),
        ('{"fn_index": true, "data": []}', "no such function"),
        ('{"fn_index": 0, "data": []}', "takes 1 values, not 0"),
        ('{"fn_index": 0, "data": [{}], "session_hash": 5}', "session_hash"),
    ],
)
def test_a_malformed_call_is_refused_in_one_line(call: str, told: str, visitor: Visitor, capfd: pytest.CaptureFixture[str]) -> None:
    answer = visitor.client.post("/gradio_api/queue/join", content=call)
    assert answer.status_code == 400 and told in answer.text and "\n" not in answer.text
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ([], "ask takes question, history, since, until, organisation, source; data has 0 values"),
        ([5], "a question is text, not int"),
        ([ASK, [5, {"role": 5}, "x"]], None),
        ([ASK, "history"], None),
        ([ASK], None),
        ([ASK, None, 5], "since is int"),
        ([1] * 7, "data has 7 values"),
    ],
)
def test_a_program_may_leave_values_out_and_is_told_what_is_wrong(
    data: list[Any], told: str | None, visitor: Visitor, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = visitor.client.post("/gradio_api/run/ask", json={"data": data})
    assert (told in answer.text) if told else answer.json()["data"][0]["citations"]
    assert "Traceback" not in capfd.readouterr().err


def test_a_program_may_give_values_by_name(visitor: Visitor) -> None:
    answer = visitor.client.post("/gradio_api/call/v2/search", json={"question": "kv cache"})
    assert answer.status_code == 200 and answer.json()["event_id"]


@pytest.mark.parametrize("way", ["run", "api", "call", "call/v2"])
@pytest.mark.parametrize(
    ("name", "call", "told"),
    [
        ("nothing", {"data": [ASK]}, "no function of that name"),
        ("nothing", {"question": ASK}, "no function of that name"),
        ("search", {}, "takes question"),
        ("search", {"data": []}, "takes question"),
        ("search", [5], "a call is a JSON object"),
        ("search", {"session_hash": 5}, "session_hash"),
    ],
)
def test_a_named_call_that_does_not_fit_is_refused_by_every_way_in(
    way: str, name: str, call: Any, told: str, visitor: Visitor, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = visitor.client.post(f"/gradio_api/{way}/{name}", json=call)
    assert answer.status_code == 400 and told in answer.text and "\n" not in answer.text
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("way", ["run", "api", "call"])
def test_a_call_by_number_is_held_to_what_the_function_takes(way: str, visitor: Visitor, capfd: pytest.CaptureFixture[str]) -> None:
    number = visitor.dependency("pc-question", "submit")["id"]
    for call in ({"fn_index": number, "data": [5]}, {"fn_index": 9999, "data": []}, {"fn_index": "x", "data": []}):
        answer = visitor.client.post(f"/gradio_api/{way}/search", json=call)
        assert answer.status_code == 400 and ("values" in answer.text or "no such function" in answer.text), call
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("path", ["queue/data?session_hash=nobody", "call/ask/nothing", "call/v2/ask/nothing", "call/ask/nothing/"])
def test_results_that_nobody_waits_for_are_one_line(path: str, visitor: Visitor, capfd: pytest.CaptureFixture[str]) -> None:
    answer = visitor.client.get(f"/gradio_api/{path}", follow_redirects=True)
    assert ("session_not_found" in answer.text) if "queue" in path else answer.status_code == 404
    assert "Traceback" not in capfd.readouterr().err


FILES: list[dict[str, Any]] = [
    {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
    {"path": "no-such-file", "meta": {"_type": "gradio.FileData"}},
    {"path": "http://127.0.0.1:9/x", "url": "http://127.0.0.1:9/x", "meta": {"_type": "gradio.FileData"}},
    {"path": "x", "meta": []},
    {"path": "\0", "meta": {"_type": "gradio.FileData"}},
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: repr(file["path"]))
def test_a_file_that_was_not_uploaded_is_none(file: dict[str, Any], visitor: Visitor, capfd: pytest.CaptureFixture[str]) -> None:
    """Gradio fetches an address that is named so, and tells its own folders; so within any value, by every way in."""
    ask = visitor.dependency("pc-question", "submit")
    values = [{"kept": [file]} for _ in ask["inputs"]]
    calls = {"queue/join": {"fn_index": ask["id"], "data": values, "session_hash": visitor.session}, "run/ask": {"data": [ASK, [file]]}}
    for way, call in (calls | {"call/search": {"data": [file, 1]}, "call/v2/search": {"question": file}}).items():
        answer = visitor.client.post(f"/gradio_api/{way}", json=call)
        assert answer.status_code == 400 and answer.text == "a file is one that was uploaded to this page", way
    assert "Traceback" not in capfd.readouterr().err


# --- feedback


def test_only_an_answer_that_was_given_here_is_rated(chat: Chat, tmp_path: Path) -> None:
    memory = json.loads(json.dumps(last_memory(chat, ASK)))
    turn = memory["conversations"][0]["turns"][0]
    for forged in ({"text": "I said so"}, {"question": "another"}, {"answer_id": "x"}, {"seal": ""}, {"seal": "é"}, {"state": "stopped"}):
        with pytest.raises(PaperchatError, match="only answers that were given here"):
            chat.rate({**memory, "conversations": [{**memory["conversations"][0], "turns": [{**turn, **forged}]}]}, {"turn": 0})
    chat.rate(memory, {"turn": 0, "value": -1, "word": "w" * 5_000})
    (kept_rating,) = Feedback(tmp_path / "feedback.sqlite").all()
    assert kept_rating.rating == -1 and len(kept_rating.word) == 1_000
    again = Chat(chat.opened, Feedback(tmp_path / "feedback.sqlite"), True, chat.cartographer)  # the server was started anew
    again.rate(memory, {"turn": 0, "value": 1})
    assert [rating.rating for rating in again.feedback.all()] == [1]


def test_ratings_are_bounded_in_rate_and_number(chat: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "MOST", 5)
    memory = last_memory(chat, ASK)
    (turn,) = memory_of(memory).turns
    from dataclasses import replace

    for number in range(feedback.A_MINUTE):
        chat.feedback.keep(chat.feedback.sealed(replace(turn, answer_id=f"a{number}")), 1)
    assert [rating.answer_id for rating in chat.feedback.all()] == [f"a{number}" for number in range(55, 60)]
    with pytest.raises(PaperchatError, match="too many ratings just now"):
        chat.rate(memory, {"turn": 0})
    with sqlite3.connect(tmp_path / "feedback.sqlite") as db:
        assert db.execute("SELECT count(*) FROM feedback").fetchone() == (5,)


# --- leaving


@pytest.mark.parametrize("way", ["page", "call", "run"])
def test_leaving_ends_the_judging(way: str, assistant: Assistant, tmp_path: Path) -> None:
    go = threading.Event()
    with FakeOpenAI(lambda request: Reply("{}", hold=go)) as server:
        settings: dict[str, Any] = {"llm_retries": 0, "llm_concurrency": 1, "llm_batch": 2, "llm_understanding": False, "cache": False}
        config = load_config(home=tmp_path, llm_model="m", OPENAI_BASE_URL=server.url, OPENAI_API_KEY="k", llm_trust="all", **settings)
        asking = Assistant(config, index=assistant.index)
        closed = threading.Event()
        stream = asking.stream

        def watched(*given: Any) -> Iterator[Any]:
            try:
                yield from stream(*given)
            finally:
                closed.set()

        asking.stream = watched  # type: ignore[method-assign]
        with served(asking, config) as url:
            visitor = Visitor(url)
            {"page": _leave_page, "call": _leave_call, "run": _leave_run}[way](visitor, server)
            assert closed.wait(60)
            go.set()
            for thread in [thread for thread in threading.enumerate() if thread.name == "paperchat-step"]:
                thread.join(20)
        assert len(server.chats) == 1


def _held(server: FakeOpenAI, visitor: Visitor) -> None:
    until(lambda: bool(server.chats), Visitor(str(visitor.client.base_url), visitor.config))


def _leave_page(visitor: Visitor, server: FakeOpenAI) -> None:
    call = visitor.dependency("pc-question", "submit")
    visitor.join(call["id"], [visitor._value(at, {"pc-question": ASK}) for at in call["inputs"]])
    with visitor.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": visitor.session}) as lines:
        beats = lines.iter_lines()
        next(beats)
        _held(server, visitor)


def _leave_call(visitor: Visitor, server: FakeOpenAI) -> None:
    event = visitor.client.post("/gradio_api/call/ask", json={"data": [ASK]}).json()["event_id"]
    with visitor.client.stream("GET", f"/gradio_api/call/ask/{event}"):
        _held(server, visitor)


def _leave_run(visitor: Visitor, server: FakeOpenAI) -> None:
    with pytest.raises(httpx.ReadTimeout):
        visitor.client.post("/gradio_api/run/ask", json={"data": [ASK]}, timeout=httpx.Timeout(5, read=3))
    _held(server, visitor)
