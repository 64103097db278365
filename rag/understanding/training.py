"""Fits the classifier: python -m rag.understanding.training [folder for the weights]

Reads examples/: wordings.txt and voices.txt (`# head: label`, then a wording a line, with slots; the second as many kinds of people
type them), asides.txt (what is said beside a question), slots.json (what fills them) and questions.tsv (questions on abstracts).
Prints the accuracy on every fifth wording, which took no part in that fit, then fits on all.
"""

import importlib
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from rag.embedding import StaticTable
from rag.understanding.classifier import features

_FILLED, _PLAIN = 5, 3
"""How often a wording with slots, and one without, is varied."""

_SAID_ASIDE = ("thanks", "greeting", "bye", "feedback")
"""Small talk that may as well be said beside a question."""

_OTHERS = 0.06
"""What a wording of another head counts among the parts of a turn, beside those written as such."""

_STRENGTH = {"intent": 10.0, "act": 10.0, "kind": 10.0, "part": 10.0}
"""Inverse regularisation of each head."""

_AT_ONCE = 1_000
_SLOT = re.compile(r"\{(\w+)\}")
_KIND_OF_QUESTION = {"broad": "list", "narrow": "list", "exclude": "list", "near_miss": "list", "known": "one"}
_BEFORE = ("please ", "ok, ", "hey, ", "so ", "could you tell me ", "well, ", "and ")


@dataclass(frozen=True, slots=True)
class Example:
    """A turn with its label; `wording` is the number of what it was made from, `weight` what it counts."""

    text: str
    follows: bool
    label: str
    wording: int
    weight: float


class Examples:
    """The examples of each head, made of the wordings: the same ones each time."""

    def __init__(self, folder: Path) -> None:
        self._random = Random(20251)
        self._slots: dict[str, list[str]] = json.loads((folder / "slots.json").read_text("utf-8"))
        self.heads: dict[str, list[Example]] = defaultdict(list)
        for number, one in enumerate((*wordings(folder / "wordings.txt"), *wordings(folder / "voices.txt"))):
            self._add(one.head, one.label, one.text, number)
        for number, line in enumerate((folder / "questions.tsv").read_text("utf-8").splitlines(), 1_000_000):
            kind, _, question = line.partition("\t")
            self._add_question(kind, question, number)
        self._add_parts(folder / "asides.txt")

    def _add(self, head: str, label: str, wording: str, number: int) -> None:
        times = _FILLED if "{" in wording else _PLAIN
        for _ in range(times):
            text, after = self._varied(self._filled(wording)), self._random.random() < 0.5
            self.heads[head].append(Example(text, after or head == "act", label, number, 1 / times))
            if head == "act":  # what goes on with an answer asks about papers
                self.heads["intent"].append(Example(text, True, "papers", number, 0.35 / times))
            elif head == "intent":
                self.heads["act"].append(Example(text, True, "standalone", number, 0.5 / times))

    def _add_parts(self, path: Path) -> None:
        """Parts of a turn: what is said beside what it asks, and what asks, as every other wording does."""
        asks = (example for head in ("intent", "act") for example in list(self.heads[head]) if example.label not in _SAID_ASIDE)
        self.heads["part"] = [Example(one.text, True, "asks", one.wording, one.weight * _OTHERS) for one in asks]
        for number, one in enumerate(wordings(path), 2_000_000):
            for _ in range(_FILLED):
                self.heads["part"].append(Example(self._varied(self._filled(one.text)), True, one.label, number, 1 / _FILLED))

    def _add_question(self, kind: str, question: str, number: int) -> None:
        text = self._varied(question)
        self.heads["intent"].append(Example(text, self._random.random() < 0.5, "papers", number, 0.5))
        self.heads["act"].append(Example(text, True, "standalone", number, 0.25))
        if label := _KIND_OF_QUESTION.get(kind):
            self.heads["kind"].append(Example(text, False, label, number, 0.3))

    def _filled(self, wording: str) -> str:
        while slot := _SLOT.search(wording):
            values = self._slots.get(slot[1]) or self._slots[slot[1].rstrip("2")]
            wording = wording[: slot.start()] + self._random.choice(values) + wording[slot.end() :]
        return wording

    def _varied(self, text: str) -> str:
        """As people type: with and without capitals, question marks, politeness and slips."""
        chance = self._random.random
        if chance() < 0.12:
            text = self._slipped(text)
        if chance() < 0.25:
            text = text[0].upper() + text[1:]
        if chance() < 0.15:
            text = text.rstrip("?")
        elif chance() < 0.1 and text[-1].isalnum():
            text += self._random.choice("?..")
        if chance() < 0.06:
            return self._random.choice(_BEFORE) + text
        return text + self._random.choice((" please", " pls", ", please")) if chance() < 0.05 else text

    def _slipped(self, text: str) -> str:
        words = text.split()
        place = self._random.randrange(len(words))
        word = words[place]
        if len(word) > 3 and word.isalpha():
            at = self._random.randrange(1, len(word) - 1)
            swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            words[place] = swapped if self._random.random() < 0.5 else word[:at] + word[at + 1 :]
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording of the examples, with its slots, and the label that it has for a head."""

    head: str
    label: str
    text: str


def wordings(path: Path) -> Iterator[Wording]:
    """The wordings of one file of examples/."""
    head = label = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("# "):
            head, label = line[2:].split(": ")
        elif line.strip():
            yield Wording(head, label, line.strip())


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f"training needs {name}: pip install 'paperchat[train]'") from error


def _weights(examples: list[Example]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What each example counts: rare labels more, by the root of how rare they are."""
    of_label: Counter[str] = Counter()
    for example in examples:
        of_label[example.label] += example.weight  # type: ignore[assignment]
    most = max(of_label.values())
    return np.array([example.weight * (most / of_label[example.label]) ** 0.5 for example in examples])


def _fit(head: str, examples: list[Example], table: StaticTable) -> dict[str, Any]:
    linear, sparse = _imported("sklearn.linear_model"), _imported("scipy.sparse")
    parts = (examples[start : start + _AT_ONCE] for start in range(0, len(examples), _AT_ONCE))
    rows = sparse.vstack([sparse.csr_matrix(features([e.text for e in part], [e.follows for e in part], table)) for part in parts])
    labels, weights = np.array([e.label for e in examples]), _weights(examples)
    apart = np.array([e.wording * 2654435761 % 2**32 % 5 == 0 for e in examples])
    model = linear.LogisticRegression(C=_STRENGTH[head], max_iter=150)
    model.fit(rows[~apart], labels[~apart], sample_weight=weights[~apart])
    right = np.average(
        model.predict(rows[apart]) == labels[apart], weights=[e.weight for e, out in zip(examples, apart, strict=True) if out]
    )
    model.fit(rows, labels, sample_weight=weights)
    print(f"{head}: {len(examples):,} examples, {len(model.classes_)} labels; {right:.3f} right on wordings that took no part", flush=True)
    coef, bias = model.coef_, model.intercept_
    if len(coef) == 1:  # of two labels only the second's odds are fitted
        coef, bias = np.vstack([0 * coef, coef]), np.array([0.0, *bias])
    return {f"{head}.labels": model.classes_, f"{head}.weights": coef.astype(np.float16), f"{head}.bias": bias}


def main(folder: Path) -> None:
    """Fit every head and write the weights."""
    here = Path(str(resources.files("rag.understanding")))
    table = StaticTable.load(Path(str(resources.files("rag.embedding"))) / "weights")
    examples, kept = Examples(here / "examples"), dict[str, Any]()
    for head in sorted(examples.heads):
        kept |= _fit(head, examples.heads[head], table)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / "turns.npz", **kept)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(str(resources.files("rag.understanding"))) / "weights")
