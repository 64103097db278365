"""Measures the close reader on whole clusters, with the figures of the first reader."""

import numpy as np

from rag.relevance.training.closely.data import LARGEST, NO_PAPER, Tensors, read_pairs
from rag.relevance.training.closely.network import Network
from rag.relevance.training.fit import average_precision

_QUESTIONS = 24


def measure(network: Network, data: Tensors) -> dict[str, float]:
    """Mean average precision of grade 2 against 0 within a cluster, by kind and over kinds; share of best sentences found."""
    precision: dict[str, list[float]] = {}
    shown: list[bool] = []
    for start in range(0, len(data.kinds), _QUESTIONS):
        rows = slice(start, start + _QUESTIONS)
        numbers = data.first[rows][:, None] + network.torch.arange(LARGEST, device=network.device)
        with network.torch.no_grad():
            found = read_pairs(network, data, data.questions[rows], numbers.clamp(max=len(data.papers) - 1))
        logits, scores = (part.cpu().numpy() for part in found)
        grades, best = data.grades[rows].cpu().numpy(), data.best[rows].cpu().numpy()
        for row, kind in enumerate(data.kinds[rows]):
            told = (grades[row] != 1) & (grades[row] != NO_PAPER)
            if (grades[row] == 2).any():
                precision.setdefault(kind, []).append(average_precision(logits[row][told], grades[row][told] == 2))
        marked = np.nonzero((grades == 2) & (best >= 0))
        shown += list(scores[marked][:, 1:].argmax(1) == best[marked])
    means = {kind: float(np.mean(found)) for kind, found in precision.items()}
    return {"mean": float(np.mean(list(means.values()))), **means, "sentence": float(np.mean(shown))}
