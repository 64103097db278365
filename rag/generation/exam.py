"""The exam of a model: a dozen judged abstracts, a turn to understand, a paragraph to write from given quotes.

What it finds decides what the model is trusted with. Its questions are those of every answer, by the same
prompts; its papers are fixed, whatever the corpus holds.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from corpus import Paper
from rag.errors import ModelError
from rag.generation.by_model import ModelWriter
from rag.index import analyzer
from rag.llm import Judging, Model, Register, Spending, Standing, TooSlow, Unreadable, trusted_with
from rag.relevance import Judgement, Verdict
from rag.relevance.by_model import ModelJudge
from rag.retrieval import Hit
from rag.understanding import Kind, Message, Question
from rag.understanding.by_model import Understanding, Understood, merged, prompt_for

SECONDS = 60.0
"""What the whole exam may take: a model that is too slow to judge a dozen abstracts in it is too slow to judge."""

_PASSED, _FOUND = 10, 3
"""Of the twelve abstracts those to judge right, and of the five that answer those to find, to be trusted with judging."""

_SINGLE_SECONDS = 2.0
"""Seconds for one abstract from which on judging one by one would take longer than anybody waits."""


@cache
def _questions() -> Mapping[str, Any]:
    text = (resources.files("rag") / "generation" / "exam.json").read_text("utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


@dataclass(frozen=True, slots=True)
class _Marks:
    """How many abstracts were judged right, and how many of those that answer were found."""

    right: int
    found: int

    @property
    def passed(self) -> bool:
        return self.right >= _PASSED and self.found >= _FOUND


def _nothing(asked: Understood, hits: Sequence[Hit]) -> Judgement:
    """No judge stands in for the model in its exam."""
    return Judgement((), (), (), 0)


class Examiner:
    """Examines a model, and keeps what it found in the data folder."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._register = Register(model.config.home, model.name, model.where)
        self._taking = threading.Lock()
        self._standing: Standing | None = None

    def standing(self) -> Standing:
        """What the model is trusted with: by the setting, by the exam that is kept, or by one that is taken now.

        Raises ModelError where the endpoint fails.
        """
        trust = self._model.config.llm_trust
        if trust != "exam":
            return trusted_with(trust)
        with self._taking:
            if self._standing is None:
                self._standing = self._register.read() or self.take()
                self._model.dialect.recall(self._standing)
        return self._standing

    def known(self) -> Standing | None:
        """What is known without asking the model."""
        return self._standing or self._register.read()

    def take(self) -> Standing:
        """The exam, taken now. Raises ModelError where the endpoint fails: that is no model's fault.

        A part at which alone it fails is taken as passed, and nothing is kept of an exam with such a part.
        """
        begun = time.monotonic()
        spending = self._model.spending(SECONDS)
        watched, self._model.dialect.watched = self._model.dialect.watched, True
        # One after another: some servers end a reply when the next call comes. What takes longest comes last.
        works: list[Callable[[], Any]] = [
            lambda: self._writes(spending),
            lambda: self._understands(spending),
            lambda: self._judged(spending),
        ]
        parts = [_Part(work, spending) for work in works]
        late = tuple(name for name, part in zip(("writes", "understands", "judges"), parts, strict=True) if part.slow)
        late += ("structured",) if {"understands", "judges"} <= set(late) else ()
        self._model.dialect.watched = watched or self._model.slow
        broken = [part.error for part in parts if part.error and not part.slow]
        if len(broken) == len(parts):
            raise broken[0]
        writes, understands = parts[0].result(True, False), parts[1].result(True, False)
        marks, judges, structured = parts[2].result((_Marks(0, 0), "batch", True), (_Marks(0, 0), "no", True))
        dialect = self._model.dialect
        standing = Standing(
            judges=judges, structured=structured, understands=understands, writes=writes, right=marks.right, of=_asked(),
            seconds=round(time.monotonic() - begun, 1), reads=dialect.reads, unopened=dialect.unopened,
            late=late, taken=time.time(),
        )  # fmt: skip
        if not broken:
            self._register.write(standing, self._model.name)
        self._standing = standing
        return standing

    # --- judging

    def _judged(self, spending: Spending) -> tuple[_Marks, Judging, bool]:
        """The marks for judging, how it may judge, and whether its structured replies can be read.

        Raises TooSlow where the time that is left will not do, as far as can be told before.
        """
        if self._model.dialect.pace.seconds(_length()) > spending.left():
            raise TooSlow("the abstracts of the exam would take longer than the exam may")
        try:
            marks = self._marks(spending, singly=False)
            return (marks, "batch", True) if marks.passed else self._singly(marks, spending)
        except Unreadable:
            return _Marks(0, 0), "no", False

    def _singly(self, marks: _Marks, spending: Spending) -> tuple[_Marks, Judging, bool]:
        """The same, one abstract at a time; `marks` are those of judging several."""
        begun = time.monotonic()
        try:
            single = self._marks(spending, singly=True)
        except TooSlow:
            return marks, "no", True
        quickly = (time.monotonic() - begun) / _asked() <= _SINGLE_SECONDS
        return (single, "single", True) if single.passed and quickly else (max(marks, single, key=lambda m: m.right), "no", True)

    def _marks(self, spending: Spending, *, singly: bool) -> _Marks:
        right = found = 0
        judge = ModelJudge(self._model, lambda asked, papers: [()] * len(papers), _nothing, _nothing)
        for number, task in enumerate(_questions()["judging"]):
            papers = [_paper(f"{number}-{n}", given) for n, given in enumerate(task["papers"])]
            hits = [Hit(paper, 1.0) for paper in papers]
            verdicts, unread = judge.verdicts(Understood(_question(task["question"])), hits, spending, singly=singly)
            if len(unread) == len(hits):
                raise Unreadable("the verdicts of the exam could not be read")
            for given, paper in zip(task["papers"], papers, strict=True):
                relevant = paper.paper_id in verdicts and verdicts[paper.paper_id].verdict == "relevant"
                right += relevant == given["answers"]
                found += relevant and given["answers"]
        return _Marks(right, found)

    # --- understanding and writing

    def _understands(self, spending: Spending) -> bool:
        task = _questions()["understanding"]
        history: list[Message] = [{"role": "user", "content": task["earlier"]}, {"role": "assistant", "content": task["told"]}]
        question = _question(task["asked"])
        try:
            found = self._model.ask(prompt_for(question, history, date.today()), Understanding, spending)
        except Unreadable:
            return False
        read = merged(question, found, history, (), ("flora",))
        dated = (read.question.filters.since or "")[:4] == task["since"] and (read.question.filters.until or "")[:4] == task["until"]
        return dated and read.question.within is None and task["word"] in f"{read.text} {' '.join(read.phrasings)}".lower()

    def _writes(self, spending: Spending) -> bool:
        task = _questions()["writing"]
        verdicts = [Verdict(_paper(str(n), given), 1.0, (task["quotes"][n],)) for n, given in enumerate(task["papers"])]
        writer = ModelWriter(self._model, analyzer().analyze)  # the words as an answer's are compared
        asked = Understood(_question(task["question"], Kind.NUMBER))
        outcome = writer.begin(asked, verdicts, spending, repairs=0)
        own = 0
        for _ in writer.write(asked, verdicts, outcome, spending, complete=False):
            own += 1
        checks = outcome.verifier.checks
        if outcome.broken is not None:
            raise outcome.broken
        return own > 0 and not outcome.fault and checks.kept >= checks.dropped


class _Part:
    """A part of the exam: what came out of it, or how the endpoint failed in it; `slow` where only the time did not do."""

    def __init__(self, work: Callable[[], Any], spending: Spending) -> None:
        self._result: Any = None
        self.error: ModelError | None = None
        self.slow = False
        try:
            self._result = work()
        except ModelError as error:
            self.error, self.slow = error, isinstance(error, TooSlow) or spending.left() <= 1

    def result(self, broken: Any, slow: Any) -> Any:
        """What came out; something else where the endpoint failed, or where it was too slow to find out."""
        return self._result if self.error is None else slow if self.slow else broken


def _asked() -> int:
    return sum(len(task["papers"]) for task in _questions()["judging"])


def _length() -> int:
    """Characters of its abstracts."""
    return sum(len(paper["title"]) + len(paper["abstract"]) for task in _questions()["judging"] for paper in task["papers"])


def _question(text: str, kind: Kind = Kind.LIST) -> Question:
    return Question(text, text, kind)


def _paper(paper_id: str, given: Mapping[str, str]) -> Paper:
    return Paper(paper_id, given["title"], given["abstract"])
