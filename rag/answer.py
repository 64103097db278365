"""Answer and what it is made of: citations, coverage, usage, checks; and the events of a stream."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from corpus import Paper
from rag.filters import Filters

Intent = Literal["papers", "collection", "chat"]
"""What a turn asks for: an answer out of papers, about the collection itself, or small talk."""


@dataclass(frozen=True, slots=True)
class Citation:
    """What `[number]` in the text stands for. `quote` is an exact substring of `paper.abstract`: the sentence, or the passage of
    two or three, that shows that the paper answers.

    `relevance` is the probability, in [0, 1], with which the judge took the paper to answer; None where nothing was judged.
    """

    number: int
    paper: Paper
    quote: str
    relevance: float | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much was looked at, in papers: held, considered, and of those relevant and borderline.

    `unsure` of the relevant ones are told as such: less likely than not to answer.
    """

    corpus: int
    considered: int
    relevant: int
    borderline: int = 0
    unsure: int = 0

    def __str__(self) -> str:
        papers = f"{self.corpus:,} paper{'' if self.corpus == 1 else 's'}"
        sure = self.relevant - self.unsure
        few = {0: f"none of {papers} answers", 1: f"1 of {papers} answers"}
        answering = few.get(sure, f"{sure:,} of {papers} answer")
        if self.unsure:
            answering = f"{answering}, {self.unsure:,} more may" if sure else f"{self.unsure:,} of {papers} may answer"
        come = "comes" if self.borderline == 1 else "come"
        more = "more " if sure and not self.unsure else ""
        return f"{answering}; {self.borderline:,} {more}{come} close" if self.borderline else answering


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that the model read and wrote, and seconds by step."""

    tokens_in: int = 0
    tokens_out: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)


class Clock:
    """Seconds by step, for `Usage.seconds`; a step met again adds to its time."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(self.laps.get(name, 0.0) + now - self._last, 6)
        self._last = now


@dataclass(frozen=True, slots=True)
class Checks:
    """Sentences of the answer: kept as written, repaired, dropped for want of support."""

    kept: int = 0
    repaired: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer. Every `[n]` in `text` has its citation, numbered from 1 in order of appearance.

    `text` is Markdown of paragraphs, lists, tables and bold only: no HTML, links or images.
    When `abstained`, the corpus does not answer; `text` says so and names `nearest`.
    `missing` are words of the question that none of the cited papers holds.
    `filters` are those that were applied, implied ones included.
    `aside` says that the papers cited only mention what was asked about.
    `undated` are papers on the topic that a filter could not judge for want of a date, an author
    count or an organisation; `near` borderline papers, each with what it lacks.
    Only an answer of the intent `papers` abstains.
    """

    question: str
    text: str
    citations: tuple[Citation, ...] = ()
    abstained: bool = False
    notice: str | None = None
    writer: str = "extractive"
    coverage: Coverage = Coverage(0, 0, 0)
    usage: Usage = Usage()
    checks: Checks = Checks()
    filters: Filters = Filters()
    nearest: tuple[Paper, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    intent: Intent = "papers"
    undated: tuple[Paper, ...] = ()
    near: tuple[tuple[Paper, str], ...] = ()
    excluded: tuple[str, ...] = ()
    aside: bool = False

    @property
    def account(self) -> str:
        """The line under every answer: how many papers answer, and how the question was understood."""
        if self.intent == "chat":
            return "no papers were searched"
        if self.aside:
            number = self.coverage.relevant
            return f"{number:,} of {self.coverage.corpus:,} papers only {'mentions' if number == 1 else 'mention'} it"
        parts = [str(self.coverage)] if self.intent == "papers" else [f"counted over {self.coverage.corpus:,} papers"]
        if self.filters:
            parts.append(f"only papers {self.filters.described()}")
        if self.excluded:
            parts.append(f"leaving out {' and '.join(f'“{phrase}”' for phrase in self.excluded)}")
        if self.undated:
            parts.append(f"{len(self.undated)} more on the topic cannot be judged by that")
        parts += [f"“{typed}” read as “{meant}”" for typed, meant in self.corrected]
        if self.missing:
            parts.append(f"none of them says {' or '.join(f'“{word}”' for word in self.missing)}")
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Step:
    """A step that begins: `search`, `understand`, `judge`, `write`, `check` or `improve`, with a line for a person.

    `draft` is a whole, checked answer that may be shown until the first Delta: where the model takes long.
    """

    name: str
    detail: str
    draft: Answer | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the answer's text, already checked. The pieces joined are `Answer.text`."""

    text: str


Event = Step | Delta | Answer
"""What a stream yields: steps and deltas, and the whole Answer last."""
