"""Fits the network: which papers answer (each on its own, and against the others), and which sentence shows it."""

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.relevance.reader import INTERACTION
from rag.relevance.training.data import ELSEWHERE, Batch, Cluster, batch, padded
from rag.relevance.training.network import Network
from rag.relevance.training.start import as_transformers, read_start

Tensor = Any
KIND_WEIGHTS = {"everyday": 1.3, "exclude": 1.5, "detail": 0.8}
"""Kinds that count for more or less than the others: the features of the static table are weak on the first two."""

_TARGETS = {2: (1.0, 2.0), 1: (0.35, 0.4), 0: (0.0, 1.0), ELSEWHERE: (0.0, 0.15)}
"""Of each grade: the probability aimed at, and what the pair weighs."""

_LIST, _SENTENCE = 0.5, 0.3
_WARM_UP, _LEAST = 30, 0.02
_DECAY, _LARGEST = 0.01, 1.0
_CACHED_AT_ONCE = 10


class Fit:
    """One run of training over some clusters; `clusters` holds them all, numbers tell which take part."""

    def __init__(self, network: Network, clusters: Sequence[Cluster]) -> None:
        self.network, self.clusters, self.torch = network, clusters, network.torch
        self._lower: dict[int, list[Tensor]] = {}

    def run(self, numbers: Sequence[int], epochs: int, together: int, rates: tuple[float, float], after: Callable[[int], None]) -> None:
        """Train; `rates` are the encoder's and the comparison's; `after` is called with each epoch's number."""
        rng, order = random.Random(0), list(numbers)
        trained = [p for p in self.network.encoder.parameters() if p.requires_grad]
        groups = [{"params": trained, "lr": rates[0]}, {"params": list(self.network.w.values()), "lr": rates[1]}]
        optimizer = self.torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=_DECAY)
        steps = len(order) // together
        for epoch in range(epochs):
            rng.shuffle(order)
            self.network.dropping, started, total = 0.1, time.time(), 0.0
            for step in range(steps):
                done = epoch * steps + step
                share = min(1.0, (done + 1) / _WARM_UP) * max(_LEAST, 1 - done / (epochs * steps))
                for group, rate in zip(optimizer.param_groups, rates, strict=True):
                    group["lr"] = rate * share
                total += self._step(order[step * together : (step + 1) * together], rng, optimizer)
                if step % 15 == 14:
                    took = time.time() - started
                    print(f"epoch {epoch}, step {step + 1} of {steps}: loss {total / (step + 1):.3f}, {took:.0f} s", flush=True)
            self.network.dropping = 0.0
            after(epoch)

    def _step(self, numbers: Sequence[int], rng: random.Random, optimizer: Any) -> float:
        pairs = batch([self.clusters[number] for number in numbers], rng)
        loss = self._loss(*self._scores(numbers, pairs), pairs)
        optimizer.zero_grad()
        loss.backward()
        self.torch.nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], _LARGEST)
        optimizer.step()
        return float(loss.detach())

    def scores(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.float32], Batch]:
        """Logits and passage scores of one cluster."""
        pairs = batch([self.clusters[number]])
        with self.torch.no_grad():
            logits, scores = self._scores([number], pairs)
        return logits.cpu().numpy(), scores.cpu().numpy(), pairs

    def _scores(self, numbers: Sequence[int], pairs: Batch) -> tuple[Tensor, Tensor]:
        torch, network = self.torch, self.network
        question, papers = self._moved(pairs.question), self._moved(pairs.papers)
        lower = torch.zeros(*papers.shape, 384, dtype=torch.bfloat16, device=network.device)
        read = [self._lower_states(number)[i] for number, some in zip(numbers, pairs.taken, strict=True) for i in some]
        for row, states in enumerate(read):
            lower[row, : len(states)] = states
        asked = network.upper(network.lower(question), question != 0)
        return network.compare(asked, question != 0, network.upper(lower, papers != 0), papers != 0, self._moved(pairs.segments))

    def _lower_states(self, number: int) -> list[Tensor]:
        """What the frozen layers make of a cluster's papers, worked out once."""
        if number not in self._lower:
            texts = [ids for ids, _ in self.clusters[number].papers]
            states: list[Tensor] = []
            for start in range(0, len(texts), _CACHED_AT_ONCE):
                some = texts[start : start + _CACHED_AT_ONCE]
                lower = self.network.lower(self._moved(padded(some)))
                states += [row[: len(ids)].bfloat16().clone() for row, ids in zip(lower, some, strict=True)]
            self._lower[number] = states
        return self._lower[number]

    def _moved(self, numbers: Any) -> Tensor:
        """To where the network is."""
        return self.torch.tensor(numbers, device=self.network.device)

    def _loss(self, logits: Tensor, scores: Tensor, pairs: Batch) -> Tensor:
        torch = self.torch
        grades = self._moved(pairs.grades)
        kind = self._moved([KIND_WEIGHTS.get(kind, 1.0) for kind in pairs.kinds])
        target, weight = torch.zeros(grades.shape, device=grades.device), torch.zeros(grades.shape, device=grades.device)
        for grade, (aim, weighs) in _TARGETS.items():
            target[grades == grade], weight[grades == grade] = aim, weighs
        weight = weight * kind[:, None]
        alone = (torch.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none") * weight).sum() / weight.sum()
        answers = grades == 2
        others = torch.logsumexp(logits.masked_fill(answers | (grades == 1), -1e4), 1, keepdim=True)
        lost = (torch.nn.functional.softplus(others - logits) * answers).sum(1) / answers.sum(1).clamp_min(1) * kind
        among = lost[answers.any(1)].sum() / kind[answers.any(1)].sum().clamp_min(1)  # a batch may hold near misses alone
        return alone + _LIST * among + _SENTENCE * self._sentence_loss(scores, answers, self._moved(pairs.best))

    def _sentence_loss(self, scores: Tensor, answers: Tensor, best: Tensor) -> Tensor:
        at = answers & (best >= 0) & (best + 1 < scores.shape[2])
        marked, found = best[at] + 1, scores[at].clone()
        found[:, 0] = -1e4  # the title is not quoted
        read = found.gather(1, marked[:, None]).squeeze(1) > -1e3
        if not read.any():
            return scores.sum() * 0
        return self.torch.nn.functional.cross_entropy(found[read], marked[read])


def measure(fit: Fit, numbers: Sequence[int]) -> dict[str, float]:
    """Mean average precision of grade 2 against 0 within a cluster, by kind and over kinds; share of best sentences found."""
    precision: dict[str, list[float]] = {}
    shown = []
    for number in numbers:
        logits, scores, pairs = fit.scores(number)
        for row, kind in enumerate(pairs.kinds):
            told = pairs.grades[row] != 1
            if (pairs.grades[row] == 2).any():
                precision.setdefault(kind, []).append(average_precision(logits[row][told], pairs.grades[row][told] == 2))
            at = np.flatnonzero((pairs.grades[row] == 2) & (pairs.best[row] >= 0))
            shown += [float(scores[row, paper, 1:].argmax() == pairs.best[row, paper]) for paper in at]
    means = {kind: float(np.mean(found)) for kind, found in precision.items()}
    return {"mean": float(np.mean(list(means.values()))), **means, "sentence": float(np.mean(shown))}


def average_precision(scores: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    """Of one ranking."""
    ranked = right[np.argsort(-scores)]
    return float((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked].mean())


def save(network: Network, path: Path) -> None:
    """A checkpoint."""
    network.torch.save({"encoder": network.encoder.state_dict(), "comparison": network.w}, path)


def average(paths: Sequence[Path], network: Network, before: Path, keep: float = 0.0) -> None:
    """Make the network the mean of some checkpoints, and a share `keep` of the one `before` them.

    Later epochs learn exclusions and sentences, earlier ones keep everyday wording, and what was before knows other fields.
    """
    kept = [network.torch.load(path, map_location=network.device) for path in (before, *paths)]
    shares = [keep, *((1 - keep) / len(paths) for _ in paths)]
    network.encoder.load_state_dict({name: _mean([one["encoder"][name] for one in kept], shares) for name in kept[0]["encoder"]})
    for name in network.w:
        network.w[name].data.copy_(_mean([one["comparison"][name].data for one in kept], shares))


def _mean(tensors: Sequence[Tensor], shares: Sequence[float]) -> Tensor:
    if not tensors[0].is_floating_point():
        return tensors[0]
    return sum(share * tensor.float() for tensor, share in zip(tensors, shares, strict=True))


def restore(network: Network, path: Path) -> None:
    """Go on from a checkpoint."""
    kept = network.torch.load(path, map_location=network.device)
    network.encoder.load_state_dict(kept["encoder"])
    for name, tensor in kept["comparison"].items():
        network.w[name].data.copy_(tensor.data)


def begin(network: Network, encoder: Path, comparison: Path) -> None:
    """Go on from a reader as it ships: the folder of its graphs, and that of its comparison."""
    tensor = network.torch.tensor
    network.encoder.load_state_dict({name: tensor(array) for name, array in as_transformers(read_start(encoder)).items()})
    with np.load(comparison / INTERACTION) as kept:
        for name, weights in network.w.items():
            weights.data.copy_(tensor(kept[name].astype(np.float32)))
