"""The classifier: what a turn asks for, which act it is in its conversation, which kind of answer it wants, and which words name what.

A layer of attention over what the network makes of each token of the turn (rag/embedding/network.py), fitted by training.py
on the examples beside it; here, in numpy, it is only read. Without the network every turn is a question for papers.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embedding import States, shipped_network

Floats = NDArray[np.float32]
Weights = Mapping[str, Floats]

HEADS_OF_ATTENTION = 4
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
_EPSILON, _GELU = 1e-5, math.sqrt(2 / math.pi)  # no numbers of numpy, which make the others double
_TAGS = len((NOTHING, TOPIC, EXCLUDED))


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
    """The labels of each head; and the weights, by torch's names, of all fits together, each laid out as (fits, in, out)."""

    labels: Mapping[str, tuple[str, ...]]
    weights: Weights


@cache
def fitted() -> Fitted:
    """The fitted weights that ship."""
    with resources.as_file(resources.files("rag.understanding") / "weights" / "turns.npz") as path, np.load(path) as kept:
        labels = {name.partition(".")[2]: tuple(kept[name].tolist()) for name in kept.files if name.startswith("labels.")}
        numbers = sorted({name.partition(".")[0] for name in kept.files} - {"labels"})
        names = [name.partition(".")[2] for name in kept.files if name.startswith(f"{numbers[0]}.")]
        weights = {name: _stacked([kept[f"{number}.{name}"] for number in numbers]) for name in names}
    return Fitted(labels, _joined(weights, tuple(labels)))


def _stacked(some: Sequence[NDArray[Any]]) -> Floats:
    """A weight of every fit, so that a text's numbers stand before it; contiguous, as products with views of it are slow."""
    together = np.stack(some).astype(np.float32)
    return np.ascontiguousarray(together.swapaxes(1, 2)) if together.ndim == 3 else together[:, None]


def _joined(weights: Weights, heads: tuple[str, ...]) -> Weights:
    """The weights, with those side by side that are multiplied by the same numbers: one product is faster than several."""
    told, read = [f"heads.{head}" for head in heads], ("q", "tag")
    follows = weights["fol.weight"].swapaxes(1, 2)[:, :, None]
    joined = {
        f"{name}.{kind}": np.concatenate([weights[f"{one}.{kind}"] for one in some], axis=2)
        for name, some in (("heads", told), ("read", read))
        for kind in ("weight", "bias")
    }
    return {**weights, **joined, "fol.weight": follows}


def both_layers(states: States) -> Floats:
    """(tokens, 2 * width): what the classifier sees of each token."""
    return np.concatenate([states.lower, states.upper], axis=1)


@lru_cache(maxsize=2_000)
def classified(text: str, follows: bool) -> Said:
    """What is said of a turn; `follows`: something was said before. Kept, as earlier turns are read again."""
    if shipped_network() is None:
        return Said(_UNREAD)
    return _told(*_seen(text), follows)


def glanced(text: str, start: int, end: int) -> Said:
    """What is said of a part of a turn by what the network makes of it there: a hint, without a run of it for the part by itself."""
    if shipped_network() is None:
        return Said(_UNREAD)
    seen, places = _seen(text)
    within = [n for n, place in enumerate(places) if start <= place[0] and place[1] <= end]
    return _told(seen[:, [0, *(n + 1 for n in within), -1]], [places[n] for n in within], True)


def _told(seen: Floats, places: Sequence[tuple[int, int]], follows: bool) -> Said:
    kept = fitted()
    told, tagged = _forward(kept.weights, seen, follows)
    starts = np.cumsum([0, *map(len, kept.labels.values())])
    heads = {
        head: _ranked(labels, _softmax(told[..., start : start + len(labels)]).mean(axis=0).ravel())
        for (head, labels), start in zip(kept.labels.items(), starts, strict=False)
    }
    tags = _softmax(tagged).mean(axis=0)[1:-1].tolist()
    return Said(heads, tuple(Tagged(*place, tag[TOPIC], tag[EXCLUDED]) for place, tag in zip(places, tags, strict=True)))


@lru_cache(maxsize=64)
def _seen(text: str) -> tuple[Floats, tuple[tuple[int, int], ...]]:
    """(fits, tokens, width): a turn as the fits see it, and the places of its tokens; a first turn is read as one that follows, too."""
    network = shipped_network()
    assert network is not None, "asked for before"
    states, places = network.read(text)
    return _linear(both_layers(states), fitted().weights, "inp"), places


def _ranked(labels: tuple[str, ...], probabilities: Floats) -> dict[str, float]:
    return dict(sorted(zip(labels, probabilities.tolist(), strict=True), key=lambda one: -one[1]))


def _forward(w: Weights, seen: Floats, follows: bool) -> tuple[Floats, Floats]:
    """By each fit, the logits of all heads' labels, (fits, 1, labels), and those of the tags, (fits, tokens, 3)."""
    z = _normed(seen + w["fol.weight"][:, int(follows)], w, "norm")
    z += _attention(_normed(z, w, "enc.0.norm1"), w)
    inner = _gelu(_linear(_normed(z, w, "enc.0.norm2"), w, "enc.0.linear1"))
    z += _linear(inner, w, "enc.0.linear2")
    read = _linear(z, w, "read")
    share = _softmax(read[..., :-_TAGS].swapaxes(1, 2))
    pooled = (share @ z).reshape(len(z), 1, -1)
    return _linear(pooled, w, "heads"), read[..., -_TAGS:]


def _attention(z: Floats, w: Weights) -> Floats:
    fits, tokens, width = z.shape
    both = z @ w["enc.0.self_attn.in_proj_weight"] + w["enc.0.self_attn.in_proj_bias"]
    apart = both.reshape(fits, tokens, 3, HEADS_OF_ATTENTION, width // HEADS_OF_ATTENTION)
    q, k, v = apart.transpose(2, 0, 3, 1, 4)
    mixed = _softmax(q @ k.swapaxes(2, 3) / math.sqrt(q.shape[-1])) @ v
    return _linear(mixed.swapaxes(1, 2).reshape(z.shape), w, "enc.0.self_attn.out_proj")


def _linear(z: Floats, w: Weights, name: str) -> Floats:
    return np.asarray(z @ w[f"{name}.weight"] + w[f"{name}.bias"])


def _normed(z: Floats, w: Weights, name: str) -> Floats:
    width = np.float32(z.shape[-1])
    apart = z - np.add.reduce(z, axis=-1, keepdims=True) / width
    varies = np.vecdot(apart, apart)[..., None] / width
    return np.asarray(apart / np.sqrt(varies + _EPSILON) * w[f"{name}.weight"] + w[f"{name}.bias"])


def _gelu(z: Floats) -> Floats:
    return np.asarray(0.5 * z * (1 + np.tanh(_GELU * (z + 0.044715 * (z * z * z)))))  # z**3 takes a hundred times as long


def _softmax(z: Floats) -> Floats:
    exp = np.exp(z - np.maximum.reduce(z, axis=-1, keepdims=True))
    return np.asarray(exp / np.add.reduce(exp, axis=-1, keepdims=True))
