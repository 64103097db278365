"""How the reader compares a question with papers once each has been through its network: late interaction, in numpy.

Question and paper are read apart, so a paper's vectors serve every question. What is compared:
the question with the whole, the title and each sentence, and each of its tokens with the paper's
tokens, where a token's weight may be negative ("without ...").
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embedding import States

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False, slots=True)
class PaperVectors:
    """A paper as read: the whole, its title and sentences, and of each of their tokens what is matched and what it means.

    `sentences` has the title first; `starts` tells at which token each begins. Sentences too far back to be read are not there.
    `lower` is what the network's lower layers make of every token, marks included; `inner` tells which of them are no marks.
    """

    whole: Floats
    sentences: Floats
    tokens: "Packed"
    meanings: "Packed"
    starts: NDArray[np.int64]
    lower: "Packed"
    inner: NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Packed:
    """Rows of numbers in a byte each, and what each row is multiplied by."""

    rows: NDArray[np.int8]
    scale: Floats

    @classmethod
    def of(cls, rows: Floats) -> "Packed":
        scale = np.maximum(np.abs(rows).max(axis=1), 1e-12) / 127
        return cls(np.rint(rows / scale[:, None]).astype(np.int8), scale.astype(np.float32))

    def __len__(self) -> int:
        return len(self.rows)

    def unpacked(self) -> Floats:
        """The rows, nearly as they were."""
        return self.rows.astype(np.float32) * self.scale[:, None]


@dataclass(frozen=True, eq=False, slots=True)
class QuestionVectors:
    """A question as read: the whole, what of it is wanted, its tokens with their weights, and what the lower layers make of each."""

    whole: Floats
    wanted: Floats
    tokens: Floats
    meanings: Floats
    weights: Floats
    lower: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Reading:
    """What comes of comparing a question with papers.

    Of each paper, in order: a logit (the higher, the more likely it answers) and a score for each of its sentences, which
    compares the sentences of one paper. Of each token of the question, its marks left out, as (papers, tokens): how like it
    is to the nearest token of the paper (`likeness`), and what it adds to the paper's logit (`support`); `weights` is what
    each token weighs.
    """

    logits: Floats
    sentences: tuple[Floats, ...]
    likeness: Floats
    support: Floats
    weights: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Interaction:
    """The learned weights of the comparison."""

    w: dict[str, Floats]
    fingerprint: str

    @classmethod
    def load(cls, path: Path) -> "Interaction":
        """The weights that the training wrote; no two trainings have the same fingerprint."""
        with np.load(path, allow_pickle=False) as file:
            weights = {name: file[name].astype(np.float32) for name in file.files}
        return cls(weights, hashlib.sha256(path.read_bytes()).hexdigest()[:16])

    def paper(self, read: States, segments: NDArray[np.int64]) -> PaperVectors:
        """`segments` tells each token's passage, the title's 0, -1 for marks between passages."""
        states, told = read.upper, segments >= 0
        inner, at = states[told], segments[told]
        starts = np.flatnonzero(np.diff(at, prepend=-1))
        sums = np.add.reduceat(inner, starts, axis=0)
        tokens = _unit(inner @ self.w["tok.weight"].T)
        meanings = inner @ self.w["val.weight"].T
        whole = _unit(states.sum(axis=0))
        return PaperVectors(whole, _unit(sums), Packed.of(tokens), Packed.of(meanings), starts, Packed.of(read.lower), told)

    def question(self, read: States) -> QuestionVectors:
        """Marks are read, too."""
        states = read.upper
        gate = _sigmoid(states @ self.w["gate.weight"][0] + self.w["gate.bias"])
        weights = (1 + states @ self.w["w.weight"][0] + self.w["w.bias"]) / len(states)
        tokens = _unit(states @ self.w["tok.weight"].T)
        whole, wanted = _unit(states.sum(axis=0)), _unit(gate @ states)
        return QuestionVectors(whole, wanted, tokens, states @ self.w["qv.weight"].T, weights, read.lower)

    def compare(self, question: QuestionVectors, papers: Sequence[PaperVectors]) -> Reading:
        """The question with each of at least one paper; sentences that were not read have no score."""
        tokens = np.concatenate([paper.tokens.unpacked() for paper in papers])
        sizes = np.array([len(paper.tokens) for paper in papers])
        first = np.cumsum(sizes) - sizes
        likeness = question.tokens @ tokens.T
        best_of_sentence = np.maximum.reduceat(
            likeness, np.concatenate([paper.starts + at for paper, at in zip(papers, first, strict=True)]), axis=1
        )
        best_of_paper = np.maximum.reduceat(likeness, first, axis=1)
        counts = np.array([len(paper.starts) for paper in papers])
        sentence_first = np.cumsum(counts) - counts
        sentences = np.concatenate([paper.sentences for paper in papers])
        cosines = sentences @ question.whole
        scores = self._sentences(question, sentences, cosines, question.weights @ best_of_sentence)
        nearest = np.array([at + int(np.argmax(cosines[at : at + n])) for at, n in zip(sentence_first, counts, strict=True)])
        aligned = self._aligned(question, papers, likeness, first, best_of_paper, best_of_sentence[:, nearest])
        weighed = aligned.sum(axis=1) + self.w["out.bias"]
        # without an abstract the title stands for it
        bodies = [scores[at + (n > 1) : at + n] for at, n in zip(sentence_first, counts, strict=True)]
        features = np.stack(
            [
                np.stack([paper.whole for paper in papers]) @ question.whole,
                cosines[sentence_first],
                cosines[nearest],
                question.weights @ best_of_paper,
                np.array([_mean_of_exponents(body) for body in bodies]) * 0.2,
                np.array([body.max() for body in bodies]) * 0.2,
                weighed[:, 0] * 4,
            ],
            axis=1,
        )
        mix = self.w["mix.weight"][0]
        logits = features @ mix + self.w["mix.bias"] + weighed[:, 1]
        support = mix[3] * (question.weights * best_of_paper.T) + 4 * mix[6] * aligned[..., 0] + aligned[..., 1]
        told = tuple(scores[at + 1 : at + n] for at, n in zip(sentence_first, counts, strict=True))
        inner = slice(1, -1)  # without the marks at either end
        return Reading(logits, told, best_of_paper.T[:, inner], support[:, inner], question.weights[inner])

    def _sentences(self, question: QuestionVectors, sentences: Floats, cosines: Floats, matched: Floats) -> Floats:
        w = self.w
        low_rank = sentences @ w["bil_s.weight"].T @ (w["bil_q.weight"] @ question.whole)
        role = sentences @ w["role.weight"][0]
        near = w["sent"][0] * cosines + w["sent"][1] * (sentences @ question.wanted) + w["sent"][3] * 4 * matched
        return np.asarray(near + low_rank + w["sent"][4] * role)

    def _aligned(
        self,
        question: QuestionVectors,
        papers: Sequence[PaperVectors],
        likeness: Floats,
        first: NDArray[np.int64],
        best: Floats,
        nearest: Floats,
    ) -> Floats:
        """(papers, tokens, 2): what the network makes of each token of the question beside what the paper says nearest to it."""
        w, n = self.w, len(question.tokens)
        sharp = np.exp(w["temp"])
        met = []
        for i, (paper, at) in enumerate(zip(papers, first, strict=True)):
            share = np.exp((likeness[:, at : at + len(paper.tokens)] - best[:, i : i + 1]) * sharp)
            met.append(share @ paper.meanings.unpacked() / share.sum(axis=1, keepdims=True))
        there = np.stack(met)
        asked = np.broadcast_to(question.meanings, there.shape)
        rows = np.concatenate([asked, there, asked * there, best.T[..., None], nearest.T[..., None]], axis=2)
        hidden = gelu(rows @ w["cmp.weight"].T + w["cmp.bias"])
        return np.asarray((hidden / n) @ w["out.weight"].T)


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12), dtype=np.float32)


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-values)))


def _mean_of_exponents(values: Floats) -> float:
    """Between mean and maximum: the logarithm of the mean of the exponents."""
    top = float(values.max())
    return top + float(np.log(np.exp(values - top).mean()))


_ERF = np.array([0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429], dtype=np.float32)


def gelu(x: Floats) -> Floats:
    """The activation, by Abramowitz and Stegun's formula for the error function (7.1.26), exact to 2e-7: numpy has none."""
    z = np.abs(x) / np.float32(np.sqrt(2))
    t = 1 / (1 + np.float32(0.3275911) * z)
    erf = 1 - ((((_ERF[4] * t + _ERF[3]) * t + _ERF[2]) * t + _ERF[1]) * t + _ERF[0]) * t * np.exp(-z * z)
    return np.asarray(x * 0.5 * (1 + np.sign(x) * erf))
