"""The classifier: what a turn asks for, which act it is in its conversation, which kind of answer it wants, and which words name what.

Three layers of MiniLM over what the network's lower ones make of each token of the turn (rag/embedding/network.py), and heads over
these, fitted by training.py on the examples beside it. Without the network every turn is a question for papers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.embedding import open_session, shipped_network

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Floats = NDArray[np.float32]

LAYERS, HEADS = "turns.onnx", "turns.npz"
WIDTH, POOLS = 384, 4
"""Numbers of a token, and ways in which a turn's tokens are weighed for its labels."""

NOTHING, TOPIC, EXCLUDED = range(3)
"""What a token is part of."""

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

_NAME = re.compile(r"[\w,] [A-Z][\w'’-]*$")
NAMES = 0.5
"""How likely a word or token names a topic, from which on it does."""

_PERHAPS = 0.03
"""How likely a word within a sentence that is written like a name may name a topic, from which on it does: no example has it."""

_UNREAD = {
    "intent": {"papers": 1.0},
    "act": {"standalone": 1.0, "correct": 0.0},
    "kind": {"list": 1.0},
    "part": {"asks": 1.0, "aside": 0.0},
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A turn's words, and whether something was said before it: what the classifier says hangs on both."""

    text: str
    follows: bool = True


@dataclass(frozen=True, slots=True)
class Tagged:
    """A token of a turn, by its place there, and how likely it is part of the topic, and of what is to be left out."""

    start: int
    end: int
    topic: float
    excluded: float


@dataclass(frozen=True, slots=True)
class Said:
    """What the classifier says of a turn: head -> label -> probability, likeliest first; and of each token what it is part of."""

    heads: Mapping[str, Mapping[str, float]]
    tokens: tuple[Tagged, ...] = ()

    def topical(self, text: str) -> dict[str, float]:
        """How likely each word of the turn is to name a topic: word, in lower case -> probability."""
        found = dict[str, float]()
        for word in WORD.finditer(text):
            likely = [token.topic for token in self.tokens if token.start < word.end() and word.start() < token.end]
            if likely:
                least = NAMES if max(likely) >= _PERHAPS and _NAME.search(text[: word.end()]) else 0.0
                found[word[0].lower()] = max(found.get(word[0].lower(), 0.0), least, *likely)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The labels of each head; the layers; and the heads' weights, by torch's names, a matrix as (in, out)."""

    labels: Mapping[str, tuple[str, ...]]
    layers: "InferenceSession"
    weights: Mapping[str, Floats]


@cache
def fitted() -> Fitted:
    """The fitted weights that ship."""
    folder = resources.files("rag.understanding") / "weights"
    with resources.as_file(folder / HEADS) as path, np.load(path) as kept:
        labels = {name.partition(".")[2]: tuple(kept[name].tolist()) for name in kept.files if name.startswith("labels.")}
        weights = {name: kept[name].astype(np.float32).T for name in kept.files if not name.startswith("labels.")}
    told = {kind: np.concatenate([weights[f"heads.{head}.{kind}"] for head in labels], axis=-1) for kind in ("weight", "bias")}
    with resources.as_file(folder / LAYERS) as path:
        layers = open_session(path, threads=1)
    return Fitted(labels, layers, {**weights, **{f"heads.{kind}": joined for kind, joined in told.items()}})


@lru_cache(maxsize=2_000)
def classified(turn: Typed) -> Said:
    """What is said of a turn. Kept, as earlier turns are read again."""
    if (network := shipped_network()) is None:
        return Said(_UNREAD)
    states, places = network.read(turn.text)
    said = _told(states.lower, places, turn.follows)
    return said if turn.follows else Said({**said.heads, "act": _UNREAD["act"]}, said.tokens)


def glanced(turn: Typed, start: int, end: int) -> Said:
    """What is said of a part of a turn by what the lower layers make of it there: a hint, without a run of these for the part by itself."""
    if (network := shipped_network()) is None:
        return Said(_UNREAD)
    states, places = network.read(turn.text)
    within = [n for n, place in enumerate(places) if start <= place[0] and place[1] <= end]
    return _told(states.lower[[0, *(n + 1 for n in within), -1]], [places[n] for n in within], turn.follows)


def _told(lower: Floats, places: Sequence[tuple[int, int]], follows: bool) -> Said:
    """What the layers and the heads say of a turn's tokens, (tokens, width), marks first and last."""
    kept = fitted()
    w = kept.weights
    states = kept.layers.run(["states"], {"x": (lower + w["fol.weight"][:, int(follows)])[None]})[0][0]
    share = _softmax((states @ w["q.weight"] + w["q.bias"]).T)
    told = (share @ states).ravel() @ w["heads.weight"] + w["heads.bias"]
    starts = np.cumsum([0, *map(len, kept.labels.values())])
    heads = {
        head: _ranked(labels, _softmax(told[start : start + len(labels)]))
        for (head, labels), start in zip(kept.labels.items(), starts, strict=False)
    }
    tags = _softmax(states @ w["tag.weight"] + w["tag.bias"])[1:-1].tolist()
    return Said(heads, tuple(Tagged(*place, tag[TOPIC], tag[EXCLUDED]) for place, tag in zip(places, tags, strict=True)))


def _ranked(labels: tuple[str, ...], probabilities: Floats) -> dict[str, float]:
    return dict(sorted(zip(labels, probabilities.tolist(), strict=True), key=lambda one: -one[1]))


def _softmax(z: Floats) -> Floats:
    exp = np.exp(z - np.maximum.reduce(z, axis=-1, keepdims=True))
    return np.asarray(exp / np.add.reduce(exp, axis=-1, keepdims=True))
