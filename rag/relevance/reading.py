"""What reading adds to a judgement by features: the best hits read, and both opinions weighed by fitted models.

The models are in weights/reading.json, made by rag/evaluation/calibrate_reading.py. Without the reader's
weights, or with PAPERCHAT_READER=false, the judgement by features stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.relevance.features import Pool
from rag.relevance.interaction import Reading
from rag.relevance.logistic import Floats, Logistic, Table, model, table_of
from rag.relevance.reader import Reader

READ, READ_IN_DOUBT = 16, 60
"""Hits read for one question, the most probable by their features; and where none of them is probable."""

_PROBABLE = 0.5
"""Probability by features from which on a hit is probable. Below it, the question is most often in words of its own."""

_FARTHEST = 12.0
"""Log odds beyond which a probability is taken as sure."""


@dataclass(frozen=True, eq=False, slots=True)
class Read:
    """Which hits of a pool were read, by their positions, and what the reader said of them."""

    at: tuple[int, ...]
    reading: Reading

    def sentences(self, pool: Pool) -> dict[str, Floats]:
        """The scores of the sentences of each paper read, by its id."""
        return {pool.hits[i].paper.paper_id: scores for i, scores in zip(self.at, self.reading.sentences, strict=True)}


def read_best(reader: Reader, pool: Pool, text: str, relevance: Floats) -> Read:
    """Read the hits that are most probable by their features."""
    count = READ if relevance.max(initial=0.0) >= _PROBABLE else READ_IN_DOUBT
    at = np.argsort(-relevance, kind="stable")[:count].tolist()
    return Read(tuple(at), reader.read(text, [pool.hits[i].paper for i in at]))


def paper_features(pool: Pool, relevance: Floats, read: Read) -> Table:
    """Of each paper read: both opinions, how each stands among those read, and what kind of question it is."""
    at = list(read.at)
    odds, logits = log_odds(relevance[at]), np.asarray(read.reading.logits, np.float64)
    denies = pool.table["denies"][at]
    best, second = np.sort(logits)[::-1][[0, min(1, len(logits) - 1)]]
    return {
        "odds": odds,
        "odds_behind": odds - odds.max(),
        "odds_rank": _rank(odds),
        "odds_top": np.full(len(odds), odds.max()),
        "odds_denies": odds * denies,
        "read": logits,
        "read_behind": logits - best,
        "read_above": logits - logits.mean(),
        "read_rank": _rank(logits),
        "read_lead": np.where(logits >= best, logits - second, logits - best),
        "read_top": np.full(len(odds), best),
        "read_denies": logits * denies,
        "both": odds * logits / 10,
        "denies": denies,
        "words": pool.table["words"][at],
        "expected": np.full(len(odds), np.log(relevance.sum() + 0.05)),
    } | lacking(read.reading)


def lacking(reading: Reading) -> dict[str, Floats]:
    """Of each paper read: what it lacks of what all of them hold together, token by token of the question."""
    likeness, support = (np.asarray(values, np.float64) for values in (reading.likeness, reading.support))
    if not likeness.shape[1]:
        return dict.fromkeys(("lacking_most", "lowest", "unsupported", "unsupported_most"), np.zeros(len(likeness)))
    unsupported = support.max(axis=0) - support
    return {
        "lacking_most": (likeness.max(axis=0) - likeness).max(axis=1),
        "lowest": np.sort(likeness, axis=1)[:, :2].mean(axis=1),
        "unsupported": unsupported.sum(axis=1),
        "unsupported_most": unsupported.max(axis=1),
    }


def _rank(values: Floats) -> Floats:
    return np.log1p(np.argsort(np.argsort(-values, kind="stable"), kind="stable").astype(np.float64))


def reread(pool: Pool, relevance: Floats, read: Read, papers: Logistic | None = None) -> Floats:
    """Each hit's probability to answer, now that some were read; by the model `papers` in place of the one that ships."""
    found = relevance.copy()
    found[list(read.at)] = (papers or model("reading", "papers")).probability(paper_features(pool, relevance, read))
    return found


def held_features(held: float, relevance: Floats, read: Read) -> dict[str, float]:
    """Of a question: how likely any paper is on its topic by features, the best probability, and what reading makes of the best."""
    odds = log_odds(np.array([held, relevance.max()]))
    return {"held": float(odds[0]), "top": float(odds[1]), "read": float(read.reading.logits.max())}


def is_held(held: float, relevance: Floats, read: Read) -> bool:
    """Whether any paper is on the question's topic, now that the best were read."""
    return model("reading", "held").passes(table_of([held_features(held, relevance, read)]))


def sentence_features(by_features: Floats, by_reading: Floats) -> Table:
    """Of each sentence of a paper: both opinions, as log shares of the paper's sentences."""
    return {"features": log_shares(by_features), "read": log_shares(by_reading)}


def sentences_again(by_features: Floats, by_reading: Floats) -> Floats:
    """How well each sentence shows that its paper answers, by both opinions."""
    return model("reading", "sentences").score(sentence_features(by_features, by_reading))


def log_odds(probability: Floats) -> Floats:
    """Kept within bounds."""
    clipped = np.clip(np.asarray(probability, np.float64), 1e-9, 1 - 1e-9)
    return np.clip(np.log(clipped / (1 - clipped)), -_FARTHEST, _FARTHEST)


def log_shares(scores: Floats | Sequence[float]) -> Floats:
    """The logarithm of each score's share, the scores being taken as log odds of a choice."""
    values = np.asarray(scores, np.float64)
    top = values.max(initial=0.0)
    return np.asarray(values - top - np.log(np.exp(values - top).sum()))
