"""The buttons under an answer, under a command's answer, and on the answer of long ago."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import bibtexparser
import pytest

from rag import Answer, Assistant
from tests.doubles.slack import finished, shown
from tests.doubles.slack_rig import ASK, QUESTION, Rig, running
from tests.doubles.slack_server import Json
from ui.slack.mrkdwn import escape
from ui.slack.store import SlackStore


@pytest.fixture
def rig(assistant: Assistant, home: Path) -> Iterator[Rig]:
    with running(assistant, home) as rig:
        yield rig


@pytest.fixture
def answer(assistant: Assistant) -> Answer:
    return assistant.query(QUESTION)


def in_channel(rig: Rig) -> Json:
    rig.slack.say("C0GENERAL", "U0ANN", ASK)
    return rig.slack.final("C0GENERAL")[-1]


def by_command(rig: Rig) -> Json:
    rig.slack.command(QUESTION)
    return rig.slack.wait(lambda: [sent for sent in rig.slack.made("response") if finished(sent)], "a command's answer")[-1]


def test_feedback_is_kept_once_a_person_and_the_last_counts(rig: Rig, home: Path) -> None:
    message = in_channel(rig)
    for count, (user, label) in enumerate((("U0ANN", "Helpful"), ("U0BOB", "Helpful"), ("U0ANN", "Not helpful")), 1):
        rig.slack.click("C0GENERAL", message, label, user)
        rig.slack.wait(lambda wanted=count: len(rig.slack.made("chat.postEphemeral")) == wanted, label)
    assert {(user, helpful) for _, user, helpful in SlackStore(home).ratings()} == {("U0ANN", False), ("U0BOB", True)}
    thanks = rig.slack.made("chat.postEphemeral")[0]
    assert (thanks["channel"], thanks["thread_ts"]) == ("C0GENERAL", message["thread_ts"]) and "Thank you" in shown(thanks)
    with sqlite3.connect(home / "slack.sqlite3") as db:
        assert {question for (question,) in db.execute("SELECT question FROM feedback")} == {QUESTION}


def test_abstracts_are_shown_whole_to_the_one_who_asks(rig: Rig, answer: Answer) -> None:
    rig.slack.click("C0GENERAL", in_channel(rig), "Show abstracts", "U0BOB")
    wanted = [escape(citation.paper.abstract[-60:]) for citation in answer.citations]

    def told() -> str:
        return "\n".join(shown(sent) for sent in rig.slack.made("chat.postEphemeral"))

    rig.slack.wait(lambda: all(end in told() for end in wanted), "all abstracts")
    assert {sent["user"] for sent in rig.slack.made("chat.postEphemeral")} == {"U0BOB"}


def test_bibtex_is_a_file_in_the_thread(rig: Rig, answer: Answer) -> None:
    message = in_channel(rig)
    rig.slack.click("C0GENERAL", message, "Export BibTeX")
    sent = rig.slack.wait(lambda: rig.slack.made("files.completeUploadExternal"), "a file")[0]
    entries = bibtexparser.parse_string(rig.slack.made("upload")[0]["content"]).entries
    assert (sent["channel_id"], sent["thread_ts"]) == ("C0GENERAL", message["thread_ts"])
    assert json.loads(sent["files"])[0]["title"] == "papers.bib"
    assert [entry.key for entry in entries] == [citation.paper.paper_id for citation in answer.citations]


def test_buttons_of_a_private_answer_stay_private(rig: Rig) -> None:
    message = by_command(rig)
    rig.slack.click("C0GENERAL", message, "Show abstracts", ephemeral=True)
    rig.slack.wait(lambda: len(rig.slack.made("response")) >= 2, "abstracts")
    rig.slack.click("C0GENERAL", message, "Export BibTeX", ephemeral=True)
    sent = rig.slack.wait(lambda: rig.slack.made("files.completeUploadExternal"), "a file")[0]
    rig.stop()
    assert sent["channel_id"] == "D0U0ANN" and "thread_ts" not in sent
    assert {told["response_type"] for told in rig.slack.made("response")} == {"ephemeral"}
    assert not rig.slack.made("chat.postMessage") and not rig.slack.made("chat.postEphemeral")


def test_a_click_delivered_twice_counts_once(rig: Rig) -> None:
    message = in_channel(rig)
    for _ in range(3):
        rig.slack.click("C0GENERAL", message, "Helpful", action_ts="77.7")
    rig.stop()
    assert len(rig.slack.made("chat.postEphemeral")) == 1


def test_an_answer_that_is_no_longer_held_is_said_so(rig: Rig, home: Path) -> None:
    message = in_channel(rig)
    with sqlite3.connect(home / "slack.sqlite3") as db:
        db.execute("UPDATE answers SET at = 0")
    SlackStore(home)
    rig.slack.click("C0GENERAL", message, "Show abstracts")
    told = rig.slack.wait(lambda: rig.slack.made("chat.postEphemeral"), "a word")[0]
    assert "no longer have this answer" in shown(told)
