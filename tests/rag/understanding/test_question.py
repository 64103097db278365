"""What a question's wording implies, understood without a model."""

import datetime
import re

import pytest

from rag import Assistant, Filters, Message, PaperchatError
from rag.text import content_words
from rag.understanding import Reader, implied
from rag.understanding.question import Kind, checked

ORGANISATIONS = ["NVIDIA", "Deepmind", "Microsoft"]


@pytest.mark.parametrize(
    ("question", "filters", "rest"),
    [
        ("which papers were published in October 2025?", Filters(since="2025-10", until="2025-10"), "which papers ?"),
        ("papers from 2024 on LoRA", Filters(since="2024", until="2024"), "papers on LoRA"),
        ("LoRA papers before 2023", Filters(until="2022"), "LoRA papers"),
        ("LoRA before March 2024", Filters(until="2024-02"), "LoRA"),
        ("LoRA before January 2024", Filters(until="2023-12"), "LoRA"),
        ("pruning after June 2024", Filters(since="2024-07"), "pruning"),
        ("pruning since 2024", Filters(since="2024"), "pruning"),
        ("pruning, 2024 or later", Filters(since="2024"), "pruning,"),
        ("papers from the summer of 2024", Filters(since="2024-06", until="2024-08"), "papers"),
        ("articles from early October 2025", Filters(since="2025-10-01", until="2025-10-10"), "articles"),
        ("late February 2024", Filters(since="2024-02-21", until="2024-02-29"), ""),
        ("papers since the start of 2025", Filters(since="2025-01"), "papers"),
        ("LoRA at the beginning of 2025", Filters(since="2025-01", until="2025-03"), "LoRA"),
        ("papers from the nineties", Filters(since="1990", until="1999"), "papers"),
        ("anything of the 2010s?", Filters(since="2010", until="2019"), "anything ?"),
        ("the last quarter of 2024", Filters(since="2024-10", until="2024-12"), ""),
        ("papers since March 2025 on MoE", Filters(since="2025-03"), "papers on MoE"),
        ("MoE between 2023 and 2024", Filters(since="2023", until="2024"), "MoE"),
        ("MoE from Jan 2024 to Mar 2025", Filters(since="2024-01", until="2025-03"), "MoE"),
        ("2025 papers on quantization", Filters(since="2025", until="2025"), "papers on quantization"),
        ("anything listed from NVIDIA or DeepMind?", Filters(organisation="NVIDIA or DeepMind"), "anything ?"),
        ("quantization by nvidia", Filters(organisation="nvidia"), "quantization"),
        ("Microsoft papers", Filters(organisation="Microsoft"), "papers"),
        ("which papers have only one author?", Filters(min_authors=1, max_authors=1), "which papers ?"),
        ("single-author papers", Filters(min_authors=1, max_authors=1), "papers"),
        ("papers with 13 or more authors", Filters(min_authors=13), "papers"),
        ("papers with at least ten authors", Filters(min_authors=10), "papers"),
        ("papers with more than 5 authors", Filters(min_authors=6), "papers"),
        ("with fewer than 3 authors", Filters(max_authors=2), ""),
        ("by two authors", Filters(min_authors=2, max_authors=2), ""),
        ("NVIDIA papers from 2025 with 3 authors", Filters("2025", "2025", "NVIDIA", 3, 3), "papers"),
        ("fits the 405B llama on one 8 gpu node", Filters(), "fits the 405B llama on one 8 gpu node"),
        ("what's BlockRank and who is it from?", Filters(), "what's BlockRank and who is it from?"),
        ("what does GPT-4 from OpenAI do", Filters(), "what does GPT-4 from OpenAI do"),
        ("how many authors does it have", Filters(), "how many authors does it have"),
        ("compressing 2024 tokens", Filters(), "compressing 2024 tokens"),
    ],
)
def test_plain_wording_becomes_filters(question: str, filters: Filters, rest: str) -> None:
    assert implied(question, ORGANISATIONS) == (filters, rest)


def test_given_filters_override_what_the_wording_implies(assistant: Assistant) -> None:
    answer = assistant.query("speculative decoding papers from 2025", filters=Filters(since="2024", until="2024"))
    assert answer.filters == Filters(since="2024", until="2024")
    assert answer.citations
    assert all(c.paper.published and c.paper.published.startswith("2024") for c in answer.citations)


def test_what_was_understood_is_shown_in_the_account(assistant: Assistant) -> None:
    assert "only papers published 2025-10" in assistant.query("which papers were published in October 2025?").account
    assert "“langauge” read as “language”" in assistant.query("which langauge is best on long-context tasks?").account


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("which papers speed up dLLM decoding?", Kind.LIST),
        ("speculative decoding", Kind.LIST),
        ("what does LayerSkip do?", Kind.ONE),
        ("which paper uses the early layers as a filter?", Kind.ONE),
        ("LayerSkip vs SWIFT", Kind.COMPARE),
        ("FLoRA or FedSA-LoRA - what does each one aggregate across the clients?", Kind.COMPARE),
        ("how many times faster is Learn2PD once you add KV cache?", Kind.NUMBER),
        ("what accuracy does FRANK-38B get on MMMU?", Kind.NUMBER),
        ("which papers were published in October 2025?", Kind.METADATA),
    ],
)
def test_the_kind_of_question(assistant: Assistant, question: str, kind: Kind) -> None:
    assert Reader(assistant.index.lexical).read(question).kind is kind


def test_content_words_leave_out_how_it_is_asked() -> None:
    assert content_words("Which papers do you have on KV cache, please?") == ["KV", "cache"]
    assert content_words("what does M+ do?") == ["M"]


@pytest.mark.parametrize("question", ["", "   ", "\x00\x01", "x" * 10_000])
def test_a_question_that_cannot_be_asked_is_a_one_line_error(assistant: Assistant, question: str) -> None:
    with pytest.raises(PaperchatError) as error:
        assistant.query(question)
    assert "\n" not in str(error.value)


def test_control_and_surrogate_characters_do_no_harm(assistant: Assistant) -> None:
    assert checked("LoRA\x00 \u202emerging\ud800") == "LoRA merging"
    answer = assistant.query("which\x07 papers\n\tspeed up dLLM\u200b decoding?\ud800")
    assert answer.citations


@pytest.mark.parametrize(
    "question",
    [
        "哪些论文加速扩散语言模型的解码？",
        "какие статьи ускоряют декодирование?",
        "🦙🦙🦙",
        "'; DROP TABLE papers; --",
        "title:(foo AND [bar",
        "((((",
        "*",
        "-a +b ~c^2",
    ],
)
def test_any_script_and_any_syntax_gets_a_sensible_answer(assistant: Assistant, question: str) -> None:
    answer = assistant.query(question)
    assert answer.text
    assert answer.abstained or answer.citations or answer.intent != "papers"


# --- follow-ups

SPECULATIVE: tuple[Message, ...] = (
    {"role": "user", "content": "what speculative decoding papers do you have?"},
    {"role": "assistant", "content": "Several, among them LayerSkip, SWIFT, Clover-2, FastDraft, FLASH and ViSpec."},
)


def test_those_are_the_papers_of_the_last_answer(assistant: Assistant) -> None:
    answer = assistant.query("which of those are for vision-language models?", SPECULATIVE)
    titles = [c.paper.title for c in answer.citations]
    assert titles and titles[0].startswith("ViSpec")
    assert all(title.split(":")[0] in SPECULATIVE[1]["content"] for title in titles)


def test_a_filter_alone_keeps_the_topic(assistant: Assistant) -> None:
    answer = assistant.query("and in 2024?", SPECULATIVE)
    assert answer.citations
    assert all((c.paper.published or "").startswith("2024") for c in answer.citations)
    assert "peculative" in answer.citations[0].paper.title + answer.citations[0].paper.abstract


def test_what_about_keeps_the_topic_and_leaves_what_was_told(assistant: Assistant) -> None:
    history: tuple[Message, ...] = (
        {"role": "user", "content": "is there work on making LLMs good at Russian?"},
        {"role": "assistant", "content": "Yes: Vikhr, a family of instruction-tuned LLMs for Russian."},
    )
    answer = assistant.query("what about Thai?", history)
    assert "Thai" in answer.citations[0].paper.abstract
    assert not any(c.paper.title.startswith("Vikhr") for c in answer.citations)


def test_it_is_the_paper_of_the_last_answer(assistant: Assistant) -> None:
    history: tuple[Message, ...] = (
        {"role": "user", "content": "what does LayerSkip do?"},
        {"role": "assistant", "content": "LayerSkip speeds up inference with early exits and self-speculative decoding."},
    )
    answer = assistant.query("how much faster is it?", history)
    assert answer.citations[0].paper.title.startswith("LayerSkip")


def test_a_new_topic_forgets_the_old_one(assistant: Assistant) -> None:
    alone = assistant.query("federated fine-tuning of large language models")
    after = assistant.query("federated fine-tuning of large language models", SPECULATIVE)
    assert [c.paper for c in alone.citations] == [c.paper for c in after.citations]


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        ("papers from 2025-10-06", Filters(since="2025-10-06", until="2025-10-06")),
        ("papers before 2024-03-01", Filters(until="2024-02-29")),
        ("papers newer than 2025-09", Filters(since="2025-10")),
        ("MoE (2025)", Filters(since="2025", until="2025")),
        ("MoE papers, 2024", Filters(since="2024", until="2024")),
        ("2024-2025 MoE papers", Filters(since="2024", until="2025")),
        ("what about 2024?", Filters(since="2024", until="2024")),
        ("papers of 2 or 3 authors", Filters(min_authors=2, max_authors=3)),
        ("between 2 and 4 authors", Filters(min_authors=2, max_authors=4)),
        ("papers not from 2024 on MoE", Filters()),
        ("quantization not by NVIDIA", Filters()),
        ("papers by the", Filters()),
    ],
)
def test_dates_and_counts_in_other_forms_and_denied_ones(question: str, filters: Filters) -> None:
    assert implied(question, [*ORGANISATIONS, "the"])[0] == filters


def _talk(assistant: Assistant, *questions: str) -> list[list[str]]:
    """The titles cited by each answer of one conversation."""
    history: list[Message] = []
    cited = []
    for question in questions:
        answer = assistant.query(question, history)
        history += [{"role": "user", "content": question}, {"role": "assistant", "content": answer.text}]
        cited.append([c.paper.title for c in answer.citations])
    return cited


def test_topic_and_filters_are_kept_over_several_turns(assistant: Assistant) -> None:
    first, then, more = _talk(assistant, "which papers speed up dLLM decoding?", "and in 2024?", "and in 2025?")
    assert set(more) <= {p.title for p in assistant.index.all_papers() if (p.published or "").startswith("2025")}
    assert set(first) & set(more) and len(more) < 20 and not set(then) & set(more)


def test_more_shows_others_under_the_same_filter(assistant: Assistant) -> None:
    first, more = _talk(assistant, "speculative decoding papers from 2025", "show me more")
    dates = {p.title: p.published or "" for p in assistant.index.all_papers()}
    assert not set(first) & set(more)
    assert all(dates[title].startswith("2025") for title in more)


def test_an_ordinal_means_that_paper_of_the_last_answer(assistant: Assistant) -> None:
    first, second, both = _talk(assistant, "which papers combine LoRA with mixture of experts?", "summarize the second one", "LoRA merging")
    assert second == [first[1]] and both


def test_them_are_the_last_two_that_were_told_of(assistant: Assistant) -> None:
    *_, both = _talk(assistant, "what does SWIFT do?", "and LayerSkip?", "compare them")
    assert sorted(title.split(":")[0] for title in both) == ["LayerSkip", "SWIFT"]


@pytest.mark.parametrize("question", ["?", "who are you?", "and you?"])
def test_a_question_about_nothing_lists_nothing(assistant: Assistant, question: str) -> None:
    answer = assistant.query(question)
    assert answer.intent == "chat" and answer.text and not answer.citations and not answer.abstained


def test_how_many_papers_is_counted_exactly(assistant: Assistant) -> None:
    held = sum("kv" in re.findall(r"\w+", f"{p.title} {p.abstract}".lower()) for p in assistant.index.all_papers())
    answer = assistant.query("how many papers mention KV?")
    assert answer.intent == "collection" and str(held) in answer.text and "372" in answer.text


@pytest.mark.parametrize("word", ["poker", "whale", "insurance"])
def test_a_word_of_the_language_is_not_taken_for_a_misspelling(assistant: Assistant, word: str) -> None:
    assert assistant.query(f"papers about {word}").corrected == ()


@pytest.mark.parametrize("history", [["x"], [1]])
def test_a_history_that_is_none_is_a_one_line_error(assistant: Assistant, history: list[object]) -> None:
    with pytest.raises(PaperchatError, match="history is a sequence"):
        assistant.query("LoRA", history)  # type: ignore[arg-type]
    assert assistant.query("LoRA", None).citations  # type: ignore[arg-type]


def test_a_filter_on_those_is_applied(assistant: Assistant) -> None:
    first, by_nvidia = _talk(assistant, "which papers speed up dLLM decoding?", "which of them are by NVIDIA?")
    assert by_nvidia == [title for title in first if title.startswith("Fast-dLLM v2")]


# --- what is left out


@pytest.mark.parametrize(
    ("asked", "left_out"),
    [
        ("mixture of experts but not LoRA", ["LoRA"]),
        ("MoE where the experts are not LoRA modules", ["LoRA modules"]),
        ("tokenizers for Polish, not English", ["English"]),
        ("faster diffusion models by ways other than faster sampling", ["faster sampling"]),
        ("agents; I'm not interested in web agents", ["web agents"]),
        ("Surveys aside, what is there on serving?", ["Surveys"]),
        ("quantization (no surveys please)", ["surveys"]),
        ("leave benchmarks out: what's on agents?", ["benchmarks"]),
        ("pruning work that has nothing to do with vision", ["vision"]),
        ("distillation apart from vision, speech or code", ["vision", "speech", "code"]),
        ("serving papers, but please skip the ones on mobile phones", ["mobile phones"]),
        ("show me non-LoRA adapters", ["LoRA"]),
        ("not only LoRA: what other ways to fine-tune are there?", []),
        ("models with no more than 3 billion parameters", []),
        ("is it not better to prune?", []),
        ("does LoRA help or not?", []),
        ("tasks where LLMs do not beat classic machine learning", []),
        ("reasoning that isn't limited to maths", []),
        ("quantization without losing accuracy", []),
    ],
)
def test_what_a_question_leaves_out(assistant: Assistant, asked: str, left_out: list[str]) -> None:
    question = Reader(assistant.index.lexical).read(asked)
    assert [*question.excluded, *question.lacking] == left_out


def test_papers_on_what_is_left_out_are_not_cited(assistant: Assistant) -> None:
    answer = assistant.query("Which papers are on mixtures of experts? Leave out those that deal with LoRA.")
    titles = [c.paper.title for c in answer.citations]
    assert any("OpenMoE" in title for title in titles)
    assert not any("LoRA" in title for title in titles)
    assert "LoRA" in answer.account


def test_a_year_or_an_organisation_can_be_left_out(assistant: Assistant) -> None:
    dates = [c.paper.published or "" for c in assistant.query("speculative decoding, but not from 2024").citations]
    assert dates and not any(date.startswith("2024") for date in dates)
    titles = [c.paper.title for c in assistant.query("faster decoding of diffusion language models, not by NVIDIA").citations]
    assert titles and not any(title.startswith("Fast-dLLM v2") for title in titles)


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("what was released in the last ninety days?", "2025-08-03", "2025-11-01"),
        ("papers from the past half year", "2025-05-01", "2025-11-01"),
        ("papers from this quarter", "2025-10", "2025-12"),
        ("papers of the last decade", "2010", "2019"),
        ("papers from the last fifteen months", "2024-08-01", "2025-11-01"),
    ],
)
def test_dates_relative_to_today(question: str, since: str, until: str) -> None:
    assert implied(question, ORGANISATIONS, datetime.date(2025, 11, 1))[0] == Filters(since=since, until=until)


def test_only_a_survey_answers_who_asks_for_one(assistant: Assistant) -> None:
    answer = assistant.query("is there a survey of federated learning?")
    assert answer.abstained and "no survey is" in answer.text
    assert any("Federated" in paper.title for paper in answer.nearest)
    titles = [c.paper.title for c in assistant.query("are there surveys about knowledge injection into LLMs?").citations]
    assert titles[0] == "Injecting Domain-Specific Knowledge into Large Language Models: A Comprehensive Survey"
    assert all("Survey" in title for title in titles)


@pytest.mark.parametrize("turn", ["moe", "sft", "rlhf", "galore", "gnn", "spec dec", "rag llm"])
def test_a_term_of_the_field_is_no_small_talk(assistant: Assistant, turn: str) -> None:
    assert assistant.query(turn).intent == "papers"


@pytest.mark.parametrize("turn", ["cool", "danke", "hola", "nice one", "cheers mate"])
def test_small_talk_stays_small_talk(assistant: Assistant, turn: str) -> None:
    assert assistant.query(turn).intent == "chat"


def test_what_stands_out_after_a_list_is_of_the_list(assistant: Assistant) -> None:
    first = assistant.query("papers on pruning")
    cited = [c.paper.paper_id for c in first.citations]
    history: list[Message] = [
        {"role": "user", "content": "papers on pruning"},
        {"role": "assistant", "content": first.text, "citations": cited},
    ]
    assert f"names {len(cited)} papers" in assistant.query("how many are there?", history=history).text
    [newest] = assistant.query("which is the newest?", history=history).citations
    assert newest.paper.paper_id in cited
    assert "372" in assistant.query("how many papers do you have?", history=history).text


@pytest.mark.parametrize(
    ("question", "count"), [("give me two papers on pruning", 2), ("top 3 papers on LoRA", 3), ("just one paper about MoE", 1)]
)
def test_no_more_papers_than_were_asked_for(assistant: Assistant, question: str, count: int) -> None:
    assert len(assistant.query(question).citations) == count


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("papers written by twelve people or more", 12, None),
        ("papers with ten authors or more on pruning", 10, None),
        ("anything by a team of at least five", 5, None),
        ("teams of more than ten people", 11, None),
        ("work by groups of three researchers", 3, 3),
        ("published by just one person", 1, 1),
        ("papers with no more than two co-authors", None, 2),
        ("papers by a dozen authors", 12, 12),
        ("speech of 12 people talking at once", None, None),
        ("multi-agent systems with three or more agents", None, None),
    ],
)
def test_how_many_people_wrote_it(text: str, least: int | None, most: int | None) -> None:
    filters, _ = implied(text)
    assert (filters.min_authors, filters.max_authors) == (least, most)


@pytest.mark.parametrize(("text", "until"), [("what do you have that predates 2023?", "2022"), ("papers predating June 2023", "2023-05")])
def test_what_predates_a_date(text: str, until: str) -> None:
    assert implied(text)[0].until == until


def test_a_contraction_names_no_paper(assistant: Assistant) -> None:
    assert not assistant.index.lexical.named("I'm new to this") and assistant.index.lexical.named("what is M+?")
    assert assistant.query("I'm new to this. How does it work?").intent == "chat"


def test_a_kept_reading_is_of_its_own_conversation(assistant: Assistant) -> None:
    lexical = assistant.index.lexical
    reader = Reader(lexical)
    ids, _ = lexical.page("pruning", Filters(), "best", 0, 4)

    def said(cited: list[str]) -> list[Message]:
        return [{"role": "user", "content": "pruning"}, {"role": "assistant", "content": "found", "citations": cited}]

    for cited in (ids[:2], ids[2:], ids[:2]):
        assert reader.read("compare the first two", said(cited)).within == tuple(cited)
    assert reader.read("compare the first two", said(ids[:2]), Filters(since="2024")).filters.since == "2024"
