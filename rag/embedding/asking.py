"""A question's vector: nearer to the papers that answer such questions than the sum of its words' rows is.

Papers are embedded as before, so an index stays as it is. Of each token of a question is known how much it counts, and
where it points besides; then the whole is turned. Learnt from judged questions: see rag/evaluation/train_questions.py.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embedding.static import REPEATS, StaticTable, normalised

Floats = NDArray[np.float32]
QUESTIONS = "questions.npz"

_STRANGE = 4.0
"""What was learnt counts less, by so many times the share of the question that the table knows only in pieces: it is of another field."""


@dataclass(frozen=True, eq=False, slots=True)
class QuestionSide:
    """Of each token `weight`, a factor, and `aside`, what it points to besides, as shares of the rows of `aims`; `turn` is of the whole."""

    weight: Floats
    aside: NDArray[np.int8]
    aims: Floats
    turn: Floats

    @classmethod
    def load(cls, directory: Path, table: StaticTable) -> "QuestionSide | None":
        """Read `questions.npz` of the table's folder; None where there is none, or one that was learnt for another table."""
        if not (directory / QUESTIONS).is_file():
            return None
        with np.load(directory / QUESTIONS, allow_pickle=False) as file:
            if str(file["table"]) != table.fingerprint:
                return None
            return cls(np.exp(file["weight"].astype(np.float32)), file["aside"], *(file[n].astype(np.float32) for n in ("aims", "turn")))

    def encode(self, table: StaticTable, text: str) -> Floats:
        """(dimensions,) of one question, L2-normalised; zeros where no token is known."""
        tokens, strange = table.cut(text)
        ids, counts = np.unique(tokens, return_counts=True)
        times, rows = counts.astype(np.float32) ** REPEATS, table.scale[ids][:, None] * table.table[ids].astype(np.float32)
        weight = self.weight[ids] * times
        learnt = (weight @ rows + weight @ self.aside[ids].astype(np.float32) @ self.aims) @ self.turn
        both = normalised(np.stack([learnt, times @ rows]).astype(np.float32))
        share = max(0.0, 1 - _STRANGE * strange)
        return np.asarray(normalised((share * both[0] + (1 - share) * both[1])[None])[0])
