"""What a judge says of papers: a verdict on each, and the judgement on all."""

from dataclasses import dataclass

from corpus import Paper


@dataclass(frozen=True, slots=True)
class Verdict:
    """One paper judged: the probability that it answers, and the sentences that show it best first."""

    paper: Paper
    relevance: float
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a question's hits, each group most relevant first.

    `reason` says why nothing answers; `missing` are words of the question that no relevant
    paper holds, so that a reader sees what a near miss lacks.
    """

    relevant: tuple[Verdict, ...]
    borderline: tuple[Verdict, ...]
    nearest: tuple[Paper, ...]
    considered: int
    reason: str = ""
    missing: tuple[str, ...] = ()
