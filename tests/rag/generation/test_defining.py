"""Which sentences define: on judged sentences that no fit saw, and in the answers to "what is ...?"."""

import json
from pathlib import Path

import pytest

from rag import Assistant
from rag.generation import training

UNSEEN = Path(__file__).parents[2] / "eval" / "definitions_test.tsv"
"""784 sentences on 98 terms, judged before the first fit by somebody who judged none of the others."""


def test_definitions_on_terms_that_no_fit_saw_are_told_from_mentions() -> None:
    """Rules found 70 in 100 of them and were right in 25; what is learned finds half and is right in six of ten."""
    found = training.measured(UNSEEN)
    assert found["mean precision"] >= 0.6 and found["first"] >= 0.78, found
    assert found["precision"] >= 0.57 and found["recall"] >= 0.5, found


def test_the_command_fits_and_measures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    training.main([str(tmp_path / "weights.json")])
    weights = json.loads((tmp_path / "weights.json").read_text("utf-8"))
    shipped = json.loads((Path(training.__file__).parent / "weights" / "defining.json").read_text("utf-8"))
    assert len(weights) > 1_000 and all(abs(weights.get(cue, 0.0) - told) < 0.05 for cue, told in shipped.items())
    training.main(["--apart", str(UNSEEN)])
    assert "mean precision 0." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("what is catastrophic forgetting?", "decreases dramatically, which is known as a catastrophic forgetting problem"),
        ("explain knowledge distillation to a nurse", "compressing knowledge from resource-intensive large models to smaller ones"),
        ("What does federated learning mean? Explain it to a lawyer.", "without "),
        ("define hallucination", "a phenomenon empirically referred to as"),
    ],
)
def test_an_answer_leads_with_what_defines(assistant: Assistant, question: str, said: str) -> None:
    lead = assistant.query(question).text.partition("Main lines of work:")[0]
    assert said in lead and "No abstract here defines" not in lead, lead


@pytest.mark.parametrize("question", ["what is a KV cache?", "what is early exit?"])
def test_where_nothing_defines_the_answer_says_so(assistant: Assistant, question: str) -> None:
    assert assistant.query(question).text.startswith("No abstract here defines ")
