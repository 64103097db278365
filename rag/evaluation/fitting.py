"""Fits of linear models by Newton's method: of a probability, and of a choice among the rows of a group."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Fitted = dict[str, Any]
"""What is written to weights/: names, mean, scale, weights, intercept."""

_STEPS, _STILL = 50, 1e-7


def fit_logistic(table: dict[str, Floats], labels: Floats, weights: Floats, ridge: float) -> Fitted:
    """Ridge logistic regression over standardised features."""
    rows, mean, scale = _standard(table)
    design = np.column_stack([rows, np.ones(len(rows))])
    penalty = np.diag([*[ridge] * rows.shape[1], 1e-9])
    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        gradient = design.T @ (weights * (labels - p)) - penalty @ beta
        hessian = (design * (weights * p * (1 - p))[:, None]).T @ design + penalty
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < _STILL:
            break
    return _fitted(table, mean, scale, beta[:-1], float(beta[-1]))


def fit_choice(table: dict[str, Floats], extra: Floats, group: NDArray[np.intp], chosen: Floats, ridges: tuple[float, float]) -> Fitted:
    """Which row of each group is chosen; `extra` are features that are taken as they are, with a ridge of their own.

    The weights of `extra` come back under "extra". Groups are numbered from 0, their rows together.
    """
    rows, mean, scale = _standard(table)
    design = np.column_stack([rows, extra])
    penalty = np.array([ridges[0]] * rows.shape[1] + [ridges[1]] * extra.shape[1])
    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        p = _shares(design @ beta, group)
        centre = np.zeros((int(group.max()) + 1, design.shape[1]))
        np.add.at(centre, group, design * p[:, None])
        around = design - centre[group]
        gradient = design.T @ (chosen - p) - penalty * beta
        hessian = (around * p[:, None]).T @ around + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < _STILL * 1e3:
            break
    return _fitted(table, mean, scale, beta[: rows.shape[1]], 0.0) | {"extra": beta[rows.shape[1] :]}


def _shares(scores: Floats, group: NDArray[np.intp]) -> Floats:
    """Softmax within each group."""
    most = np.full(int(group.max()) + 1, -np.inf)
    np.maximum.at(most, group, scores)
    odds = np.exp(scores - most[group])
    return np.asarray(odds / np.bincount(group, odds)[group])


def _standard(table: dict[str, Floats]) -> tuple[Floats, Floats, Floats]:
    rows = np.stack(list(table.values()), axis=1).astype(np.float64)
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale < 1e-9, 1.0, scale)
    return (rows - mean) / scale, mean, scale


def _fitted(table: dict[str, Floats], mean: Floats, scale: Floats, weights: Floats, intercept: float) -> Fitted:
    columns = {"mean": mean, "scale": scale, "weights": weights}
    return {"names": list(table), "intercept": round(intercept, 6)} | {name: np.round(c, 6).tolist() for name, c in columns.items()}
