"""Turns in wording that nobody trained on: tests/eval/intents_test.txt was written after the examples were frozen, before the first fit."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from rag import Assistant, load_config
from rag.understanding.classifier import EXCLUDED, Typed, classified, fitted
from rag.understanding.example_turns import marked, wordings
from rag.understanding.exclusions import excluded, lacking
from rag.understanding.intents import CHAT, COLLECTION
from rag.understanding.training import measured

FROZEN = Path(__file__).parents[2] / "eval" / "intents_test.txt"
VOICES = FROZEN.with_name("voices_test.txt")
BY_OTHERS = {"intent": 0.88, "act": 0.84, "kind": 0.85, "topic": 0.87, "excluded": 0.6}
"""Of turns typed as five people would whom no example was written for: measured .95, .91, .92, .92 and .67 (the last two are F1 of tags; 15
things are left out)."""

LEFT_OUT = FROZEN.with_name("exclusions_test.txt")

FLOORS = {"intent": 0.85, "act": 0.85, "kind": 0.7}
"""Share of a head's turns read rightly at least; measured .90, .91 and .77."""


def _frozen() -> dict[str, list[tuple[str, str]]]:
    found, head, label = defaultdict(list), "", ""
    for line in FROZEN.read_text("utf-8").splitlines():
        if line.startswith("# "):
            head, label = line[2:].split(": ")
        elif line:
            found[head].append((line, label))
    return found


def _best(head: str, text: str) -> str:
    return next(iter(classified(Typed(text, head == "act")).heads[head]))


@pytest.mark.parametrize("head", FLOORS)
def test_unknown_wording_is_read_rightly(head: str) -> None:
    turns = _frozen()[head]
    right = sum(_best(head, text) == label for text, label in turns)
    assert right / len(turns) >= FLOORS[head], right / len(turns)


def test_turns_that_others_type_are_read_rightly() -> None:
    found = measured(VOICES)
    assert all(found[name] >= least for name, least in BY_OTHERS.items()), found


def test_what_others_want_left_out_is_found_in_whatever_words() -> None:
    found = wanted = wrong = 0
    for line in wordings(LEFT_OUT):
        turn = marked(line.text)
        out = [turn.text[span.start : span.end] for span in turn.spans or () if span.tag == EXCLUDED]
        told = [*excluded(turn.text)[0], *lacking(turn.text)]
        wanted += len(out)
        found += sum(any(_words(one) & _words(phrase) for phrase in told) for one in out)
        wrong += sum(not any(_words(one) & _words(phrase) for one in out) for phrase in told)
    assert wanted > 200 and found / wanted >= 0.6 and found / (found + wrong) >= 0.8, (found, wanted, wrong)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def test_each_label_holds_on_unknown_wording() -> None:
    turns, right = defaultdict(int), defaultdict(int)
    for head in ("intent", "act"):
        for text, label in _frozen()[head]:
            turns[head, label] += 1
            right[head, label] += _best(head, text) == label
    poor = {key: right[key] / turns[key] for key in turns if right[key] / turns[key] < 0.6}
    assert not poor


def _group(label: str) -> str:
    return "chat" if label in CHAT else "collection" if label in COLLECTION else "papers"


def test_the_answer_has_the_intent_of_unknown_wording(assistant: Assistant) -> None:
    turns, quick = _frozen()["intent"], Assistant(load_config(reader=False), index=assistant.index)  # no intent depends on what is read
    wrong = [text for text, label in turns if quick.query(text).intent != _group(label)]
    assert len(wrong) / len(turns) <= 0.1, wrong


def test_no_frozen_turn_is_among_the_examples() -> None:
    folder = Path(__file__).parents[3] / "rag" / "understanding" / "examples"
    examples = "\n".join((folder / name).read_text("utf-8") for name in ("wordings.txt", "voices.txt")).lower().splitlines()
    assert not {text.lower() for turns in _frozen().values() for text, _ in turns} & set(examples)


def test_every_label_of_the_frozen_turns_was_fitted() -> None:
    for head, turns in _frozen().items():
        assert {label for _, label in turns} <= set(fitted().labels[head])


@pytest.mark.parametrize("topic", ["protein", "weather", "medical questions", "watermarks", "chess", "moe"])
def test_a_topic_alone_is_searched_for_whether_or_not_papers_have_it(assistant: Assistant, topic: str) -> None:
    answer = assistant.query(topic)
    assert answer.intent == "papers" and (answer.citations or answer.abstained)


@pytest.mark.parametrize("words", ["good job", "nice", "hmm", "well done", "good morning", "asdf"])
def test_a_word_or_two_of_small_talk_are_no_topic(assistant: Assistant, words: str) -> None:
    assert assistant.query(words).intent == "chat"
