"""Whole conversations, judged turn by turn (tests/eval/conversations.json), and the same turns as each surface hands them over."""

import datetime
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from rag import Answer, Assistant, Message
from rag.understanding import filters as wording
from tests.doubles.conversations import cited, faults
from ui.page.turn import answered, history, new_turn
from ui.slack.blocks import answer_messages, text_of

CONVERSATIONS = json.loads((Path(__file__).parents[2] / "eval" / "conversations.json").read_text("utf-8"))
FLOOR = 0.8
EXACT = ("smalltalk", "outside", "collection", "metadata")
"""Kinds that do not depend on how well papers are ranked: their floor is higher."""


class _Today(datetime.date):
    """The day on which the conversations were held."""

    on = datetime.date.fromisoformat(CONVERSATIONS["today"])

    @classmethod
    def today(cls) -> datetime.date:  # type: ignore[override]
        return cls.on


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> type[_Today]:
    monkeypatch.setattr(wording.datetime, "date", _Today)
    return _Today


def _said(question: str, answer: Answer) -> list[Message]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer.text}]


def _run(assistant: Assistant, today: type[_Today]) -> list[tuple[str, str, list[str]]]:
    """(kind, turn, faults) of every turn, answered with the real answers before it as history."""
    found = []
    for conversation in CONVERSATIONS["conversations"]:
        said, answers = list[Message](), list[Answer]()
        for number, turn in enumerate(conversation["turns"]):
            today.on = datetime.date.fromisoformat(turn.get("today", CONVERSATIONS["today"]))
            answer = assistant.query(turn["user"], said)
            found.append((turn.get("kind", conversation["kind"]), f"{conversation['id']}.{number}", faults(turn, answer, answers)))
            said += _said(turn["user"], answer)
            answers.append(answer)
    return found


def test_conversations_are_answered_as_judged(assistant: Assistant, today: type[_Today]) -> None:
    turns, right = defaultdict(int), defaultdict(int)
    results = _run(assistant, today)
    for kind, _, wrong in results:
        turns[kind] += 1
        right[kind] += not wrong
    failed = [(turn, wrong) for _, turn, wrong in results if wrong]
    assert sum(right.values()) / sum(turns.values()) >= FLOOR, failed
    assert all(right[kind] / turns[kind] >= 0.9 for kind in EXACT), failed


TALKS: tuple[tuple[str, ...], ...] = (
    ("which papers speed up dLLM decoding?", "tell me more about the second one", "shorter please", "thanks!"),
    ("federated learning with large models", "compare the first two", "put that into a table"),
    ("how many papers mention LoRA?", "and from 2024?", "which release code?"),
    ("what does LayerSkip do?", "and SWIFT?", "compare them", "show me the abstract of the first"),
)


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk[0])
def test_every_surface_hands_over_the_same_conversation(assistant: Assistant, talk: tuple[str, ...]) -> None:
    plain, page, slack = list[Message](), list[Any](), list[Message]()
    for question in talk:
        answer = assistant.query(question, plain)
        by_page = assistant.query(question, history(page))
        by_slack = assistant.query(question, slack)
        assert cited(by_page) == cited(by_slack) == cited(answer)
        assert by_page.intent == by_slack.intent == answer.intent
        plain += _said(question, answer)
        page.append(answered(new_turn(question), answer))
        told = "".join(text_of(blocks)[1] for blocks in answer_messages(answer, "a1"))
        slack += [{"role": "user", "content": question}, {"role": "assistant", "content": told.lstrip("\n")}]


def test_ids_in_the_history_win_over_the_text(assistant: Assistant) -> None:
    first = assistant.query("which papers speed up dLLM decoding?")
    ids = [citation.paper.paper_id for citation in first.citations]
    said: list[Message] = [
        {"role": "user", "content": first.question},
        {"role": "assistant", "content": "Some papers, in other words.", "citations": ids},
    ]
    answer = assistant.query("show me the abstract of the second one", said)
    assert [citation.paper.paper_id for citation in answer.citations] == [ids[1]]
    assert (
        answer.citations[0].paper.abstract[:80] in answer.text.replace("'", "`") or answer.citations[0].paper.abstract[:40] in answer.text
    )
