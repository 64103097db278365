"""Which words of a turn name a topic, and which only ask for papers: learned, so that no list of asking words has to be complete.

A logistic model over each word, its neighbours and its static embedding, fitted by topical_training.py on the
wordings in examples/, whose slots tell which words are the topic.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rag.embedding import StaticTable
from rag.retrieval import known_words as english_words
from rag.understanding.signals import masked

Floats = NDArray[np.float32]
SIZE = 1 << 13
EMBEDDING_WEIGHT = 1.0
_EVERYDAY, _SURELY_NOT, _PERHAPS = 0.3, 0.03, 0.11
"""Use in everyday English of a word that one may ask by; how likely, at most, one is a topic's that no wording asks by, which may be a
topic's else: from `_PERHAPS` on a word counts as one (`Reading.subject`)."""

_LONGEST = 60
"""Words of a turn that are looked at; a longer one is no turn that only asks for papers."""

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def words_of(text: str) -> list[str]:
    """The words of a turn as they are looked at: in lower case, numbers, dates and names as what they are."""
    return _WORD.findall(masked(text))


def pieces(words: Sequence[str], at: int) -> list[str]:
    """The features of one word in its turn, by name."""
    near = ["^^", "^", *words, "$", "$$"]
    word, before, after = near[at + 2], near[at + 1], near[at + 3]
    padded = f"<{word}>"
    found = [f"w {word}", f"- {before}", f"+ {after}", f"-- {near[at]} {before}", f"++ {after} {near[at + 4]}"]
    found += [f"-w {before} {word}", f"w+ {word} {after}", f"start {min(at, 4)}", f"end {min(len(words) - at, 4)}"]
    return found + [f"c {padded[i : i + n]}" for n in (3, 4) for i in range(len(padded) - n + 1)] * (not word.startswith("x"))


def hashed(words: Sequence[str], at: int) -> NDArray[np.intp]:
    """The places of a word's features."""
    return np.fromiter({crc32(piece.encode()) % SIZE for piece in pieces(words, at)}, np.intp)


@cache
def _fitted() -> dict[str, NDArray[Any]]:
    with resources.as_file(resources.files("rag.understanding") / "weights" / "topical.npz") as path, np.load(path) as kept:
        return {name: kept[name] for name in kept.files}


@cache
def _weights() -> tuple[Floats, Floats, float]:
    """The weights of the hashed features, of the embedding, and the bias."""
    weights = _fitted()["weights"].astype(np.float32)
    return weights[:SIZE], weights[SIZE:], float(_fitted()["bias"])


@cache
def asking_words() -> dict[str, int]:
    """The words of the wordings that name no topic, and how often they occur there."""
    return dict(zip(_fitted()["asking"].tolist(), _fitted()["times"].tolist(), strict=True))


@cache
def known_words() -> frozenset[str]:
    """All words of the examples: none of them is a slip."""
    return frozenset(_fitted()["known"].tolist())


@lru_cache(maxsize=20_000)
def _meant(word: str, table: StaticTable) -> float:
    """What a word's embedding adds; kept, as turns are made of the same words."""
    return EMBEDDING_WEIGHT * float(table.encode([word])[0] @ _weights()[1])


@lru_cache(maxsize=2_000)
def topic_words(text: str, table: StaticTable) -> dict[str, float]:
    """How likely each word of a turn is to name a topic: word, in lower case -> probability.

    A word that no wording asks by is a topic's unless it very surely is not, and everyday English has it ("interest", "tackled").
    """
    words = words_of(text)[:_LONGEST]
    if not words:
        return {}
    weights, _, bias = _weights()
    found = dict[str, float]()
    for at, word in enumerate(words):
        if not (asked_by := word in asking_words()) and "'" not in word and english_words().used(word)[0] < _EVERYDAY:
            found[word] = 1.0
            continue
        places = hashed(words, at)
        logit = weights[places].sum() / np.sqrt(len(places)) + _meant(word, table) + bias
        likely = float(1 / (1 + np.exp(-logit)))
        found[word] = max(found.get(word, 0.0), likely if asked_by or likely < _SURELY_NOT else max(likely, _PERHAPS))
    return found
