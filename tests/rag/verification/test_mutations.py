"""What the checks let through, over every sentence of the papers that ship: made false by rules, and retold in other words."""

import json
import random
import re
from collections import Counter
from functools import cache
from importlib import resources
from pathlib import Path

import pytest

from corpus import Paper, read_all, shipped, unique
from rag.index.lexical.schema import analyzer
from rag.text import split_sentences
from rag.verification import Support
from tests.rag.verification.mutations import MUTATIONS

_ANALYZER = analyzer()
_RETOLD = [json.loads(line) for line in (Path(__file__).parent / "paraphrases.jsonl").read_text("utf-8").splitlines()]
_CAUGHT = {"negation": 0.8, "opposite": 0.8, "names exchanged": 0.7, "numbers exchanged": 0.85, "version": 1.0}
"""Share of the false sentences of each kind that must be refused."""


def stem(text: str) -> list[str]:
    """Words as the index compares them."""
    return list(_ANALYZER.analyze(text))


@cache
def papers() -> dict[str, Paper]:
    return {paper.paper_id: paper for paper in unique(list(read_all(shipped())))}


@cache
def passing() -> tuple[tuple[Support, str, str], ...]:
    """Every sentence that its own paper supports: the paper's Support, the sentence, a seed."""
    found = []
    for paper in papers().values():
        support = Support("", [paper], stem)
        said = enumerate(split_sentences(paper.abstract))
        found += [(support, sentence, f"{paper.paper_id} {i}") for i, sentence in said if not support.fault(sentence, [0])]
    return tuple(found)


def test_sentences_of_the_abstract_itself_pass() -> None:
    everything = sum(len(split_sentences(paper.abstract)) for paper in papers().values())
    assert len(passing()) >= 0.96 * everything  # the rest hold addresses


@pytest.mark.parametrize("kind", MUTATIONS)
def test_sentences_made_false_are_refused(kind: str) -> None:
    seen: Counter[bool] = Counter()
    for support, sentence, seed in passing():
        made = MUTATIONS[kind](sentence, random.Random(f"{seed} {kind}"))
        if made and made != sentence:
            seen[bool(support.fault(made, [0]))] += 1
    assert seen.total() > 50
    assert seen[True] >= _CAUGHT[kind] * seen.total(), seen


_UNLISTED = """seamlessly clumsily, promising dismal, notably negligibly, novel trite, comprehensive patchy, thoroughly superficially,
surprisingly predictably, consistently sporadically, rigorous sloppy, jointly separately, intuitive baffling, competitive uncompetitive,
versatile rigid, straightforward convoluted, gracefully awkwardly, drastically barely, negligible sizeable, remarkable unremarkable,
abundant meagre"""


def test_opposites_that_no_list_holds_are_refused() -> None:
    pairs = dict(pair.split() for pair in _UNLISTED.split(","))
    listed = resources.files("rag.verification").joinpath("opposites.txt").read_text("utf-8").splitlines()
    assert not {frozenset(pair) for pair in pairs.items()} & {frozenset(line.split()) for line in listed}
    word = re.compile(rf"(?<![-\w])({'|'.join(pairs)})(?![-\w])")
    seen = Counter(
        bool(support.fault(word.sub(lambda match: pairs[match[1]], sentence, count=1), [0]))
        for support, sentence, _ in passing()
        if word.search(sentence)
    )
    assert seen.total() > 300 and seen[True] >= _CAUGHT["opposite"] * seen.total(), seen


def test_close_paraphrases_pass() -> None:
    faults = [Support("", [papers()[told["paper"]]], stem).fault(told["said"], [0]) for told in _RETOLD]
    assert len(faults) >= 200
    assert sum(not fault for fault in faults) >= 0.9 * len(faults), Counter(faults)
