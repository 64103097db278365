"""A small network that reads a text token by token: what it makes of each. Papers are read by it, and turns of a conversation understood.

A fine-tuned MiniLM (see rag/relevance/weights/READER.md) that runs in onnxruntime, which Chroma brings.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from rag.embedding.memo import cached
from rag.errors import ConfigError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

NETWORK_FOLDER = Path(__file__).parent / "weights"
LOWER, UPPER, TOKENIZER = "network_lower.onnx", "network_upper.onnx", "network_tokenizer.json"
"""The two lower layers and the four above them are two graphs: a turn is understood by what the lower ones make of it, and most need
no more."""

LONGEST_TEXT = 64
"""Tokens of a question or a turn that are read, marks included."""

START, END = 101, 102

_KEPT = 64
"""Texts of which is kept what the network makes of them: 150 kB each at most."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class States:
    """What the network makes of each token of a text, as (tokens, width): after its lower layers, and, where it is asked for, in the
    end."""

    lower: Floats
    raised: Callable[[Floats], Floats]

    @cached_property
    def upper(self) -> Floats:
        return self.raised(self.lower)


@dataclass(frozen=True, eq=False, slots=True)
class _Graphs:
    """Both graphs of the network, run by as many threads."""

    low: "InferenceSession"
    high: "InferenceSession"

    def states(self, ids: Sequence[int]) -> States:
        return States(self.low.run(["lower"], {"ids": np.array([ids], dtype=np.int64)})[0][0], self._raised)

    def _raised(self, lower: Floats) -> Floats:
        made: Floats = self.high.run(["states"], {"lower": lower[None]})[0][0]
        return made


class Network:
    """Reads texts, each by itself. Thread-safe."""

    def __init__(self, folder: Path, tokenizer: Tokenizer) -> None:
        self._folder, self.tokenizer = folder, tokenizer
        self._alone = _opened(folder, threads=1)  # a turn is too short for two threads: they take half as much again, and no less time
        self.read = cached(self._read, _KEPT)  # a question is read to be understood, and again with papers

    @classmethod
    def load(cls, directory: Path = NETWORK_FOLDER) -> "Network":
        """The network of a folder. Raises ConfigError where a file is missing or damaged."""
        if missing := [name for name in (LOWER, UPPER, TOKENIZER) if not (directory / name).is_file()]:
            raise ConfigError(f"the network's weights are incomplete ({', '.join(missing)} missing): install paperchat again")
        try:
            tokenizer = Tokenizer.from_file(str(directory / TOKENIZER))
            tokenizer.no_padding()
            tokenizer.no_truncation()
            return cls(directory, tokenizer)
        except Exception as error:  # each library raises its own
            raise ConfigError(f"the network's weights cannot be read ({error}): install paperchat again") from error

    @cached_property
    def _together(self) -> _Graphs:
        """The network by all cores, opened where a paper is read that was not read before."""
        return _opened(self._folder)

    def states(self, ids: Sequence[int]) -> States:
        """What is made of a paper's tokens, marks included; texts go one by one, so that none changes what is made of another."""
        return self._together.states(ids)

    def _read(self, text: str) -> tuple[States, tuple[tuple[int, int], ...]]:
        """What is made of a question or a turn, marks first and last; and where in the text each token between them stands."""
        told = self.tokenizer.encode(text, add_special_tokens=False)
        states = self._alone.states([START, *told.ids[: LONGEST_TEXT - 2], END])
        return states, tuple(told.offsets[: LONGEST_TEXT - 2])


def _opened(folder: Path, threads: int = 0) -> _Graphs:
    return _Graphs(open_session(folder / LOWER, threads), open_session(folder / UPPER, threads))


def open_session(path: Path, threads: int = 0) -> "InferenceSession":
    """A graph, to be run by so many threads; 0: as many as there are cores."""
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the cores to others
    options.intra_op_num_threads, options.log_severity_level = threads, 3
    return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@cache
def _shipped() -> Network:
    return Network.load()


def shipped_network() -> Network | None:
    """The network that ships, loaded once, for it never changes; None where it cannot be had."""
    try:
        return _shipped()
    except (ConfigError, ImportError):
        return None
