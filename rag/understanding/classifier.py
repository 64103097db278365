"""The classifier: what a turn asks for, which act it is in its conversation, which kind of answer it wants, and which words name what.

A layer of attention over what the network makes of each token of the turn (rag/embedding/network.py), fitted by training.py
on the examples beside it; here, in numpy, it is only read. Without the network every turn is a question for papers.
"""

import re
from collections.abc import Mapping
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
_EPSILON = 1e-5


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
    """The fitted weights, by torch's names, of each network that takes part; and the labels of each head."""

    labels: Mapping[str, tuple[str, ...]]
    parts: tuple[Weights, ...]


@cache
def fitted() -> Fitted:
    """The fitted weights that ship."""
    with resources.as_file(resources.files("rag.understanding") / "weights" / "turns.npz") as path, np.load(path) as kept:
        labels = {name.partition(".")[2]: tuple(kept[name].tolist()) for name in kept.files if name.startswith("labels.")}
        numbers = sorted({name.partition(".")[0] for name in kept.files} - {"labels"})
        parts = [
            {name.partition(".")[2]: kept[name].astype(np.float32) for name in kept.files if name.startswith(f"{n}.")} for n in numbers
        ]
    return Fitted(labels, tuple(parts))


def _part(kept: Mapping[str, NDArray[Any]], number: str) -> Weights:
    return {name.partition(".")[2]: kept[name].astype(np.float32) for name in kept if name.startswith(f"{number}.")}


def both_layers(states: States) -> Floats:
    """(tokens, 2 * width): what the classifier sees of each token."""
    return np.concatenate([states.lower, states.upper], axis=1)


@lru_cache(maxsize=2_000)
def classified(text: str, follows: bool) -> Said:
    """What is said of a turn; `follows`: something was said before. Kept, as earlier turns are read again."""
    network = shipped_network()
    if network is None:
        return Said(_UNREAD)
    states, places = network.read(text)
    seen = both_layers(states)
    told = [_forward(part, seen, follows) for part in fitted().parts]
    heads = {head: _ranked(labels, np.mean([_softmax(one[head]) for one, _ in told], axis=0)) for head, labels in fitted().labels.items()}
    tags = np.mean([_softmax(tags) for _, tags in told], axis=0)[1:-1].tolist()
    return Said(heads, tuple(Tagged(*place, tag[TOPIC], tag[EXCLUDED]) for place, tag in zip(places, tags, strict=True)))


def _ranked(labels: tuple[str, ...], probabilities: Floats) -> dict[str, float]:
    return dict(sorted(zip(labels, probabilities.tolist(), strict=True), key=lambda one: -one[1]))


def _forward(w: Weights, states: Floats, follows: bool) -> tuple[dict[str, Floats], Floats]:
    """The logits of each head's labels, and (tokens, 3) those of the tags."""
    z = _linear(states, w, "inp") + w["fol.weight"][int(follows)]
    z = _normed(z, w, "norm")
    z = z + _attention(_normed(z, w, "enc.0.norm1"), w)
    inner = _gelu(_linear(_normed(z, w, "enc.0.norm2"), w, "enc.0.linear1"))
    z = z + _linear(inner, w, "enc.0.linear2")
    share = _softmax(_linear(z, w, "q").T)
    pooled = (share @ z).ravel()
    heads = {name.split(".")[1] for name in w if name.startswith("heads.")}
    return {head: _linear(pooled, w, f"heads.{head}") for head in heads}, _linear(z, w, "tag")


def _attention(z: Floats, w: Weights) -> Floats:
    width = z.shape[1] // HEADS_OF_ATTENTION
    both = z @ w["enc.0.self_attn.in_proj_weight"].T + w["enc.0.self_attn.in_proj_bias"]
    q, k, v = (part.reshape(len(z), HEADS_OF_ATTENTION, width).swapaxes(0, 1) for part in np.split(both, 3, axis=1))
    mixed = _softmax(q @ k.swapaxes(1, 2) / np.sqrt(width)) @ v
    return _linear(mixed.swapaxes(0, 1).reshape(z.shape), w, "enc.0.self_attn.out_proj")


def _linear(z: Floats, w: Weights, name: str) -> Floats:
    return np.asarray(z @ w[f"{name}.weight"].T + w[f"{name}.bias"])


def _normed(z: Floats, w: Weights, name: str) -> Floats:
    apart = z - z.mean(axis=-1, keepdims=True)
    return np.asarray(apart / np.sqrt(apart.var(axis=-1, keepdims=True) + _EPSILON) * w[f"{name}.weight"] + w[f"{name}.bias"])


def _gelu(z: Floats) -> Floats:
    return np.asarray(0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))))


def _softmax(z: Floats) -> Floats:
    exp = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(exp / exp.sum(axis=-1, keepdims=True))
