"""Reads a question and papers with a small network: how likely each paper answers, and which of its sentences shows it.

The network is the embedding's (rag/embedding/network.py); how it was trained: weights/READER.md.
What it made of a paper is kept for the papers met last, so a question costs little once its papers were read, and less when asked again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus import Paper
from rag.embedding import END, LOWER, START, Network, cached, open_session, shipped_network
from rag.errors import ConfigError
from rag.relevance.closely import Closely, CloseReading
from rag.relevance.interaction import Floats, Interaction, PaperVectors, QuestionVectors, Reading
from rag.relevance.kept import KeptVectors, Memory
from rag.text import split_sentences

WEIGHTS = Path(__file__).parent / "weights"
INTERACTION = "reader.npz"
CLOSE_NETWORK, CLOSE_HEADS = "reader_closely.onnx", "reader_closely.npz"

LONGEST_PAPER = 320
"""Tokens read, marks included: three in four abstracts are shorter, and of the rest the last sentences are left out."""

_UNKNOWN = 100

_QUESTIONS = 16
"""Questions of which is kept what the network makes of them: 150 kB each at most."""

_CLOSE = 4_000
"""Papers with a question each, of which is kept what a close reading found: half a kB each."""

Looked = tuple[np.float32, Floats]
"""What a close reading found in a paper: the logit, and the scores of its sentences that were read."""


@dataclass(frozen=True, eq=False, slots=True)
class _Parts:
    """What a reader is made of, but for what it keeps."""

    network: Network
    interaction: Interaction
    closely: Closely


class Reader:
    """Reads papers with a question in mind. Thread-safe."""

    def __init__(self, parts: _Parts, kept: KeptVectors, looked: Memory[Looked] | None = None) -> None:
        self._parts, self._interaction, self._kept = parts, parts.interaction, kept
        self._looked = Memory[Looked](_CLOSE) if looked is None else looked
        self._question = cached(self._read_question, _QUESTIONS)  # one is read closely after it was read

    @classmethod
    def load(cls, directory: Path = WEIGHTS) -> "Reader":
        """The reader of a folder that the training wrote, with the network that ships where it holds none.

        Raises ConfigError where a file is missing or damaged.
        """
        if missing := [name for name in (INTERACTION, CLOSE_NETWORK, CLOSE_HEADS) if not (directory / name).is_file()]:
            raise ConfigError(f"the reader's weights are incomplete ({', '.join(missing)} missing): install paperchat again")
        network = Network.load(directory) if (directory / LOWER).is_file() else shipped_network() or Network.load()
        try:
            interaction = Interaction.load(directory / INTERACTION)
            closely = Closely.load(open_session(directory / CLOSE_NETWORK, threads=1), directory / CLOSE_HEADS)
        except Exception as error:  # each library raises its own
            raise ConfigError(f"the reader's weights cannot be read ({error}): install paperchat again") from error
        return cls(_Parts(network, interaction, closely), KeptVectors(None, interaction.fingerprint))

    def on(self, shelf: Path) -> "Reader":
        """The same reader, which keeps what it makes of papers in the folder `shelf`, too."""
        return Reader(self._parts, self._kept.on(shelf), self._looked)

    def close(self) -> None:
        """Let go of the folder's files; what is read later is kept in memory only."""
        self._kept.close()

    def read(self, question: str, papers: Sequence[Paper]) -> Reading:
        """How the papers answer the question; a sentence too far back to be read has the lowest score of its paper."""
        if not papers:
            none = np.zeros((0, 0), np.float32)
            return Reading(none.ravel(), (), none, none, none.ravel())
        found = self._interaction.compare(self._question(question), self._papers(papers))
        return replace(found, sentences=_all_sentences(found.sentences, papers))

    def read_closely(self, question: str, papers: Sequence[Paper]) -> CloseReading:
        """The same, question and paper side by side: surer, and some 25 ms of a core a paper, once. At least one paper."""
        keys = [sha256(f"{self._kept.key(paper)}{question}".encode()).hexdigest() for paper in papers]
        found = self._looked.get(keys)
        if new := {key: paper for key, paper in zip(keys, papers, strict=True) if key not in found}:
            read = self._parts.closely.read(self._question(question), self._papers(list(new.values())))
            found |= zip(new, zip(read.logits, read.sentences, strict=True), strict=True)
            self._looked.put({key: found[key] for key in new})
        logits, sentences = zip(*(found[key] for key in keys), strict=True)
        return CloseReading(np.array(logits, np.float32), _all_sentences(sentences, papers))

    def _read_question(self, text: str) -> QuestionVectors:
        return self._interaction.question(self._parts.network.read(text)[0])

    def _papers(self, papers: Sequence[Paper]) -> list[PaperVectors]:
        keys = [self._kept.key(paper) for paper in papers]
        found = self._kept.get(keys)
        new = {key: self._paper(paper) for key, paper in zip(keys, papers, strict=True) if key not in found}
        self._kept.put(new)
        return [found[key] if key in found else new[key] for key in keys]

    def _paper(self, paper: Paper) -> PaperVectors:
        ids, segments = self._laid_out(paper)
        return self._interaction.paper(self._parts.network.states(ids), segments)

    def _laid_out(self, paper: Paper) -> tuple[list[int], NDArray[np.int64]]:
        """The paper's tokens as the network reads them, and the passage of each: the title's 0, -1 for marks."""
        passages = self._parts.network.tokenizer.encode_batch_fast(
            [paper.title, *split_sentences(paper.abstract)], add_special_tokens=False
        )
        ids, segments = [START], [-1]
        for number, passage in enumerate(passages):
            told = passage.ids or [_UNKNOWN]  # so that every passage has its place
            ids += told
            segments += [number] * len(told)
            if number == 0:
                ids.append(END)
                segments.append(-1)
        return [*ids[: LONGEST_PAPER - 1], END], np.array([*segments[: LONGEST_PAPER - 1], -1])


def _all_sentences(read: Sequence[Floats], papers: Sequence[Paper]) -> tuple[Floats, ...]:
    """The scores of sentences that were read, and the lowest for the others."""
    counts = [len(split_sentences(paper.abstract)) for paper in papers]
    return tuple(_filled(scores, count) for scores, count in zip(read, counts, strict=True))


def _filled(scores: Floats, count: int) -> Floats:
    """A score for all sentences of a paper."""
    lowest = scores.min() if len(scores) else np.float32(0)
    return np.concatenate([scores, np.full(count - len(scores), lowest, np.float32)])


@cache
def _shipped() -> Reader:
    """Loaded once: it never changes, and what it makes of a paper is the same for all who ask."""
    return Reader.load()


def open_reader(shelf: Path) -> Reader | None:
    """The reader that ships; None where it cannot be had: then papers are judged without it."""
    try:
        return _shipped().on(shelf)
    except (ConfigError, ImportError):
        return None
