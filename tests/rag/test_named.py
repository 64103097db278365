"""Systems that are only mentioned, titles that are not held, comparisons, definitions, and the form that an answer is to have."""

import re
from pathlib import Path

import pytest

from corpus import Paper
from rag import Answer, Assistant, Config, Index
from rag.embedding import open_embedder
from rag.understanding.pasted import respelt
from tests.doubles.conversations import after


def _titles(answer: Answer) -> str:
    return " | ".join(citation.paper.title for citation in answer.citations)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("what does Medusa do?", "Medusa"),
        ("How does SnapKV work?", "SnapKV"),
        ("what decoding speed does Medusa reach?", "Medusa"),
        ("how much faster is EAGLE3 than normal decoding?", "EAGLE3"),
        ("which paper introduced FlashAttention?", "FlashAttention"),
        ("I heard of LLaVA-OneVision, what is it", "LLaVA-OneVision"),
    ],
)
def test_a_system_that_is_only_mentioned_is_told_by_the_sentences_that_mention_it(assistant: Assistant, question: str, name: str) -> None:
    answer = assistant.query(question)
    assert answer.text.startswith(f"No paper here presents {name}; ")
    assert answer.citations and all(name.lower() in citation.quote.lower() for citation in answer.citations)
    assert "only mention" in answer.account and not answer.abstained


@pytest.mark.parametrize(
    "question", ["explain RWKV to me please", "how does PagedAttention manage memory?", "what does Hyena do?", "what is Jamba"]
)
def test_a_system_that_nobody_mentions_is_said_to_be_absent(assistant: Assistant, question: str) -> None:
    answer = assistant.query(question)
    assert answer.abstained and answer.text.startswith("No paper here mentions ") and answer.nearest


@pytest.mark.parametrize(
    ("question", "title"), [("what is GemFilter?", "Gems in Early Layers"), ("tell me about Scylla", "Scaling Laws for Spec")]
)
def test_a_system_that_an_abstract_brings_in_is_no_mere_mention(assistant: Assistant, question: str, title: str) -> None:
    answer = assistant.query(question)
    assert not answer.text.startswith("No paper here") and title in _titles(answer)


@pytest.mark.parametrize(
    "question",
    [
        "Attention Is All You Need",
        "explain the Attention Is All You Need paper",
        'what does "Language Models are Few-Shot Learners" say?',
        "Do you have Training Compute-Optimal Large Language Models?",
        "what did Distilling the Knowledge in a Neural Network find?",
    ],
)
def test_a_title_that_is_not_held_is_no_topic(assistant: Assistant, question: str) -> None:
    answer = assistant.query(question)
    assert answer.abstained and answer.text.startswith("No paper here is titled “")


@pytest.mark.parametrize(
    "question", ["Low-Rank Adaptation", "Efficient Inference of Large Language Models", "what are GNNs", "what is MoE?"]
)
def test_a_topic_is_no_title_and_no_name(assistant: Assistant, question: str) -> None:
    assert not assistant.query(question).abstained


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Token Recycling vs SWIFT", ("Turning Trash into Treasure", "SWIFT: On-the-Fly")),
        ("how do MoRA and LoRA differ?", ("MoRA: High-Rank", "LoRA")),
        ("is LayerSkip better than SWIFT?", ("LayerSkip: ", "SWIFT: ", "do not decide")),
        ("compare RWKV with LayerSkip", ("No paper here presents or mentions RWKV", "LayerSkip: ")),
        ("Medusa vs EAGLE", ("No paper here presents Medusa", "No paper here presents EAGLE")),
    ],
)
def test_both_sides_are_told_or_said_to_be_missing(assistant: Assistant, question: str, said: tuple[str, ...]) -> None:
    text = assistant.query(question).text
    assert all(one in text for one in said), text


def test_a_definition_leads_with_what_defines(assistant: Assistant) -> None:
    text = assistant.query("what is LoRA?").text
    lead, _, rest = text.partition("Main lines of work:")
    assert len(re.findall(r"\[\d+\]", lead)) <= 3 and "freezing the original weights" in lead and rest


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("papers on pruning, just the titles", r"(?:- \*\*.+\*\*[^:]* \[\d+\]\n?)+"),
        ("In a single sentence, what does SWIFT do?", r"\*\*SWIFT: [^*]+\*\*: [^[]+ \[1\]"),
        ("is there a paper on LoRA for speech? just say yes or no", r"Yes: \*\*.+\*\* \[\d+\]\."),
        ("papers on federated learning as a table", r"\| Paper \| Date .*"),
    ],
)
def test_the_form_that_is_wished_for_is_kept_to(assistant: Assistant, question: str, form: str) -> None:
    assert re.fullmatch(form, assistant.query(question).text, re.DOTALL)


def test_those_with_code_are_of_the_list(assistant: Assistant) -> None:
    answer = after(assistant, "papers on vision language models", "keep the ones that release code")
    assert answer.citations and all(citation.paper.code_urls for citation in answer.citations)


def test_a_year_after_a_question_on_one_paper_is_of_the_topic(assistant: Assistant) -> None:
    answer = after(assistant, "speculative decoding papers", "what speedup does the second one report?", "and in 2025?")
    assert len(answer.citations) >= 3
    assert all((c.paper.published or "").startswith("2025") and "peculative" in c.paper.title + c.paper.abstract for c in answer.citations)


def test_a_part_of_a_topic_is_no_other_topic(assistant: Assistant) -> None:
    answer = after(assistant, "mixture of experts papers", "and for speech?")
    assert all("xpert" in citation.paper.title + citation.paper.abstract for citation in answer.citations)


@pytest.mark.parametrize("turn", ["asdfgh", "hjkl zxcvb", "xxx", "fjdksla qwrtz"])
def test_what_is_no_word_is_answered_with_what_can_be_asked(assistant: Assistant, turn: str) -> None:
    assert assistant.query(turn).text.startswith("You can ask")


def test_the_largest_of_nothing_is_not_the_most_authors(assistant: Assistant) -> None:
    assert "authors known" not in assistant.query("which is the largest?").text


def test_an_ordinary_phrase_is_no_name_written_apart(tmp_path: Path) -> None:
    texts = [f"We train a neural network for task {n}." for n in range(6)] + [
        "A NeuralNetwork is fitted.",
        "We propose LayerHop, which hops.",
    ]
    config = Config(home=tmp_path, llm_model=None)
    index = Index(config, open_embedder(config))
    index.sync(Paper(f"p{n}", f"On topic {n}", text) for n, text in enumerate(texts))
    with Assistant(config, index=index) as own:
        assert respelt("which neural network is pruned?", own.index.lexical) == "which neural network is pruned?"
        assert respelt("what does layer hop do?", own.index.lexical) == "what does LayerHop do?"
