"""Vectors as a map, by scikit-learn: t-SNE from the principal axes, k-means; and laying a new map over an old one."""

from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]
_PERPLEXITY = 20.0
_STEPS = 500
_AXES = 30
_SEED = 7
_SPREAD = 9.0
"""How far a finished map of t-SNE reaches; one that begins so, without exaggeration, mends what is new and leaves the rest."""

_FEW = 12
"""Fewer papers are shown on their principal axes: t-SNE needs neighbours."""


def one_thread() -> AbstractContextManager[Any]:
    """So few points are done sooner by one thread than by several that wait for each other, and questions need the others."""
    import sklearn.cluster
    import sklearn.manifold  # noqa: F401  only what is loaded can be limited
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits


def project(vectors: Floats, earlier: Floats | None = None) -> Floats:
    """Coordinates (n, 2) in [0, 1]. Deterministic. It starts from `earlier` ones where given, so that it ends near them."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    count = len(vectors)
    if count < 3 or np.ptp(vectors, axis=0).max(initial=0.0) < 1e-9:
        return _circle(count)
    axes = PCA(min(_AXES, count - 1, vectors.shape[1]), svd_solver="full").fit_transform(vectors)
    flat = axes[:, :2] if axes.shape[1] > 1 else np.pad(axes, ((0, 0), (0, 1)))
    if count >= _FEW:
        start, spread, pull = (flat, 1e-4, 12.0) if earlier is None else (earlier - earlier.mean(axis=0), _SPREAD, 1.0)
        start = (start / max(float(start.std(axis=0).max()), 1e-9) * spread).astype(np.float32)
        tsne = TSNE(
            perplexity=min(_PERPLEXITY, (count - 1) / 3), init=start, early_exaggeration=pull, random_state=_SEED, max_iter=_STEPS, n_jobs=1
        )
        flat = tsne.fit_transform(axes.astype(np.float32)).astype(np.float64)
    return unit(flat)


def _circle(count: int) -> Floats:
    """Papers that nothing tells apart, beside each other."""
    turns = 2 * np.pi * np.arange(count) / max(count, 1)
    return 0.5 + 0.2 * (count > 1) * np.stack([np.cos(turns), np.sin(turns)], axis=1)


def unit(points: Floats) -> Floats:
    """Into [0, 1] both ways."""
    spread = np.ptp(points, axis=0)
    return np.asarray((points - points.min(axis=0)) / np.where(spread > 0, spread, 1.0))


def aligned(points: Floats, earlier: Floats, known: NDArray[np.bool_]) -> Floats:
    """Points turned or mirrored to lie over the earlier ones of the papers that are `known`, as well as they can."""
    from scipy.linalg import orthogonal_procrustes

    if known.sum() < 3:
        return points
    turn, _ = orthogonal_procrustes(points[known] - points[known].mean(axis=0), earlier[known] - earlier[known].mean(axis=0))
    return unit((points - points[known].mean(axis=0)) @ turn)


def grouped(points: Floats, count: int) -> Groups:
    """The group of each point, by k-means. Deterministic."""
    from sklearn.cluster import KMeans

    if len(points) <= count or count < 2:
        return np.zeros(len(points), dtype=np.int64)
    return np.asarray(KMeans(count, n_init=10, random_state=_SEED).fit_predict(points), dtype=np.int64)


def matched(groups: Groups, before: Groups) -> Groups:
    """Groups numbered like those before (-1: unknown) whose members they share most, so that colours stay."""
    from scipy.optimize import linear_sum_assignment

    count = int(max(groups.max(initial=0), before.max(initial=0))) + 1
    shared = np.zeros((count, count))
    for group, old in zip(groups.tolist(), before.tolist(), strict=True):
        if old >= 0:
            shared[group, old] += 1
    _, number = linear_sum_assignment(-shared)
    named = np.asarray(number[groups], dtype=np.int64)
    return np.unique(named, return_inverse=True)[1].astype(np.int64) if len(named) and named.max() >= len(np.unique(named)) else named
