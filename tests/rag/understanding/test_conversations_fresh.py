"""Further sets of conversations, each frozen before its first run: the kinds whose answers are exact. tests/README.md has all figures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag import Answer, Assistant, Message
from tests.doubles.conversations import faults, set_today

EVAL = Path(__file__).parents[2] / "eval"
EXACT = ("smalltalk", "outside", "collection", "metadata")
"""Kinds that do not depend on how well papers are ranked."""

FLOORS = {
    "conversations_fresh_a": 0.9, "conversations_fresh_b": 0.9, "conversations_sloppy_a": 0.75, "conversations_sloppy_b": 0.75,
    "conversations_people_a": 0.9, "conversations_people_b": 0.85, "conversations_strangers_a": 0.9, "conversations_strangers_b": 0.9,
}  # fmt: skip


VOICES = {
    "conversations_voices_c": 0.85, "conversations_voices_d": 0.74, "conversations_voices_e": 0.77, "conversations_voices_f": 0.74,
    "conversations_voices_g": 0.87, "conversations_voices_h": 0.9, "conversations_voices_i": 0.88, "conversations_voices_j": 0.95,
    "conversations_voices_k": 0.86, "conversations_voices_l": 0.86, "conversations_voices_m": 0.83, "conversations_voices_n": 0.9,
    "conversations_voices_o": 0.91, "conversations_voices_p": 0.82, "conversations_voices_q": 0.85, "conversations_voices_r": 0.88,
    "conversations_voices_s": 0.79, "conversations_voices_t": 0.79, "conversations_voices_u": 0.88, "conversations_voices_v": 0.86,
    "conversations_voices_w": 0.82, "conversations_voices_x": 0.88, "conversations_voices_y": 0.92, "conversations_voices_z": 0.87,
    "conversations_voices_aa": 0.82, "conversations_voices_ab": 0.83, "conversations_voices_ac": 0.82, "conversations_voices_ad": 0.79,
    "conversations_voices_af": 0.86, "conversations_voices_ag": 0.81, "conversations_voices_ah": 0.83, "conversations_voices_ai": 0.89,
    "conversations_voices_aj": 0.91, "conversations_voices_ak": 0.88, "conversations_voices_al": 0.83, "conversations_voices_am": 0.79,
}  # fmt: skip
"""Sets by thirty-six hands that saw neither code nor other sets, each run before anybody looked at its turns."""


@pytest.mark.slow
@pytest.mark.parametrize("name", VOICES)
def test_conversations_by_people_who_saw_nothing_of_us(assistant: Assistant, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    turns, failed = _asked(assistant, monkeypatch, name, lambda _: True)
    assert turns and 1 - len(failed) / turns >= VOICES[name], failed


@pytest.mark.parametrize("name", FLOORS)
def test_exact_kinds_of_fresh_conversations_are_answered_as_judged(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    turns, failed = _asked(assistant, monkeypatch, name, lambda conversation: conversation["kind"] in EXACT)
    assert turns and 1 - len(failed) / turns >= FLOORS[name], failed


def _asked(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch, name: str, wanted: Callable[[dict[str, Any]], bool]
) -> tuple[int, list[tuple[str, Any]]]:
    """How many turns of the wanted conversations were asked, and what is wrong with which."""
    held, failed, turns = json.loads((EVAL / f"{name}.json").read_text("utf-8")), list[tuple[str, Any]](), 0
    for conversation in filter(wanted, held["conversations"]):
        said, answers = list[Message](), list[Answer]()
        for turn in conversation["turns"]:
            set_today(monkeypatch, turn.get("today", held["today"]))
            answer = assistant.query(turn["user"], said)
            turns += 1
            if wrong := faults(turn, answer, answers):
                failed.append((turn["user"], wrong))
            said += [{"role": "user", "content": turn["user"]}, {"role": "assistant", "content": answer.text}]
            answers.append(answer)
    return turns, failed
