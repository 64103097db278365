"""Fits which words name a topic: python -m rag.understanding.topical_training [folder for the weights]

Reads examples/ (wordings.txt, voices.txt, and asking.txt, which teaches nothing else): the wordings with a slot for a topic (its words
are the topic, the others ask), those that can have none (dates, teams, thanks, numbers of a list), and, for topics of every sort, runs of
rare words of questions.tsv. Prints how many words are told rightly in every fifth wording, which took no part in that fit, then fits on
all.
"""

import importlib
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from pathlib import Path
from random import Random

import numpy as np

from rag.embedding import StaticTable
from rag.understanding.topical import EMBEDDING_WEIGHT, SIZE, hashed, words_of
from rag.understanding.training import Wording, wordings

_TIMES = 4
_STRENGTH = 30.0
_SLOT = re.compile(r"\{(\w+)\}")
_TOPICS = ("topic", "topic2", "name", "name2", "dataset")
_UNTOLD = ("cond", "lang", "person", "celebrity", "thing", "dish")
"""Slots whose words are neither: what fills them may name a topic or not."""

_NO_TOPIC = {
    "intent": ("thanks", "greeting", "bye", "count", "newest", "oldest", "span", "authors_most", "authors_fewest", "organisations",
               "code", "list_all", "unknown", "topics"),
    "act": ("items", "these", "refine", "more", "shorter", "table", "why", "inlanguage"),
}  # fmt: skip
"""Labels whose wordings name no topic beside their slots."""

_RARE = 2
_SMALL = frozenset("of in to for and the a on from with by time state up use".split())


@dataclass(frozen=True, slots=True)
class Example:
    """A turn's words; which of them name the topic (1), ask (0), or are not learned from (-1)."""

    words: list[str]
    topical: list[int]
    wording: int


class Examples:
    """Turns with their topics marked: the same ones each time."""

    def __init__(self, folder: Path) -> None:
        self._random = Random(7)
        self._slots: dict[str, list[str]] = json.loads((folder / "slots.json").read_text("utf-8"))
        held = [one for name in ("wordings", "voices", "asking") for one in wordings(folder / f"{name}.txt")]
        questions = [line.partition("\t")[2] for line in (folder / "questions.tsv").read_text("utf-8").splitlines()]
        self._named = {word for topic in self._slots["topic"] for word in words_of(topic)} - _SMALL
        self._topics = self._slots["topic"] * 3 + _runs(questions, [one.text for one in held])
        self.said = Counter(word for text in (*questions, *(one.text for one in held)) for word in words_of(text))
        self.turns = [turn for number, one in enumerate(held) for turn in self._of(one, number)]

    def _of(self, one: Wording, number: int) -> list[Example]:
        slots = _SLOT.findall(one.text)
        if not any(slot in _TOPICS for slot in slots) and one.label not in _NO_TOPIC.get(one.head, ()):
            return []
        return [self._filled(one.text, number) for _ in range(_TIMES if slots else 1)]

    def _filled(self, wording: str, number: int) -> Example:
        words, topical, plain = list[str](), list[int](), not _SLOT.search(wording)
        for place, piece in enumerate(_SLOT.split(wording)):
            text, label = (piece, 0) if place % 2 == 0 else (self._value(piece), self._label(piece))
            found = words_of(text)
            words += found
            # a wording may name a topic without a slot
            topical += [-1 if plain and word in self._named else label for word in found]
        return Example(words, topical, number)

    def _label(self, slot: str) -> int:
        return 1 if slot in _TOPICS else -1 if slot.rstrip("2") in _UNTOLD else 0

    def _value(self, slot: str) -> str:
        values = self._topics if slot.startswith("topic") else self._slots.get(slot) or self._slots[slot.rstrip("2")]
        return str(self._random.choice(values))


def _runs(questions: list[str], asking: list[str]) -> list[str]:
    """Runs of up to four words of questions that the wordings hardly use: topics of every sort."""
    known = Counter(word for text in asking for word in words_of(text))
    found = []
    for question in questions:
        for rare, run in groupby(words_of(question), lambda word: known[word] <= _RARE and not word.startswith("x")):
            words = list(run)
            found += [" ".join(words[:4])] if rare else []
    return found


def main(folder: Path) -> None:
    """Fit and write the weights."""
    linear, sparse = importlib.import_module("sklearn.linear_model"), importlib.import_module("scipy.sparse")
    here = Path(str(resources.files("rag.understanding")))
    table = StaticTable.load(Path(str(resources.files("rag.embedding"))) / "weights")
    examples = Examples(here / "examples")
    turns = examples.turns
    indices, starts, values, labels, apart, words = list[int](), [0], list[float](), list[int](), list[bool](), list[str]()
    for turn in turns:
        for at, label in enumerate(turn.topical):
            if label < 0:
                continue
            places = hashed(turn.words, at)
            indices += places.tolist()
            values += [1 / len(places) ** 0.5] * len(places)
            starts.append(len(indices))
            labels.append(label)
            apart.append(turn.wording * 2654435761 % 2**32 % 5 == 0)
            words.append(turn.words[at])
    rows = sparse.hstack(
        [sparse.csr_matrix((values, indices, starts), (len(labels), SIZE)), sparse.csr_matrix(EMBEDDING_WEIGHT * table.encode(words))]
    ).tocsr()
    told, out = np.array(labels), np.array(apart)
    model = linear.LogisticRegression(C=_STRENGTH, max_iter=200)
    model.fit(rows[~out], told[~out])
    right = model.predict(rows[out]) == told[out]
    topic = told[out] == 1
    print(f"{len(labels):,} words; right in wordings apart: {right[topic].mean():.3f} of topics, {right[~topic].mean():.3f} of others")
    model.fit(rows, told)
    folder.mkdir(parents=True, exist_ok=True)
    asking = Counter(word for word, label in zip(words, labels, strict=True) if label == 0 and word.isalpha() and word.isascii())
    np.savez_compressed(
        folder / "topical.npz", weights=model.coef_[0].astype(np.float16), bias=model.intercept_[0], asking=np.array(sorted(asking)),
        times=np.array([asking[word] for word in sorted(asking)]), known=np.array(sorted(asking | Counter(words) | examples.said)),
    )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(str(resources.files("rag.understanding"))) / "weights")
