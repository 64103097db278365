"""The sentences of an abstract that answer a question best: what an answer without a model is made of."""

import re
from collections.abc import Sequence

import numpy as np

from corpus import Paper
from rag.retrieval import Retriever, Terms
from rag.text import trusted
from rag.understanding import Kind

_CLAIM = re.compile(
    r"\b(?:we|our|this (?:paper|work)|is|are) (?:\w+ )?(?:propos|introduc|present|show|develop|demonstrat|find|found|achiev|design)\w*"
    r"|\b(?:achiev|outperform|reduc|improv|speed|accelerat)\w*",
    re.IGNORECASE,
)
_PROPOSES = re.compile(
    r"\b(?:we|this (?:paper|work)|which|that) (?:\w+ )?(?:propos|introduc|present|develop|design|show)\w*|\bpropose\b", re.IGNORECASE
)
_OF_THE_FIELD = 0.8
"""Taken from the sentences before the first of the paper's own work: quoted, they would seem to tell what it does."""

_AVAILABLE = re.compile(r"\b(?:code|codes|data|datasets?|models?|weights|page|demo)\b.*\bavailable\b|https?://", re.IGNORECASE)
_BACKGROUND = re.compile(r"^(?:However|Previous|Existing|Recent|Current|Although|While|Despite|Traditional|Unfortunately)\b")
_OWN = re.compile(r"\b(?:we|our|us)\b|\b(?:this|the) (?:paper|work|study|survey|article|report)\b|\bin this\b|^here,", re.IGNORECASE)
_DIGIT = re.compile(r"\d")


def _weight(sentence: str, kind: Kind) -> float:
    """What speaks for a sentence whatever is asked: it tells what the paper does, not why or where to get it."""
    weight = 0.2 * bool(_CLAIM.search(sentence)) - 0.15 * bool(_BACKGROUND.search(sentence)) - 0.5 * bool(_AVAILABLE.search(sentence))
    if kind in (Kind.ONE, Kind.COMPARE):
        weight += 0.3 * bool(_PROPOSES.search(sentence))
    if kind is Kind.NUMBER:
        weight += 0.25 * bool(_DIGIT.search(sentence))
    return weight


def _own_work(paper: Paper, sentences: Sequence[str]) -> int:
    """Which sentence is the first of the paper's own work; those before tell of the field. 0 where none can be told."""
    name, colon, _ = paper.title.partition(": ")
    own = (n for n, sentence in enumerate(sentences) if _OWN.search(sentence) or (colon and name in sentence))
    return next(own, 0)


def best_sentences(retriever: Retriever, kind: Kind, terms: Terms | None, paper: Paper) -> list[str]:
    """The paper's sentences, the one that answers best first. Each is an exact substring of the abstract.

    From the first sentence that instructs a reader or a model on, an abstract is not quoted.
    """
    passages = retriever.passages.read([paper])[0]
    sentences = passages.sentences
    if not sentences or not (safe := trusted(paper.abstract)):
        return []
    score = np.array([_weight(sentence, kind) for sentence in sentences])
    score[: _own_work(paper, sentences)] -= _OF_THE_FIELD
    if terms is not None:
        weight = dict(zip(terms.terms, terms.idf.tolist(), strict=True))
        total = max(sum(weight.values()), 1e-9)
        covered = np.array([sum(weight.get(term, 0.0) for term in held) / total for held in passages.terms[1:]])
        score = score + passages.vectors[1:] @ retriever.passages.vector(terms.text) + 0.5 * covered
    return [sentences[i] for i in np.argsort(-score, kind="stable") if sentences[i] in safe]
