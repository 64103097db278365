"""A question's vector: nearer to the papers that answer such questions than the sum of its words' rows is.

Papers are embedded as before, so an index stays as it is. Of each token of a question is known how much it counts, and
where it points besides; then the whole is turned. Learnt from judged questions: see question_training.py.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embedding.static import REPEATS, StaticTable, normalised

Floats = NDArray[np.float32]
QUESTIONS = "questions.npz"


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
        ids, counts = np.unique(table.token_ids([text])[0], return_counts=True)
        weight = self.weight[ids] * counts.astype(np.float32) ** REPEATS
        told = (weight * table.scale[ids]) @ table.table[ids].astype(np.float32)
        aside = weight @ self.aside[ids].astype(np.float32) @ self.aims
        moved = np.asarray((told + aside) @ self.turn, np.float32)
        return np.asarray(normalised(moved[None])[0])
