"""How many papers an answer names: as many as make the expected F1 of the set the greatest."""

import numpy as np

from rag.relevance.logistic import Floats


def best_cut(relevance: Floats) -> int:
    """How many of the papers to take, given each one's probability to answer, highest first: at least one."""
    taken = np.arange(1, len(relevance) + 1)
    expected = 2 * np.cumsum(relevance) / (taken + relevance.sum())
    return int(np.argmax(expected)) + 1
