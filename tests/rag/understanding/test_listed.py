"""Which papers of a list a turn means: by place, by what stands beside, by what a paper is about; what a correction meant."""

import pytest

from rag import Assistant, Message
from rag.understanding import Question, Reader
from rag.understanding.classifier import Typed, classified
from rag.understanding.framing import topic_said
from rag.understanding.places import step_asked
from rag.understanding.references import positions

MERGING = (
    "FuseChat: Knowledge Fusion of Chat Models",
    "LLM-Blender: Ensembling Large Language Models with Pairwise Ranking and Generative Fusion",
    "1bit-Merging: Dynamic Quantized Merging for Large Language Models",
    "Fusing LLM Capabilities with Routing Data",
    "An Open Recipe: Adapting Language-Specific LLMs to a Reasoning Model in One Day via Model Merging",
)


def _asked(assistant: Assistant, turn: str, *before: tuple[str, tuple[str, ...]]) -> tuple[Question, list[str]]:
    """A turn as it is read after questions whose answers cited the papers with these titles; and the titles that it is about."""
    lexical, history = assistant.index.lexical, list[Message]()
    for asked, titles in before:
        ids = [next(iter(lexical.by_titles([title]).values())) for title in titles]
        history += [{"role": "user", "content": asked}, {"role": "assistant", "content": "Papers found.", "citations": ids}]
    question = Reader(lexical).read(turn, history)
    return question, [paper.title for paper in assistant.index.papers(list(question.within or ()))]


@pytest.mark.parametrize(
    ("turn", "count", "places"),
    [
        ("gist of no 2", 4, (1,)),
        ("num 3 please", 4, (2,)),
        ("nr 1 and nr 2", 4, (0, 1)),
        ("the last but one, what is it about", 5, (3,)),
        ("second to last one", 6, (4,)),
        ("the 3rd from the bottom", 6, (3,)),
        ("the eleventh", 12, (10,)),
        ("no last-layer trick", 5, ()),
    ],
)
def test_places_of_a_list(turn: str, count: int, places: tuple[int, ...]) -> None:
    assert positions(turn, count) == places


@pytest.mark.parametrize(
    ("turn", "step"),
    [("n the one after that", 1), ("and what came right after?", 1), ("the previous one", -1), ("what came after transformers?", 0)],
)
def test_what_stands_beside_a_paper(turn: str, step: int) -> None:
    assert step_asked(turn) == step


@pytest.mark.parametrize(
    ("turn", "meant"),
    [
        ("the thai one, whats the model they start from?", [4]),
        ("how does that quantised thing work", [2]),
        ("and the one which ranks pairs?", [1]),
        ("y is the recipe one here", [4]),
        ("compare the blender paper with the routing one", [1, 3]),
        ("the first and the routing one in comparison", [0, 3]),
    ],
)
def test_a_listed_paper_is_called_by_what_it_is_about(assistant: Assistant, turn: str, meant: list[int]) -> None:
    _, titles = _asked(assistant, turn, ("merging several LLMs into one", MERGING))
    assert titles == [MERGING[place] for place in meant]


@pytest.mark.parametrize("turn", ["which is the best one?", "what does the strangest paper on earth say", "the method they use"])
def test_what_calls_no_listed_paper(assistant: Assistant, turn: str) -> None:
    _, titles = _asked(assistant, turn, ("merging several LLMs into one", MERGING))
    assert len(titles) != 1


def test_the_neighbour_of_a_paper_is_of_its_list(assistant: Assistant) -> None:
    before = (("merging several LLMs into one", MERGING), ("show me the second", MERGING[1:2]))
    assert _asked(assistant, "and the one after that", *before)[1] == [MERGING[2]]
    assert _asked(assistant, "and the one above it", *before)[1] == [MERGING[0]]


@pytest.mark.parametrize(
    ("turn", "meant"),
    [
        ("No, my meaning was ensembling", "ensembling"),
        ("what i was after is pruning", "pruning"),
        ("sorry i had distillation in mind", "distillation"),
        ("excuse me, I wanted to say routing, not merging", "routing several LLMs into one"),
    ],
)
def test_what_was_meant_however_it_is_said(assistant: Assistant, turn: str, meant: str) -> None:
    question, _ = _asked(assistant, turn, ("merging several LLMs into one", MERGING))
    assert (question.intent, question.text) == ("papers", meant)


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        ("Which papers in your holdings treat of hypernetworks?", "hypernetworks?"),
        ("I'd be thankful for literature on memory", "memory"),
        ("does your archive contain anything regarding retrieval", "retrieval"),
        ("which papers without a survey are on memory", "which papers without a survey are on memory"),
    ],
)
def test_wording_that_only_asks_for_papers_is_learned(assistant: Assistant, asked: str, topic: str) -> None:
    assert topic_said(asked, classified(Typed(asked, follows=False)).topical(asked)) == topic


@pytest.mark.parametrize(
    ("asked", "filters"),
    [
        ("stuff by big teams, over a dozen people", {"min_authors": 13}),
        ("works of two researchers", {"min_authors": 2, "max_authors": 2}),
        ("show what u have from july 24", {"since": "2024-07", "until": "2024-07"}),
        ("papers before march '24", {"since": None, "until": "2024-02"}),
    ],
)
def test_filters_in_hasty_wording(assistant: Assistant, asked: str, filters: dict[str, object]) -> None:
    question, _ = _asked(assistant, asked)
    assert {name: getattr(question.filters, name) for name in filters} == filters


def test_a_month_is_of_the_year_that_was_asked_for(assistant: Assistant) -> None:
    question, _ = _asked(assistant, "n august?", ("papers from July 2024", MERGING[:1]))
    assert (question.filters.since, question.filters.until) == ("2024-08", "2024-08")


def test_a_word_of_english_is_no_slip_and_a_slip_of_the_papers_is_left_to_them(assistant: Assistant) -> None:
    assert _asked(assistant, "which of your abstracts bears on contrat auditing")[0].text == "contrat auditing"
