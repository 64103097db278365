"""Misspelt words and words written short are read as the papers write them; names, acronyms and other words stay."""

import pytest

from rag import Assistant


def _read_as(assistant: Assistant, question: str) -> dict[str, str]:
    return dict(assistant.retriever.terms(question).corrected)


@pytest.mark.parametrize(
    ("question", "typed", "meant"),
    [
        ("vison langage models", "vison", "vision"),  # a word of the table that ships, if a rare one
        ("vison langage models", "langage", "language"),
        ("faster infrence", "infrence", "inference"),
        ("quantizaton of models", "quantizaton", "quantization"),
        ("kv cahce", "cahce", "cache"),
        ("long ctx models", "ctx", "context"),
        ("how many params does it have", "params", "parameters"),
        ("quant of llms to few bits", "quant", "quantization"),
        ("better perf on mobile phones", "perf", "performance"),
        ("spec decoding", "spec", "speculative"),
        ("which papers train models with sparse attn", "attn", "attention"),
    ],
)
def test_what_is_meant(assistant: Assistant, question: str, typed: str, meant: str) -> None:
    assert _read_as(assistant, question).get(typed) == meant


@pytest.mark.parametrize(
    "question",
    [
        "medusa heads", "mora adapters", "galore training", "papers on wine", "toaster repair", "horse racing", "weather forecasting",
        "protein folding with transformers", "LORA", "RAG", "btw any papers on rag", "satellite images", "legal contracts",
        "stock trading agents", "chess engines", "distil a large model",
    ],
)  # fmt: skip
def test_what_stays_as_it_is(assistant: Assistant, question: str) -> None:
    assert _read_as(assistant, question) == {}


def test_a_short_form_is_told_by_what_stands_beside_it(assistant: Assistant) -> None:
    assert _read_as(assistant, "spec decoding")["spec"] != _read_as(assistant, "task spec prompts").get("spec")
