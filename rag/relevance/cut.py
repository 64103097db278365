"""How many papers an answer names: as many as make the expected F1 of the set the greatest."""

from collections.abc import Sequence

import numpy as np

from rag.relevance.logistic import Floats
from rag.retrieval import Hit
from rag.understanding import Kind, Question

_AS_LIKE = 0.6
"""Among papers that were just told of, being so like the question as the most like one is enough:
they share its topic already, and z-scores over so few say little."""

_BORDERLINE = 0.25
"""Probability from which on a paper that is not named is counted as borderline."""

_NOT_MEANT, _PROBABLE = 0.05, 0.5
"""A paper whose title has a word of the question for a name ("on flash instead of in memory") is not meant where it is less likely than
the first of these, and another paper likelier than the second."""


def best_cut(relevance: Floats) -> int:
    """How many of the papers to take, given each one's probability to answer, highest first: at least one."""
    taken = np.arange(1, len(relevance) + 1)
    expected = 2 * np.cumsum(relevance) / (taken + relevance.sum())
    return int(np.argmax(expected)) + 1


def relevant_and_near(
    question: Question, hits: Sequence[Hit], relevance: Floats, named: Sequence[int], all_known: bool
) -> tuple[list[int], list[int]]:
    """Positions of relevant and of borderline hits.

    `named` are the positions of the systems that the question names. A comparison takes two
    papers, or only those it names where one of its sides is not `all_known`.
    """
    order = [int(i) for i in np.argsort(-relevance, kind="stable")]
    relevant = order[: best_cut(relevance[order])]
    meant = [i for i in named if relevance[i] >= _NOT_MEANT or relevance[order[0]] < _PROBABLE]
    if question.kind is Kind.COMPARE:
        relevant = [*named, *(i for i in order if i not in named)][: max(2 if all_known else 1, len(named))]
    elif question.kind in (Kind.ONE, Kind.NUMBER) and meant:
        relevant = meant[:1]
    elif question.within:
        like = _likeness(hits)
        relevant = [i for i in order if i in relevant or like[i] >= _AS_LIKE]
    relevant = relevant[: question.at_most]
    return relevant, [i for i in order if relevance[i] >= _BORDERLINE and i not in relevant]


def _likeness(hits: Sequence[Hit]) -> Floats:
    """How like the question each hit's best sentences are, as a share of the most like."""
    sentence = np.array([hit.features.sentence if hit.features else 0.0 for hit in hits])
    return np.asarray(sentence / max(float(sentence.max()), 1e-9))
