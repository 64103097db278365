"""What is said around a question asks nothing; parts of a year, and the words that people mistype, are read as they are meant."""

import pytest

from rag import Assistant, Filters
from rag.understanding import Kind, Reader
from rag.understanding.asides import without_asides
from rag.understanding.classifier import Typed
from rag.understanding.parts_of_years import part_of_year
from tests.doubles.conversations import after


@pytest.mark.parametrize(
    ("turn", "rest"),
    [
        ("Hello! I am a librarian. Any papers on watermarking?", "Any papers on watermarking?"),
        ("My committee meets on Tuesday, so which works prune attention heads?", "which works prune attention heads?"),
        ("Ha, quick as ever. Which of them use LoRA?", "Which of them use LoRA?"),
        ("For the minutes of our meeting: how many deal with speech?", "how many deal with speech?"),
        ("sorry, I was after security holes in source code", ""),  # it corrects: "sorry" tells something
        ("graph networks, please", ""),
        ("For speech recognition, which papers are newest?", ""),
        ("thanks a lot, you have been a great help", ""),
    ],
)
def test_what_is_said_aside(assistant: Assistant, turn: str, rest: str) -> None:
    assert without_asides(Typed(turn)) == (rest or turn)


@pytest.mark.parametrize(
    ("turn", "since", "until"),
    [
        ("and the first half of the year before?", "2023-01", "2023-06"),
        ("the last quarter of the previous year", "2023-10", "2023-12"),
        ("then the summer of the following year", "2025-06", "2025-08"),
        ("and the second half of that year", "2024-07", "2024-12"),
        ("only the first three months of it", "2024-01", "2024-03"),
        ("in the spring after that", "2025-03", "2025-05"),
        ("in the autumn before", "2023-09", "2023-11"),
    ],
)
def test_a_part_of_a_year_that_another_date_tells(turn: str, since: str, until: str) -> None:
    assert part_of_year(turn, Filters(since="2024", until="2024"))[0] == Filters(since=since, until=until)


@pytest.mark.parametrize("turn", ["the second half of the network", "in the first quarter of 2024", "which came before?"])
def test_what_is_no_such_part(turn: str) -> None:
    assert not part_of_year(turn, Filters(since="2024", until="2024"))[0]


def test_short_words_with_two_letters_exchanged(assistant: Assistant) -> None:
    read = Reader(assistant.index.lexical).read("jsut teh papers form 2024")
    assert read.kind is Kind.METADATA and read.filters.since == "2024"


def test_few_papers_that_are_counted_are_named(assistant: Assistant) -> None:
    answer = assistant.query("Out of interest: how many deal with federated learning?")
    assert answer.intent == "collection" and 0 < len(answer.citations) <= 6
    rest = after(assistant, answer.question, "Please drop those that rely on LoRA. What remains?")
    assert rest.citations and len(rest.citations) < len(answer.citations)


def test_a_name_of_several_words(assistant: Assistant) -> None:
    assert [c.paper.title.split(":")[0] for c in assistant.query("ok, and what is text to lora exactly?").citations] == ["Text-to-LoRA"]
