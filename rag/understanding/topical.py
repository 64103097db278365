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
from rag.understanding.signals import masked

Floats = NDArray[np.float32]
SIZE = 1 << 13
EMBEDDING_WEIGHT = 1.0
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


@lru_cache(maxsize=2_000)
def topic_words(text: str, table: StaticTable) -> dict[str, float]:
    """How likely each word of a turn is to name a topic: word, in lower case -> probability; 1 of a word that no wording asks by."""
    words = words_of(text)[:_LONGEST]
    if not words:
        return {}
    weights, meaning, bias = _weights()
    embedded = EMBEDDING_WEIGHT * (table.encode(words) @ meaning)
    found = dict[str, float]()
    for at, word in enumerate(words):
        if word not in asking_words():
            found[word] = 1.0  # no wording asks by it
            continue
        places = hashed(words, at)
        logit = weights[places].sum() / np.sqrt(len(places)) + embedded[at] + bias
        found[word] = max(found.get(word, 0.0), float(1 / (1 + np.exp(-logit))))
    return found
