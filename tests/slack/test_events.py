"""What the bot answers, what it leaves alone, and the calls that it makes to Slack for each."""

import json
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag import Assistant, Citation
from tests.doubles.slack import buttons_of, finished, shown
from tests.doubles.slack_rig import ASK, QUESTION, Rig, Told, running, says
from tests.doubles.slack_server import BOT_ID, BOT_USER, Json

POST, UPDATE, REPLIES = "chat.postMessage", "chat.update", "conversations.replies"


@pytest.fixture
def rig(assistant: Assistant, home: Path) -> Iterator[Rig]:
    with running(assistant, home) as rig:
        yield rig


@pytest.fixture
def brief(assistant: Assistant, home: Path) -> Iterator[Rig]:
    """Answers are short and always the same, so that the calls are."""
    paper = next(iter(assistant.index.all_papers()))
    with running(Told(assistant, says("Yes. [1]", citations=(Citation(1, paper, paper.abstract[:50]),))), home) as rig:
        yield rig


def answered(rig: Rig) -> tuple[Json, Json]:
    """A question in a channel and its answer; the calls so far are forgotten."""
    question = rig.slack.say("C0GENERAL", "U0ANN", ASK)
    answer = rig.slack.final("C0GENERAL")[0]
    rig.slack.calls.clear()
    return question, answer


def in_thread(text: str, **more: str) -> Callable[[Rig], object]:
    return lambda rig: rig.slack.say("C0GENERAL", "U0BOB", text, answered(rig)[0]["ts"], **more)


def press(label: str) -> Callable[[Rig], object]:
    return lambda rig: rig.slack.click("C0GENERAL", answered(rig)[1], label)


def opened(kind: str, **event: object) -> Callable[[Rig], object]:
    return lambda rig: rig.slack.deliver_event({"type": kind, "user": "U0ANN", "channel": "D0ANN", **event})


PANE = {"assistant_thread": {"user_id": "U0ANN", "channel_id": "D0ANN", "thread_ts": "1.1", "context": {}}}
TABLE: dict[str, tuple[Callable[[Rig], object], list[str]]] = {
    "a mention": (lambda rig: rig.slack.say("C0GENERAL", "U0ANN", ASK), [POST, UPDATE]),
    "a mention in a private channel": (lambda rig: rig.slack.say("G0SECRET", "U0ANN", ASK), [POST, UPDATE]),
    "a mention among several people": (lambda rig: rig.slack.say("M0GROUP", "U0ANN", ASK), [POST, UPDATE]),
    "a mention and nothing else": (lambda rig: rig.slack.say("C0GENERAL", "U0ANN", f"<@{BOT_USER}>"), [POST]),
    "a direct message": (lambda rig: rig.slack.say("D0ANN", "U0ANN", QUESTION), [POST, UPDATE]),
    "a message in the assistant pane": (
        lambda rig: rig.slack.say("D0ANN", "U0ANN", QUESTION, "1.1"),
        ["assistant.threads.setStatus", REPLIES, POST],
    ),
    "a follow-up in a thread": (in_thread("which of those are from 2025?"), [REPLIES, POST]),
    "a follow-up of a smiley": (in_thread(":tada:"), []),
    "a follow-up that quotes a mention": (in_thread(f"&gt; <@{BOT_USER}> which?\nhe asked <@U0CAT>"), []),
    "a mention in code": (lambda rig: rig.slack.say("C0GENERAL", "U0ANN", f"write `<@{BOT_USER}> which papers` to ask"), []),
    "a message of /me": (lambda rig: rig.slack.say("D0ANN", "U0ANN", QUESTION, subtype="me_message"), [POST, UPDATE]),
    "a follow-up that mentions": (in_thread(f"<@{BOT_USER}> from 2025?"), [POST, REPLIES, UPDATE]),
    "a follow-up to someone else": (in_thread("<@U0CAT> what do you think?"), []),
    "a follow-up by a bot": (in_thread("beep", bot_id="B0OTHER"), []),
    "a message in a channel": (lambda rig: rig.slack.say("C0GENERAL", "U0ANN", QUESTION), []),
    "a message in a thread of others": (lambda rig: rig.slack.say("C0GENERAL", "U0ANN", QUESTION, "1.1"), []),
    "the bot's own message": (lambda rig: rig.slack.say("C0GENERAL", BOT_USER, ASK, bot_id=BOT_ID), []),
    "another bot's mention": (lambda rig: rig.slack.say("C0GENERAL", "U0APP", ASK, bot_id="B0OTHER"), []),
    "a bot_message": (lambda rig: rig.slack.say("D0ANN", "U0APP", "hi", subtype="bot_message"), []),
    "an edit": (lambda rig: rig.slack.say("C0GENERAL", "U0ANN", ASK, edited={"user": "U0ANN", "ts": "2.2"}), []),
    "message_changed": (lambda rig: rig.slack.say("D0ANN", "U0ANN", ASK, subtype="message_changed", hidden=True), []),
    "a join": (lambda rig: rig.slack.say("C0GENERAL", "U0ANN", f"<@{BOT_USER}> has joined", subtype="channel_join"), []),
    "/papers question": (lambda rig: rig.slack.command(QUESTION), ["response"]),
    "/papers share question": (lambda rig: rig.slack.command(f"share {QUESTION}"), ["response"]),
    "/papers help": (lambda rig: rig.slack.command("help"), []),
    "/papers": (lambda rig: rig.slack.command(""), []),
    "the Home tab": (opened("app_home_opened", tab="home"), ["views.publish"]),
    "the Messages tab": (opened("app_home_opened", tab="messages"), []),
    "the assistant pane opened": (opened("assistant_thread_started", **PANE), [POST, "assistant.threads.setSuggestedPrompts"]),
    "the assistant pane moved": (opened("assistant_thread_context_changed", **PANE), []),
    "Helpful": (press("Helpful"), ["chat.postEphemeral"]),
    "Show abstracts": (press("Show abstracts"), ["chat.postEphemeral"]),
    "Export BibTeX": (press("Export BibTeX"), ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"]),
}


@pytest.mark.parametrize("event", TABLE)
def test_each_event_makes_these_calls(event: str, brief: Rig) -> None:
    act, expected = TABLE[event]
    act(brief)
    brief.slack.wait(lambda: len(brief.calls()) >= len(expected), event)
    brief.stop()
    assert brief.calls() == expected


def test_an_answer_has_text_sources_quotes_account_and_buttons(rig: Rig, assistant: Assistant) -> None:
    question = rig.slack.say("C0GENERAL", "U0ANN", ASK)
    messages = rig.slack.final("C0GENERAL")
    answer = assistant.query(QUESTION)
    text, message = "\n".join(map(shown, messages)), messages[-1]
    assert message["thread_ts"] == question["ts"] and answer.citations
    shown_sources = [citation.number for citation in answer.citations if f"*[{citation.number}]* <" in text]
    assert shown_sources == [1, 2, 3] and len(answer.citations) > 3
    assert answer.citations[0].paper.title in text and text.count(answer.citations[0].quote[:40]) == 1, "quoted once, not twice"
    assert f"{answer.account}." in text and "no language model is set" in text
    labels = [button["text"]["text"] for button in buttons_of(message)]
    assert labels == [f"All {len(answer.citations)} sources", "Show abstracts", "Export BibTeX", "Helpful", "Not helpful"]
    assert all(element["verbatim"] for block in message["blocks"] for element in [block.get("text", {"verbatim": True})])


def test_it_shows_that_it_works_before_it_answers(assistant: Assistant, home: Path) -> None:
    with running(assistant, home) as rig:
        rig.slack.say("C0GENERAL", "U0ANN", ASK)
        rig.slack.final("C0GENERAL")
        placeholder = rig.slack.made(POST)[0]
        assert shown(placeholder) == ":hourglass_flowing_sand: Reading the papers"


def test_a_direct_message_without_a_pane_gets_a_message_that_says_so(rig: Rig) -> None:
    rig.slack.faults["assistant.threads.setStatus"] = deque(["not_allowed_token_type"])
    rig.slack.say("D0ANN", "U0ANN", QUESTION, "1.1")
    rig.slack.final("D0ANN")
    assert "Reading the papers" in shown(rig.slack.made(POST)[0]) and rig.calls().count(UPDATE) == 1


def test_the_pane_greets_with_questions_to_click(rig: Rig) -> None:
    opened("assistant_thread_started", **PANE)(rig)
    suggested = rig.slack.wait(lambda: rig.slack.made("assistant.threads.setSuggestedPrompts"), "prompts")[0]
    assert len(suggested["prompts"]) == 3 and all(prompt["title"] and prompt["message"] for prompt in suggested["prompts"])
    assert "papers that I hold" in shown(rig.slack.of_bot("D0ANN")[0])


def test_a_command_answers_only_the_asker_unless_shared(rig: Rig) -> None:
    acked = json.loads(rig.slack.command(QUESTION).body)
    assert acked["response_type"] == "ephemeral" and QUESTION in acked["blocks"][0]["text"]["text"]
    rig.slack.wait(lambda: any(map(finished, rig.slack.made("response"))), "the private answer")
    private = rig.slack.made("response")
    rig.slack.command(f"share {QUESTION}")
    rig.slack.wait(lambda: sum(map(finished, rig.slack.made("response"))) == 2, "the shared answer")
    public = rig.slack.made("response")[len(private) :]
    assert {sent["response_type"] for sent in private} == {"ephemeral"} and {sent["response_type"] for sent in public} == {"in_channel"}
    assert shown(private[0])[:300] == shown(public[0])[:300] and "diffusion" in shown(private[0])


@pytest.mark.parametrize("text", ["help", "", "HELP", "share", "share help"])
def test_help_comes_with_the_acknowledgement(text: str, rig: Rig) -> None:
    acked = json.loads(rig.slack.command(text).body)
    assert "/papers share" in acked["blocks"][0]["text"]["text"]


def test_the_home_tab_says_what_is_held(rig: Rig, assistant: Assistant) -> None:
    opened("app_home_opened", tab="home")(rig)
    view = rig.slack.wait(lambda: rig.slack.made("views.publish"))[0]
    text = shown({"blocks": [block for block in view["view"]["blocks"] if block["type"] != "divider"]})
    assert view["user_id"] == "U0ANN" and f"{len(assistant.index):,} papers" in text and "diffusion language models?" in text


@pytest.mark.parametrize("way", ["http", "socket", "a socket that drops"])
def test_a_storm_of_retries_gets_one_answer_an_event(way: str, assistant: Assistant, home: Path) -> None:
    with running(Told(assistant, says("Yes.")), home, way != "http") as rig, ThreadPoolExecutor(32) as people:
        messages = [rig.slack.write(f"C{n:03}", "U0ANN", f"<@{BOT_USER}> question {n}") for n in range(100)]
        events = [event for n, message in enumerate(messages) for event in rig.slack.events_of(f"C{n:03}", message)]
        acked = people.map(lambda n: rig.slack.deliver_event(events[n % 200], retry=n // 200), range(800))
        for n, ack in enumerate(acked):
            assert ack.status == 200
            if way == "a socket that drops" and n == 300:
                rig.slack.cut()
        rig.slack.wait(lambda: len(rig.slack.made(UPDATE)) >= 100, "100 answers")
        rig.stop()
        assert all(len(rig.slack.of_bot(f"C{n:03}")) == 1 for n in range(100))
        assert rig.calls().count(POST) == rig.calls().count(UPDATE) == 100


def test_one_answer_from_two_bots_over_one_data_folder(assistant: Assistant, home: Path) -> None:
    with running(assistant, home) as first:
        slack = first.slack
        message = slack.say("C0GENERAL", "U0ANN", ASK)
        slack.final("C0GENERAL")
        with running(assistant, home) as second:
            second.slack.messages = slack.messages
            for event in slack.events_of("C0GENERAL", message):
                assert second.slack.deliver_event(event, retry=3).status == 200
            second.stop()
            assert second.calls() == []


ALLOWED: dict[str, tuple[dict[str, object], Callable[[Rig], object], bool]] = {
    "channel on the list": ({"channels": "C0OTHER, C0GENERAL"}, lambda rig: rig.slack.say("C0GENERAL", "U0ANN", ASK), True),
    "channel off the list": ({"channels": "C0OTHER"}, lambda rig: rig.slack.say("C0GENERAL", "U0ANN", ASK), False),
    "direct message beside a channel list": ({"channels": "C0OTHER"}, lambda rig: rig.slack.say("D0ANN", "U0ANN", "LoRA"), True),
    "direct messages off": ({"direct_messages": False}, lambda rig: rig.slack.say("D0ANN", "U0ANN", "LoRA"), False),
    "workspace on the list": ({"workspaces": "T0TEAM"}, lambda rig: rig.slack.say("C0GENERAL", "U0ANN", ASK), True),
    "workspace off the list": ({"workspaces": "T0OTHER"}, lambda rig: rig.slack.say("C0GENERAL", "U0ANN", ASK), False),
    "guest of another workspace": ({"workspaces": "T0TEAM"}, lambda rig: rig.slack.say("C0GENERAL", "U0X", ASK, user_team="T0X"), False),
    "follow-ups off": ({"follow_ups": False}, in_thread("and from 2025?"), False),
}  # fmt: skip


@pytest.mark.parametrize("case", ALLOWED)
def test_who_may_ask_where(case: str, assistant: Assistant, home: Path) -> None:
    settings, act, answers = ALLOWED[case]
    with running(assistant, home, **settings) as rig:
        act(rig)
        if answers:
            rig.slack.wait(lambda: rig.slack.made(UPDATE), "an answer")
        rig.stop()
        assert bool(rig.calls()) is answers


def test_a_command_off_the_list_is_told_so(assistant: Assistant, home: Path) -> None:
    with running(assistant, home, channels="C0OTHER") as rig:
        assert "not switched on here" in rig.slack.command(QUESTION).body
        rig.stop()
        assert rig.calls() == []
