"""Whether any paper answers: what is known of a pool's best papers together, against what the pool holds in pieces.

A near miss has both halves of a question in its pool and no paper that joins them.
"""

import numpy as np
from numpy.typing import NDArray

from rag.relevance.features import Pool
from rag.relevance.logistic import Floats
from rag.relevance.matching import apart, mean

_OF_THE_BEST = (
    "soft", "square", "exact", "low1", "low2", "low3", "rare1", "rare2", "even", "sentence_soft", "sentence_low1", "sentence_low2",
    "sentence_rare2", "joint_soft", "joint_low1", "joint_low2", "best", "two", "title", "coverage", "title_soft",
)  # fmt: skip
_PIECES = (
    "union", "union_low", "union_behind", "lacking", "lacking_most", "lacking_three", "rare3", "rare3_low",
    "pair", "pairs", "pair_sentence", "pairs_sentence", "apart", "apart_on_the_whole",
)  # fmt: skip
_QUESTION = ("words", "denies", "strangeness", "weight", "held")


def question_features(pool: Pool, relevance: Floats) -> dict[str, float]:
    """Numbers of a whole question; `relevance` is each hit's probability to answer."""
    order = np.argsort(-relevance, kind="stable")
    top = order[:3]
    odds = np.pad(_log_odds(relevance[top]), (0, 3 - len(top)), constant_values=-12.0)
    found = {"first": odds[0], "second": odds[1], "third": odds[2], "expected": np.log(relevance.sum() + 0.02)}
    for name in _OF_THE_BEST:
        values = pool.table[name]
        found |= {f"{name}_first": values[top[0]], f"{name}_three": values[top].max(), f"{name}_behind": values.max() - values[top[0]]}
    found |= {name: pool.table[name][0] for name in _QUESTION}
    return {name: float(value) for name, value in (found | _pieces(pool, top)).items()}


def _pieces(pool: Pool, top: NDArray[np.intp]) -> dict[str, float]:
    """What the best papers lack of what the pool holds, by words and by pairs of words."""
    weight, paper = pool.asked.wanted.idf, pool.match.paper
    if not len(weight):
        return dict.fromkeys(_PIECES, 0.0)
    union, first, three = paper.max(axis=0), paper[top[0]], paper[top].max(axis=0)
    rare = np.argsort(-weight, kind="stable")[:3]
    whole = float(mean(union[None], weight)[0])
    found = {
        "union": whole,
        "union_low": union.min(),
        "union_behind": whole - pool.table["soft"][top].max(),
        "lacking": ((union - first) * weight).sum() / weight.sum(),
        "lacking_most": ((union - first) * weight).max(),
        "lacking_three": ((union - three) * weight).max(),
        "rare3": first[rare].mean(),
        "rare3_low": first[rare].min(),
    }
    found["pair"], found["pairs"] = _parted_pairs(paper, weight)
    found["pair_sentence"], found["pairs_sentence"] = _parted_pairs(pool.match.passage, weight)
    found["apart"], found["apart_on_the_whole"] = _parted_halves(paper, weight)
    return {name: float(value) for name, value in found.items()}


def _parted_halves(likeness: Floats, weight: Floats) -> tuple[float, float]:
    """How much better the two halves of a question, cut where it tells most, are held by papers of their own than by one paper."""
    whole = mean(likeness, weight).max()
    best, best_on_the_whole = 0.0, 0.0
    for at in range(1, len(weight)):
        left, right = mean(likeness[:, :at], weight[:at]), mean(likeness[:, at:], weight[at:])
        share = float(weight[:at].sum()) / max(float(weight.sum()), 1e-9)
        best = max(best, apart(left, right))
        best_on_the_whole = max(best_on_the_whole, share * left.max() + (1 - share) * right.max() - whole)
    return float(best), float(best_on_the_whole)


def _parted_pairs(likeness: Floats, weight: Floats) -> tuple[float, float]:
    """How far the words of a pair are held apart but not together: of the pair where it tells most, and on the whole."""
    if len(weight) < 2:
        return 0.0, 0.0
    together = np.minimum(likeness[:, :, None], likeness[:, None, :]).max(axis=0)
    most = likeness.max(axis=0)
    tells = np.sqrt(np.outer(weight, weight))
    pairs = np.triu_indices(len(weight), 1)
    parted = ((np.minimum.outer(most, most) - together) * tells)[pairs]
    return float(parted.max()), float(parted.sum() / max(tells[pairs].sum(), 1e-9))


def _log_odds(probability: Floats) -> Floats:
    clipped = np.clip(probability, 1e-5, 1 - 1e-5)
    return np.asarray(np.log(clipped / (1 - clipped)))
