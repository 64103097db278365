"""What is said around a question, slips in everyday words, places after a superlative, and the rest of a list."""

import pytest

from rag import Answer, Assistant, Message
from rag.understanding import Reader
from rag.understanding.framing import without_fillers
from rag.understanding.manners import changes_topic
from rag.understanding.ranks import rank_asked


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Would you be so kind as to list papers on pruning?", "list papers on pruning?"),
        ("uhm... papers on pruning", "papers on pruning"),
        ("papers on pruning, if it's not too much trouble", "papers on pruning"),
        ("I was wondering whether you could name papers on pruning", "name papers on pruning"),
        ("explain pruning as if I were a toddler", "explain pruning"),
        ("in layman's terms, what is pruning?", "what is pruning?"),
        ("describe pruning for a ten-year-old", "describe pruning"),
        ("what games do models play with children?", "what games do models play with children?"),
        ("pruning w/o retraining", "pruning without retraining"),
    ],
)
def test_what_is_said_around_a_question_is_no_part_of_it(said: str, asked: str) -> None:
    assert without_fillers(said) == asked


@pytest.mark.parametrize(
    ("turn", "changes"),
    [
        ("ok, on a different note: speech", True),
        ("something else entirely - who prunes?", True),
        ("let's move on, what about pruning?", True),
        ("something new on pruning?", False),
        ("another paper: which one?", False),
    ],
)
def test_another_topic_is_announced(turn: str, changes: bool) -> None:
    assert changes_topic(turn) is changes


@pytest.mark.parametrize(
    ("turn", "before", "rank"),
    [
        ("who came third?", 0, 3),
        ("the third newest", 0, 3),
        ("and the runners-up?", 0, 2),
        ("which comes next?", 2, 3),
        ("what are second-order methods?", 0, 0),
        ("the second one", 0, 0),
        ("next", 0, 0),
    ],
)
def test_places_after_a_superlative(turn: str, before: int, rank: int) -> None:
    assert rank_asked(turn, before) == rank


def _asked(assistant: Assistant, *turns: str) -> list[Answer]:
    history: list[Message] = []
    answers = []
    for turn in turns:
        answers.append(assistant.query(turn, history))
        cited = [citation.paper.paper_id for citation in answers[-1].citations]
        history += [{"role": "user", "content": turn}, {"role": "assistant", "content": answers[-1].text, "citations": cited}]
    return answers


def _ids(answer: Answer) -> list[str]:
    return [citation.paper.paper_id for citation in answer.citations]


def test_the_runner_up_of_a_superlative(assistant: Assistant) -> None:
    _, second, third = _asked(assistant, "what is the earliest paper?", "and the runner-up?", "which comes next?")
    assert [answer.citations[0].paper.published for answer in (second, third)] == ["2022-05-24", "2022-07-22"]


def test_older_than_what_was_told(assistant: Assistant) -> None:
    newest, older = _asked(assistant, "the latest paper on pruning?", "is there something older?")
    assert newest.citations[0].paper.published and older.filters.until
    assert older.citations and all((c.paper.published or "") < newest.citations[0].paper.published for c in older.citations)


def test_the_rest_is_what_was_not_singled_out(assistant: Assistant) -> None:
    listed, one, rest = _asked(assistant, "papers on hypernetworks", "tell me more about the first", "show the remaining ones")
    assert _ids(one) == _ids(listed)[:1] and _ids(rest) == _ids(listed)[1:]


def test_a_new_topic_takes_the_place_of_the_old(assistant: Assistant) -> None:
    for before, turn, text in (
        ("surveys about edge devices", "and retrieval?", "surveys about retrieval"),
        ("quantization for chat models", "and for mixture of experts?", "quantization for mixture of experts"),
        ("kv cache", "what about early exit", "early exit"),
    ):
        said: list[Message] = [{"role": "user", "content": before}, {"role": "assistant", "content": "None."}]
        assert Reader(assistant.index.lexical).read(turn, said).text == text


@pytest.mark.parametrize("turn", ["anythng from May 2025 plese", "I search all that appeared in May 2025", "stuff dating to May 2025"])
def test_words_that_only_ask_are_no_topic(assistant: Assistant, turn: str) -> None:
    answer = assistant.query(turn)
    assert len(answer.citations) == 10 and all((c.paper.published or "").startswith("2025-05") for c in answer.citations)


def test_another_topic_leaves_the_filter_behind(assistant: Assistant) -> None:
    answer = _asked(assistant, "papers by NVIDIA", "now something different: lane detection")[1]
    assert not answer.filters and answer.citations
