"""What is asked to be left out is left out, under each of its names, and nothing else is."""

import pytest

from rag import Answer, Assistant
from rag.understanding import Message
from rag.understanding.exclusions import excluded


def _titles(answer: Answer) -> list[str]:
    return [citation.paper.title for citation in answer.citations]


def _then(assistant: Assistant, first: str, second: str) -> tuple[list[str], list[str]]:
    """The titles of an answer, and of what is asked after it."""
    before = assistant.query(first)
    history: list[Message] = [{"role": "user", "content": first}, {"role": "assistant", "content": before.text}]
    return _titles(before), _titles(assistant.query(second, history=history))


def test_a_topic_is_left_out_under_its_acronym_and_its_long_form(assistant: Assistant) -> None:
    every = set(_titles(assistant.query("low-rank adapters")))
    for asked in ("low-rank adapters, but no mixture-of-experts", "low-rank adapters, no MoE please"):
        kept = _titles(assistant.query(asked))
        assert kept and not any("Mixture" in title or "Mixer" in title for title in kept)
        others = {title for title in every if "Mix" not in title and "Expert" not in title}
        assert len(others) > 3 and len(others - set(kept)) <= 1  # the judge may take one more to be on what is left out


def test_what_papers_do_without_by_name_is_no_topic_of_the_question(assistant: Assistant) -> None:
    kept = _titles(assistant.query("sparse attention papers without KV"))
    assert len(kept) > 1 and not any("KV" in title for title in kept)


def test_a_question_of_nothing_but_an_exclusion_lists_all_the_rest(assistant: Assistant) -> None:
    answer = assistant.query("show papers that have nothing to do with LLMs")
    assert len(answer.citations) > 30
    assert not any("LLM" in f"{c.paper.title} {c.paper.abstract}" for c in answer.citations)


@pytest.mark.parametrize(
    ("first", "second", "gone"),
    [
        ("work on federated training", "get rid of anything with low-rank adaptation", "Low-Rank"),
        ("papers about speculative decoding", "ok, leave out everything multimodal", "Multimodal"),
        ("low-rank adaptation in federated learning", "hmm, without the FLoRA ones please", "FLoRA"),
        ("token pruning in vision-language models", "and minus LLaVA", "LLaVA"),
        ("quantization of language models", "skip those about LoRA", "LoRA"),
    ],
)
def test_a_turn_that_only_leaves_out_keeps_the_other_papers(assistant: Assistant, first: str, second: str, gone: str) -> None:
    before, after = _then(assistant, first, second)
    assert any(gone in title for title in before)
    assert after and not any(gone in title for title in after)
    assert set(after) < set(before)


@pytest.mark.parametrize("second", ["not the second one", "without training?", "no, I meant pruning", "drop the date filter"])
def test_what_only_looks_like_leaving_out_is_none(assistant: Assistant, second: str) -> None:
    first = "papers about speculative decoding"
    history: list[Message] = [{"role": "user", "content": first}, {"role": "assistant", "content": assistant.query(first).text}]
    assert not assistant.query(second, history=history).excluded or "training" in second


def test_of_several_organisations_the_known_ones_filter_and_the_others_are_named(assistant: Assistant) -> None:
    answer = assistant.query("Have you papers by Meta, Microsoft or Apple?")
    assert [c.paper.organisation for c in answer.citations] == ["Microsoft"]
    assert "No paper here is recorded as from Meta or Apple." in answer.text
    assert assistant.query("anything from Cohere or Apple?").abstained


@pytest.mark.parametrize(
    "wording",
    """, not vision| none on vision| nothing on vision|, no vision papers| that aren't about vision| that never mention vision
    |, leaving out vision|, vision aside| apart from vision|, ignoring vision|, omitting vision|, skip the ones on vision
    |, drop the ones on vision| unrelated to vision| except vision| excluding vision|, vision exempted| other than vision| besides vision
    | save those on vision| barring vision| minus vision| sans vision| less the vision ones|; everything but vision|; vision is irrelevant
    |; vision is uninteresting""".replace("\n    ", "").split("|"),
)  # fmt: skip
def test_every_word_that_leaves_out_is_known(wording: str) -> None:
    assert excluded(f"Pruning papers{wording}", by_tags=False)[0] == ("vision",)
