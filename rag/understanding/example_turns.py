"""What the classifier is fitted on: turns with what they are, made of the wordings in examples/ the same way each time.

wordings.txt and voices.txt hold `# head: label`, then a wording a line, with slots that slots.json fills; people.txt turns as many
kinds of people type them, [the topic] and {what is to be left out} marked; asides.txt what is said beside a question; questions.tsv
questions on abstracts.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from rag.understanding.asking import words_of
from rag.understanding.classifier import EXCLUDED, NOTHING, TOPIC

_SLOTTED, _TYPED = ("wordings.txt", "voices.txt"), ("people.txt",)
_FILLED, _PLAIN, _VARIED = 5, 3, 3
"""How often a wording with slots, one without, and a turn of people.txt is varied."""

_OF_PEOPLE = 3.0
"""What a turn of people.txt counts, beside a wording: people ask in more ways than wordings with slots do."""

_BESIDE = {"papers": 0.35, "standalone": 0.5, "asks": 0.06}
"""What a label counts that follows from that of another head."""

_SAID_ASIDE = ("thanks", "greeting", "bye", "feedback")
"""Small talk that may as well be said beside a question."""

_SLOT = re.compile(r"\{(\w+)\}")
_MARK = re.compile(r"\[([^\[\]{}]*)\]|\{([^\[\]{}]*)\}")
_TOPICS = ("topic", "name", "dataset")
_LEAVES_OUT = re.compile(r"\b(?:no|not|without|except|but|minus|other than|excluding|drop)\b|n't\b", re.IGNORECASE)
_KIND_OF_QUESTION = {"broad": "list", "narrow": "list", "exclude": "list", "near_miss": "list", "known": "one"}
_BEFORE = ("please ", "ok, ", "hey, ", "so ", "could you tell me ", "well, ", "and ")
_AFTER = (" please", " pls", ", please", " thanks", "?", "...", ".")


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a turn, and what it is (TOPIC, EXCLUDED)."""

    start: int
    end: int
    tag: int


@dataclass(frozen=True, slots=True)
class Example:
    """A turn: head -> its label and what that counts; `spans` are its marked parts, None where nothing was marked."""

    text: str
    follows: bool
    labels: dict[str, tuple[str, float]]
    spans: tuple[Span, ...] | None = None

    def tags(self, places: tuple[tuple[int, int], ...]) -> list[int]:
        """What each token of the turn is, by its place there."""
        spans = self.spans or ()
        return [next((span.tag for span in spans if start < span.end and span.start < end), NOTHING) for start, end in places]


@dataclass(frozen=True, slots=True)
class Wording:
    """A line of the examples, and the label that it has for a head."""

    head: str
    label: str
    text: str


def wordings(path: Path) -> Iterator[Wording]:
    """The lines of one file of examples/."""
    head = label = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("# "):
            head, label = line[2:].split(": ")
        elif line.strip():
            yield Wording(head, label, line.strip())


def marked(line: str) -> Example:
    """A line of people.txt without its marks, which are its spans."""
    text, spans, at = "", list[Span](), 0
    for mark in _MARK.finditer(line):
        said = mark[1] if mark[1] is not None else mark[2]
        text += line[at : mark.start()]
        spans.append(Span(len(text), len(text) + len(said), TOPIC if mark[1] is not None else EXCLUDED))
        text, at = text + said, mark.end()
    return Example(text + line[at:], False, {}, tuple(spans))


def examples(folder: Path) -> list[Example]:
    """All of them; a turn that goes on with an answer asks about papers, and one about anything else stands alone."""
    return [*_Maker(folder).made()]


class _Maker:
    def __init__(self, folder: Path) -> None:
        self._folder, self._random = folder, Random(20251)
        self._slots: dict[str, list[str]] = json.loads((folder / "slots.json").read_text("utf-8"))

    def made(self) -> Iterator[Example]:
        slotted = [one for name in _SLOTTED for one in wordings(self._folder / name)]
        typed = [one for name in _TYPED for one in wordings(self._folder / name)]
        for some, weight in ((slotted, 1.0), (typed, _OF_PEOPLE)):
            rare = _rarity(some)
            for one in some:
                yield from self._of(one, weight * rare[one.head, one.label], weight)
        for one in wordings(self._folder / "asides.txt"):
            for _ in range(_FILLED):
                made = replace(self._varied(self._filled(one.text)), spans=None)
                yield replace(made, follows=True, labels={one.head: (one.label, 1 / _FILLED)})
        yield from self._topics([*self._slots["topic"], *(topic for one in typed for topic in _topics_of(one.text))])
        for line in (self._folder / "questions.tsv").read_text("utf-8").splitlines():
            yield self._question(*line.split("\t", 1))

    def _of(self, one: Wording, weight: float, beside: float) -> Iterator[Example]:
        typed = beside == _OF_PEOPLE
        times = _VARIED if typed else _FILLED if "{" in one.text else _PLAIN
        for number in range(times):
            made = marked(one.text) if typed else self._filled(one.text)
            if not typed or number:
                made = self._varied(made)
            labels = {one.head: (one.label, weight / times)}
            if one.head == "act" and one.label != "standalone":
                labels["intent"] = ("papers", _BESIDE["papers"] * beside / times)
            elif one.head != "act":
                labels["act"] = ("standalone", _BESIDE["standalone"] * beside / times)
                if one.head == "kind":
                    labels["intent"] = ("papers", _BESIDE["standalone"] * beside / times)
            if one.label not in _SAID_ASIDE:
                labels["part"] = ("asks", _BESIDE["asks"] / times)
            yield replace(made, follows=one.head == "act" or self._random.random() < 0.5, labels=labels)

    def _topics(self, topics: list[str]) -> Iterator[Example]:
        """Topics alone: to name one is to ask for papers on it."""
        for topic in dict.fromkeys(topics):
            made = self._varied(Example(topic, False, {}, (Span(0, len(topic), TOPIC),)))
            yield replace(made, follows=self._random.random() < 0.3, labels={"intent": ("papers", 0.5), "act": ("standalone", 0.2)})

    def _question(self, kind: str, question: str) -> Example:
        labels = {"intent": ("papers", 0.5), "act": ("standalone", 0.25)}
        if kind in _KIND_OF_QUESTION:
            labels["kind"] = (_KIND_OF_QUESTION[kind], 0.3)
        made = self._varied(Example(question, False, {}))
        return replace(made, follows=self._random.random() < 0.5, labels=labels)

    def _filled(self, wording: str) -> Example:
        """A wording with its slots filled; its topic is known where slots tell all of it."""
        names = _SLOT.findall(wording)
        known = any(name.rstrip("2") in _TOPICS for name in names) and "cond" not in names and not _LEAVES_OUT.search(wording)
        text, spans, at = "", list[Span](), 0
        for slot in _SLOT.finditer(wording):
            value = self._random.choice(self._slots.get(slot[1]) or self._slots[slot[1].rstrip("2")])
            text += wording[at : slot.start()]
            if slot[1].rstrip("2") in _TOPICS:
                spans.append(Span(len(text), len(text) + len(value), TOPIC))
            text, at = text + value, slot.end()
        return Example(text + wording[at:], False, {}, tuple(spans) if known else None)

    def _varied(self, one: Example) -> Example:
        """As people type: with and without capitals, question marks, politeness and slips."""
        chance = self._random.random
        if chance() < 0.2:
            one = self._slipped(one)
        text = one.text
        if chance() < 0.2:
            text = text[:1].swapcase() + text[1:]
        if chance() < 0.15:
            text = text.rstrip("?")
        elif chance() < 0.15:
            text += self._random.choice(_AFTER)
        before = self._random.choice(_BEFORE) if chance() < 0.06 else ""
        spans = one.spans and tuple(Span(span.start + len(before), span.end + len(before), span.tag) for span in one.spans)
        return replace(one, text=before + text, spans=spans)

    def _slipped(self, one: Example) -> Example:
        """With two letters of a word exchanged, or one lost."""
        text = one.text
        inner = [at for at in range(1, len(text) - 2) if text[at - 1 : at + 2].isalpha()]
        if not inner:
            return one
        at = self._random.choice(inner)
        if self._random.random() < 0.5:
            return replace(one, text=text[:at] + text[at + 1] + text[at] + text[at + 2 :])
        spans = one.spans and tuple(Span(span.start - (span.start > at), span.end - (span.end > at), span.tag) for span in one.spans)
        return replace(one, text=text[:at] + text[at + 1 :], spans=spans)


def asking(folder: Path) -> tuple[Counter[str], frozenset[str]]:
    """The words of the wordings that name no topic, and how often each occurs; and all words of the examples: none of them is a slip."""
    asks, said = Counter[str](), Counter[str]()
    for name in (*_SLOTTED, "asking.txt"):
        for one in wordings(folder / name):
            words = [word for word in words_of(_SLOT.sub(" ", one.text)) if word.isalpha() and word.isascii()]
            said.update(words)
            if slots := _SLOT.findall(one.text):  # without slots, a wording may name a topic
                asks.update(words * (_STANDS_FOR if "topic" in "".join(slots) else 1))
    for line in (folder / "questions.tsv").read_text("utf-8").splitlines():
        said.update(words_of(line.partition("\t")[2]))
    return asks, frozenset(said | asks)


_STANDS_FOR = 4
"""What a wording with a slot for a topic counts, beside others, in words: it stands for many."""


def _topics_of(line: str) -> list[str]:
    turn = marked(line)
    return [turn.text[span.start : span.end] for span in turn.spans or () if span.tag == TOPIC]


def _rarity(some: list[Wording]) -> dict[tuple[str, str], float]:
    """What a label's examples count: the more, the rarer it is, by the root."""
    times = Counter((one.head, one.label) for one in some)
    most = {head: max(count for (other, _), count in times.items() if other == head) for head, _ in times}
    return {(head, label): (most[head] / count) ** 0.5 for (head, label), count in times.items()}
