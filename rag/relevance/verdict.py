"""What a judge says of papers: a verdict on each, and the judgement on all."""

from collections.abc import Sequence
from dataclasses import dataclass

from corpus import Paper
from rag.text import split_sentences


@dataclass(frozen=True, slots=True)
class Verdict:
    """One paper judged: the probability that it answers, the sentences that show it best first, how many are needed to show it."""

    paper: Paper
    relevance: float
    quotes: tuple[str, ...] = ()
    needed: int = 1

    @property
    def quote(self) -> str:
        """An exact substring of the abstract: the best sentence, or both that are needed, where at most one sentence parts them."""
        return _passage(self.paper.abstract, self.quotes[:2]) if self.needed == 2 and len(self.quotes) > 1 else "".join(self.quotes[:1])


@dataclass(frozen=True, slots=True)
class Half:
    """A part of a question in its own words, and the papers that are on it, best first; none where none is held."""

    words: str
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a question's hits, each group most relevant first.

    `reason` says why nothing answers; `missing` are words of the question that no relevant
    paper holds, so that a reader sees what a near miss lacks; `halves` are the parts of a
    question that no paper joins, where nothing answers and they can be told.
    """

    relevant: tuple[Verdict, ...]
    borderline: tuple[Verdict, ...]
    nearest: tuple[Paper, ...]
    considered: int
    reason: str = ""
    missing: tuple[str, ...] = ()
    halves: tuple[Half, ...] = ()


def _passage(abstract: str, both: Sequence[str]) -> str:
    """From the first to the last of two sentences; the better one alone where more than one sentence stands between."""
    earlier, later = sorted(both, key=abstract.find)
    passage = abstract[abstract.find(earlier) : abstract.find(later) + len(later)]
    return passage if len(split_sentences(passage)) <= 3 else both[0]
