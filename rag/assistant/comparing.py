"""Things that are set against each other: what the abstracts say of both, of each, and of which they say nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.assistant.finding import Finder
from rag.assistant.naming import MENTIONED, Names, Standing
from rag.assistant.outcome import Outcome
from rag.filters import Filters
from rag.generation import Side, on_both, shown, weighed
from rag.relevance import JUDGED, Judgement, Verdict
from rag.retrieval import Retriever
from rag.text import named_like
from rag.understanding import Kind, Question, aspect_of, typed_as_name, wants_verdict

_FEW, _EACH, _BOTH = 20, 2, 6


@dataclass(frozen=True, slots=True)
class Comparison:
    """Answers comparisons out of what is held on each side. Holds no state of any question."""

    retriever: Retriever
    find: Finder
    names: Names

    def told(self, question: Question) -> Outcome | None:
        """Both sides, each with what is held on it; None where nothing is held on any."""
        sides = [self._side(question, side) for side in question.sides]
        if not any(side.verdicts for side in sides):
            return None
        text, cited = weighed(sides, self._both(question, sides), wants_verdict(question.asked))
        return Outcome(text, tuple(cited), Judgement(tuple(cited), (), (), JUDGED))

    def _both(self, question: Question, sides: Sequence[Side]) -> list[Verdict]:
        """Papers with a sentence that speaks of every side; of a system's own paper, one that speaks of the others."""
        lexical, papers = self.retriever.index.lexical, self.retriever.index.papers
        stems = [set(self.retriever.terms(side).terms) for side in question.sides]
        ids, _ = lexical.page(" ".join(question.sides), question.filters, "best", 0, _FEW)
        keeps = self.find.keeps(question)
        found = on_both([paper for paper in papers(ids) if keeps(paper)], stems, lexical.terms)
        for place, side in enumerate(sides):
            others = stems[:place] + stems[place + 1 :]
            own = [verdict.paper for verdict in side.verdicts] if side.named and not side.note else []
            found += [v for v in on_both(own, others, lexical.terms) if v.paper.paper_id not in {f.paper.paper_id for f in found}]
        return found[:_BOTH]

    def _side(self, question: Question, side: str) -> Side:
        """What is held on one side: of a system by its name, else of what is judged to be on it."""
        asks = replace(question, text=f"{side} {aspect_of(question.text, question.sides)}".strip(), sides=(), kind=Kind.LIST)
        standing = self.names.standing(side)
        if standing.topic or not self._is_name(question, side, standing):
            return self._topic(asks, side)
        if standing.presented and not question.filters:
            ids = [paper.paper_id for paper in standing.presented[:_EACH]]
            return Side(side, tuple(self.find.verdicts(replace(asks, filters=Filters()), ids)), named=True)
        if standing.mentioned:
            told = tuple(Verdict(paper, MENTIONED, said) for paper, said in standing.mentioned[:_EACH] if said)
            return Side(side, told, f"No paper here presents {shown(side)}; it is only mentioned", named=True)
        return Side(side, (), f"No paper here presents or mentions {shown(side)}.", named=True)

    def _topic(self, asks: Question, side: str) -> Side:
        found = self.find.judgement(asks)
        found = found if found.relevant else self.find.judgement(replace(asks, text=side))
        return Side(side, tuple(found.relevant[:_EACH]), "" if found.relevant else f"No paper here is on {shown(side)}.")

    def _is_name(self, question: Question, side: str, standing: Standing) -> bool:
        """Whether papers write it as a name, even where it was typed in small letters, or it was typed as one that none has."""
        words = side.split()
        typed = typed_as_name(question.asked, side) or any(named_like(word) for word in words)
        return bool(standing.presented or standing.mentioned) or (typed and all(re.match(r"[A-Z0-9]", word) for word in words))
