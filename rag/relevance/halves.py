"""A near miss told as what it is: the two halves of a question that no paper joins, each with the papers on it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.relevance.asked import parted
from rag.relevance.features import Pool
from rag.relevance.logistic import Floats
from rag.relevance.matching import apart, mean
from rag.relevance.verdict import Half
from rag.text import content_words, folded

_PAPERS = 3
_HELD = 0.85
"""Likeness from which on a half counts as held by a paper."""

_APART = 0.12
"""How much less the best paper must hold of both halves than each half's own best."""

_EXACT, _WHOLE = 0.999, 0.7
"""Likeness of a word to itself; share of a thing, by the weight of its words, from which on a paper that says them is on it."""

_JOINT = re.compile(
    r"\b(?:by|for|to|in|into|with|on|onto|from|using|uses?|used|via|through|of|across|over|under|during|that|and|or|against|as|when|while"
    r"|at|within|inside|where|which|whose|an?|the|are|is|be|do|does|can)\b",
    re.IGNORECASE,
)
"""Words between the two things that a question joins: it is cut there sooner than within a name ("retrieval-augmented | generation")."""

_VERB = re.compile(
    r"^(?:appl(?:y|ies|ied)|us(?:es?|ing|ed)|combin(?:es?|ing)|join(?:s|ing)?|bring(?:s|ing)?|put(?:s|ting)?|mak(?:es?|ing)) ",
    re.IGNORECASE,
)

_WORD = re.compile(r"[^\W_]+(?:[-+'’./&][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Span:
    """Where a word with content stands in a text, and which of the question's words it is."""

    start: int
    end: int
    numbers: tuple[int, ...]


def joints(text: str, spans: Sequence[Span]) -> list[int]:
    """Before which of the words a text may be cut in two: where a word that joins two things stands between it and the one before."""
    return [at for at in range(1, len(spans)) if _JOINT.search(text[spans[at - 1].end : spans[at].start])]


def halves(pool: Pool, text: str) -> tuple[Half, ...]:
    """The two parts of a question that are held apart, or where one is not held at all; empty where neither can be told."""
    weight, likeness = pool.asked.wanted.idf, np.asarray(pool.match.paper, np.float64)
    wanted = parted(text)[0]
    spans = spans_of(wanted, pool)
    if len(spans) < 2:
        return ()
    cuts = [(_gap(likeness, weight, *_cut(spans, at)), at) for at in range(1, len(spans))]
    joined = joints(wanted, spans)
    found = [cut for cut in cuts if cut[0] >= _APART and cut[1] in joined] or [cut for cut in cuts if cut[0] >= _APART]
    if not found:
        return ()
    at = max(found)[1]
    left, right = _cut(spans, at)
    phrases = named(wanted[spans[0].start : spans[at - 1].end]), named(wanted[spans[at].start : spans[-1].end])
    return tuple(_half(pool, likeness, weight, words, phrase) for words, phrase in zip((left, right), phrases, strict=True))


def spans_of(text: str, pool: Pool) -> list[Span]:
    """The words with content of a question's text."""
    place = {surface.lower(): number for number, surface in enumerate(pool.asked.wanted.surface)}
    found = []
    for word in _WORD.finditer(text):
        numbers = [place[part.lower()] for part in re.findall(r"[^\W_]+", folded(word[0])) if part.lower() in place]
        if numbers and content_words(word[0]):
            found.append(Span(word.start(), word.end(), tuple(numbers)))
    return found


def _cut(spans: Sequence[Span], at: int) -> tuple[list[int], list[int]]:
    left = [number for span in spans[:at] for number in span.numbers]
    return left, [number for span in spans[at:] for number in span.numbers if number not in left]


def _gap(likeness: Floats, weight: Floats, left: list[int], right: list[int]) -> float:
    """How much better the halves are held apart than together: the best of each, against the paper that is best for the worse."""
    if not left or not right:
        return -1.0
    return apart(mean(likeness[:, left], weight[left]), mean(likeness[:, right], weight[right]))


def _half(pool: Pool, likeness: Floats, weight: Floats, words: list[int], phrase: str) -> Half:
    on_it = mean(likeness[:, words], weight[words])
    order = np.argsort(-on_it, kind="stable")[:_PAPERS]
    least = max(_HELD, float(on_it[order[0]]) - 0.05) if len(order) else 1.0
    held = [i for i in order if on_it[i] >= least]
    if not held:  # "spiking network" where papers say "spiking neurons"
        held = [i for i in order if mean(likeness[i : i + 1, words] > _EXACT, weight[words])[0] >= _WHOLE]
    return Half(phrase, tuple(pool.hits[i].paper for i in held))


def named(phrase: str) -> str:
    """What a half is about, without the verb that joins it to the other ("apply ... to")."""
    return _VERB.sub("", phrase) or phrase
