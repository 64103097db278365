"""Fitted models: numbers in, a probability out. The weights are JSON in `weights/`, made by rag/evaluation/calibrate.py."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Table = Mapping[str, Floats]
"""Features by name, a number a row in each."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A fitted linear model over standardised features, which it knows by name."""

    names: tuple[str, ...]
    mean: Floats
    scale: Floats
    weights: Floats
    intercept: float
    threshold: float

    def score(self, table: Table) -> Floats:
        """Of each row: the log odds, or whatever the weights were fitted to."""
        rows = np.stack([table[name] for name in self.names], axis=1)
        return np.asarray((rows - self.mean) / self.scale @ self.weights + self.intercept)

    def probability(self, table: Table) -> Floats:
        """Of each row."""
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(self.score(table), -50, 50))))

    def passes(self, table: Table) -> bool:
        """Whether the only row reaches the threshold."""
        return bool(self.probability(table)[0] >= self.threshold)


@cache
def model(name: str, part: str = "") -> Logistic:
    """The model that `weights/NAME.json` holds, or that it holds under the name `part`."""
    return as_model(weights(name)[part] if part else weights(name))


def as_model(values: Mapping[str, Any]) -> Logistic:
    """A model from what a fit writes."""
    mean, scale, weighed = (np.array(values[key], dtype=np.float64) for key in ("mean", "scale", "weights"))
    return Logistic(tuple(values["names"]), mean, scale, weighed, float(values["intercept"]), float(values.get("threshold", 0.5)))


@cache
def weights(name: str) -> Mapping[str, Any]:
    """What `weights/NAME.json` holds."""
    text = (resources.files("rag.relevance") / "weights" / f"{name}.json").read_text("utf-8")
    return dict(json.loads(text))


def table_of(rows: Sequence[Mapping[str, float]]) -> dict[str, Floats]:
    """Rows of named numbers as a table."""
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}
