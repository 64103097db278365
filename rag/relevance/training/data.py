"""Judged clusters as token ids: twenty papers and the questions on them, every pair graded."""

import gzip
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from rag.embedding import LONGEST_TEXT
from rag.relevance.reader import LONGEST_PAPER

Ints = NDArray[np.int64]
UNKNOWN, START, END = 100, 101, 102
ELSEWHERE = -2
"""The grade of a paper of another cluster: it surely does not answer, but was not judged."""

_SEED = 13
_PAPERS = 12
_DROPPED, _DROPPED_WORDS = 0.3, 0.12


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its kind, its tokens, and of each paper the grade (0 to 2) and the sentence that shows it (-1: none)."""

    kind: str
    tokens: list[int]
    grades: list[int]
    best: list[int]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Papers as (tokens, passage of each token), and the questions on them."""

    papers: list[tuple[list[int], list[int]]]
    questions: list[Asked]


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Some clusters together, padded: every question against every paper; `taken` are each cluster's papers, by number."""

    question: Ints
    papers: Ints
    segments: Ints
    grades: Ints
    best: Ints
    kinds: list[str]
    taken: list[list[int]]


def load_clusters(path: Path, tokenizer: Tokenizer) -> list[Cluster]:
    """The clusters of a file, in order."""
    papers = cache(lambda passages: _paper(passages, tokenizer))  # of shared ones each is read once
    return [_cluster(record, papers, tokenizer) for record in read_clusters(path)]


def read_clusters(path: Path) -> list[dict[str, Any]]:
    """The clusters of a file as they are written, one JSON object a line; where the first holds `papers`, the others name theirs by id."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    if not records or "papers" not in records[0]:
        return records
    shared = {paper["id"]: paper for paper in records.pop(0)["papers"]}
    return [{**one, "docs": [shared[paper_id] for paper_id in one["docs"]]} for one in records]


def split_clusters(count: int, fit: int, tune: int) -> tuple[list[int], list[int], list[int]]:
    """Numbers of the clusters to fit on, to choose by, and to report on: always the same for the same numbers."""
    order = list(range(count))
    random.Random(_SEED).shuffle(order)
    return order[:fit], order[fit : fit + tune], order[fit + tune :]


Passages = tuple[str, ...]


def _cluster(record: dict[str, Any], read: Callable[[Passages], tuple[list[int], list[int]]], tokenizer: Tokenizer) -> Cluster:
    place = {paper["id"]: number for number, paper in enumerate(record["docs"])}
    questions = []
    for question in record["questions"]:
        grades, best = [0] * len(place), [-1] * len(place)
        for paper_id, (grade, sentence) in question["relevant"].items():
            grades[place[paper_id]], best[place[paper_id]] = grade, sentence
        ids = tokenizer.encode(question["question"], add_special_tokens=False).ids[: LONGEST_TEXT - 2]
        questions.append(Asked(question["type"], [START, *ids, END], grades, best))
    return Cluster([read((paper["title"], *paper["sentences"])) for paper in record["docs"]], questions)


def _paper(passages: Sequence[str], tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    ids, segments = [START], [-1]
    for number, passage in enumerate(passages):
        told = tokenizer.encode(passage, add_special_tokens=False).ids or [UNKNOWN]
        ids += told
        segments += [number] * len(told)
        if number == 0:
            ids.append(END)
            segments.append(-1)
    return [*ids[: LONGEST_PAPER - 1], END], [*segments[: LONGEST_PAPER - 1], -1]


def batch(clusters: Sequence[Cluster], rng: random.Random | None = None) -> Batch:
    """All pairs of some clusters.

    With `rng`, to train on: at most twelve papers of each cluster, those first that answer something,
    and questions that exclude nothing lose a word now and then.
    """
    taken = [_taken(cluster, rng) if rng else list(range(len(cluster.papers))) for cluster in clusters]
    papers = [cluster.papers[i] for cluster, some in zip(clusters, taken, strict=True) for i in some]
    questions = [(number, asked) for number, cluster in enumerate(clusters) for asked in cluster.questions]
    starts = np.cumsum([0, *map(len, taken)])
    grades = np.full((len(questions), len(papers)), ELSEWHERE)
    best = np.full((len(questions), len(papers)), -1)
    for row, (number, asked) in enumerate(questions):
        grades[row, starts[number] : starts[number + 1]] = [asked.grades[i] for i in taken[number]]
        best[row, starts[number] : starts[number + 1]] = [asked.best[i] for i in taken[number]]
    texts = [_thinned(asked, rng) if rng else asked.tokens for _, asked in questions]
    kinds = [asked.kind for _, asked in questions]
    return Batch(padded(texts), padded([ids for ids, _ in papers]), padded([s for _, s in papers], -1), grades, best, kinds, taken)


def _taken(cluster: Cluster, rng: random.Random) -> list[int]:
    numbers = list(range(len(cluster.papers)))
    rng.shuffle(numbers)
    numbers.sort(key=lambda i: all(asked.grades[i] < 2 for asked in cluster.questions))
    return numbers[:_PAPERS]


def _thinned(asked: Asked, rng: random.Random) -> list[int]:
    if asked.kind == "exclude" or rng.random() >= _DROPPED:
        return asked.tokens
    return [START, *(token for token in asked.tokens[1:-1] if rng.random() > _DROPPED_WORDS), END]


def padded(rows: Sequence[Sequence[int]], filler: int = 0) -> Ints:
    """Rows of unequal length as one array."""
    longest = max(map(len, rows))
    return np.array([[*row, *[filler] * (longest - len(row))] for row in rows], dtype=np.int64)
