"""Fits what tells a definition: python -m rag.generation.training [file for the weights] [--apart FILE]

On `examples/definitions.tsv`: 6,949 sentences of abstracts (CC0 and CC BY 4.0; the second column names the abstract) on 1,494 terms, each
judged: 2 tells what the term is, 1 says something of it in general, 0 only mentions it. A few seconds. With --apart, a file like it,
tells how well the weights that ship find the sentences that define.
"""

import argparse
import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from rag.generation.defining import SURE, cues, defines, naming

_LEAST, _STRENGTH, _KEPT = 3, 0.3, 0.02
"""Sentences that a cue must be in, the inverse of the ridge, and the least weight that is kept."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence in which a term occurs, what finds the term in it, and whether it tells what that is."""

    term: str
    named: re.Pattern[str]
    sentence: str
    defines: bool


def judged(path: Path) -> list[Judged]:
    """The sentences of a file whose terms have words."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Judged(row["term"], named, row["sentence"], row["label"] == "2") for row in rows if (named := naming(row["term"]))]


def fit(some: Sequence[Judged]) -> dict[str, float]:
    """The weight of each cue, "" that of every sentence."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    vectors = DictVectorizer()
    rows = vectors.fit_transform([dict(cues(one.named, one.sentence)) for one in some])
    often = np.asarray((rows != 0).sum(axis=0)).ravel() >= _LEAST
    model = LogisticRegression(C=_STRENGTH, max_iter=3000).fit(rows[:, often], [one.defines for one in some])
    names = vectors.get_feature_names_out()[often]
    told = {str(name): round(float(weight), 3) for name, weight in zip(names, model.coef_[0], strict=True) if abs(weight) >= _KEPT}
    return {"": round(float(model.intercept_[0]), 3)} | dict(sorted(told.items()))


def measured(path: Path) -> dict[str, float]:
    """Of the weights that ship: mean precision, precision and recall at the threshold, and how often a term's likeliest sentence defines
    it where one does."""
    some = judged(path)
    likely = [(defines(one.named, one.sentence), one) for one in some]
    ranked = [one.defines for _, one in sorted(likely, key=lambda pair: -pair[0])]
    precise = [sum(ranked[: n + 1]) / (n + 1) for n, is_so in enumerate(ranked) if is_so]
    told = [one.defines for p, one in likely if p >= SURE]
    terms = {one.term for one in some if one.defines}
    first = [max((pair for pair in likely if pair[1].term == term), key=lambda pair: pair[0])[1].defines for term in terms]
    return {
        "mean precision": sum(precise) / len(precise),
        "precision": sum(told) / max(len(told), 1),
        "recall": sum(told) / sum(ranked),
        "first": sum(first) / len(first),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit and write the weights; or, with --apart alone, measure those that ship."""
    here = Path(str(resources.files("rag.generation")))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", default=here / "weights" / "defining.json", help="file for the weights")
    parser.add_argument("--apart", type=Path, help="judged sentences to measure the weights that ship by, in place of a fit")
    given = parser.parse_args(arguments)
    if given.apart:
        print("  ".join(f"{name} {share:.3f}" for name, share in measured(given.apart).items()))
        return
    weights = fit(judged(here / "examples" / "definitions.tsv"))
    given.file.write_text(json.dumps(weights, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
