"""Whole conversations, judged turn by turn (tests/eval/conversations.json), and the same turns as each surface hands them over."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from rag import Answer, Assistant, Filters, Message
from rag.understanding import Reader
from tests.doubles.conversations import TALKS, after, cited, faults, set_today
from ui.page.turn import answered, history, new_turn
from ui.slack.blocks import answer_messages, text_of

CONVERSATIONS = json.loads((Path(__file__).parents[2] / "eval" / "conversations.json").read_text("utf-8"))
FLOOR, OF_A_KIND = 0.9, 0.75
EXACT = ("smalltalk", "outside", "collection", "metadata")
"""Kinds that do not depend on how well papers are ranked: their floor is higher."""


def _said(question: str, answer: Answer) -> list[Message]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer.text}]


def _run(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, list[str]]]:
    """(kind, turn, faults) of every turn, answered with the real answers before it as history."""
    found = []
    for conversation in CONVERSATIONS["conversations"]:
        said, answers = list[Message](), list[Answer]()
        for number, turn in enumerate(conversation["turns"]):
            set_today(monkeypatch, turn.get("today", CONVERSATIONS["today"]))
            answer = assistant.query(turn["user"], said)
            found.append((turn.get("kind", conversation["kind"]), f"{conversation['id']}.{number}", faults(turn, answer, answers)))
            said += _said(turn["user"], answer)
            answers.append(answer)
    return found


def test_conversations_are_answered_as_judged(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    turns, right = defaultdict(int), defaultdict(int)
    results = _run(assistant, monkeypatch)
    for kind, _, wrong in results:
        turns[kind] += 1
        right[kind] += not wrong
    failed = [(turn, wrong) for _, turn, wrong in results if wrong]
    assert sum(right.values()) / sum(turns.values()) >= FLOOR, failed
    assert all(right[kind] / turns[kind] >= (FLOOR if kind in EXACT else OF_A_KIND) for kind in turns), failed


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk[0])
def test_every_surface_hands_over_the_same_conversation(assistant: Assistant, talk: tuple[str, ...]) -> None:
    plain, page, slack = list[Message](), list[Any](), list[Message]()
    for question in talk:
        answer = assistant.query(question, plain)
        by_page = assistant.query(question, history(page))
        by_slack = assistant.query(question, slack)
        assert cited(by_page) == cited(by_slack) == cited(answer)
        assert by_page.intent == by_slack.intent == answer.intent
        plain += _said(question, answer)
        page.append(answered(new_turn(question), answer))
        told = "".join(text_of(blocks)[1] for blocks in answer_messages(answer, "a1"))
        slack += [{"role": "user", "content": question}, {"role": "assistant", "content": told.lstrip("\n")}]


def test_ids_in_the_history_win_over_the_text(assistant: Assistant) -> None:
    first = assistant.query("which papers speed up dLLM decoding?")
    ids = [citation.paper.paper_id for citation in first.citations]
    said: list[Message] = [
        {"role": "user", "content": first.question},
        {"role": "assistant", "content": "Some papers, in other words.", "citations": ids},
    ]
    answer = assistant.query("show me the abstract of the second one", said)
    assert [citation.paper.paper_id for citation in answer.citations] == [ids[1]]
    assert (
        answer.citations[0].paper.abstract[:80] in answer.text.replace("'", "`") or answer.citations[0].paper.abstract[:40] in answer.text
    )


# --- several questions in one message, and turns that lean on what was said


def _asked(assistant: Assistant, *turns: str) -> list[Answer]:
    """The answers to the turns of a conversation, one after the other."""
    history: list[Message] = []
    answers = []
    for turn in turns:
        answer = assistant.query(turn, history)
        cited = [citation.paper.paper_id for citation in answer.citations]
        history += [{"role": "user", "content": turn}, {"role": "assistant", "content": answer.text, "citations": cited}]
        answers.append(answer)
    return answers


def test_a_second_question_on_the_topic_of_the_first(assistant: Assistant) -> None:
    answer = assistant.query("how many papers are about quantization, and which one is the newest?")
    assert "mention “quantization”" in answer.text and "newest paper with a known date on “quantization”" in answer.text
    assert len(answer.citations) == 1 and "quanti" in f"{answer.citations[0].paper.title} {answer.citations[0].paper.abstract}".lower()
    assert not answer.abstained and answer.intent == "collection"


def test_two_counts_without_a_comma(assistant: Assistant) -> None:
    text = assistant.query("how many mention Vicuna and how many mention Gemma?").text
    assert "mention “Vicuna”" in text and "mention “Gemma”" in text


def test_a_second_question_about_the_answer_to_the_first(assistant: Assistant) -> None:
    answer = assistant.query("which paper has the largest team of authors, and what is it about?")
    assert [c.paper.title.split(":")[0] for c in answer.citations] == ["Granite-speech"]
    assert "24 authors" in answer.text and answer.text.count("**Granite-speech") == 2


def test_how_and_why_is_one_question(assistant: Assistant) -> None:
    assert Reader(assistant.index.lexical).read("which papers explain how and why LoRA forgets?").parts == ()


def test_months_are_counted_from_the_last_filter(assistant: Assistant) -> None:
    answers = _asked(assistant, "what was uploaded in August 2024?", "and one month later?", "two months before that?")
    assert [answer.filters.since for answer in answers] == ["2024-08", "2024-09", "2024-07"]
    assert all(answer.citations for answer in answers)


def test_another_one_instead_is_not_the_one_told_of(assistant: Assistant) -> None:
    first, second = _asked(assistant, "What is R2R?", "and is there one that picks the model with a nearest-neighbour search instead?")
    assert first.citations[0].paper.title.startswith("R2R")
    assert second.citations[0].paper.title.startswith("Rethinking Predictive Modeling for LLM Routing")
    assert len(second.citations) <= 2 and not any(c.paper.title.startswith("R2R") for c in second.citations)


def test_more_on_a_topic_that_was_told_of(assistant: Assistant) -> None:
    first, _, more = _asked(
        assistant, "papers on hypernetworks", "which of them are about tokenizers?", "are there any more on hypernetworks?"
    )
    assert not {c.paper.paper_id for c in first.citations} & {c.paper.paper_id for c in more.citations}


def test_a_language_may_be_a_topic(assistant: Assistant) -> None:
    answer = _asked(assistant, "language models adapted to Thai", "and for Russian?")[1]
    assert any("Russian" in c.paper.title for c in answer.citations)


@pytest.mark.parametrize("turn", ["x", "thanks", "papers", "everything"])
def test_filters_set_by_hand_hold_whatever_is_typed(assistant: Assistant, turn: str) -> None:
    given = Filters(since="2025-10", until="2025-10")
    answer = assistant.query(turn, filters=given)
    assert answer.filters == given
    if turn in ("papers", "everything"):
        assert len(answer.citations) == 9 and all((c.paper.published or "").startswith("2025-10") for c in answer.citations)


@pytest.mark.parametrize("turn", ["who are the people behind LayerSkip?", "what is the DOI of LayerSkip?", "who came up with LayerSkip?"])
def test_what_no_abstract_holds_of_a_paper_that_is_named(assistant: Assistant, turn: str) -> None:
    answer = assistant.query(turn)
    assert answer.intent == "collection" and "not held" in answer.text
    assert [c.paper.title.split(":")[0] for c in answer.citations] == ["LayerSkip"]


@pytest.mark.parametrize("turn", ["hypernetworks", "quantization", "distillation"])
def test_a_term_of_the_papers_alone_is_a_topic(assistant: Assistant, turn: str) -> None:
    assert assistant.query(turn).citations


@pytest.mark.parametrize(
    ("turn", "title"),
    [
        ("Gibt es Arbeiten zu Schwachstellen im Quellcode?", "DiverseVul"),
        ("quali studi riguardano la previsione di serie temporali?", "AutoTimes"),
        ("Quels travaux portent sur l'apprentissage fédéré ?", "FedNano"),
        ("Какие работы посвящены многоязычным моделям?", "MEXA"),
        ("Quais trabalhos tratam de síntese de voz?", "Enhancing the Stability of LLM-based Speech"),
    ],
)
def test_terms_of_the_field_in_other_languages(assistant: Assistant, turn: str, title: str) -> None:
    assert any(c.paper.title.startswith(title) for c in assistant.query(turn).citations)


def test_what_meets_a_condition_is_told_though_it_was_not_listed(assistant: Assistant) -> None:
    first = "which papers compress the context or the prompt before the model reads it?"
    answer = after(assistant, first, "of these, which speeds up retrieval-augmented generation?")
    assert any("REFRAG" in citation.paper.title for citation in answer.citations)


def test_small_talk_names_no_papers_that_it_could_mean(assistant: Assistant) -> None:
    plain: list[Message] = [
        {"role": "user", "content": "what can you do?"},
        {"role": "assistant", "content": assistant.query("what can you do?").text},
    ]
    assert not assistant.query("how does it work?", plain).citations


@pytest.mark.parametrize(
    ("turns", "within"),
    [
        (("what do you have on compilers and ML", "which is a dataset?"), True),
        (("papers about federated learning", "which ones use LoRA?"), True),
        (("papers about federated learning", "which is better, pruning or quantization?"), False),
    ],
)
def test_a_choice_that_names_nothing_is_among_those_listed(assistant: Assistant, turns: tuple[str, str], within: bool) -> None:
    first = assistant.query(turns[0])
    cited = {citation.paper.paper_id for citation in first.citations}
    then = {citation.paper.paper_id for citation in after(assistant, *turns).citations}
    assert (then <= cited) is within


def test_names_joined_by_a_stroke_are_asked_one_by_one(assistant: Assistant) -> None:
    answer = assistant.query("NeuPIMs/LayerSkip")
    assert sorted(citation.paper.title.split(":")[0] for citation in answer.citations) == ["LayerSkip", "NeuPIMs"]


def test_an_organisation_is_known_by_what_it_is_called(assistant: Assistant) -> None:
    assert after(assistant, "nvidia papers?", "and from furiosa").filters.organisation == "FuriosaAI"


@pytest.mark.parametrize(
    ("turns", "text"),
    [
        (("kv cache", "i meant offloading it to cpu"), "offloading it to cpu"),  # "of" is no word of its own there
        (("lora variants", "alright, and surveys on serving?"), "surveys on serving"),
        (("multilingual llms", "keep only the ones about code"), "papers about code"),
    ],
)
def test_a_turn_is_asked_in_its_own_words(assistant: Assistant, turns: tuple[str, str], text: str) -> None:
    first = assistant.query(turns[0])
    said: list[Message] = _said(turns[0], first)
    said[1]["citations"] = [citation.paper.paper_id for citation in first.citations]
    read = Reader(assistant.index.lexical).read(turns[1], said)
    assert text in read.text


def test_papers_like_one_of_the_list_are_others(assistant: Assistant) -> None:
    first = assistant.query("lora variants")
    third = first.citations[2].paper.paper_id
    answer = after(assistant, "lora variants", "more like the third one")
    assert answer.citations and third not in {citation.paper.paper_id for citation in answer.citations}


def test_the_two_are_the_first_two(assistant: Assistant) -> None:
    first = assistant.query("speculative decoding for vlms")
    answer = after(assistant, "speculative decoding for vlms", "how do the 2 differ")
    assert {c.paper.paper_id for c in answer.citations} == {c.paper.paper_id for c in first.citations[:2]}
