"""Falsehoods written by reading, of words that one abstract has: another subject, baseline, condition, cause; what is denied told as true."""

import json
from collections import Counter
from pathlib import Path

import pytest

from corpus import Paper
from rag.verification import Support
from tests.rag.verification.test_mutations import papers, stem

_WRITTEN = [json.loads(line) for line in (Path(__file__).parent / "falsehoods.jsonl").read_text("utf-8").splitlines()]
_REFUSED = {"first": 28, "second": 12, "third": 11, "fourth": 37, "fifth a": 23, "fifth b": 19}
"""Of 30, 30, 31, 63, 28 and 31 falsehoods: what was measured. The rules were made on all but the last, which was run once, after them: 19, and 16 true ones."""

_TRUE = {"first": 29, "second": 30, "third": 21, "fourth": 51, "fifth a": 22, "fifth b": 20, "merged": 24}
"""Of 30, 30, 22, 62, 23, 24 and 25 true ones; the fourth and fifth are retold freely, the last put two sentences of an abstract together."""


def _seen(name: str, true: bool) -> Counter[bool]:
    rows = [row for row in _WRITTEN if row["set"] == name and (row["kind"] == "true") is true]
    return Counter(bool(Support("", [papers()[row["paper"]]], stem).fault(row["said"], [0])) for row in rows)


@pytest.mark.parametrize("name", _REFUSED)
def test_falsehoods_are_refused(name: str) -> None:
    assert _seen(name, true=False)[True] >= _REFUSED[name]


@pytest.mark.parametrize("name", _TRUE)
def test_what_is_true_passes(name: str) -> None:
    assert _seen(name, true=True)[False] >= _TRUE[name]


PAPER = Paper(
    "swift",
    "Swift: Fast Decoding by Skipping",
    "Existing decoders such as Slowpoke rely on extra models and fail to adapt to new tasks. We propose Swift, which skips layers of the "
    "model. The draft layers propose tokens quickly, while the deep layers verify each token in parallel. Swift improves throughput by 2.4x over Slowpoke on Alpaca "
    "and by 1.7x over Medusa on GSM8K. Swift outperforms Medusa in speed and matches the accuracy of Hydra. Poor drafts lead to more "
    "rejections. It works without the need for retraining or additional data. Experiments cover both short and long prompts. "
    "The upper layers keep global attention, while the lower layers read nearby tokens. Quality is preserved in all tasks. "
    "Earlier work requires careful tuning. Rather than calling large drafters repeatedly, Swift reuses cached states. "
    "Prior work claimed that skipping hurts accuracy; we show this does not hold.",
)


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("Existing decoders rely on extra models.", "Swift relies on extra models."),
        ("Swift skips layers of the model.", "Existing decoders skip layers of the model."),
        ("The deep layers verify each token in parallel.", "The draft layers verify each token in parallel."),
        ("Swift improves throughput by 2.4x over Slowpoke.", "Swift improves throughput by 2.4x over Medusa."),
        ("Swift improves throughput by 2.4x on Alpaca.", "Swift improves throughput by 2.4x on GSM8K."),
        ("Swift matches Hydra in accuracy.", "Swift outperforms Hydra in accuracy."),
        ("Poor drafts lead to more rejections.", "More rejections lead to poor drafts."),
        ("More rejections are caused by poor drafts.", "Poor drafts are caused by more rejections."),
        ("Slowpoke fails to adapt to new tasks.", "Existing decoders adapt to new tasks."),
        ("Prior work claimed that skipping hurts accuracy.", "Skipping hurts accuracy."),
        ("It works without retraining.", "It works after retraining."),
        ("Earlier work requires careful tuning.", "Swift requires careful tuning."),
        ("Swift needs no additional data.", "Swift is run with additional data."),
        ("Experiments cover short prompts.", "Experiments cover short prompts only."),
        ("Quality is preserved in all tasks.", "Swift decodes faster at the cost of quality in all tasks."),
        ("The lower layers read nearby tokens.", "The lower layers keep global attention, the upper ones read nearby tokens."),
        ("Swift is better than Medusa in speed.", "Medusa is better than Swift in speed."),
        ("Swift reuses cached states.", "Swift calls large drafters repeatedly."),
    ],
)
def test_who_does_what_is_held_to_the_paper(true: str, false: str) -> None:
    support = Support("", [PAPER], stem)
    assert not support.fault(true, [0]) and support.fault(false, [0])
