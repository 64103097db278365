"""Whether the turns of tests/eval/conversations.json are answered as its judge holds right: what each must and must not do."""

import datetime
import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import pytest

from rag import Answer, Assistant, Filters, Message
from rag.understanding import filters as wording

ENOUGH = 0.6
"""Set F1 from which a list counts as right."""

TALKS: tuple[tuple[str, ...], ...] = (
    ("which papers speed up dLLM decoding?", "tell me more about the second one", "shorter please", "thanks!"),
    ("federated learning with large models", "compare the first two", "put that into a table"),
    ("how many papers mention LoRA?", "and from 2024?", "which release code?"),
    ("what does LayerSkip do?", "and SWIFT?", "compare them", "show me the abstract of the first"),
)
"""Conversations whose turns lean on the ones before, for every surface to hand over."""

ABSTAINS = re.compile(
    r"corpus does(?:n['’]t| not)|\bno (?:matching |relevant |such )?papers? (?:here|found|in|match|is|are|was|were|answers?|could|on)\b"
    r"|not close enough|(?:could|can|did)(?: ?not|n['’]t) find|nothing (?:was )?found|no results?\b|nearest, but not answers",
    re.IGNORECASE,
)
UNDATED = re.compile(r"undated|no (?:known )?date|without a (?:known )?date|date (?:is|are) not known|unknown date", re.IGNORECASE)
_WORDS = dict(enumerate("zero one two three four five six seven eight nine ten eleven twelve".split()))


def after(assistant: Assistant, *turns: str) -> Answer:
    """The answer to the last of some turns, each with the real answers before it as history."""
    said: list[Message] = []
    for turn in turns:
        answer = assistant.query(turn, said)
        ids = [citation.paper.paper_id for citation in answer.citations]
        said += [{"role": "user", "content": turn}, {"role": "assistant", "content": answer.text, "citations": ids}]
    return answer


def key(title: str) -> str:
    return re.sub(r"\W+", " ", title).strip().lower()


def cited(answer: Answer) -> list[str]:
    """Keys of the cited papers, in the order of their numbers."""
    return list(dict.fromkeys(key(citation.paper.title) for citation in sorted(answer.citations, key=lambda c: c.number)))


def faults(turn: Mapping[str, Any], answer: Answer, answers: Sequence[Answer]) -> list[str]:
    """What is wrong with the answer to a turn; `answers` are those to the turns before."""
    found = [*_of_intent(turn, answer), *_of_papers(turn, answer, answers), *_of_text(turn, answer)]
    if set(cited(answer)) & set(turn.get("must_not_cite", ())):
        found.append("cites what it must not")
    if "filters" in turn and (why := _wrong_filters(turn["filters"], answer.filters)):
        found.append(why)
    return found


def _of_intent(turn: Mapping[str, Any], answer: Answer) -> list[str]:
    if not answer.text.strip():
        return ["empty"]
    if turn["intent"] == "chat" and (answer.citations or ABSTAINS.search(answer.text)):
        return ["small talk that searches"]
    return ["did not abstain"] if turn.get("abstain") and not answer.abstained else []


def _of_papers(turn: Mapping[str, Any], answer: Answer, answers: Sequence[Answer]) -> list[str]:
    got = set(cited(answer))
    if "refers_to" in turn:
        number, places = turn["refers_to"]
        before = cited(answers[number])
        wanted = before if places == "all" else [before[p if p < 0 else p - 1] for p in places if 0 < abs(p) <= len(before)]
        return [] if wanted and got == set(wanted) else [f"cites {sorted(got)}, meant {wanted}"]
    if turn.get("abstain") or "relevant" not in turn:
        return []
    f1 = _set_f1(turn, got, answers, bool(UNDATED.search(answer.text)))
    return [] if f1 >= ENOUGH else [f"set F1 {f1:.2f}"]


def _set_f1(turn: Mapping[str, Any], got: set[str], answers: Sequence[Answer], told: bool) -> float:
    wanted = {title for title, grade in turn["relevant"].items() if grade == 2}
    neutral = {title for title, grade in turn["relevant"].items() if grade == 1} | (set(turn.get("undated_matches", ())) if told else set())
    for number in turn.get("others_than", ()):
        before = set(cited(answers[number]))
        wanted, neutral = wanted - before, neutral - before
    hits, wrong = got & wanted, got - wanted - neutral
    if not wanted:
        return 0.0 if wrong else 1.0
    precision = len(hits) / len(hits | wrong) if hits or wrong else 0.0
    recall = min(1.0, len(hits) / min(turn.get("enough", len(wanted)), len(wanted)))
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _of_text(turn: Mapping[str, Any], answer: Answer) -> list[str]:
    text = _plain(answer, turn["intent"] == "collection")
    missing = [entry for entry in turn.get("must_contain", ()) if not any(_holds(text, one) for one in entry.split(" || "))]
    return [f"lacks {missing}"] if missing else []


def _plain(answer: Answer, collection: bool) -> str:
    text = re.sub(r"(?m)^\s*\d+[.)]\s", " ", re.sub(r"\[\d+(?:, ?\d+)*\]", " ", answer.text))
    for citation in answer.citations if collection else ():
        text = text.replace(citation.quote or "\0", " ").replace(citation.paper.title, " ")
    return " ".join(text.split())


def _holds(text: str, entry: str) -> bool:
    if re.fullmatch(r"\d[\d,]*", entry):
        number = entry.replace(",", "")
        pattern = r"[,.]?".join(number[max(0, end - 3) : end] for end in range(len(number), 0, -3)[::-1])
        word = _WORDS.get(int(number))
        exact = re.search(rf"(?<![\w-])(?<!\d[.,]){pattern}(?![.,]?\d)(?![A-WYZa-wyz_])(?!-\d)", text)
        return bool(exact or (word and re.search(rf"\b{word}\b", text, re.IGNORECASE)))
    if entry.isalpha() and len(entry) <= 3:
        return bool(re.search(rf"\b{entry}\b", text, re.IGNORECASE))
    return entry.casefold() in text.casefold()


def _wrong_filters(wanted: Mapping[str, Any] | None, got: Filters) -> str:
    if wanted is None:
        return "a filter is active" if any(getattr(got, field.name) for field in fields(got)) else ""
    wrong = [name for name, value in wanted.items() if _day(value, name) != _day(getattr(got, name), name)]
    return f"filters differ in {wrong}" if wrong else ""


def _day(value: Any, field: str) -> Any:
    """A value to compare: dates by the first or last day that they mean, names in any case."""
    if field not in ("since", "until") or not value:
        return value.casefold() if isinstance(value, str) else value or None
    year, month, day = (*(int(part) for part in value.split("-")), 0, 0)[:3]
    end = field == "until"
    month = month or (12 if end else 1)
    return year, month, day or (monthrange(year, month)[1] if end else 1)


class _Today(datetime.date):
    """The day on which a turn was said."""

    on = datetime.date(2025, 11, 1)

    @classmethod
    def today(cls) -> datetime.date:  # type: ignore[override]
        return cls.on


def set_today(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    """Let turns be said on this day."""
    _Today.on = datetime.date.fromisoformat(day)
    monkeypatch.setattr(wording.datetime, "date", _Today)
