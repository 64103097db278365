"""What a way of answering without a model comes to."""

from dataclasses import dataclass

from corpus import Paper
from rag.relevance import Judgement, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """A text, the verdicts that its markers stand for, and what was judged on the way.

    The last `unsure` of the verdicts are told with a reservation. `aside` says that the papers
    cited only mention what was asked about: none answers.
    """

    text: str
    verdicts: tuple[Verdict, ...]
    judgement: Judgement
    undated: tuple[Paper, ...] = ()
    aside: bool = False
    unsure: int = 0
