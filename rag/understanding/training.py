"""Fits the classifier: python -m rag.understanding.training [folder for the weights] [--apart FILE]

On the examples beside it (example_turns.py), over what the network that ships makes of their tokens; needs pip install 'paperchat[train]'.
Some ten minutes of two cores. With --apart, a file like examples/people.txt, tells how many of its turns are read rightly.
"""

import argparse
import importlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embedding import Network
from rag.understanding.classifier import EXCLUDED, HEADS_OF_ATTENTION, NOTHING, TOPIC, Tagged, both_layers, classified, fitted
from rag.understanding.example_turns import Example, asking, examples, marked, wordings

WIDTH, FITS, ROUNDS, AT_ONCE, RATE = 128, 2, 4, 64, 1.5e-3
_HIDDEN, _SMOOTHED, _TAGS = 0.2, 0.05, 0.5
"""Share of the numbers hidden in training, of a label given to the others, and what tags count beside labels."""

_UNKNOWN = -1
Labels = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """An example as (tokens, width), and what each token is."""

    example: Example
    states: NDArray[np.float16]
    tags: list[int]


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f"training needs {name}: pip install 'paperchat[train]'") from error


def _read(network: Network, some: Sequence[Example]) -> list[_Read]:
    """The examples as the network sees them."""
    tqdm = _imported("tqdm").tqdm
    found = []
    for one in tqdm(some, "reading the examples", unit=" turns"):
        states, places = network.read(one.text)
        both = both_layers(states).astype(np.float16)
        tags = [_UNKNOWN] * len(places) if one.spans is None else one.tags(places)
        found.append(_Read(one, both, [_UNKNOWN, *tags, _UNKNOWN]))
    return found


def _module(torch: Any, labels: Labels, width: int) -> Any:
    """The network that is fitted: what classifier.py reads in numpy."""
    nn = torch.nn

    class Layer(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.inp, self.fol, self.norm = nn.Linear(width, WIDTH), nn.Embedding(2, WIDTH), nn.LayerNorm(WIDTH)
            gelu = nn.GELU(approximate="tanh")
            layer = nn.TransformerEncoderLayer(
                WIDTH, HEADS_OF_ATTENTION, 2 * WIDTH, 0.1, activation=gelu, batch_first=True, norm_first=True
            )
            self.enc, self.hide, self.q = nn.ModuleList([layer]), nn.Dropout(_HIDDEN), nn.Linear(WIDTH, 4)
            self.heads = nn.ModuleDict({head: nn.Linear(4 * WIDTH, len(names)) for head, names in labels.items()})
            self.tag = nn.Linear(WIDTH, len((NOTHING, TOPIC, EXCLUDED)))

        def forward(self, states: Any, real: Any, follows: Any) -> Any:
            z = self.norm(self.inp(self.hide(states)) + self.fol(follows)[:, None])
            z = self.enc[0](z, src_key_padding_mask=~real)
            share = self.q(z).masked_fill(~real[..., None], -1e4).softmax(1)
            pooled = self.hide((share.transpose(1, 2) @ z).flatten(1))
            return {head: layer(pooled) for head, layer in self.heads.items()}, self.tag(z)

    return Layer()


def _fit(torch: Any, read: Sequence[_Read], labels: Labels, seed: int) -> dict[str, NDArray[Any]]:
    """The weights of one fit."""
    torch.manual_seed(seed)
    random, module = Random(seed), _module(torch, labels, read[0].states.shape[1])
    optimizer = torch.optim.AdamW(module.parameters(), lr=RATE, weight_decay=0.01)
    steps = ROUNDS * (-(-len(read) // AT_ONCE))
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps + 1, pct_start=0.1)
    for _ in _imported("tqdm").tqdm(range(ROUNDS), f"fit {seed + 1} of {FITS}", unit=" rounds"):
        for some in _batches(read, random):
            loss = _loss(torch, module, some, labels)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
            optimizer.step()
            rate.step()
    return {name: value.numpy().astype(np.float16 if value.ndim > 1 else np.float32) for name, value in module.state_dict().items()}


def _batches(read: Sequence[_Read], random: Random) -> Iterator[list[_Read]]:
    """Turns of about the same length together."""
    order = sorted(read, key=lambda one: len(one.tags) + 3 * random.random())
    batches = [order[start : start + AT_ONCE] for start in range(0, len(order), AT_ONCE)]
    random.shuffle(batches)
    yield from batches


def _loss(torch: Any, module: Any, some: Sequence[_Read], labels: Labels) -> Any:
    longest, entropy = max(len(one.tags) for one in some), torch.nn.functional.cross_entropy
    states = np.zeros((len(some), longest, some[0].states.shape[1]), np.float32)
    tags = np.full((len(some), longest), _UNKNOWN)
    for row, one in enumerate(some):
        states[row, : len(one.tags)], tags[row, : len(one.tags)] = one.states, one.tags
    real = np.arange(longest)[None] < np.array([[len(one.tags)] for one in some])
    follows = torch.tensor([int(one.example.follows) for one in some])
    told, tagged = module(torch.from_numpy(states), torch.from_numpy(real), follows)
    loss = 0.0
    for head, names in labels.items():
        mine = [(row, *one.example.labels[head]) for row, one in enumerate(some) if head in one.example.labels]
        if mine:
            rows, wanted, weights = zip(*mine, strict=True)
            apart = entropy(
                told[head][list(rows)], torch.tensor([names.index(one) for one in wanted]), reduction="none", label_smoothing=_SMOOTHED
            )
            loss = loss + (apart * torch.tensor(weights)).sum() / len(some)
    known = torch.from_numpy(tags) != _UNKNOWN
    return loss + _TAGS * entropy(tagged[known], torch.from_numpy(tags)[known]) if known.any() else loss


def measured(path: Path) -> dict[str, float]:
    """The share of a file's turns that the weights that ship read rightly, by head; and of its marked tokens, by tag, F1."""
    right, all_of, tokens = Counter[str](), Counter[str](), Counter[tuple[int, int]]()
    for one in wordings(path):
        turn = marked(one.text)
        said = classified(turn.text, one.head == "act")
        right[one.head] += next(iter(said.heads[one.head])) == one.label
        all_of[one.head] += 1
        places = tuple((token.start, token.end) for token in said.tokens)
        tokens.update(zip(turn.tags(places), map(_tag_of, said.tokens), strict=True))
    shares = {head: right[head] / count for head, count in all_of.items()}
    return shares | {name: _f1(tokens, tag) for name, tag in (("topic", TOPIC), ("excluded", EXCLUDED))}


def _tag_of(token: Tagged) -> int:
    """What a token most likely is."""
    likely = (1 - token.topic - token.excluded, token.topic, token.excluded)
    return max((NOTHING, TOPIC, EXCLUDED), key=lambda tag: likely[tag])


def _f1(tokens: Counter[tuple[int, int]], tag: int) -> float:
    found = sum(count for (_, told), count in tokens.items() if told == tag)
    wanted = sum(count for (is_so, _), count in tokens.items() if is_so == tag)
    return 2 * tokens[tag, tag] / max(found + wanted, 1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit and write the weights; or, with --apart alone, measure those that ship."""
    here = Path(str(resources.files("rag.understanding")))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=here / "weights", help="folder for the weights")
    parser.add_argument("--apart", type=Path, help="turns to measure the weights that ship by, in place of a fit")
    given = parser.parse_args(arguments)
    if given.apart:
        print("  ".join(f"{name} {share:.3f}" for name, share in measured(given.apart).items()))
        return
    torch, made = _imported("torch"), examples(here / "examples")
    labels = {
        head: tuple(sorted({one.labels[head][0] for one in made if head in one.labels})) for head in ("intent", "act", "kind", "part")
    }
    read, kept = _read(Network.load(), made), dict[str, NDArray[Any]]()
    for number in range(FITS):
        kept |= {f"{number}.{name}": values for name, values in _fit(torch, read, labels, number).items()}
    kept |= {f"labels.{head}": np.array(names) for head, names in labels.items()}
    given.folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(given.folder / "turns.npz", **kept)  # type: ignore[arg-type]
    asks, known = asking(here / "examples")
    words = sorted(asks)
    counted = {"asking": np.array(words), "times": np.array([asks[word] for word in words]), "known": np.array(sorted(known))}
    np.savez_compressed(given.folder / "asking.npz", **counted)  # type: ignore[arg-type]
    fitted.cache_clear()


if __name__ == "__main__":
    main()
