"""Kinds of wording that conversations by people who knew none of our rules showed to be missing; each in words that no set has."""

import datetime

import pytest

from rag import Assistant
from rag.filters import Filters
from rag.understanding import Kind, Reader
from rag.understanding.date_wordings import plain_dates
from rag.understanding.filters import implied
from rag.understanding.languages import in_english
from rag.understanding.references import positions
from rag.understanding.related_dates import of_that_year
from tests.doubles.conversations import after

TODAY = datetime.date(2026, 3, 2)


@pytest.mark.parametrize(
    ("asked", "since", "until"),
    [
        ("papers between 2 and 9 July 2025", "2025-07-02", "2025-07-09"),
        ("what appeared on 2-9 July 2025?", "2025-07-02", "2025-07-09"),
        ("anything from July 2 through 9, 2025", "2025-07-02", "2025-07-09"),
        ("between the 30th of June and the 3rd of July 2025", "2025-06-30", "2025-07-03"),
        ("between Dec 30 and Jan 4 2025", "2024-12-30", "2025-01-04"),
        ("autumn 2024, i.e. September, October and November together", "2024-09", "2024-11"),
        ("cut it down to July 2025", "2025-07", "2025-07"),
        ("how many did May 2025 bring?", "2025-05", "2025-05"),
        ("what does 2021 add?", "2021", "2021"),
    ],
)
def test_days_months_and_seasons_however_they_are_put(asked: str, since: str, until: str) -> None:
    read = implied(asked, today=TODAY)[0]
    assert (read.since, read.until) == (since, until), plain_dates(asked, TODAY)


def test_a_month_is_that_within_the_time_asked_for() -> None:
    half_year = Filters(since="2025-09-02", until="2026-03-02")
    assert of_that_year(Filters(since="2026-11", until="2026-11"), "make it November", half_year, TODAY) == Filters(
        since="2025-11", until="2025-11"
    )


def test_a_year_alone_asks_for_no_lone_author() -> None:
    assert implied("for 2025 alone", today=TODAY)[0].max_authors is None
    assert implied("written alone", today=TODAY)[0].max_authors == 1


def test_people_on_papers_are_authors() -> None:
    assert implied("which have twelve or more people on them?")[0] == Filters(min_authors=12)


def test_a_filter_that_may_be_whatever_is_gone(assistant: Assistant) -> None:
    answer = after(assistant, "show me the papers from NVIDIA", "now those by at least twelve authors, any company")
    assert answer.filters == Filters(min_authors=12) and len(answer.citations) > 2


def test_what_lacks_what_was_counted(assistant: Assistant) -> None:
    assert "274 papers name no code repository" in after(assistant, "how many papers link to code?", "and how many go without one?").text


@pytest.mark.parametrize(
    "asked", ["what do you record for every paper?", "Which details of an article are on file here?", "fields per entry?"]
)
def test_what_is_held_of_each_paper(assistant: Assistant, asked: str) -> None:
    text = assistant.query(asked).text
    assert "title and the abstract are held" in text and "the date: known for 137" in text and "Not held: the names of the authors" in text


def test_the_same_question_of_another_paper(assistant: Assistant) -> None:
    text = after(assistant, "when did SWIFT come out?", "same question for LayerSkip").text
    assert "LayerSkip" in text and "date" in text


def test_surveys_alone_are_all_of_them_however_they_are_asked_for(assistant: Assistant) -> None:
    plain, both = (assistant.query(asked) for asked in ("surveys", "reviews and surveys, please"))
    assert {c.paper.paper_id for c in plain.citations} == {c.paper.paper_id for c in both.citations} and len(plain.citations) > 10


@pytest.mark.parametrize("out", ["no review articles", "but leave out the surveys", "w/o overviews"])
def test_surveys_are_left_out_by_what_they_are(assistant: Assistant, out: str) -> None:
    every, kept = (assistant.query(f"language models on edge devices{end}").citations for end in ("", f", {out}"))
    said = [c.paper for c in kept if "survey" in c.paper.title.lower() or "review" in c.paper.title.lower()]
    assert kept and not said and len(kept) < len(every)


def test_what_papers_only_set_themselves_off_from_leaves_them_in(assistant: Assistant) -> None:
    kept = assistant.query("text-to-image generation that is not based on diffusion").citations
    titles = " ".join(c.paper.title for c in kept)
    assert "Token-Shuffle" in titles and "Diffusion" not in titles


def test_topics_left_out_by_two_names_are_one_question(assistant: Assistant) -> None:
    answer = assistant.query("language models for source code, minus the papers on Verilog or on compilers")
    assert answer.citations and not any("Verilog" in c.paper.title for c in answer.citations)


def test_a_paper_called_by_its_place_is_the_one_meant(assistant: Assistant) -> None:
    listed = after(assistant, "local learning of deep networks")
    told = after(assistant, "local learning of deep networks", "third one sounds good, what does it do?")
    assert [c.paper.paper_id for c in told.citations] == [listed.citations[2].paper.paper_id]


def test_papers_on_what_was_just_defined(assistant: Assistant) -> None:
    answer = after(assistant, "what is catastrophic forgetting?", "and which works try to avoid it?")
    assert len(answer.citations) > 1 and all("forget" in c.paper.abstract.lower() for c in answer.citations)


def test_more_after_papers_were_left_out_is_on_the_topic(assistant: Assistant) -> None:
    answer = after(assistant, "mixtures of LoRA experts", "drop whatever deals with vision", "anything further?")
    assert len(answer.citations) < 12


@pytest.mark.parametrize(
    ("asked", "language", "said"),
    [
        ("Gibt es etwas zu Bauvorschriften?", "de", "construction regulations"),
        ("Escribo una nota de prensa: ¿qué trabajos generan imágenes?", "es", "which papers generate image?"),
        ("¿Alguno usa grafos?", "es", "does any of them use graph"),
    ],
)
def test_compounds_asides_and_what_is_asked_of_a_list_in_other_languages(asked: str, language: str, said: str) -> None:
    assert said in in_english(asked, language)


@pytest.mark.parametrize(
    "said",
    [
        ("what came out in April 2024?", "and in the February before that?"),
        ("how many papers are from 2024?", "and how many of them are from the January after?"),
    ],
)
def test_a_month_named_before_or_after_the_time_asked_for(assistant: Assistant, said: tuple[str, str]) -> None:
    answer = after(assistant, *said)
    assert "2024-02" in answer.text or "2025-01" in answer.text


def test_the_last_of_the_same_year(assistant: Assistant) -> None:
    answer = after(assistant, "which is the oldest paper of 2023?", "and which one is the latest of the same year?")
    assert [c.paper.published for c in answer.citations] == ["2023-12-28"] or all(
        (c.paper.published or "").startswith("2023") for c in answer.citations
    )


def test_other_papers_of_the_month_of_one(assistant: Assistant) -> None:
    answer = after(assistant, "when did Causal2Vec come out?", "what else is from the same month?")
    assert answer.citations and all((c.paper.published or "").startswith("2025-07") for c in answer.citations)


@pytest.mark.parametrize(
    ("asked", "least"), [("works that ten or more people signed", 10), ("anything a dozen scientists put their names to", 12)]
)
def test_people_who_signed(asked: str, least: int) -> None:
    assert implied(asked)[0].min_authors == least


def test_i_mean_is_no_mean(assistant: Assistant) -> None:
    answer = after(
        assistant, "how many authors does a paper have on average?", "and the biggest team, I mean the one with the most people?"
    )
    assert [c.paper.title.split(":")[0] for c in answer.citations] == ["Granite-speech"]


def test_who_comes_after_one_that_is_named(assistant: Assistant) -> None:
    text = assistant.query("I know Granite-speech has the most authors. Which paper is in second place?").text
    assert "18 authors" in text


def test_a_count_of_code_is_of_all_papers_after_one_was_told_of(assistant: Assistant) -> None:
    assert "274" in after(assistant, "what is Progent?", "how many entries come without a repository?").text


def test_code_of_the_one_paper_told_of(assistant: Assistant) -> None:
    answer = after(assistant, "who are the authors of AutoTimes?", "ok, then the repo, if there is any")
    assert len(answer.citations) == 1 and "AutoTimes" in answer.text


def test_those_of_a_list_that_have_code(assistant: Assistant) -> None:
    listed = assistant.query("papers on catastrophic forgetting")
    kept = after(assistant, listed.question, "leave me just those where code is available")
    told = {c.paper.paper_id for c in listed.citations}
    assert kept.citations and all(c.paper.paper_id in told and c.paper.code_urls for c in kept.citations)


@pytest.mark.parametrize("asked", ["PEFT is short for what?", "what is DPO short for?", "KV stands for what?"])
def test_what_letters_are_short_for(assistant: Assistant, asked: str) -> None:
    assert " stands for “" in assistant.query(asked).text


@pytest.mark.parametrize(
    "said", ["oh, never mind", "forget it then", "nvm", "wish me luck for Monday!", "which bank should I trust with my money this year?"]
)
def test_what_asks_for_no_papers_is_no_failed_search(assistant: Assistant, said: str) -> None:
    answer = assistant.query(said)
    assert answer.intent == "chat" and not answer.citations


def test_an_ordinal_that_says_when_is_no_place() -> None:
    assert positions("none of those which must be tuned first", 5) == ()
    assert positions("show first", 5) == positions("the first", 5) == (0,)
    assert positions("I want the final two", 5) == (3, 4)


def test_a_figure_or_filter_that_no_paper_of_a_list_meets_is_looked_for_among_all(assistant: Assistant) -> None:
    answer = after(assistant, "papers on mixture of experts", "which of them reports a gain of 2.88x?")
    assert "LoongTrain" in answer.text and "None of the" in answer.text
    answer = after(assistant, "all papers with 18 authors", "which of these have exactly two authors?")
    assert "Elsewhere here" in answer.text and all(c.paper.author_count == 2 for c in answer.citations)


def test_a_word_of_a_title_is_no_name_where_its_paper_is_far_off(assistant: Assistant) -> None:
    titles = [c.paper.title for c in assistant.query("can a model be run straight off flash drives?").citations]
    assert titles and titles[0].startswith("LLM in a flash")
    assert assistant.query("what is flash?").citations[0].paper.title.startswith("FLASH")


def test_a_term_of_the_field_that_no_paper_has(assistant: Assistant) -> None:
    answer = assistant.query("who hides a watermark in what a model writes?")
    assert answer.abstained and answer.text.startswith("No paper here mentions “watermark”.")
    assert not assistant.query("music or speech generation").abstained
    assert not assistant.query("quantization, no watermarks please").abstained


def test_two_names_that_no_paper_has_together(assistant: Assistant) -> None:
    for asked in ("GNNs fine-tuned through LoRA, any?", "papers that run SNNs by MoE routing"):
        answer = assistant.query(asked)
        assert answer.abstained and answer.text.startswith("No paper here mentions both “")
    assert not assistant.query("papers on a GNN or LoRA").abstained
    assert not assistant.query("Who combines LoRA with MoE?").abstained


@pytest.mark.parametrize(("asked", "since"), [
    ("what came out in the March of 2024?", "2024-03"), ("anything from the May of year 2025?", "2025-05"),
    ("entries of year 2022", "2022"),
])  # fmt: skip
def test_a_month_or_year_with_small_words(assistant: Assistant, asked: str, since: str) -> None:
    answer = assistant.query(asked)
    assert answer.citations and all((c.paper.published or "").startswith(since) for c in answer.citations)


def test_a_quarter_of_the_year_before(assistant: Assistant) -> None:
    answer = after(assistant, "what was published in Q1 2025?", "and q4 of that same year?")
    assert answer.citations and all("2025-10" <= (c.paper.published or "") <= "2025-12-31" for c in answer.citations)


def test_the_papers_of_two_years_are_counted_beside_each_other(assistant: Assistant) -> None:
    for asked in ("Are there fewer papers from 2022 than from 2024?", "which year had most papers, 2022 or 2024?"):
        answer = assistant.query(asked)
        assert "4 papers" in answer.text and "58 papers" in answer.text and not (answer.citations or answer.filters)


def test_a_count_of_teams_is_gone_on_with(assistant: Assistant) -> None:
    answer = after(assistant, "how many papers have more than five authors?", "show me only the ones with over a dozen")
    assert answer.citations and min(c.paper.author_count or 0 for c in answer.citations) > 12
    assert "by 20 or more authors" in after(assistant, "papers with exactly two authors", "and how many by twenty or more?").text


def test_all_papers_and_not_those_told_of(assistant: Assistant) -> None:
    answer = after(assistant, "everything dated 2022", "over the entire corpus, which are by a single author?")
    assert answer.citations and any((c.paper.published or "")[:4] != "2022" for c in answer.citations)


def test_an_organisation_told_by_its_parent(assistant: Assistant) -> None:
    assert all(c.paper.organisation == "Deepmind" for c in assistant.query("Is anything by Google's DeepMind here?").citations)


def test_what_stands_around_a_topic(assistant: Assistant) -> None:
    read = Reader(assistant.index.lexical).read
    assert read("We look for works who treat of spiking neural networks").text == "spiking neural networks"
    assert read("give me papers on state space models asap").text == "state space models"
    assert "hurts" in read("who shows that pruning hurts?").text


def test_what_a_name_means_that_was_said_before_it(assistant: Assistant) -> None:
    read = Reader(assistant.index.lexical).read("everyone talks about RLHF these days... what is that supposed to mean?")
    assert (read.kind, read.text) == (Kind.DEFINITION, "what is RLHF?")


def test_what_only_stresses_a_question(assistant: Assistant) -> None:
    for asked in ("what the heck is speculative decoding?", "What on earth is speculative decoding?"):
        assert assistant.query(asked).text == assistant.query("what is speculative decoding?").text


def test_an_attribute_of_what_is_left_out_stays(assistant: Assistant) -> None:
    asked = Reader(assistant.index.lexical).read("image generation, leave out those whose backbone is diffusion")
    assert (asked.text, asked.excluded) == ("image generation", ("diffusion",))
    asked = Reader(assistant.index.lexical).read("Quantization papers. I don't want flavours of GPTQ.")
    assert asked.excluded == ("GPTQ",)


def test_one_word_left_out_is_a_kind_of_the_topic(assistant: Assistant) -> None:
    titles = " ".join(c.paper.title for c in assistant.query("Speech, but nothing on recognition please").citations)
    assert "Granite-speech" not in titles


def test_another_language_as_a_topic(assistant: Assistant) -> None:
    titles = [c.paper.title for c in after(assistant, "models adapted to Russian", "and Chinese?").citations]
    assert any(title.startswith("Aurora") for title in titles) and not any("Vikhr" in title for title in titles)


def test_what_is_listed_without_code_has_none(assistant: Assistant) -> None:
    answer = assistant.query("Which ones were published in May 2025 and come without a code link?")
    assert answer.citations and not any(c.paper.code_urls for c in answer.citations)


def test_who_claims_to_beat_a_system(assistant: Assistant) -> None:
    answer = after(
        assistant, "systems that train on very long sequences over many GPUs", "which of these is faster than DeepSpeed-Ulysses?"
    )
    assert "LoongTrain" in answer.text and "outperforms" in answer.text


def test_another_team_size_after_a_count(assistant: Assistant) -> None:
    answer = after(assistant, "How many papers have at least fifteen authors?", "with exactly three?")
    assert answer.intent == "collection" and "by 3 authors" in answer.text


def test_the_same_fact_of_a_title_that_is_one_word(assistant: Assistant) -> None:
    answer = after(assistant, "when was Progent published?", "and HyperNetworks?")
    assert [c.paper.title for c in answer.citations] == ["HyperNetworks"] and answer.intent == "collection"


def test_a_name_with_capitals_within_is_no_word_of_another_language() -> None:
    assert "DiverseVul" in in_english("Combien de fonctions contient DiverseVul ?", "fr")


@pytest.mark.parametrize("asked", ["which is the one with some 182 billion tokens?", "the one trained on LLVM bitcode, which is it?"])
def test_a_listed_paper_called_by_what_was_done(assistant: Assistant, asked: str) -> None:
    answer = after(assistant, "datasets and models of compiler intermediate representations", asked)
    assert len(answer.citations) == 1


def test_shares_after_a_sure_request_outside_the_job(assistant: Assistant) -> None:
    assert assistant.query("what did Siemens shares open at last Friday?").intent == "chat"


def test_back_to_one_of_the_first_list(assistant: Assistant) -> None:
    first = assistant.query("papers on hypernetworks")
    answer = after(assistant, first.question, "what is LoRA?", "go back to your very first list: what does its final entry say?")
    assert [c.paper.paper_id for c in answer.citations] == [first.citations[-1].paper.paper_id]


def test_what_is_made_out_of_something_leaves_that_in(assistant: Assistant) -> None:
    answer = assistant.query("sentence encoders built out of LLMs - but no overview, please")
    assert answer.citations and "LLMs" not in answer.excluded


def test_one_thing_by_two_names_within_a_phrase(assistant: Assistant) -> None:
    titles = " ".join(c.paper.title for c in assistant.query("what came out in October 2025, diffusion language models aside?").citations)
    assert titles and "ParallelBench" not in titles and "dLLM" not in titles


def test_a_method_is_to_do_without_what_has_another_name(assistant: Assistant) -> None:
    titles = " ".join(c.paper.title for c in assistant.query("compressing language models by architecture search, without LoRA").citations)
    assert "Low-Rank Adapters" not in titles


@pytest.mark.parametrize(
    "said", ["is some person there, typing these replies?", "find me a hotel in Lisbon, something Portuguese and cheap"]
)
def test_who_answers_and_what_is_outside_the_job(assistant: Assistant, said: str) -> None:
    answer = assistant.query(said)
    assert answer.intent == "chat" and not answer.citations


def test_a_list_keeps_its_dates_when_only_those_with_code_stay(assistant: Assistant) -> None:
    answer = after(assistant, "everything from March to May 2024", "only those that release their code")
    assert answer.filters.since == "2024-03" and answer.filters.until == "2024-05" and all(c.paper.code_urls for c in answer.citations)
