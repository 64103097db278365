"""The sentences of an abstract that answer a question best: what an answer without a model is made of."""

from collections.abc import Mapping, Sequence

import numpy as np

from corpus import Paper
from rag.relevance.asked import Asked, asked
from rag.relevance.logistic import Floats, Logistic, model, weights
from rag.relevance.reading import sentences_again
from rag.relevance.sentences import Sentences, cues, sentences_of
from rag.retrieval import Retriever
from rag.text import trusted

_ADDS = 0.2
"""Share of the question's words, by weight, that a second sentence must add to be quoted beside the first."""

_SAYS = 0.75
"""Likeness from which on a sentence counts as saying a word."""


def quotes(
    retriever: Retriever, text: str, papers: Sequence[Paper], taken: Asked | None = None, read: Mapping[str, Floats] | None = None
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


def _quotes(paper: Paper, found: Sentences, read: Floats | None) -> tuple[tuple[str, ...], int]:
    safe = trusted(paper.abstract)
    if not found.texts or not safe:
        return (), 0
    scores = sentence_scores(found) if read is None else sentences_again(sentence_scores(found), read)
    order = [int(i) for i in np.argsort(-scores, kind="stable") if found.texts[i] in safe]
    return tuple(found.texts[i] for i in order), _needed(found, order)


def sentence_scores(found: Sentences) -> Floats:
    """How well each sentence shows that its paper answers: higher is better, within one abstract only."""
    return scores_of(found, model("sentences"), weights("sentences")["cues"])


def scores_of(found: Sentences, fitted: Logistic, told: Mapping[str, float]) -> Floats:
    """By a fitted model, and by what each cue tells."""
    by_cues = np.array([sum(told.get(cue, 0.0) for cue in cues(text)) for text in found.texts])
    return np.asarray(fitted.score(found.table) + by_cues)


def _needed(found: Sentences, order: Sequence[int]) -> int:
    """Two where the second says much of the question that the first does not."""
    total = float(found.weight.sum())
    if len(order) < 2 or not total:
        return min(len(order), 1)
    says = found.likeness >= _SAYS
    added = (says[order[1]] & ~says[order[0]]) @ found.weight / total
    return 2 if added >= _ADDS else 1
