"""What a judge says of papers: a verdict on each, and the judgement on all."""

from dataclasses import dataclass

from corpus import Paper


@dataclass(frozen=True, slots=True)
class Verdict:
    """One paper judged: the probability that it answers, the sentences that show it best first, how many are needed to show it."""

    paper: Paper
    relevance: float
    quotes: tuple[str, ...] = ()
    needed: int = 1


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
