"""What reading adds to a judgement by features: the best hits read, the very best of them closely, and all opinions weighed.

The models are in weights/reading.json, made by rag/evaluation/calibrate_reading.py: those whose name ends in `_closely` are for
where papers were read closely. Without the reader's weights, or with PAPERCHAT_READER=false, the judgement by features stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.relevance.closely import CloseReading
from rag.relevance.features import Pool
from rag.relevance.interaction import Reading
from rag.relevance.logistic import Floats, Logistic, Table, model, table_of
from rag.relevance.reader import Reader

READ, READ_IN_DOUBT = 16, 60
"""Hits read for one question, the most probable by their features; and where none of them is probable."""

_PROBABLE = 0.5
"""Probability by features from which on a hit is probable. Below it, the question is most often in words of its own."""

READ_CLOSELY, _AT_LEAST, _WORTH_IT = 10, 3, 0.03
"""Hits read closely at most and at least, the most probable after reading; and the probability from which on a hit is worth it."""

_FARTHEST = 12.0
"""Log odds beyond which a probability is taken as sure."""


@dataclass(frozen=True, eq=False, slots=True)
class Close:
    """Which hits of a pool were read closely, by their positions, and what was found."""

    at: tuple[int, ...]
    reading: CloseReading


@dataclass(frozen=True, eq=False, slots=True)
class SentencesRead:
    """The scores of a paper's sentences as it was read, and as it was read closely, where it was."""

    read: Floats
    closely: Floats | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Read:
    """Which hits of a pool were read, by their positions, what the reader said of them, and what it said on a closer look."""

    at: tuple[int, ...]
    reading: Reading
    close: Close | None = None

    @property
    def finds_one(self) -> bool:
        """Whether a close reading takes any paper to answer, rather than not."""
        return self.close is not None and float(self.close.reading.logits.max()) > 0

    def sentences(self, pool: Pool) -> dict[str, SentencesRead]:
        """The scores of the sentences of each paper read, by its id."""
        closely = dict(zip(self.close.at, self.close.reading.sentences, strict=True)) if self.close else {}
        both = zip(self.at, self.reading.sentences, strict=True)
        return {pool.hits[i].paper.paper_id: SentencesRead(scores, closely.get(i)) for i, scores in both}


def read_through(reader: Reader, pool: Pool, text: str, relevance: Floats, *, closely: bool) -> tuple[Read, Floats]:
    """The best hits read, and each hit's probability to answer by all that is known then; `relevance` is that by features."""
    read = read_best(reader, pool, text, relevance)
    relevance = reread(pool, relevance, read)
    if not closely:
        return read, relevance
    read = read_closely(reader, pool, text, relevance, read)
    return read, reread_closely(pool, relevance, read)


def read_best(reader: Reader, pool: Pool, text: str, relevance: Floats) -> Read:
    """Read the hits that are most probable by their features."""
    return read_these(reader, pool, text, _best(relevance, READ if relevance.max(initial=0.0) >= _PROBABLE else READ_IN_DOUBT))


def read_these(reader: Reader, pool: Pool, text: str, at: Sequence[int]) -> Read:
    """Read the hits at some positions."""
    return Read(tuple(at), reader.read(text, [pool.hits[i].paper for i in at]))


def read_closely(reader: Reader, pool: Pool, text: str, relevance: Floats, read: Read) -> Read:
    """Read closely those that are most probable after a first reading."""
    best = [i for i in _best(relevance, len(relevance)) if i in read.at][:READ_CLOSELY]
    at = [i for n, i in enumerate(best) if n < _AT_LEAST or relevance[i] >= _WORTH_IT]
    return replace(read, close=Close(tuple(at), reader.read_closely(text, [pool.hits[i].paper for i in at])))


def _best(relevance: Floats, count: int) -> list[int]:
    return [int(i) for i in np.argsort(-relevance, kind="stable")[:count]]


def paper_features(pool: Pool, relevance: Floats, read: Read) -> Table:
    """Of each paper read: both opinions, how each stands among those read, and what kind of question it is."""
    at = list(read.at)
    return _two_opinions(pool, relevance, at, np.asarray(read.reading.logits, np.float64)) | lacking(read.reading)


def close_features(pool: Pool, relevance: Floats, read: Read) -> Table:
    """Of each paper read closely: what was thought before, what is thought now, and what it lacks. `relevance` is that before."""
    close = _close(read)
    at, place = list(close.at), [read.at.index(i) for i in close.at]
    told = {name: values[place] for name, values in lacking(read.reading).items()}
    first = {"read_first": np.asarray(read.reading.logits, np.float64)[place]}
    return _two_opinions(pool, relevance, at, np.asarray(close.reading.logits, np.float64)) | told | first


def _close(read: Read) -> Close:
    if read.close is None:
        raise ValueError("nothing was read closely")
    return read.close


def _two_opinions(pool: Pool, relevance: Floats, at: list[int], logits: Floats) -> dict[str, Floats]:
    odds, denies = log_odds(relevance[at]), pool.table["denies"][at]
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
    }


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


def reread_closely(pool: Pool, relevance: Floats, read: Read, papers: Logistic | None = None) -> Floats:
    """The same, now that some were read closely; `relevance` is what `reread` found."""
    found = relevance.copy()
    found[list(_close(read).at)] = (papers or model("reading", "papers_closely")).probability(close_features(pool, relevance, read))
    return found


def held_features(held: float, relevance: Floats, read: Read) -> dict[str, float]:
    """Of a question: how likely any paper is on its topic by features, the best probability, and what reading makes of the best."""
    odds = log_odds(np.array([held, relevance.max()]))
    return {"held": float(odds[0]), "top": float(odds[1]), "read": float(read.reading.logits.max())} | best_closely(read)


def best_closely(read: Read) -> dict[str, float]:
    """What a closer look makes of the best two; nothing where none was taken."""
    if read.close is None:
        return {}
    logits = np.sort(np.asarray(read.close.reading.logits, np.float64))[::-1]
    return {"closely": float(logits[0]), "closely_second": float(logits[min(1, len(logits) - 1)])}


def is_held(held: float, relevance: Floats, read: Read) -> bool:
    """Whether any paper is on the question's topic, now that the best were read."""
    return question_model("held", read).passes(table_of([held_features(held, relevance, read)]))


def question_model(name: str, read: Read) -> Logistic:
    """The model of a whole question that weighs what was read."""
    return model("reading", f"{name}_closely" if read.close else name)


def sentence_features(by_features: Floats, read: SentencesRead) -> Table:
    """Of each sentence of a paper: all opinions, as log shares of the paper's sentences."""
    told = {"features": log_shares(by_features), "read": log_shares(read.read)}
    return told if read.closely is None else told | {"closely": log_shares(read.closely)}


def sentences_again(by_features: Floats, read: SentencesRead) -> Floats:
    """How well each sentence shows that its paper answers, by all opinions."""
    name = "sentences" if read.closely is None else "sentences_closely"
    return model("reading", name).score(sentence_features(by_features, read))


def log_odds(probability: Floats) -> Floats:
    """Kept within bounds."""
    clipped = np.clip(np.asarray(probability, np.float64), 1e-9, 1 - 1e-9)
    return np.clip(np.log(clipped / (1 - clipped)), -_FARTHEST, _FARTHEST)


def log_shares(scores: Floats | Sequence[float]) -> Floats:
    """The logarithm of each score's share, the scores being taken as log odds of a choice."""
    values = np.asarray(scores, np.float64)
    top = values.max(initial=0.0)
    return np.asarray(values - top - np.log(np.exp(values - top).sum()))
