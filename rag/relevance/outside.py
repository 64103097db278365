"""Whether a question lies outside the field of all papers ("language models for beekeepers"), by its words and by what was read.

The other models of a whole question were taught by questions of the field. There a word that no paper has is mostly another word
for what one has; of questions from outside it is what was asked for. The model is in weights/reading.json, made by
rag/evaluation/calibrate_reading.py.
"""

from collections.abc import Mapping

import numpy as np

from rag.relevance.joined import of_the_best
from rag.relevance.logistic import Floats, Table, table_of
from rag.relevance.reading import Read, held_features, question_model

_OF_WORDS = (
    "rare1_three", "low1_first", "low1_three", "low2_three", "union_low", "soft_three", "exact_three", "rare2_three",
    "words", "strangeness", "weight", "coverage_three",
)  # fmt: skip
"""How like its rarest and its least held words are to words of the best papers, and how many and how telling all are."""


def outside_features(held: float, relevance: Floats, read: Read, told: Mapping[str, float]) -> dict[str, float]:
    """Of a question: what `held_features` says, what the best paper lacks, and how its words stand; `told` are its question_features."""
    best = int(np.argmax(relevance[list(read.at)]))
    return held_features(held, relevance, read) | of_the_best(read, best) | {name: told[name] for name in _OF_WORDS}


def is_outside(held: float, relevance: Floats, read: Read, told: Table) -> bool:
    """Whether the question lies outside the field, now that the best were read; `told` has one row."""
    one = {name: float(values[0]) for name, values in told.items()}
    return not question_model("outside", read).passes(table_of([outside_features(held, relevance, read, one)]))
