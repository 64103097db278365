"""How a turn goes on with what was said, and what it asks of the collection: by kinds, each in wordings of several people."""

import pytest

from rag import Assistant, Message
from rag.understanding import Question, Reader
from rag.understanding.question import Kind
from rag.understanding.reading import subject

LOCAL = (
    "Scaling Supervised Local Learning with Augmented Auxiliary Networks",
    "Local Learning on Transformers via Feature Reconstruction",
    "Momentum Auxiliary Network for Supervised Local Learning",
)


def _read(assistant: Assistant, turn: str, *before: tuple[str, tuple[str, ...]]) -> Question:
    """A turn as it is read after questions whose answers cited the papers with these titles."""
    lexical, history = assistant.index.lexical, list[Message]()
    for asked, titles in before:
        ids = [lexical.by_titles([title]).popitem()[1] for title in titles]
        history += [{"role": "user", "content": asked}, {"role": "assistant", "content": "Papers found.", "citations": ids}]
    return Reader(lexical).read(turn, history)


@pytest.mark.parametrize("turn", ["Restrict that to 2025, please.", "2025 ones only", "narrow to 2025", "cut it down to those of 2025"])
def test_a_year_that_a_turn_goes_on_with_is_a_filter(assistant: Assistant, turn: str) -> None:
    read = _read(assistant, turn, ("papers with more than ten authors", LOCAL[:2]))
    dates = (read.filters.since, read.filters.until)
    assert dates == ("2025", "2025") and (read.filters.min_authors == 11 or read.within)


def test_a_question_with_a_topic_is_no_bare_exclusion(assistant: Assistant) -> None:
    read = _read(assistant, "recsys that runs on the phone itself, not server side. got any?")
    assert read.kind is not Kind.METADATA and read.excluded == ("server side",)


@pytest.mark.parametrize("turn", ["ok, federated learning in general then", "federated learning at all?", "federated learning as a whole"])
def test_a_topic_as_a_whole_takes_the_place_of_a_part_of_it(assistant: Assistant, turn: str) -> None:
    read = _read(assistant, turn, ("LoRA for federated learning", LOCAL[:2]))
    assert subject(read.text).lower() == "federated learning" and not read.context and not read.must


@pytest.mark.parametrize(
    "lead", ["forget the decompile bit,", "scratch the decompiling part then,", "ok drop the decompiling requirement."]
)
def test_what_is_dropped_is_no_part_of_the_question(assistant: Assistant, lead: str) -> None:
    read = _read(assistant, f"{lead} which papers find bugs in smart contracts?", ("decompiling smart contracts", ()))
    assert "decompil" not in read.text and "smart contracts" in read.text


def test_a_row_of_topics_is_each_put_to_the_first_question(assistant: Assistant) -> None:
    before = (("which benchmarks test long contexts of many languages?", LOCAL[:1]), ("and for code?", LOCAL[1:2]))
    read = _read(assistant, "and for speech?", *before)
    assert "speech" in read.text and "code" not in read.text


def test_a_place_of_the_list_may_stand_alone(assistant: Assistant) -> None:
    read = _read(assistant, "Second. One sentence.", ("local learning", LOCAL))
    assert read.within == (assistant.index.lexical.by_titles([LOCAL[1]]).popitem()[1],)


def test_them_after_one_paper_are_those_of_the_list(assistant: Assistant) -> None:
    read = _read(assistant, "which of them have code", ("local learning", LOCAL), ("the second?", LOCAL[1:2]))
    assert len(read.within or ()) == len(LOCAL)


@pytest.mark.parametrize("turn", ["what's the most recent thing in there, and the oldest?", "newest and oldest paper?"])
def test_both_ends_asked_for_at_once_are_two_questions(assistant: Assistant, turn: str) -> None:
    assert [part.about for part in _read(assistant, turn).parts] == ["newest", "oldest"]


def test_of_one_paper_none_stands_out(assistant: Assistant) -> None:
    before = (("which paper came first?", LOCAL[:1]), ("how many people wrote that one?", LOCAL[:1]))
    assert _read(assistant, "And which one is the most recent?", *before).within is None


def test_records_of_a_paper_that_is_described_are_its_own(assistant: Assistant) -> None:
    read = _read(assistant, "who are the people behind the LinkedIn ranking paper?", ("local learning", LOCAL[:1]))
    assert read.about == "unknown" and len(read.within or ()) == 1 and "linkedin" in (read.within or ("",))[0]


@pytest.mark.parametrize("turn", ["How many on Russian.", "and how many about Russian?"])
def test_a_count_is_of_what_it_is_on(assistant: Assistant, turn: str) -> None:
    read = _read(assistant, turn, ("which languages do you cover papers on?", LOCAL[:1]))
    assert (read.about, read.text) == ("count", "Russian")


def test_what_is_dated_before_a_year_that_was_asked_for_is_listed(assistant: Assistant) -> None:
    read = _read(assistant, "And which entries are dated before that year?", ("how many papers are from 2023?", ()))
    assert (read.intent, read.filters.until) == ("papers", "2022")


def test_a_common_word_after_the_is_no_name(assistant: Assistant) -> None:
    assert _read(assistant, "What are the open problems in getting LLMs to run on phones?").name == ""
    assert _read(assistant, "what is DoRA trained on?").name == "DoRA"


def test_instead_of_leans_on_nothing(assistant: Assistant) -> None:
    read = _read(assistant, "who keeps the weights on disk instead of in memory?", ("sharing the KV cache between layers", LOCAL[:2]))
    assert read.text == "who keeps the weights on disk instead of in memory?" and not read.without


def test_back_to_a_list_and_two_of_its_papers(assistant: Assistant) -> None:
    before = (("local learning", LOCAL), ("show the third's abstract", LOCAL[2:]))
    read = _read(assistant, "back to the list: how do the first and the second differ?", *before)
    assert read.kind is Kind.COMPARE and len(read.within or ()) == 2


@pytest.mark.parametrize("turn", ["the newest of those?", "oldest among them"])
def test_what_stands_out_of_those_is_of_the_list_though_one_paper_was_told_of_since(assistant: Assistant, turn: str) -> None:
    read = _read(assistant, turn, ("local learning", LOCAL), ("what is the second about?", LOCAL[1:2]))
    assert len(read.within or ()) == len(LOCAL)


def test_others_like_a_paper_whose_records_were_asked_for(assistant: Assistant) -> None:
    before = (("local learning", LOCAL), ("how many authors has the second?", LOCAL[1:2]))
    read = _read(assistant, "anything similar from 2024", *before)
    assert (read.intent, read.form, read.filters.since) == ("papers", "similar", "2024")


@pytest.mark.parametrize(("turn", "about"), [("And the fewest?", "authors_fewest"), ("and their names?", "unknown")])
def test_short_turns_after_a_record(assistant: Assistant, turn: str, about: str) -> None:
    assert _read(assistant, turn, ("which paper has the most authors?", LOCAL[:1])).about == about


def test_which_one_asks_for_one(assistant: Assistant) -> None:
    assert _read(assistant, "which one of them gets by without auxiliary networks?", ("local learning", LOCAL)).at_most == 1


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        ("Was gibt es dazu, bei der Inferenz einzelne Schichten zu überspringen?", ("inference", "layers", "skip")),
        ("有关于智能合约或区块链的论文吗？", ("smart contract", "blockchain")),
        ("¿Tenéis algo sobre sistemas de recomendación?", ("recommendation systems",)),
        ("Y a-t-il des articles sur les nuages de points ou les scènes en 3D ?", ("point cloud", "3D")),
        ("ok, and anything sobre películas?", ("movies",)),
    ],
)
def test_questions_in_other_languages_are_read_by_the_glossary(assistant: Assistant, asked: str, topic: tuple[str, ...]) -> None:
    read = _read(assistant, asked)
    assert read.language and read.intent == "papers" and all(word in read.text for word in topic), read.text


@pytest.mark.parametrize("asked", ["résumé screening papers", "the café dataset", "naïve Bayes?"])
def test_english_words_with_marks_are_english(assistant: Assistant, asked: str) -> None:
    assert _read(assistant, asked).language == ""


# --- what is taken back


@pytest.mark.parametrize("turn", ["ok multimodal is allowed again", "bring the multimodal ones back", "multimodal is fine after all"])
def test_what_was_left_out_may_be_there_again(assistant: Assistant, turn: str) -> None:
    read = _read(assistant, turn, ("speculative decoding, no multimodal", LOCAL[:1]))
    assert read.excluded == () and "speculative decoding" in read.text


@pytest.mark.parametrize("turn", ["any year is fine", "drop the date condition", "forget the dates", "lift the restriction on dates"])
def test_a_filter_is_lifted(assistant: Assistant, turn: str) -> None:
    read = _read(assistant, turn, ("quantization papers from 2024 by at least 5 authors", LOCAL[:1]))
    assert (read.filters.since, read.filters.until, read.filters.min_authors) == (None, None, 5) and "quantization" in read.text


@pytest.mark.parametrize("turn", ["any team size", "the number of authors doesn't matter"])
def test_a_filter_on_teams_is_lifted(assistant: Assistant, turn: str) -> None:
    read = _read(assistant, turn, ("quantization papers from 2024 by at least 5 authors", LOCAL[:1]))
    assert (read.filters.since, read.filters.min_authors) == ("2024", None)


@pytest.mark.parametrize(
    "turn", ["which of them drop the batch size?", "papers that ignore the date of a fact", "is LoRA fine for vision?"]
)
def test_what_only_sounds_so_takes_nothing_back(assistant: Assistant, turn: str) -> None:
    read = _read(assistant, turn, ("quantization papers from 2024, no LoRA", LOCAL))
    assert read.asked == turn and read.text != "quantization papers"


@pytest.mark.parametrize(
    ("asked", "out"),
    [
        ("token pruning, but not those from 2024", "2024"),
        ("token pruning, just nothing from 2024", "2024"),
        ("token pruning without the 2024 ones", "2024"),
        ("diffusion LLM papers excluding those published in October 2025", "October 2025"),
        ("long context but none from 2024 please", "2024"),
    ],
)
def test_a_date_that_is_left_out_is_no_filter_to_it(assistant: Assistant, asked: str, out: str) -> None:
    read = _read(assistant, asked)
    assert not read.filters and read.excluded == (out,)
    years = {(citation.paper.published or "")[:4] for citation in assistant.query(asked).citations}
    assert out != "2024" or "2024" not in years


# --- the records


@pytest.mark.parametrize("turn", ["does it have code?", "any github for it?"])
def test_the_code_of_one_paper(assistant: Assistant, turn: str) -> None:
    read = _read(assistant, turn, ("local learning", LOCAL), ("the second?", LOCAL[1:2]))
    assert (read.about, len(read.within or ())) == ("code", 1)


def test_papers_to_cite_are_no_citations(assistant: Assistant) -> None:
    assert _read(assistant, "Mixture of LoRA experts. Which papers should I cite?").intent == "papers"


def test_what_names_no_code_is_counted_and_listed(assistant: Assistant) -> None:
    none = sum(not paper.code_urls for paper in assistant.index.all_papers())
    assert assistant.query("how many papers don't share code?").text.startswith(f"{none} papers name no code repository")
    assert all(not citation.paper.code_urls for citation in assistant.query("papers without code").citations)


def test_counts_are_of_a_topic_as_it_is_said(assistant: Assistant) -> None:
    text = assistant.query("how many papers are on mixture of experts?").text
    assert "mention “mixture of experts”" in text and "; 0 mention" not in text


def test_figures_over_papers(assistant: Assistant) -> None:
    counts = [paper.author_count for paper in assistant.index.all_papers() if paper.author_count is not None]
    assert (
        f"{sum(counts) / len(counts):.2f} authors on average" in assistant.query("On average, how many authors do these papers have?").text
    )
    assert "most are from May 2025 (10)" in assistant.query("in which month did most of your papers appear?").text


def test_a_longer_name_of_an_organisation_that_is_held(assistant: Assistant) -> None:
    assert _read(assistant, "Is there anything from Google DeepMind in your collection?").filters.organisation == "DeepMind"


def test_a_third_thing_is_set_beside_two(assistant: Assistant) -> None:
    read = _read(assistant, "what about distillation", ("is quantization better than pruning?", LOCAL[:1]))
    assert read.sides == ("quantization", "pruning", "distillation")


def test_the_newest_one_of_a_year_is_one(assistant: Assistant) -> None:
    read = _read(assistant, "and the latest one from 2024?", ("which paper came first?", LOCAL[:1]))
    assert (read.about, read.filters.since) == ("newest", "2024")


@pytest.mark.parametrize(
    ("turn", "about", "year"),
    [
        ("how many of those are from 2023?", "code", "2023"), ("list those of 2023", "code", "2023"),
        ("Which one closed 2023?", "newest", "2023"), ("what opened the year 2024?", "oldest", "2024"),
    ],
)  # fmt: skip
def test_what_a_year_holds_of_papers_with_code_and_at_its_ends(assistant: Assistant, turn: str, about: str, year: str) -> None:
    read = _read(assistant, turn, ("how many papers come with code?", LOCAL))
    assert (read.intent, read.about, read.filters.since, read.filters.until) == ("collection", about, year, year)


def test_the_code_of_one_paper_is_asked_for_by_its_name(assistant: Assistant) -> None:
    answer = assistant.query("Where do I find the source code of Text-to-LoRA?")
    assert [citation.paper.title for citation in answer.citations] == ["Text-to-LoRA: Instant Transformer Adaption"]


@pytest.mark.parametrize("turn", ["did one person write that alone?", "was it written by a single author?", "Quantos autores ele tem?"])
def test_the_team_of_the_paper_told_of(assistant: Assistant, turn: str) -> None:
    read = _read(assistant, turn, ("local learning", LOCAL[:1]))
    assert (read.intent, read.about) == ("collection", "facts") and len(read.within or ()) == 1


def test_a_fact_asked_for_in_another_language_is_the_one_told(assistant: Assistant) -> None:
    paper = assistant.index.papers([assistant.index.lexical.by_titles([LOCAL[0]]).popitem()[1]])[0]
    history: list[Message] = [
        {"role": "user", "content": "local learning"},
        {"role": "assistant", "content": "One.", "citations": [paper.paper_id]},
    ]
    assert str(paper.author_count) in assistant.query("Quantos autores ele tem?", history).text


def test_the_usual_size_of_a_team_is_worked_out(assistant: Assistant) -> None:
    text = assistant.query("what is the most usual team size?").text
    assert "on average" in text and "most usual" in text


def test_teams_of_so_many_after_the_longest_list(assistant: Assistant) -> None:
    read = _read(assistant, "now the ones by just two people", ("which paper has the most authors?", LOCAL[:1]))
    assert (read.intent, read.filters.min_authors, read.filters.max_authors) == ("papers", 2, 2)


def test_any_on_a_topic_after_all_of_a_month_is_one_of_those(assistant: Assistant) -> None:
    assert len(_read(assistant, "any for video?", ("papers of August 2024", LOCAL)).within or ()) == len(LOCAL)


def test_what_a_new_topic_is_to_leave_out(assistant: Assistant) -> None:
    read = _read(assistant, "And hypernetworks that have nothing to do with LoRA?", ("which papers merge models?", LOCAL))
    assert read.excluded == ("LoRA",) and "LoRA" not in read.text


@pytest.mark.parametrize("turn", ["please take the survey out of that list", "leave the surveys out of this answer"])
def test_papers_are_taken_out_of_the_list(assistant: Assistant, turn: str) -> None:
    read = _read(assistant, turn, ("local learning", LOCAL))
    assert read.within and read.excluded and not read.text.startswith("please")


def test_the_verb_of_a_question_is_no_author(assistant: Assistant) -> None:
    assert not _read(assistant, "gpu kernels written by llms, got smth?").filters.author
