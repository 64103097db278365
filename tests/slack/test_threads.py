"""A thread as history: paginated, the bot's long answers whole, nothing that is not part of the conversation."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant, Citation
from tests.doubles.slack import shown
from tests.doubles.slack_rig import ASK, QUESTION, Rig, Told, running, says
from tests.doubles.slack_server import BOT_ID, BOT_USER

LONG = "\n\n".join(
    [
        "Sixty papers answer this:",
        "\n".join(f"- **Paper {n}: a < b & c_d** (NVIDIA, 2025): It cuts 7% of `cost`, see _x_ and 2*3. [{n}]" for n in range(1, 61)),
        " ".join(f"Sentence number {n} says that the *whole* of it must come back." for n in range(400)),
        "**Short** end. [1]",
    ]
)


@pytest.fixture
def told(assistant: Assistant) -> Told:
    return Told(assistant, says("Yes."))


@pytest.fixture
def rig(told: Told, home: Path) -> Iterator[Rig]:
    with running(told, home) as rig:
        yield rig


def test_a_thread_of_400_messages_is_read_whole(rig: Rig, told: Told) -> None:
    slack = rig.slack
    root = slack.write("C0GENERAL", "U0ANN", "message 0")
    for n in range(1, 400):
        slack.write("C0GENERAL", "U0ANN" if n % 2 else "U0BOB", f"message {n}", root["ts"])
    slack.say("C0GENERAL", "U0ANN", ASK, root["ts"])
    slack.final("C0GENERAL")
    ((question, history),) = told.asked
    assert question == QUESTION
    assert [turn["content"] for turn in history] == [f"message {n}" for n in range(400)]
    assert {turn["role"] for turn in history} == {"user"}
    assert [page.get("cursor") for page in slack.made("conversations.replies")] == [None, "100", "200", "300", "400"]


def test_its_own_long_answers_come_back_whole(rig: Rig, told: Told) -> None:
    told.script = says(LONG)
    root = rig.slack.say("C0GENERAL", "U0ANN", ASK)
    parts = rig.slack.final("C0GENERAL")
    assert len(parts) > 2 and len(LONG) > 25_000
    rig.slack.say("C0GENERAL", "U0BOB", "and the first of those?", root["ts"])
    rig.slack.final("C0GENERAL", 2)
    question, history = told.asked[-1]
    assert question == "and the first of those?"
    assert history == ({"role": "user", "content": QUESTION}, {"role": "assistant", "content": LONG})


def test_what_is_no_part_of_the_conversation_is_left_out(rig: Rig, told: Told) -> None:
    slack = rig.slack
    root = slack.write("C0GENERAL", "U0ANN", f"<@{BOT_USER}> about <https://x.org|LoRA> &amp; <@U0BOB|bob>")
    slack.write("C0GENERAL", "U0APP", "beep", root["ts"], bot_id="B0OTHER")
    slack.write("C0GENERAL", BOT_USER, "Reading the papers", root["ts"], bot_id=BOT_ID, blocks=[{"type": "context", "elements": []}])
    question = slack.write("C0GENERAL", "U0ANN", f"<@{BOT_USER}> this", root["ts"])
    slack.write("C0GENERAL", "U0ANN", "written later", root["ts"])
    for event in slack.events_of("C0GENERAL", question):
        slack.deliver_event(event)
    slack.final("C0GENERAL")
    assert told.asked == [("this", ({"role": "user", "content": "about LoRA & bob"},))]


def test_a_follow_up_goes_on_from_the_answer_before(assistant: Assistant, home: Path) -> None:
    with running(assistant, home) as rig:
        root = rig.slack.say("C0GENERAL", "U0ANN", ASK)
        first = "".join(map(shown, rig.slack.final("C0GENERAL")))
        rig.slack.say("C0GENERAL", "U0BOB", "which of those work without training?", root["ts"])
        second = "".join(map(shown, rig.slack.final("C0GENERAL", 2)))[len(first) :]
        history = ({"role": "user", "content": QUESTION}, {"role": "assistant", "content": assistant.query(QUESTION).text})
        answer = assistant.query("which of those work without training?", history)
        assert answer.citations and answer.account in second
        assert all(citation.paper.title in first and citation.paper.title in second for citation in answer.citations)


def test_history_carries_the_papers_that_an_answer_cited(assistant: Assistant, home: Path) -> None:
    papers = list(assistant.index.all_papers())[:2]
    told = Told(assistant, says("Two. [1] [2]", citations=tuple(Citation(n, paper, "") for n, paper in enumerate(papers, 1))))
    with running(told, home) as rig:
        root = rig.slack.say("C0GENERAL", "U0ANN", ASK)
        rig.slack.final("C0GENERAL")
        rig.slack.say("C0GENERAL", "U0BOB", "and the second?", root["ts"])
        rig.slack.final("C0GENERAL", 2)
    assert told.asked[-1][1][1]["citations"] == tuple(paper.paper_id for paper in papers)


def test_a_thread_that_cannot_be_read_is_said_so(rig: Rig, told: Told) -> None:
    root = rig.slack.say("C0GENERAL", "U0ANN", ASK)
    rig.slack.final("C0GENERAL")
    rig.slack.faults["conversations.replies"] = deque(["missing_scope"])
    rig.slack.say("C0GENERAL", "U0ANN", "and LoRA?", root["ts"])
    fault = rig.slack.final("C0GENERAL", 2)[-1]
    assert "I could not read this thread: Slack says missing" in shown(fault)
    rig.slack.click("C0GENERAL", fault, "Try again")
    rig.slack.wait(lambda: "Yes." in shown(rig.slack.of_bot("C0GENERAL")[-1]))
    assert [question for question, _ in told.asked] == [QUESTION, "and LoRA?"]
