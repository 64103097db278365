"""Embeddings as a map: a 2-D projection (t-SNE), groups (k-means) and names for them, in numpy alone."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_PERPLEXITY = 20.0
_STEPS = 300
_EXAGGERATED = 100


def _affinities(vectors: Floats) -> Floats:
    """Symmetric neighbour probabilities (n, n), each row's width set by bisection to the perplexity."""
    distances = np.maximum(2.0 - 2.0 * vectors @ vectors.T, 0.0)
    np.fill_diagonal(distances, np.inf)
    low, high = np.zeros(len(vectors)), np.full(len(vectors), 1e4)
    target = np.log(min(_PERPLEXITY, (len(vectors) - 1) / 3))
    for _ in range(30):
        beta = (low + high) / 2
        weights = np.exp(-distances * beta[:, None]) + 1e-300
        np.fill_diagonal(weights, 0.0)
        shares = weights / weights.sum(axis=1, keepdims=True)
        entropy = -(shares * np.log(np.maximum(shares, 1e-300))).sum(axis=1)
        low, high = np.where(entropy > target, beta, low), np.where(entropy > target, high, beta)
    both = shares + shares.T
    return np.asarray(np.maximum(both / both.sum(), 1e-12), dtype=np.float64)


def principal(vectors: Floats, dimensions: int = 2) -> Floats:
    """Coordinates (n, dimensions) on the principal axes; signs fixed, so that a map does not flip."""
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:dimensions]
    axes = axes * np.where(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)] < 0, -1.0, 1.0)[:, None]
    return np.asarray(centred @ axes.T, dtype=np.float64)


def project(vectors: Floats) -> Floats:
    """Coordinates (n, 2) in [0, 1]: t-SNE (van der Maaten and Hinton, 2008) from the principal axes. Deterministic."""
    flat = principal(vectors)
    if flat.shape[1] < 2:
        flat = np.pad(flat, ((0, 0), (0, 2 - flat.shape[1])))
    if len(vectors) >= 10:
        flat = _tsne(_affinities(vectors), flat / max(float(flat[:, 0].std()), 1e-9) * 1e-4)
    spread = np.ptp(flat, axis=0)
    return np.asarray((flat - flat.min(axis=0)) / np.where(spread > 0, spread, 1.0), dtype=np.float64)


def _tsne(wanted: Floats, start: Floats) -> Floats:
    """Gradient descent in single precision: it is a picture, and half the work."""
    pulls, flat = wanted.astype(np.float32), start.astype(np.float32)
    speed, gains = np.zeros_like(flat), np.ones_like(flat)
    rate = np.float32(max(len(flat) / 12.0, 50.0))
    for step in range(_STEPS):
        near = 1.0 / (1.0 + _squared(flat))
        np.fill_diagonal(near, 0.0)
        pull = pulls * np.float32(4.0 if step < _EXAGGERATED else 1.0)
        pull -= near / near.sum()
        pull *= near
        slope = 4.0 * (pull.sum(axis=1)[:, None] * flat - pull @ flat)
        gains = np.where(np.sign(slope) != np.sign(speed), gains + 0.2, np.maximum(gains * 0.8, 0.01))
        speed = np.float32(0.5 if step < _EXAGGERATED else 0.8) * speed - rate * gains * slope
        flat = flat + speed
        flat -= flat.mean(axis=0)
    return flat.astype(np.float64)


def _squared(points: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = (points**2).sum(axis=1)
    squared: NDArray[np.float32] = np.maximum(lengths[:, None] + lengths[None, :] - np.float32(2.0) * points @ points.T, np.float32(0.0))
    return squared


def groups(points: Floats, count: int, seed: int = 7) -> NDArray[np.intp]:
    """The group (0 to count-1) of each point: k-means with k-means++ starts. Deterministic."""
    chance = np.random.default_rng(seed)
    centres = points[[int(chance.integers(len(points)))]]
    while len(centres) < min(count, len(points)):
        away = ((points[:, None] - centres[None]) ** 2).sum(axis=2).min(axis=1)
        chosen = int(chance.choice(len(points), p=away / away.sum())) if away.sum() > 0 else len(centres)
        centres = np.vstack([centres, points[[chosen]]])
    for _ in range(30):
        nearest = ((points[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
        moved = [points[nearest == at].mean(axis=0) if (nearest == at).any() else centres[at] for at in range(len(centres))]
        centres = np.array(moved)
    return np.asarray(nearest, dtype=np.intp)


def names(words: Sequence[Sequence[str]], group_of: NDArray[np.intp], count: int) -> list[str]:
    """A name for each group: the two terms that its papers hold and others do not (share times log lift).

    `words` are each paper's terms; pairs of words weigh more, for they say more.
    """
    sets = [set(held) for held in words]
    overall = Counter(word for held in sets for word in held)
    ranked = [_ranked([held for held, at in zip(sets, group_of, strict=True) if at == group], overall, len(sets)) for group in range(count)]
    taken, found = set[str](), []
    for terms in ranked:
        best: list[str] = []
        for term in terms:
            stems = {word.rstrip("s") for word in term.split()}
            if len(best) < 2 and not stems & taken:
                best.append(term)
                taken |= stems
        found.append(", ".join(best or terms[:1]))
    return found


def _ranked(members: Sequence[set[str]], overall: Counter[str], papers: int) -> list[str]:
    """Terms of a group that at least one in twenty of its papers holds, the most telling first."""
    inside, size = Counter(word for held in members for word in held), max(len(members), 1)

    def weight(word: str) -> float:
        lift = (inside[word] / size) / ((overall[word] - inside[word] + 1) / (papers - size + 1))
        return float(inside[word] / size * np.log(lift)) * (2.0 if " " in word else 1.0)

    return sorted((word for word, held in inside.items() if held >= max(2, size / 20)), key=lambda word: (-weight(word), word))
