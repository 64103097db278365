"""Fits the judge's two logistic models on judged questions.

    python -m rag.evaluation.calibrate tests/eval/more_a.json tests/eval/more_b.json --out rag/relevance/weights/relevance.json

The questions that quality is reported on (tests/eval/dev.json) take no part in the fit.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rag.assistant import Assistant
from rag.evaluation.evaluate import JudgedQuery, load_queries
from rag.relevance import JUDGED, Floats, hit_features, question_features

_RIDGE_HIT, _RIDGE_QUESTION = 10.0, 1.0
_STRETCH, _AS_GOOD = 9, 0.005
_FALSE_ABSTENTION = 0.04
"""Share of answerable questions that may be lost to the abstention threshold."""


def fit_logistic(rows: Floats, labels: Floats, weights: Floats, ridge: float) -> dict[str, list[float] | float]:
    """Ridge logistic regression over standardised features, by Newton's method."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale < 1e-9, 1.0, scale)
    design = np.column_stack([(rows - mean) / scale, np.ones(len(rows))])
    penalty = np.diag([*[ridge] * rows.shape[1], 0.0])
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (weights * (labels - p)) - penalty @ beta
        hessian = (design * (weights * p * (1 - p))[:, None]).T @ design + penalty
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    return {"mean": mean.tolist(), "scale": scale.tolist(), "weights": beta[:-1].tolist(), "intercept": float(beta[-1])}


def _probability(model: dict[str, list[float] | float], rows: Floats) -> Floats:
    logits = (rows - np.array(model["mean"])) / np.array(model["scale"]) @ np.array(model["weights"]) + model["intercept"]
    return np.asarray(1 / (1 + np.exp(-logits)))


def _set_f1(groups: Sequence[tuple[Floats, Floats, int]], model: dict[str, list[float] | float], threshold: float) -> float:
    """Mean set F1 when every hit over the threshold is taken (grades 2 right, 1 neutral, 0 wrong)."""
    scores = []
    for rows, grades, wanted in groups:
        taken = _probability(model, rows) >= threshold
        if not taken.any():
            taken[0] = True
        right, wrong = (grades[taken] == 2).sum(), (grades[taken] == 0).sum()
        scores.append(2 * right / (right + wrong + wanted) if right else 0.0)
    return float(np.mean(scores))


def calibrate(assistant: Assistant, queries: Sequence[JudgedQuery]) -> dict[str, dict[str, list[float] | float]]:
    """The models `hit` (does this paper answer?) and `question` (does any?), with their thresholds."""
    groups, whole = [], []
    for query in queries:
        if query.history:
            continue
        hits = assistant.retriever.search(query.question, JUDGED)
        terms = assistant.retriever.terms(query.question)
        grades = np.array([query.relevant.get(hit.paper.paper_id, 0) for hit in hits], dtype=np.float64)
        whole.append((question_features(hits, terms)[0], float(bool(query.relevant))))
        if query.relevant:
            groups.append((query.type, hit_features(hits, terms), grades, len(query.wanted)))
    rows = np.concatenate([rows[grades != 1] for _, rows, grades, _ in groups])
    labels = np.concatenate([grades[grades != 1] > 0 for _, _, grades, _ in groups]).astype(np.float64)
    hit = fit_logistic(rows, labels, np.ones(len(rows)), _RIDGE_HIT)
    sets = [(r, g, n) for kind, r, g, n in groups if kind == "set"]
    hit["threshold"] = _steady_threshold(lambda threshold: _set_f1(sets, hit, threshold))
    return {"hit": hit, "question": _question_model(whole)}


def _steady_threshold(f1: Callable[[float], float]) -> float:
    """The highest threshold whose stretch is as good as the best: of equals, the shorter list is easier to check."""
    grid = np.arange(0.08, 0.6, 0.01).round(2)
    smooth = np.convolve([f1(float(threshold)) for threshold in grid], np.ones(_STRETCH) / _STRETCH, mode="valid")
    return float(grid[int(np.flatnonzero(smooth >= smooth.max() - _AS_GOOD)[-1]) + _STRETCH // 2])


def _question_model(whole: Sequence[tuple[Floats, float]]) -> dict[str, list[float] | float]:
    rows, labels = np.array([row for row, _ in whole]), np.array([label for _, label in whole])
    model = fit_logistic(rows, labels, np.where(labels > 0, 0.3, 1.0), _RIDGE_QUESTION)
    model["threshold"] = float(np.quantile(_probability(model, rows[labels > 0]), _FALSE_ABSTENTION))
    return model


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    assistant = Assistant()
    papers = list(assistant.index.all_papers())
    queries = [query for file in given.files for query in load_queries(file, papers)]
    models = calibrate(assistant, queries)
    given.out.write_text(json.dumps(models, indent=1) + "\n")


if __name__ == "__main__":
    main()
