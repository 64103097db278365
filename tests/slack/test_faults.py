"""Faults: of the model, of the network, of Slack, of too many questions at once."""

import logging
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event as Flag

import pytest
from slack_sdk.models.messages.chunk import Chunk

from rag import Answer, Assistant, Delta, Event, Step
from rag.errors import ModelError
from tests.doubles.openai import FakeOpenAI, Reply
from tests.doubles.scripted import ScriptedModel, with_model
from tests.doubles.slack import buttons_of, finished, shown
from tests.doubles.slack_rig import ASK, Rig, Told, running, says
from tests.doubles.slack_server import APP_TOKEN, BOT_TOKEN, BOT_USER
from ui.slack.split import sections
from ui.slack.stream import streamed_text

SENTENCES = [f"Sentence {n} of a growing answer. " for n in range(40)]


def growing(gate: Flag | None = None, at: int = 20, reached: Flag | None = None) -> Callable[[str], Iterator[Event]]:
    """A script that answers sentence by sentence, and waits at one for the gate."""

    def script(question: str) -> Iterator[Event]:
        yield Step("search", "searching 372 papers")
        for n, sentence in enumerate(SENTENCES):
            if gate and n == at:
                if reached:
                    reached.set()
                assert gate.wait(30)
            yield Delta(sentence)
        yield Answer(question, "".join(SENTENCES))

    return script


def failing(error: Exception) -> Callable[[str], Iterator[Event]]:
    def script(question: str) -> Iterator[Event]:
        yield Delta("Half an ans")
        raise error

    return script


@pytest.fixture
def told(assistant: Assistant) -> Told:
    return Told(assistant, says("Yes."))


@pytest.fixture
def rig(told: Told, home: Path) -> Iterator[Rig]:
    with running(told, home) as rig:
        yield rig


def whole(rig: Rig) -> str:
    return "\n".join(text for _, text in sections("".join(SENTENCES)))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ModelError("the endpoint cannot be reached; is it <!running>?"), "cannot be reached; is it &lt;!running&gt;?"),
        (RuntimeError("secret text of a question"), "Something went wrong on my side"),
    ],
)
def test_a_fault_of_the_model_is_one_sentence_with_a_retry(error: Exception, sentence: str, rig: Rig, told: Told) -> None:
    told.script = failing(error)
    rig.slack.say("C0GENERAL", "U0ANN", ASK)
    (fault,) = rig.slack.final("C0GENERAL")
    assert sentence in shown(fault) and "\n" not in shown(fault) and "secret" not in shown(fault)
    rig.slack.click("C0GENERAL", fault, "Try again")
    rig.slack.wait(lambda: len(rig.slack.made("chat.update")) == 3 and finished(fault), "the second fault")
    told.script = says("Yes.")
    rig.slack.click("C0GENERAL", rig.slack.of_bot("C0GENERAL")[0], "Try again", user="U0BOB")
    rig.slack.wait(lambda: "Yes." in shown(rig.slack.of_bot("C0GENERAL")[0]), "the answer")
    assert len(rig.slack.of_bot("C0GENERAL")) == 1 and len({question for question, _ in told.asked}) == 1


def test_try_again_pressed_twice_tries_once(rig: Rig, told: Told) -> None:
    told.script = failing(ModelError("down"))
    rig.slack.say("C0GENERAL", "U0ANN", ASK)
    (fault,) = rig.slack.final("C0GENERAL")
    told.script = says("Yes.")
    fault = {**fault, "blocks": list(fault["blocks"])}
    for user in ("U0ANN", "U0BOB", "U0ANN"):
        rig.slack.click("C0GENERAL", fault, "Try again", user)
    rig.stop()
    assert len(told.asked) == 2


def test_a_private_fault_is_retried_in_its_place(rig: Rig, told: Told) -> None:
    told.script = failing(ModelError("the model is down"))
    rig.slack.command("which papers are about LoRA?")
    fault = rig.slack.wait(lambda: rig.slack.made("response"), "a fault")[0]
    told.script = says("Yes.")
    rig.slack.click("C0GENERAL", fault, "Try again", ephemeral=True)
    answer = rig.slack.wait(lambda: rig.slack.made("response")[1:], "an answer")[0]
    assert (answer["replace_original"], answer["response_type"]) == (True, "ephemeral") and "Yes." in shown(answer)


def test_a_models_endpoint_that_fails_and_recovers(assistant: Assistant, home: Path) -> None:
    model = ScriptedModel(lambda question, title: 2 if "dLLM" in title else 0)
    refusal = Reply(status=401, error="Incorrect API key: sk-secret-1")
    with FakeOpenAI(lambda request: refusal) as server, running(with_model(assistant, server), home) as rig:
        rig.slack.say("C0GENERAL", "U0ANN", ASK)
        quoted = rig.slack.final("C0GENERAL")
        text = "".join(map(shown, quoted))
        assert "answered without the language model" in text and "(401)" in text and "sk-secret" not in text
        server.handler = model
        rig.slack.click("C0GENERAL", quoted[-1], "Try again")
        written = rig.slack.final("C0GENERAL", 2)[len(quoted) :]
        assert "without the language model" not in "".join(map(shown, written)) and "[1]" in shown(written[0])
        labels = [button["text"]["text"] for button in buttons_of(written[-1])]
        assert "Try again" not in labels and "Export BibTeX" in labels


def test_an_answer_grows_by_edits(told: Told, home: Path) -> None:
    told.script = growing()
    with running(told, home, edit_seconds=0) as rig:
        rig.slack.say("C0GENERAL", "U0ANN", ASK)
        (answer,) = rig.slack.final("C0GENERAL")
        edits = [shown(edit) for edit in rig.slack.made("chat.update")]
        assert edits[0].endswith("Searching 372 papers") and SENTENCES[0].strip() in edits[1]
        assert [len(edit) for edit in edits[:-1]] == sorted(len(edit) for edit in edits[:-1]) and len(edits) == 42
        assert whole(rig) in shown(answer) and "hourglass" not in shown(answer)


def test_an_answer_grows_by_slacks_own_streaming(told: Told, home: Path) -> None:
    told.script = growing()
    with running(told, home, edit_seconds=0, streaming=True) as rig:
        rig.slack.say("C0GENERAL", "U0ANN", ASK)
        (answer,) = rig.slack.final("C0GENERAL")
        rig.stop()
        assert whole(rig) in shown(answer) and answer["thread_ts"]
        assert all(vars(Chunk.parse(chunk))["type"] == chunk["type"] for chunk in answer["streamed"]), "as Slack's own SDK makes them"
        tasks = [chunk for chunk in answer["streamed"] if chunk["type"] == "task_update"]
        assert [(task["title"], task["status"]) for task in tasks] == [
            *(("Reading the papers", "in_progress"), ("Reading the papers", "complete")),
            *(("Searching 372 papers", "in_progress"), ("Searching 372 papers", "complete")),
        ]
        assert "".join(chunk["text"] for chunk in answer["streamed"] if chunk["type"] == "markdown_text") == "".join(SENTENCES)
        assert rig.calls()[0] == "chat.startStream" and rig.calls()[-2:] == ["chat.stopStream", "chat.update"]


@pytest.mark.parametrize("fault", ["unknown_method", "feature_not_enabled"])
def test_where_slack_does_not_stream_answers_grow_by_edits(fault: str, told: Told, home: Path) -> None:
    told.script = growing()
    with running(told, home, edit_seconds=0, streaming=True) as rig:
        rig.slack.faults["chat.startStream"] = deque([fault])
        for channel in ("C0GENERAL", "C0OTHER"):
            rig.slack.say(channel, "U0ANN", ASK)
            assert whole(rig) in shown(rig.slack.final(channel)[0])
        rig.stop()
        assert rig.calls().count("chat.startStream") == 1, "asked once, then no more"


def test_a_stream_that_breaks_off_loses_nothing(told: Told, home: Path) -> None:
    told.script = growing()
    with running(told, home, edit_seconds=0, streaming=True) as rig:
        rig.slack.faults |= {
            "chat.appendStream": deque([None, "message_not_in_streaming_state"] * 9),
            "chat.stopStream": deque(["internal_error"]),
        }
        rig.slack.say("C0GENERAL", "U0ANN", ASK)
        assert whole(rig) in shown(rig.slack.final("C0GENERAL")[0])


def test_nothing_in_a_stream_pings_or_links() -> None:
    assert streamed_text("<!channel> & [x](http://e.example)") == "&lt;!channel&gt; &amp; [x] (http://e.example)"


def test_thanks_among_people_get_no_answer(told: Told, home: Path) -> None:
    with running(told, home) as rig:
        root = rig.slack.say("C0GENERAL", "U0ANN", ASK)
        rig.slack.final("C0GENERAL")
        told.script = says("You are welcome.", intent="chat")
        rig.slack.calls.clear()
        rig.slack.say("C0GENERAL", "U0BOB", "merci, that helps", root["ts"])
        rig.stop()
        assert rig.calls() == ["conversations.replies"]


def test_a_429_in_the_middle_of_streaming_is_waited_for(told: Told, home: Path) -> None:
    told.script = growing()
    with running(told, home, edit_seconds=0) as rig:
        rig.slack.faults |= {"chat.update": deque([None] * 5 + [0, 0]), "chat.postMessage": deque([0])}
        rig.slack.say("C0GENERAL", "U0ANN", ASK)
        (answer,) = rig.slack.final("C0GENERAL")
        assert whole(rig) in shown(answer)
        limited = [n for n, call in enumerate(rig.slack.calls) if call.status == 429]
        assert len(limited) == 3
        for n in limited:  # the very same call is made again, and nothing else before it
            assert rig.slack.calls[n + 1].args == rig.slack.calls[n].args


def test_an_edit_that_fails_does_not_lose_the_answer(told: Told, home: Path) -> None:
    told.script = growing()
    with running(told, home, edit_seconds=0) as rig:
        rig.slack.faults["chat.update"] = deque([None, "internal_error", "fatal_error"])
        rig.slack.say("C0GENERAL", "U0ANN", ASK)
        assert whole(rig) in shown(rig.slack.final("C0GENERAL")[0])


def test_a_final_edit_that_fails_becomes_a_new_message(rig: Rig, told: Told) -> None:
    rig.slack.faults["chat.update"] = deque(["internal_error"])
    rig.slack.say("C0GENERAL", "U0ANN", ASK)
    assert "Yes." in shown(rig.slack.final("C0GENERAL")[-1])


def test_a_deleted_placeholder_is_replaced(rig: Rig, told: Told) -> None:
    gate, reached = Flag(), Flag()
    told.script = growing(gate, 0, reached)
    rig.slack.say("C0GENERAL", "U0ANN", ASK)
    assert reached.wait(30)
    rig.slack.messages.pop(("C0GENERAL", rig.slack.of_bot("C0GENERAL")[0]["ts"]))
    gate.set()
    assert whole(rig) in shown(rig.slack.final("C0GENERAL")[0])


def test_a_socket_cut_in_the_middle_of_an_answer(told: Told, home: Path) -> None:
    gate, reached = Flag(), Flag()
    told.script = growing(gate, 20, reached)
    with running(told, home, socket=True, edit_seconds=0) as rig:
        slack = rig.slack
        message = slack.say("C0GENERAL", "U0ANN", ASK)
        assert reached.wait(30)
        slack.cut()
        slack.wait(lambda: slack.opened == 2, "a new socket")
        for event in slack.events_of("C0GENERAL", message):  # Slack did not see the acknowledgement, say
            slack.deliver_event(event, retry=1)
        gate.set()
        assert whole(rig) in shown(slack.final("C0GENERAL")[0])
        told.script = says("Yes.")
        slack.say("C0OTHER", "U0ANN", ASK)
        slack.final("C0OTHER")
        rig.stop()
        assert len(slack.of_bot("C0GENERAL")) == len(slack.of_bot("C0OTHER")) == 1


def test_slack_asks_to_reconnect(told: Told, home: Path) -> None:
    with running(told, home, socket=True) as rig:
        rig.slack.tell({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})
        rig.slack.wait(lambda: rig.slack.opened == 2, "a new socket")
        rig.slack.say("C0GENERAL", "U0ANN", ASK)
        rig.slack.final("C0GENERAL")


def test_when_the_queue_is_full_it_says_so_and_a_retry_answers(told: Told, home: Path) -> None:
    gate, reached = Flag(), Flag()
    told.script = growing(gate, 0, reached)
    with running(told, home, workers=1, queue=1) as rig:
        rig.slack.say("C0FIRST", "U0ANN", ASK)
        assert reached.wait(30)
        rig.slack.say("C0SECOND", "U0ANN", ASK)
        rig.slack.say("C0THIRD", "U0ANN", ASK)
        acked = rig.slack.command("is this acknowledged at once?")
        assert acked.status == 200
        later = ["C0SECOND", "C0THIRD"]  # taken by two threads, in either order
        refused = rig.slack.wait(lambda: [c for c in later if any(map(finished, rig.slack.of_bot(c)))], "a refusal")[0]
        (fault,) = rig.slack.of_bot(refused)
        assert "Many questions are waiting" in shown(fault)
        gate.set()
        for channel in {"C0FIRST", *later} - {refused}:
            assert whole(rig) in shown(rig.slack.final(channel)[0])
        rig.slack.click(refused, fault, "Try again")
        rig.slack.wait(lambda: whole(rig) in shown(rig.slack.of_bot(refused)[0]), "the answer")


def test_stopping_finishes_what_runs_and_calls_off_what_waits(told: Told, home: Path) -> None:
    gate, reached = Flag(), Flag()
    told.script = growing(gate, 0, reached)
    with running(told, home, workers=1) as rig:
        rig.slack.say("C0FIRST", "U0ANN", ASK)
        assert reached.wait(30)
        rig.slack.say("C0SECOND", "U0ANN", ASK)
        rig.connection.close()
        gate.set()
        rig.bot.close()
        assert "of a growing answer" in shown(rig.slack.of_bot("C0FIRST")[0])
        assert "being restarted" in shown(rig.slack.of_bot("C0SECOND")[0])


@pytest.mark.parametrize("socket", [False, True], ids=["http", "socket"])
@pytest.mark.parametrize("debug", [False, True], ids=["info", "debug"])
def test_logs_hold_no_token_and_no_text(
    debug: bool, socket: bool, assistant: Assistant, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = Told(assistant, says("Answer with confidential marmalade."))
    caplog.set_level(logging.DEBUG if debug else logging.INFO)
    with running(told, home, socket, debug) as rig:
        rig.slack.say("C0GENERAL", "U0ANN", f"<@{BOT_USER}> question with confidential marmalade")
        rig.slack.final("C0GENERAL")
        told.script = failing(RuntimeError("confidential marmalade"))
        rig.slack.faults["chat.update"] = deque(["internal_error"])
        rig.slack.command("command with confidential marmalade")
        rig.slack.say("C0OTHER", "U0ANN", f"<@{BOT_USER}> again confidential marmalade")
        unknown = {"type": "event_callback", "team_id": "T0TEAM", "event": {"type": "link_shared", "user": "U0ANN", "text": "marmalade"}}
        assert rig.slack.deliver("events_api", unknown).status == 200
        rig.stop()
    text = caplog.text
    assert "RuntimeError" in text
    assert ("marmalade" in text) is debug
    for secret in (BOT_TOKEN, APP_TOKEN, "8f742231b10e", "secret-ticket", "/commands/T0TEAM"):
        assert secret not in text
