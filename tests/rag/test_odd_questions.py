"""Questions, counts and histories of odd kinds: read as they were meant, or refused in one line, never a fault."""

from typing import Any

import pytest

from rag import Assistant, load_config
from rag.errors import ConfigError, QuestionError


@pytest.mark.parametrize("k", [-1, 2.5, "3", None, float("inf")])
def test_a_count_of_papers_that_is_none_is_refused(assistant: Assistant, k: Any) -> None:
    with pytest.raises(QuestionError, match=r"^k is [^\n]*; write a whole number from 0$"):
        assistant.search("LoRA", k)


@pytest.mark.parametrize("history", [5, 2.5, True])
def test_a_history_that_is_none_is_refused(assistant: Assistant, history: Any) -> None:
    with pytest.raises(QuestionError, match="history is a sequence"):
        assistant.query("LoRA", history)


@pytest.mark.parametrize(
    "date",
    [
        "February 30 2025",
        "Feb 30, 2025",
        "the 32nd of May 2025",
        "31 June 2024",
        "2025-02-29",
        "2025/13/01",
        "November 31st 2024",
        "2025-6-31",
    ],
)
@pytest.mark.parametrize("question", ["papers on LoRA from {}", "what came out after {}?"])
def test_a_day_that_no_calendar_has_is_told_and_not_passed_over(assistant: Assistant, question: str, date: str) -> None:
    with pytest.raises(QuestionError, match="is not a date; write YYYY"):
        assistant.query(question.format(date))


@pytest.mark.parametrize("date", ["February 29 2024", "the 31st of May 2025", "2024-02-29", "30 June 2024"])
def test_a_day_that_a_calendar_has_is_taken(assistant: Assistant, date: str) -> None:
    assert assistant.query(f"papers on LoRA since {date}").text


@pytest.mark.parametrize(
    "odd",
    [
        "what does LocalLeap do?\ud800",
        "wh\udcffat does LocalLeap do?",
        "what does L\u0336o\u0336c\u0336a\u0336lL\u0336e\u0336a\u0336p do?",
        "what\u0338 does LocalLeap do?",
        "ｗｈａｔ does LocalLeap do?",
        "what\u00a0does\u2003LocalLeap do?",
    ],
)
def test_a_question_in_odd_signs_is_the_same_question(assistant: Assistant, odd: str) -> None:
    found = assistant.query(odd)
    assert [c.paper.paper_id for c in found.citations] == [c.paper.paper_id for c in assistant.query("what does LocalLeap do?").citations]


@pytest.mark.parametrize("signs", ["((((", "/.*/", "\\\\", "%%%", "--", "~^~"])
def test_signs_alone_are_not_taken_for_thanks(assistant: Assistant, signs: str) -> None:
    assert "You can ask about" in assistant.query(signs).text


@pytest.mark.parametrize(
    ("name", "value"),
    [("PAPERCHAT_LLM_TIMEOUT", "inf"), ("PAPERCHAT_LLM_ANSWER_TIMEOUT", "1e400"), ("PAPERCHAT_CHROMA_TIMEOUT", "1e23"),
     ("PAPERCHAT_SLACK_EDIT_SECONDS", "inf"), ("PAPERCHAT_SLACK_STANDING_MINUTES", "inf"), ("PAPERCHAT_LLM_RETRIES", "9" * 20)],
)  # fmt: skip
def test_times_without_end_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=rf"^[^\n]*{name}[^\n]*$"):
        load_config()
