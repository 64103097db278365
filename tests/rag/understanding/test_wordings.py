"""Kinds of wording that conversations by people who knew none of our rules showed to be missing; each in words that no set has."""

import datetime

import pytest

from rag import Assistant
from rag.filters import Filters
from rag.understanding.date_wordings import plain_dates
from rag.understanding.filters import implied
from rag.understanding.languages import in_english
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
    assert len(answer.citations) > 2 and all("forget" in c.paper.abstract.lower() for c in answer.citations)


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
