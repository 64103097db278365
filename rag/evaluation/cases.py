"""Judged questions as a fit sees them: each with the pool that the search gives for it."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from corpus import Paper
from rag.assistant import Assistant
from rag.evaluation.clusters import Asked, Cluster, opened
from rag.evaluation.evaluate import JudgedQuery
from rag.evaluation.fitting import Floats
from rag.relevance import JUDGED, Pool, Sentences, asked, pool_of, sentences_of

_TOGETHER = 24
"""Clusters in one index."""

_FEWEST = 5
"""Hits that a pool must have: what stands out needs others."""

_FAR = 0.5
"""Cosine of a cluster's centre with any paper up to which its questions are on another topic."""

_FROM_AFAR = 96
"""Clusters looked at for questions on other topics, of each index: about two in three are far."""

OUTSIDE = "outside"
"""Type of a question from outside the field of all papers."""

_FROM_OUTSIDE = 90
"""Questions from outside the field that are asked of an index of clusters; of the papers that ship twice as many."""

_OF_SHIPPED = 2.0
"""Weight of a question on the papers that ship: there are few."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question's pool with the grade of each hit; `group` is the index that it was asked of.

    `far` is a question on another topic than all papers here; `bereft` is a question of which every paper that answers, wholly or partly,
    is taken out of the pool.
    """

    group: int
    type: str
    pool: Pool
    grades: Floats
    wanted: int
    weight: float = 1.0
    bereft: bool = False
    far: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class SentenceCase:
    """The sentences of a paper that answers a question, and which shows it best; `group` as of a Case."""

    type: str
    sentences: Sentences
    best: int
    group: int
    text: str
    paper: Paper


def _cases(
    assistant: Assistant, text: str, kind: str, grades: Mapping[str, int], wanted: int, group: int, weight: float = 1.0
) -> list[Case]:
    """The question as it is, and bereft; nothing where the text has no word to search by."""
    hits = assistant.retriever.search(text, JUDGED)
    if len(hits) < _FEWEST or hits[0].features is None:
        return []
    found = np.array([grades.get(hit.paper.paper_id, 0) for hit in hits], np.float64)
    cases = [Case(group, kind, pool_of(assistant.retriever, text, hits), found, wanted, weight, text=text)]
    rest = [hit for hit, grade in zip(hits, found, strict=True) if not grade]
    if wanted and len(rest) >= _FEWEST:
        cases.append(Case(group, kind, pool_of(assistant.retriever, text, rest), np.zeros(len(rest)), 0, weight, bereft=True, text=text))
    return cases


def cases_of_clusters(clusters: Sequence[Cluster], home: Path, outside: Sequence[str] = ()) -> tuple[list[Case], list[SentenceCase]]:
    """Every question asked of an index of 24 clusters, its own among them, and some from `outside` the field."""
    groups = [clusters[at : at + _TOGETHER] for at in range(0, len(clusters), _TOGETHER)]
    cases, sentences = list[Case](), list[SentenceCase]()
    for number, group in enumerate(groups):
        assistant = opened(group, home / str(number))
        for question in (question for cluster in group for question in cluster.questions):
            cases += _cases(assistant, question.text, question.type, question.grades, len(question.wanted), number)
            sentences += _sentence_cases(assistant, question, number)
        cases += cases_from_afar(assistant, [cluster for other in groups if other is not group for cluster in other], number)
        cases += cases_from_outside(assistant, outside, number, _FROM_OUTSIDE)
    return cases, sentences


def cases_from_afar(assistant: Assistant, clusters: Sequence[Cluster], group: int) -> list[Case]:
    """Questions of some clusters that are on other topics than every paper here: nothing answers them."""
    encode = assistant.index.encoder.static.encode
    held = encode([f"{paper.title}. {paper.abstract}" for paper in assistant.index.all_papers()])
    found = list[Case]()
    for cluster in random.Random(group).sample(clusters, min(_FROM_AFAR, len(clusters))):
        centre = encode([f"{paper.title}. {paper.abstract}" for paper in cluster.papers]).mean(axis=0)
        if (held @ centre).max() < _FAR * np.linalg.norm(centre):
            cases = (case for question in cluster.questions for case in _cases(assistant, question.text, question.type, {}, 0, group))
            found += (replace(case, far=True) for case in cases)
    return found


def cases_from_outside(assistant: Assistant, questions: Sequence[str], group: int, count: int) -> list[Case]:
    """So many questions from outside the field, at random: nothing answers them, whatever papers are held."""
    asked_of = random.Random(group).sample(questions, min(count, len(questions)))
    found = (case for text in asked_of for case in _cases(assistant, text, OUTSIDE, {}, 0, group))
    return [replace(case, far=True) for case in found]


def _sentence_cases(assistant: Assistant, question: Asked, group: int) -> list[SentenceCase]:
    papers = assistant.index.papers(list(question.shown))
    retriever = assistant.retriever
    taken = asked(retriever, question.text, retriever.terms(question.text))
    found = []
    for paper, sentences in zip(papers, sentences_of(retriever, question.text, taken, papers), strict=True):
        best = question.shown[paper.paper_id].strip()
        if best in sentences.texts and len(sentences.texts) > 1:
            found.append(SentenceCase(question.type, sentences, sentences.texts.index(best), group, question.text, paper))
    return found


def cases_of_queries(assistant: Assistant, queries: Sequence[JudgedQuery], group: int, outside: Sequence[str] = ()) -> list[Case]:
    """Judged questions on the papers that the assistant holds, and some from `outside` the field; follow-ups take no part."""
    found = cases_from_outside(assistant, outside, group, 2 * _FROM_OUTSIDE)
    for query in queries:
        if not query.history and query.type != "metadata":
            wanted = len(query.wanted) if query.relevant else 0
            found += _cases(assistant, query.question, query.type, query.relevant, wanted, group, _OF_SHIPPED)
    return found
