"""The judged conversations once more, with a model that reads every turn rightly: what the product makes of a good reading."""

import json
from pathlib import Path

import pytest

from rag import Answer, Assistant, Message
from tests.doubles.conversations import faults, set_today
from tests.doubles.openai import FakeOpenAI
from tests.doubles.right_reader import RightReader
from tests.doubles.scripted import with_model

CONVERSATIONS = json.loads((Path(__file__).parents[2] / "eval" / "conversations.json").read_text("utf-8"))
FLOOR = 0.97


def test_a_model_that_reads_rightly_answers_the_conversations(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    model = RightReader()
    failed, count = list[tuple[str, list[str]]](), 0
    with FakeOpenAI(model) as server:
        reader = with_model(assistant, server)
        for conversation in CONVERSATIONS["conversations"]:
            said, answers = list[Message](), list[Answer]()
            for number, turn in enumerate(conversation["turns"]):
                set_today(monkeypatch, turn.get("today", CONVERSATIONS["today"]))
                name, kind = f"{conversation['id']}.{number}", turn.get("kind", conversation["kind"])
                model.turns(name, kind, turn, answers)
                answer = reader.query(turn["user"], said)
                count += 1
                if wrong := faults(turn, answer, answers):
                    failed.append((f"{name} {turn['user'][:60]}", wrong))
                said += [{"role": "user", "content": turn["user"]}, {"role": "assistant", "content": answer.text}]
                answers.append(answer)
    assert 1 - len(failed) / count >= FLOOR, failed
