"""Whether any paper joins what a question joins, by what was read: each token of the question against each paper.

A near miss has the question's parts in papers of their own, so all papers together hold more of it than any one does.
The reader tells that better than words do: in its eyes "runs on small boards" and "deployed on a microcontroller" are one thing.
The model is in weights/reading.json, made by rag/evaluation/calibrate_reading.py.
"""

import numpy as np

from rag.relevance.logistic import Floats, model, table_of
from rag.relevance.reading import Read, log_odds


def joined_features(joined: float, relevance: Floats, read: Read) -> dict[str, float]:
    """Of a question: how likely any paper joins its parts by features, what reading makes of the best paper, and what that lacks."""
    odds = log_odds(np.array([joined, relevance.max()]))
    found = {"joined": float(odds[0]), "top": float(odds[1]), "read": float(read.reading.logits.max())}
    return found | _lacking(read, int(np.argmax(relevance[list(read.at)])))


def _lacking(read: Read, best: int) -> dict[str, float]:
    """What the best paper, at `best` of those read, lacks of what they hold together: zeros for a question of no token."""
    likeness, support = (np.asarray(values, np.float64) for values in (read.reading.likeness, read.reading.support))
    if not likeness.shape[1]:
        return dict.fromkeys(("lacking", "lacking_most", "lowest", "unsupported", "apart", "apart_in_support"), 0.0)
    weight = np.maximum(read.reading.weights, 0)
    behind = likeness.max(axis=0) - likeness[best]
    found = {
        "lacking": behind @ weight / max(weight.sum(), 1e-9),
        "lacking_most": behind.max(),
        "lowest": np.sort(likeness[best])[:2].mean(),
        "unsupported": (support.max(axis=0) - support[best]).sum(),
        "apart": _apart(likeness),
        "apart_in_support": _apart_in_all(support),
    }
    return {name: float(value) for name, value in found.items()}


def _apart(likeness: Floats) -> float:
    """How much better two halves of the question are held by papers of their own than by one, cut where it tells most."""
    cuts = [(likeness[:, :at].mean(axis=1), likeness[:, at:].mean(axis=1)) for at in range(1, likeness.shape[1])]
    return max((float(min(left.max(), right.max()) - np.minimum(left, right).max()) for left, right in cuts), default=0.0)


def _apart_in_all(support: Floats) -> float:
    """The same of what the halves add up to."""
    sums = np.cumsum(support, axis=1)
    cuts = [(sums[:, at], sums[:, -1] - sums[:, at]) for at in range(sums.shape[1] - 1)]
    return max((float(left.max() + right.max() - (left + right).max()) for left, right in cuts), default=0.0)


def is_joined(joined: float, relevance: Floats, read: Read) -> bool:
    """Whether any paper joins what the question joins, now that the best were read."""
    return model("reading", "joined").passes(table_of([joined_features(joined, relevance, read)]))
