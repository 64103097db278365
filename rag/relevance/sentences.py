"""What is known of an abstract's sentences for one question, in numbers; and the words that tell what a sentence does."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from corpus import Paper
from rag.index import columns_of
from rag.relevance.asked import Asked
from rag.relevance.logistic import Floats
from rag.relevance.matching import Look, lowest, match, mean
from rag.retrieval import Retriever, cosines
from rag.text import split_sentences

_OWN = re.compile(r"\b(?:we|our|us)\b|\b(?:this|the) (?:paper|work|study|survey|article|report)\b|\bhere\b", re.IGNORECASE)
_FIGURE = re.compile(r"\d")
_ASKS_FOR_A_FIGURE = re.compile(
    r"\bhow (?:many|much|big|large|long|far|fast|close|often|small)\b|\bwhat (?:share|percentage|fraction|number|score|accuracy|size|speed)"
    r"|\bby how|\bnumber|\bpercent|%|\bfigure",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[a-z][a-z'-]*|[0-9]+(?:\.[0-9]+)?%?")


@dataclass(frozen=True, eq=False, slots=True)
class Sentences:
    """A paper's sentences, and the features by name."""

    texts: tuple[str, ...]
    table: dict[str, Floats]


def cues(sentence: str) -> set[str]:
    """Words, pairs of words and the beginning, numbers as "#": what may tell a result from a problem."""
    words = ["#" if word[0].isdigit() else word for word in _TOKEN.findall(sentence.lower())]
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    return {*words, *pairs, *(f"^{start}" for start in (*words[:1], *pairs[:1]))}


def sentences_of(retriever: Retriever, text: str, question: Asked, papers: Sequence[Paper]) -> list[Sentences]:
    """Of each paper; one without a sentence has an empty table."""
    entries = retriever.index.encoder.entries(papers, np.empty((len(papers), 0), np.float32))
    look = Look(columns_of(entries), retriever.index.encoder.static.table)
    wanted, unwanted = match(look, question.wanted), match(look, question.unwanted)
    near, ruled_out = cosines(look.columns, look.table, question.vector), mean(unwanted.passage, question.unwanted.idf)
    found = []
    for paper, start, count in zip(papers, look.first.tolist(), look.columns.passages.tolist(), strict=True):
        own = slice(start + 1, start + count)
        texts, likeness = tuple(split_sentences(paper.abstract)), np.asarray(wanted.passage[own], np.float64)
        title, weight = np.asarray(wanted.passage[start], np.float64), question.wanted.idf
        table = _matched(likeness, title, weight, near[own]) | _told(text, paper, texts) if texts else {}
        found.append(Sentences(texts, table | ({"unwanted": ruled_out[own]} if texts else {})))
    return found


def _matched(likeness: Floats, title: Floats, weight: Floats, near: Floats) -> dict[str, Floats]:
    beyond_title = (1 - title) * weight
    values = {
        "soft": mean(likeness, weight),
        "cosine": near,
        "exact": mean(likeness > 0.999, weight),
        "square": mean(likeness**2, weight),
        "beyond_title": np.asarray(likeness @ beyond_title / max(float(beyond_title.sum()), 1e-9)),
    }
    return {name: one for base, value in values.items() for name, one in _among(base, value).items()} | {"low2": lowest(likeness, 2)}


def _among(name: str, values: Floats) -> dict[str, Floats]:
    """A value, and how it stands among the sentences of the abstract."""
    spread, best = float(values.std()), float(values.max())
    first = np.zeros(len(values))
    first[int(values.argmax())] = 1.0
    return {
        name: values,
        f"{name}_z": (values - values.mean()) / spread if spread > 1e-9 else np.zeros(len(values)),
        f"{name}_behind": values - best,
        f"{name}_best": first,
    }


def _told(text: str, paper: Paper, texts: Sequence[str]) -> dict[str, Floats]:
    """Where a sentence stands, how long it is, whether it speaks of the paper's own work and of figures."""
    count = len(texts)
    place, length = np.arange(count, dtype=np.float64), np.array([len(one.split()) for one in texts], np.float64)
    own = np.array([bool(_OWN.search(one)) for one in texts], np.float64)
    figure = np.array([bool(_FIGURE.search(one)) for one in texts], np.float64)
    name, colon, _ = paper.title.partition(": ")
    start = float(own.argmax()) if own.any() else 0.0
    return {
        "first": np.asarray(place == 0, np.float64),
        "second": np.asarray(place == 1, np.float64),
        "last": np.asarray(place == count - 1, np.float64),
        "before_last": np.asarray(place == count - 2, np.float64),
        "place": place / max(count - 1, 1),
        "place_square": (place / max(count - 1, 1)) ** 2,
        "length": np.log1p(length),
        "longer": (length - length.mean()) / 30,
        "own": own,
        "before_own": np.asarray(place < start, np.float64),
        "first_own": np.asarray(place == start, np.float64),
        "named": np.array([bool(colon) and name in one for one in texts], np.float64),
        "figure": figure,
        "figure_asked": figure * bool(_ASKS_FOR_A_FIGURE.search(text)),
        "figure_of_figure": figure * bool(_FIGURE.search(text)),
    }
