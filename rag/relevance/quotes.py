"""The sentences of an abstract that answer a question best: what an answer without a model is made of."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from corpus import Paper
from rag.relevance.asked import Asked, asked
from rag.relevance.logistic import Floats, Logistic, model, weights
from rag.relevance.reading import SentencesRead, sentences_again
from rag.relevance.sentences import Sentences, cues, sentences_of
from rag.retrieval import Retriever
from rag.text import trusted

_AS_GOOD = 0.6
"""Share of the best sentence's own likelihood to show it best from which on the second is quoted beside it: of 500 papers that answer
a judged question more than a third, and the sentence that shows it is in the quote of 70 in 100 in place of 60."""


def quotes(
    retriever: Retriever, text: str, papers: Sequence[Paper], taken: Asked | None = None, read: Mapping[str, SentencesRead] | None = None
) -> list[tuple[tuple[str, ...], int]]:
    """Of each paper: its sentences, the one that shows best that it answers first, and how many of them are needed to show it.

    Each is an exact substring of the abstract. From the first sentence that instructs a reader or a
    model on, an abstract is not quoted. Without a text, the sentences that tell best what the paper does come first.
    `taken` is the question taken apart, where that is done already; `read` are the reader's scores of sentences, by the paper's id.
    """
    if not papers:
        return []
    question = taken or asked(retriever, text, retriever.terms(text))
    both = zip(papers, sentences_of(retriever, text, question, papers), strict=True)
    return [_quotes(paper, found, (read or {}).get(paper.paper_id)) for paper, found in both]


def _quotes(paper: Paper, found: Sentences, read: SentencesRead | None) -> tuple[tuple[str, ...], int]:
    safe = trusted(paper.abstract)
    if not found.texts or not safe:
        return (), 0
    scores = sentence_scores(found) if read is None else sentences_again(sentence_scores(found), read)
    order = [int(i) for i in np.argsort(-scores, kind="stable") if found.texts[i] in safe]
    return tuple(found.texts[i] for i in order), _needed(scores, order)


def sentence_scores(found: Sentences) -> Floats:
    """How well each sentence shows that its paper answers: higher is better, within one abstract only."""
    return np.asarray(model("sentences").score(found.table) + np.array([_by_cues(text) for text in found.texts]))


@lru_cache(maxsize=8_192)
def _by_cues(text: str) -> float:
    return _told_by(cues(text), weights("sentences")["cues"])


def _told_by(found: Iterable[str], told: Mapping[str, float]) -> float:
    """What cues tell together."""
    return sum(told.get(cue, 0.0) for cue in found)


def scores_of(found: Sentences, fitted: Logistic, told: Mapping[str, float]) -> Floats:
    """By a fitted model, and by what each cue tells."""
    return np.asarray(fitted.score(found.table) + np.array([_told_by(cues(text), told) for text in found.texts]))


def _needed(scores: Floats, order: Sequence[int]) -> int:
    """Two where the second is about as likely as the first to show that the paper answers: the scores are log odds of a choice."""
    if len(order) < 2:
        return len(order)
    return 2 if np.exp(scores[order[1]] - scores[order[0]]) >= _AS_GOOD else 1
