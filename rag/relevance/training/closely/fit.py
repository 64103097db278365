"""Fits the close reader to judged questions: which papers answer (each on its own, and against the others), and which sentence shows it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rag.relevance.training.closely.data import NO_PAPER, Tensors, compact, read_pairs
from rag.relevance.training.closely.network import NEVER, Network
from rag.relevance.training.data import ELSEWHERE, END
from rag.relevance.training.fit import KIND_WEIGHTS

Tensor = Any
_TARGETS = {2: (1.0, 2.0), 1: (0.3, 0.5), 0: (0.0, 1.0), ELSEWHERE: (0.0, 0.15), NO_PAPER: (0.0, 0.0)}
"""Of each grade: the probability aimed at, and what the pair weighs."""

_ELSEWHERE = 2
_LIST, _SENTENCE = 0.5, 0.3
_DROPPED, _DROPPED_WORDS = 0.35, 0.12


@dataclass(frozen=True, eq=False, slots=True)
class Picked:
    """For each question some papers by number, the grade of each, and the sentence that shows it."""

    numbers: Tensor
    grades: Tensor
    best: Tensor


class Fit:
    """Training on all questions of `data`: `together` in one step, each with `papers` papers."""

    def __init__(self, network: Network, data: Tensors, together: int, papers: int, seed: int) -> None:
        self.network, self.data, self.torch = network, data, network.torch
        self.together, self.papers, self.seed = together, papers, seed
        self.steps = len(data.kinds) // together
        """Those of one epoch."""
        self._weights = self.torch.tensor([KIND_WEIGHTS.get(kind, 1.0) for kind in data.kinds], device=network.device)
        self._whole = self.torch.tensor([kind == "exclude" for kind in data.kinds], device=network.device)

    def loss(self, step: int) -> Tensor:
        """Of one step, counted over all epochs."""
        epoch, step = divmod(step, self.steps)
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.data.kinds))
        rows = self.torch.tensor(order[step * self.together : (step + 1) * self.together], device=self.network.device)
        picked = self._picked(rows)
        logits, scores = read_pairs(self.network, self.data, self._thinned(rows), picked.numbers)
        answers = picked.grades == 2
        judged = self._alone(logits, picked, rows) + _LIST * self._among(logits, picked, rows)
        return judged + _SENTENCE * self._sentence(scores, answers, picked.best)

    def _picked(self, rows: Tensor) -> Picked:
        """Papers that answer first, up to half; then those that answer in part, rather than others; and two of anywhere."""
        torch, device, graded = self.torch, self.network.device, self.data.grades[rows]
        score = torch.rand(graded.shape, device=device) + (graded == 1).float() * 0.5 - (graded == NO_PAPER).float() * 9
        answers = graded == 2
        within = score.masked_fill(~answers, -9).argsort(1, descending=True).argsort(1) < self.papers // 2 - 1
        score = score + (answers & within).float() * 5 - (answers & ~within).float() * 0.3
        pick = score.argsort(1, descending=True)[:, : self.papers - _ELSEWHERE]
        far = torch.randint(0, len(self.data.papers), (len(rows), _ELSEWHERE), device=device)
        numbers = (self.data.first[rows][:, None] + pick) % len(self.data.papers)
        grades, best = graded.gather(1, pick), self.data.best[rows].gather(1, pick)
        unknown, none = torch.full_like(far, ELSEWHERE), torch.full_like(far, -1)
        return Picked(torch.cat([numbers, far], 1), torch.cat([grades, unknown], 1), torch.cat([best, none], 1))

    def _thinned(self, rows: Tensor) -> Tensor:
        """Questions that exclude nothing lose a word now and then."""
        torch, device, ids = self.torch, self.network.device, self.data.questions[rows]
        chosen = (torch.rand(len(rows), 1, device=device) < _DROPPED) & ~self._whole[rows][:, None]
        lost = chosen & (torch.rand(ids.shape, device=device) < _DROPPED_WORDS) & (ids > END)
        return compact(ids.masked_fill(lost, 0))

    def _alone(self, logits: Tensor, picked: Picked, rows: Tensor) -> Tensor:
        target, weight = self.torch.zeros_like(logits), self.torch.zeros_like(logits)
        for grade, (aim, weighs) in _TARGETS.items():
            target[picked.grades == grade], weight[picked.grades == grade] = aim, weighs
        weight = weight * self._weights[rows][:, None]
        lost = self.torch.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
        return (lost * weight).sum() / weight.sum()

    def _among(self, logits: Tensor, picked: Picked, rows: Tensor) -> Tensor:
        answers, kind = picked.grades == 2, self._weights[rows]
        apart = answers | (picked.grades == 1) | (picked.grades == NO_PAPER)
        others = self.torch.logsumexp(logits.masked_fill(apart, NEVER), 1, keepdim=True)
        lost = (self.torch.nn.functional.softplus(others - logits) * answers).sum(1) / answers.sum(1).clamp_min(1) * kind
        return lost.sum() / (kind * answers.any(1)).sum().clamp_min(1)

    def _sentence(self, scores: Tensor, answers: Tensor, best: Tensor) -> Tensor:
        at = answers & (best >= 0) & (best + 1 < scores.shape[2])
        marked, found = best[at] + 1, scores[at].clone()
        found[:, 0] = NEVER  # the title is not quoted
        read = found.gather(1, marked[:, None]).squeeze(1) > NEVER / 10
        if not read.any():
            return scores.sum() * 0
        return self.torch.nn.functional.cross_entropy(found[read], marked[read])
