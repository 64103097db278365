"""Which sentences tell what a thing is: "speculative decoding uses a small model to propose tokens that ..." and not "we speed up ...".

Learned from sentences of abstracts in which a term occurs, judged by whether somebody new to it would know what it is after reading
them (`examples/definitions.tsv`); training.py fits the weights. What counts are the words beside the term and their places.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp

from corpus import Paper
from rag.retrieval import Retriever
from rag.text import content_words, split_sentences, trusted

SURE = 0.35
"""Probability from which on a sentence defines: of 784 that no fit saw, 65 in 100 then do, and 58 of those that do are found."""

_COUNTS = 2
"""What the probability counts beside the likeness to the question: where several define, or none does, the nearer one is shown."""

_MAYBE = 0.15
"""Probability from which on a sentence may be told beside one that defines."""

_WORD = re.compile(r"\w+(?:-\w+)*|[^\w\s]")
_NEAR, _AFTER, _BEFORE, _LONG_FORM = 5, 15, 12, 5
"""Words whose place beside the term counts; words of which it counts that they are behind it or before it at all; words that an
acronym may stand for."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence with the term: how well it tells what that is, and how likely it defines it."""

    paper: Paper
    sentence: str
    score: float
    defines: float


def defining(retriever: Retriever, topic: str, papers: Sequence[Paper], count: int = 2) -> tuple[list[tuple[Paper, tuple[str, ...]]], bool]:
    """The papers whose sentences tell best what a topic is, best first, each with these; and whether they define it.

    One sentence a paper, two of the only paper that defines it. Where none does, one more of what they say of it.
    """
    named = naming(topic)
    if not named:
        return [], False
    encode, asked = retriever.index.encoder.static.encode, retriever.terms(topic).static_vector
    best = list[tuple[_Told, list[_Told]]]()
    for paper in papers:
        safe = trusted(paper.abstract)
        sentences = [s for s in split_sentences(paper.abstract) if s in safe and named.search(s)]
        like = (encode(sentences) @ asked).tolist() if sentences else []
        likely = [defines(named, sentence) for sentence in sentences]
        told = [_Told(paper, s, _COUNTS * p + near, p) for s, p, near in zip(sentences, likely, like, strict=True)]
        told.sort(key=lambda one: -one.score)
        best += [(told[0], told[1:])] if told else []
    best.sort(key=lambda one: -one[0].score)
    sure = [one for one in best if one[0].defines >= SURE][:count]
    if len(sure) == 1:
        ((first, others),) = sure
        more = [one.sentence for one in others if one.defines >= _MAYBE][:1]
        return [(first.paper, tuple(sorted((first.sentence, *more), key=first.paper.abstract.find)))], True
    return [(first.paper, (first.sentence,)) for first, _ in sure or best[: count + 1]], bool(sure)


def defines(named: re.Pattern[str], sentence: str) -> float:
    """How likely a sentence is to tell what the term is; `named` finds the term in it."""
    weights = _weights()
    odds = weights[""] + sum(weights.get(cue, 0.0) * value for cue, value in cues(named, sentence))
    return 1 / (1 + exp(-odds))


def cues(named: re.Pattern[str], sentence: str) -> Iterator[tuple[str, float]]:
    """What is seen in a sentence, and how much of it: words by their place beside the term, words before and behind it, words at all."""
    before, behind, marks = _around(named, sentence)
    yield from ((mark, 1.0) for mark in marks)
    yield f"place {min(len(before), 6)}", 1.0
    yield f"first {next(iter([*before, *behind]), '')}", 1.0
    for at in range(_NEAR):
        word = behind[at] if at < len(behind) else ""
        yield f"+{at} {word}", 1.0
        if at < _NEAR - 2:
            yield f"near {word}", 1.0
            yield f"-{at} {before[-1 - at] if at < len(before) else ''}", 1.0
    yield from ((f"pair {at} {behind[at]} {behind[at + 1]}", 1.0) for at in range(min(2, len(behind) - 1)))
    if len(before) > 1:
        yield f"pair before {before[-2]} {before[-1]}", 1.0
    yield from ((f"behind {word}", 0.5) for word in sorted(set(behind[:_AFTER])))
    yield from ((f"before {word}", 0.5) for word in sorted(set(before[-_BEFORE:])))
    yield from ((f"has {word}", 0.3) for word in sorted(set(_words(sentence))))
    yield "length", len(sentence) / 200


def _around(named: re.Pattern[str], sentence: str) -> tuple[list[str], list[str], list[str]]:
    """The words before the term and those behind it, past an acronym in brackets; and how the term stands there."""
    found = named.search(sentence)
    if not found:
        return [], _words(sentence), ["absent"]
    start, end = found.span()
    rest = sentence[end:]
    marks = list[str]()
    if acronym := re.match(r"\s*\([^)]*\)", rest):
        marks, rest = [*marks, "acronym"], rest[acronym.end() :]
    before = _words(sentence[:start])
    if sentence[:start].endswith("("):
        before, marks, rest = _before_long_form(before[:-1], found[0]), ["acronym"], rest.lstrip(") ")
    return before[:-1] if before and before[-1] in _ARTICLES else before, _words(rest), marks


def _before_long_form(before: list[str], acronym: str) -> list[str]:
    """The words before those that an acronym in brackets stands for: these begin with a word of its first letter."""
    begins = (at for at in range(len(before) - 1, max(len(before) - _LONG_FORM, 0) - 1, -1) if before[at][:1] == acronym[:1].lower())
    return before[: next(begins, len(before))]


_ARTICLES = frozenset(("a", "an", "the"))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def naming(topic: str) -> re.Pattern[str] | None:
    """What finds a topic in a sentence, in one number or the other and no part of a longer name; None of a topic without words."""
    words = (word[:-1] if len(word) > 4 and word.endswith("s") else word for word in content_words(topic))
    name = r"\W+(?:\w+\W+)?".join(re.escape(word) + r"(?-i:[a-z]{0,3})" for word in words)
    return re.compile(rf"(?<![\w-]){name}(?![\w-])", re.IGNORECASE) if name else None


@cache
def _weights() -> Mapping[str, float]:
    """The weight of each cue, "" that of every sentence."""
    return dict(json.loads((resources.files("rag.generation") / "weights" / "defining.json").read_text("utf-8")))
