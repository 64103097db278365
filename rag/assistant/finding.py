"""What is found and judged for a question without a model: hits, verdicts, papers that a filter cannot judge."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from corpus import Paper
from rag.answer import Clock
from rag.assistant.either import either_side
from rag.assistant.limits import bare, contrasted, excluded, only_set_off, others, spared, unknown, with_topic
from rag.filters import Filters
from rag.generation import no_author
from rag.relevance import JUDGED, Judge, Judgement, Verdict, calls, kind_of_it, quotes
from rag.retrieval import Hit, Retriever
from rag.understanding import Form, Kind, Question, subject

_WHOLE = 3_000
"""In a collection up to this size a filtered question is judged among all papers: what passes is then judged as it would be without."""

_SURE = 0.5
_ON_IT = 0.35
"""Probability from which on a paper is taken to be on what a question excludes, where its words do not say so."""

_FURTHER = 0.5
"""Probability from which on a paper is told to somebody who asks for more; see tests/README.md for what others give."""

_UNDATED = 12
Keeps = Callable[[Paper], bool]


class Finder:
    """Searches and judges. Holds no state of any question."""

    def __init__(self, retriever: Retriever, judge: Judge) -> None:
        self._retriever, self._judge, self._index = retriever, judge, retriever.index

    def hits(self, question: Question, filters: Filters, limit: int = JUDGED, keeps: Keeps | None = None) -> list[Hit]:
        """The best papers that are not about what the question excludes; `keeps` tells that, where it was found out already."""
        keeps = keeps or self.keeps(question)
        hits = self._retriever.search(question.text, limit, filters, question.within, question.context)
        return [hit for hit in hits if keeps(hit.paper)]

    def kept(self, question: Question, hits: Sequence[Hit]) -> list[Hit]:
        """The hits that are not about what the question excludes."""
        keeps = self.keeps(question)
        return [hit for hit in hits if keeps(hit.paper)]

    def keeps(self, question: Question) -> Keeps:
        """Whether a paper is not about what the question excludes: a judgement of its own for each excluded phrase."""
        left_out = dict.fromkeys((*question.excluded, *question.lacking))
        kinds = {phrase: kind_of_it(self._index, question.text, phrase) for phrase in left_out}
        called = {phrase: self._called(phrase, kind) for phrase, kind in kinds.items()}
        out, lexical = self._on_excluded(question, kinds), self._index.lexical
        has_topic = bool(subject(question.text))

        def free(paper: Paper) -> bool:
            if paper.paper_id not in out or any(spared(paper, phrase, called) for phrase in question.excluded):
                return True
            return has_topic and any(only_set_off(paper, phrase, called) for phrase in question.excluded)

        return lambda paper: free(paper) and not excluded(paper, question, lexical, len(self._index), called)

    def _called(self, phrase: str, kind: str) -> tuple[str, ...]:
        """What an excluded phrase is called, by itself and as a kind of the topic, where it is one."""
        return (*calls(self._index, bare(phrase)), *(calls(self._index, kind) if kind else ()))

    def _on_excluded(self, question: Question, kinds: Mapping[str, str]) -> set[str]:
        """Ids of the papers that answer what the question excludes, in whatever words they say it."""
        ids = set[str]()
        for phrase in question.excluded:
            if contrasted(phrase, question):
                continue
            meant = kinds[phrase] or phrase
            asks = Question(meant, meant, Kind.LIST)
            judged = self._judge.judge(asks, self._retriever.search(meant, JUDGED))
            ids |= {verdict.paper.paper_id for verdict in judged.relevant if verdict.relevance >= _ON_IT}
        return ids

    def judged(self, question: Question, clock: Clock) -> tuple[Judgement, tuple[Paper, ...]]:
        """The judgement under the question's filters, and papers on the topic that a filter could not judge."""
        if why := no_author(question.filters, self._index.lexical):
            return Judgement((), (), (), 0, why), ()
        keeps = self.keeps(question)
        hits = self.hits(question, Filters(), keeps=keeps)
        if question.about == "one":  # the best of what was not told of yet
            hits = [hit for hit in hits if hit.paper.paper_id not in question.without]
        clock.lap("search")
        judged = with_topic(others(self._left(replace(question, filters=Filters()), hits), question), question, self._index.lexical)
        if not judged.relevant and (sides := either_side(question.text, judged.halves)):
            judged = self._either(question, sides, keeps) or judged
        if not question.filters:
            return judged, ()
        lexical = self._index.lexical
        relevant = [verdict.paper.paper_id for verdict in judged.relevant]
        passing = set(lexical.passing([*relevant, *(v.paper.paper_id for v in judged.borderline)], question.filters))
        undated = tuple(v.paper for v in judged.relevant if v.paper.paper_id not in passing and unknown(v.paper, question.filters))
        if len(self._index) > _WHOLE:
            return self._judge.judge(question, self.hits(question, question.filters, keeps=keeps)), undated[:_UNDATED]
        kept = {v.paper.paper_id: v for v in judged.relevant if v.paper.paper_id in passing}
        # what passes may be too few to be among the nearest of all
        few = others(self._judge.judge(question, self.hits(question, question.filters, keeps=keeps)), question)
        kept |= {v.paper.paper_id: v for v in few.relevant if v.relevance >= _SURE and v.paper.paper_id not in kept}
        near = tuple(v for v in judged.borderline if v.paper.paper_id in passing and v.paper.paper_id not in kept)
        reason = "" if kept else "no paper that passes is on this topic"
        nearest = () if kept else judged.nearest
        return replace(judged, relevant=tuple(kept.values()), borderline=near, nearest=nearest, reason=reason), undated[:_UNDATED]

    def _left(self, question: Question, kept: Sequence[Hit]) -> Judgement:
        """The judgement without what is excluded: the others stay as they would be judged beside it."""
        if question.excluded and question.about != "one":
            every = self._judge.judge(question, self._retriever.search(question.text, JUDGED, Filters(), question.within, question.context))
            stay = {hit.paper.paper_id for hit in kept}
            relevant, near = (tuple(v for v in group if v.paper.paper_id in stay) for group in (every.relevant, every.borderline))
            if relevant:
                return replace(every, relevant=relevant, borderline=near)
        return self._judge.judge(question, kept)

    def _either(self, question: Question, sides: Sequence[str], keeps: Keeps) -> Judgement | None:
        """What answers one side or the other; None where nothing does."""
        found = list[Judgement]()
        for side in sides:
            asks = replace(question, text=side, filters=Filters())
            found.append(self._judge.judge(asks, self.hits(asks, Filters(), keeps=keeps)))
        relevant = {verdict.paper.paper_id: verdict for judgement in found for verdict in judgement.relevant}
        return replace(found[0], relevant=tuple(relevant.values()), borderline=(), nearest=(), halves=(), reason="") if relevant else None

    def further(self, question: Question) -> tuple[Verdict, ...]:
        """What would be named beside papers told of before, had these not been held; once, or each time less would be on the topic."""
        if question.about == "further":
            return ()
        hits = [hit for hit in self.hits(question, question.filters) if hit.paper.paper_id not in question.without]
        return tuple(verdict for verdict in self._judge.judge(question, hits).relevant if verdict.relevance >= _FURTHER)

    def verdicts(self, question: Question, ids: Sequence[str]) -> list[Verdict]:
        """A verdict on each of these papers, in their order; the quotes answer the question where it has words."""
        known = {}
        if question.text:
            asks = replace(question, within=tuple(ids), without=(), excluded=(), lacking=(), form=Form.PLAIN, filters=Filters())
            judged = self._judge.judge(asks, self.hits(asks, Filters()))
            known = {v.paper.paper_id: v for v in (*judged.relevant, *judged.borderline)}
        papers = self._index.papers(list(ids))
        told = quotes(self._retriever, question.text, papers)
        return [known.get(p.paper_id) or Verdict(p, 1.0, *found) for p, found in zip(papers, told, strict=True)]

    def on_topic(self, question: Question) -> list[Paper]:
        """The papers on a topic that a question about the collection names."""
        asks = replace(question, intent="papers", kind=Kind.LIST, about="", filters=Filters())
        return [verdict.paper for verdict in self._judge.judge(asks, self.hits(asks, Filters()), quoted=False).relevant]

    def judgement(self, question: Question) -> Judgement:
        """The judgement on a question under its filters, as they are."""
        if why := no_author(question.filters, self._index.lexical):
            return Judgement((), (), (), 0, why)
        return self._judge.judge(question, self.hits(question, question.filters))
