"""Sentences made stronger than their paper by rules: bounds, hedges, quantifiers, the future, what is first or best."""

import re
from collections import Counter

import pytest

from corpus import Paper
from rag.verification import Support
from tests.rag.verification.test_mutations import passing, stem

_STRONGER: dict[str, tuple[str, str, int, float]] = {
    "bound turned": (r"\bup to (?=\d)", "at least ", 50, 0.9),
    "bound made an average": (r"\bup to (?=\d)", "an average of ", 50, 0.8),
    "hedge dropped": (r"\b(?:may|might) (?=[a-z]{4})(?!not )", "", 15, 0.8),
    "nearly dropped": (r"\b(?:near|nearly|almost|virtually)[- ](?=[a-z]{4})", "", 5, 0.8),
    "quantifier widened": (r"\b(?:most|some|several|many) (?=[a-z]+s\b)", "all ", 25, 0.8),
    "future told as past": (r"\bwill be (?=[a-z]+(?:ed|able)\b)", "was ", 3, 0.9),
    "made the first": (r"\b(?:an?|the) (?=(?:novel|new|simple|efficient|unified|general|training-free) )", "the first ", 100, 0.8),
    "made the best": (r"\b(?:an?) (?=(?:novel|new|simple|efficient|unified|general|training-free) )", "the best ", 100, 0.8),
}
"""Kind -> what is replaced, by what, how many sentences there must be, and the share that must be refused."""


@pytest.mark.parametrize("kind", _STRONGER)
def test_what_is_stronger_than_the_paper_is_refused(kind: str) -> None:
    weak, strong, least, share = _STRONGER[kind]
    seen = Counter(
        bool(support.fault(re.sub(weak, strong, sentence, count=1), [0])) for support, sentence, _ in passing() if re.search(weak, sentence)
    )
    assert seen.total() >= least, seen
    assert seen[True] >= share * seen.total(), seen


_PAPER = Paper(
    "w", "WarpKey: Pruning Keys",
    "WarpKey prunes keys of language models. It cuts memory by up to 38% and latency by at least 12%. The gain averages 2.6x over five runs. "
    "Most layers tolerate pruning. Pruning might harm retrieval of rare names. The experiments suggest that depth explains the gains. "
    "WarpKey is nearly lossless for short prompts. Weights will be published. It works for all sizes that we tried. "
    "It is the first pruner for streaming.",
)  # fmt: skip


@pytest.mark.parametrize(
    "sentence",
    [
        "WarpKey cuts memory by up to 38% and latency by at least 12%.",
        "WarpKey's gain is 2.6x on average over five runs.",
        "WarpKey can cut latency by at least 12%.",
        "Most layers tolerate pruning with WarpKey.",
        "Pruning could harm retrieval of rare names.",
        "Pruning may potentially harm the retrieval of rare names.",
        "The experiments suggest depth explains the gains.",
        "For short prompts WarpKey is almost lossless.",
        "The weights of WarpKey will be published.",
        "WarpKey works for all sizes that were tried.",
        "WarpKey is the first pruner for streaming.",
    ],
)
def test_what_is_as_strong_passes(sentence: str) -> None:
    assert not Support("", [_PAPER], stem).fault(sentence, [0])


@pytest.mark.parametrize(
    "sentence",
    [
        "WarpKey cuts memory by at least 38%.",
        "WarpKey cuts memory by an average of 38%.",
        "WarpKey always cuts memory by 38%.",
        "WarpKey cuts latency by at most 12%.",
        "All layers tolerate pruning.",
        "Pruning harms retrieval of rare names.",
        "The experiments prove that depth explains the gains.",
        "WarpKey is lossless for short prompts.",
        "Weights were published.",
        "WarpKey is the best pruner of keys of language models.",
        "WarpKey is the only pruner for streaming.",
    ],
)
def test_what_is_stronger_is_refused(sentence: str) -> None:
    assert Support("", [_PAPER], stem).fault(sentence, [0])
