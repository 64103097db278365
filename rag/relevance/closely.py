"""Reads a question and a paper side by side: what the reader's lower layers made of each goes through four more layers together.

It is slower than comparing what was made of each apart (see interaction.py), so only the best papers are read so.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.relevance.interaction import Floats, PaperVectors, QuestionVectors, gelu

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_MOST = 8.0
"""A token's weight within its sentence is the exponent of at most so much, as in the training."""

_AT_ONCE = 2
"""Papers read at a time, a core each."""


@dataclass(frozen=True, eq=False, slots=True)
class CloseReading:
    """Of each paper, in order: a logit (the higher, the more likely it answers), and a score for each of its sentences that was read."""

    logits: Floats
    sentences: tuple[Floats, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Closely:
    """The four layers, and the weights `w` of what is read off them. Thread-safe."""

    network: "InferenceSession"
    w: dict[str, Floats]

    @classmethod
    def load(cls, network: "InferenceSession", path: Path) -> "Closely":
        """`path` holds the weights that the training wrote."""
        with np.load(path, allow_pickle=False) as file:
            return cls(network, {name: file[name].astype(np.float32) for name in file.files})

    def read(self, question: QuestionVectors, papers: Sequence[PaperVectors]) -> CloseReading:
        """The question with each of at least one paper; papers go one by one, so that none changes another's scores."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            read = list(pool.map(lambda paper: self._read(question, paper), papers))
        return CloseReading(np.array([logit for logit, _ in read], np.float32), tuple(scores for _, scores in read))

    def _read(self, question: QuestionVectors, paper: PaperVectors) -> tuple[float, Floats]:
        asked, told = question.lower + self.w["kind"][0], paper.lower.unpacked() + self.w["kind"][1]
        states: Floats = self.network.run(["states"], {"x": np.concatenate([asked, told])[None]})[0][0]
        scores = self._sentences(states[len(asked) :][paper.inner], paper)
        body = scores[1:] if len(scores) > 1 else scores  # without an abstract the title stands for it
        features = np.array([self._head("c", states[:1])[0], body.max(), _soft(scores)])
        return float(features @ self.w["mix"]), scores[1:]

    def _sentences(self, states: Floats, paper: PaperVectors) -> Floats:
        """A score of each passage, the title's first: the mean of its tokens, of which those weigh more that tell."""
        weight = np.exp(np.clip(states @ self.w["att.weight"][0] + self.w["att.bias"], -_MOST, _MOST))
        sums = np.add.reduceat(states * weight[:, None], paper.starts, axis=0)
        return self._head("s", np.asarray(sums / np.add.reduceat(weight, paper.starts)[:, None]))

    def _head(self, name: str, rows: Floats) -> Floats:
        hidden = gelu(rows @ self.w[f"{name}1.weight"].T + self.w[f"{name}1.bias"])
        return np.asarray(hidden @ self.w[f"{name}2.weight"][0] + self.w[f"{name}2.bias"])


def _soft(scores: Floats) -> float:
    """Between mean and maximum."""
    top = float(scores.max())
    return top + float(np.log(np.exp(scores - top).mean()))
