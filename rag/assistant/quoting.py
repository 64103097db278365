"""The way without a model: what is asked, answered out of the papers' own sentences."""

import re
from collections.abc import Iterator
from dataclasses import replace

from corpus import Paper
from rag.answer import Answer, Citation, Clock, Coverage, Delta, Event, Step, Usage
from rag.assistant.account import misspelt, terms_among
from rag.assistant.comparing import Comparison
from rag.assistant.finding import Finder
from rag.assistant.joining import joined, of_the_answer
from rag.assistant.limits import asked_for_surveys, only_surveys, the_one, undated_text
from rag.assistant.naming import MENTIONED, Names
from rag.assistant.narrowing import Narrowing
from rag.assistant.outcome import Outcome
from rag.assistant.recorded import not_known
from rag.assistant.spelling import spelt_out
from rag.filters import Filters
from rag.generation import (
    AboutCollection,
    Topics,
    abstention_text,
    as_wished,
    byline,
    citations_of,
    defining,
    explained,
    is_survey,
    less_sure,
    no_author,
    retold,
    small_talk,
    surveys_first,
    titled,
    topic_of,
    unreadable,
    write_extractive,
)  # fmt: skip
from rag.relevance import JUDGED, Judge, Judgement, Verdict
from rag.retrieval import Retriever
from rag.text import content_words, named_like
from rag.understanding import Form, Kind, Question, Wish

LISTED = 1_000
"""Papers that a question about metadata alone lists at most."""

_FEW = 20
_SIMILAR = 5
_LIKE = 0.3
"""Cosine below which a paper is not like a pasted text."""


class Quoting:
    """Answers by quoting. Holds no state of any user."""

    def __init__(self, retriever: Retriever, judge: Judge) -> None:
        self._retriever, self._index, self.find = retriever, retriever.index, Finder(retriever, judge)
        self._names, self._narrowing = Names(retriever), Narrowing(self._index, self.find, judge)
        self._comparison = Comparison(retriever, self.find, self._names)
        self._collection = AboutCollection(self._index, Topics(self._index), self.find.on_topic)

    # --- events

    def stream(self, question: Question, notice: str | None) -> Iterator[Event]:
        """Steps, the text, and the Answer; `notice` says why no model wrote it."""
        clock = Clock()
        if question.intent == "chat":
            yield from self._said(question, small_talk(question.about, len(self._index), notice is None), ())
        elif question.intent == "collection":
            yield Step("search", "looking through the collection")
            told = self._collection.answer(question)
            yield from self._said(question, told.text, tuple(Citation(n, p, _first_quote(p)) for n, p in enumerate(told.papers, 1)))
        elif question.parts:
            yield from self._of_parts(question, notice)
        else:
            yield Step("search", f"searching {len(self._index):,} papers")
            yield Step("judge", "judging what was found")
            outcome = self._wished(question, self._outcome(question, clock))
            clock.lap("judge")
            yield Step("write", "quoting the abstracts")
            yield from map(Delta, _PIECES.split(outcome.text))
            clock.lap("write")
            yield self._answer(question, outcome, clock, notice)

    def _said(self, question: Question, text: str, citations: tuple[Citation, ...]) -> Iterator[Event]:
        yield Delta(text)
        yield Answer(
            question.asked, text, citations, coverage=Coverage(len(self._index), 0, len(citations)), filters=question.filters,
            intent=question.intent,
        )  # fmt: skip

    def _answer(self, question: Question, outcome: Outcome, clock: Clock, notice: str | None) -> Answer:
        judgement = outcome.judgement
        answered, found = bool(outcome.verdicts), len(outcome.verdicts)
        return Answer(
            question=question.asked,
            text=outcome.text,
            citations=citations_of(outcome.verdicts),
            abstained=not answered,
            notice=notice,
            coverage=Coverage(len(self._index), judgement.considered, found, len(judgement.borderline), outcome.unsure),
            usage=Usage(seconds=clock.laps),
            filters=question.filters,
            nearest=() if answered else judgement.nearest,
            corrected=misspelt(self._retriever.terms(question.text)) if judgement.considered and question.text else (),
            missing=terms_among(judgement.missing) if answered else (),
            undated=outcome.undated,
            near=tuple((v.paper, self._lacks(question, v.paper)) for v in judgement.borderline) if answered else (),
            excluded=(*question.excluded, *question.lacking),
            aside=outcome.aside,
        )

    def _lacks(self, question: Question, paper: Paper) -> str:
        """The question's words that a paper does not hold."""
        stem = self._index.lexical.terms
        held = set(stem(f"{paper.title} {paper.abstract}"))
        absent = [word for word in content_words(question.text) if stem(word) and not set(stem(word)) <= held]
        return ", ".join(dict.fromkeys(absent)) or "a sentence that clearly answers"

    def _of_parts(self, question: Question, notice: str | None) -> Iterator[Event]:
        """Several questions in one message: an answer to each, under one run of numbers."""
        answers: list[Answer] = []
        for part in question.parts:
            for event in self.stream(of_the_answer(part, answers), notice):
                if isinstance(event, Answer):
                    answers.append(event)
                elif isinstance(event, Step):
                    yield event
        answer = joined(question, answers)
        yield Delta(answer.text)
        yield answer

    # --- what is found

    def _wished(self, question: Question, outcome: Outcome) -> Outcome:
        """The outcome in the form that the question wishes for."""
        if question.form or outcome.aside or not question.wish:
            return outcome
        if not outcome.verdicts:
            return replace(outcome, text=f"No. {outcome.text}") if question.wish is Wish.YES_NO else outcome
        text, cited = as_wished(question, outcome.verdicts)
        unsure = max(0, outcome.unsure - len(outcome.verdicts) + len(cited))
        return replace(outcome, text=text, verdicts=tuple(cited), unsure=unsure) if text else outcome

    def _outcome(self, question: Question, clock: Clock) -> Outcome:
        if question.language and not question.text and not question.within:
            return Outcome(unreadable(question.language), (), Judgement((), (), (), 0))
        if question.form in (Form.SHORTER, Form.TABLE, Form.TITLES, Form.LANGUAGE, Form.WHY, Form.ABSTRACT) or question.about == "items":
            return self._retold(question)
        if question.form is Form.SIMILAR:
            return self._similar(question)
        if question.sides and (weighed := self._comparison.told(question)):
            return weighed
        if (question.name or question.title) and question.within is None and (named := self._names.told(question)):
            return named
        if question.within is None and (spelt := spelt_out(self._index, question)):
            return spelt
        if question.kind is Kind.METADATA:
            return self._listed(question)
        if question.about == "narrow" and (narrowed := self._narrowing.told(question)):
            return narrowed
        if only_surveys(question.text) and (surveys := self._surveys(question)):
            return surveys
        judgement, undated = self.find.judged(question, clock)
        judgement = asked_for_surveys(the_one(judgement) if question.about == "one" else judgement, question)
        if not judgement.relevant and question.alternatives:
            first, *rest = question.alternatives
            must = question.line if question.line and not self._speaks(first, question.line) else question.must
            return self._outcome(replace(question, text=first, alternatives=tuple(rest), must=must), clock)
        if question.form is Form.MORE:
            return self._more(question, judgement)
        if not judgement.relevant and (of_it := self._of_named(question)):
            return of_it
        if not judgement.relevant:
            return self._abstained(question, judgement, undated)
        if question.kind in (Kind.DEFINITION, Kind.OVERVIEW):
            return self._explained(question, judgement, undated)
        unsure = less_sure(question, judgement) if question.within is None else 0
        text = "".join(write_extractive(question, judgement, unsure=unsure))
        return Outcome(text + undated_text(undated, question.filters), judgement.relevant, judgement, undated, unsure=unsure)

    def _speaks(self, text: str, line: str) -> bool:
        """Whether a text has a word of what is asked of a topic."""
        terms = self._index.lexical.terms
        return bool(set(terms(text)) & set(terms(line)))

    # --- ways to answer

    def _of_named(self, question: Question) -> Outcome | None:
        """What the paper that presents a system says, where something is asked of that system and not of papers."""
        if question.within or question.filters or not _ASKS_HOW.search(question.text) or _ASKS_PAPERS.search(question.text):
            return None
        standings = (self._names.standing(name) for name in named_like(question.text))
        ids = next((tuple(p.paper_id for p in s.presented) for s in standings if 0 < len(s.presented) <= _OF_ONE), ())
        return self._retold(replace(question, within=ids, about="items", kind=Kind.ONE, alternatives=())) if ids else None

    def _retold(self, question: Question) -> Outcome:
        if not question.within:
            return Outcome("There is no list of papers to show in another way; ask for one first.", (), Judgement((), (), (), 0))
        verdicts = self.find.verdicts(question, question.within)
        judgement = Judgement(tuple(verdicts), (), (), len(verdicts))
        text = retold(question, verdicts) if question.form else "".join(write_extractive(question, judgement))
        return Outcome(text, tuple(verdicts), judgement)

    def _surveys(self, question: Question) -> Outcome | None:
        """All surveys that pass, where that is all that is asked for: what is one is exact. None where none is held."""
        page = self._index.lexical.page
        ids = dict.fromkeys(i for word in ("survey", "review", "overview") for i in page(word, question.filters, "best", 0, LISTED)[0])
        keeps = self.find.keeps(question)
        papers = [p for p in self._index.papers(list(ids)) if is_survey(p) and keeps(p)]
        papers = [p for p in papers if question.within is None or p.paper_id in question.within]
        verdicts = self.find.verdicts(replace(question, text="", kind=Kind.LIST), [paper.paper_id for paper in papers])
        judgement = Judgement(tuple(verdicts), (), (), len(ids))
        return Outcome("".join(write_extractive(question, judgement)), judgement.relevant, judgement) if verdicts else None

    def _similar(self, question: Question) -> Outcome:
        hits = [hit for hit in self.find.hits(question, question.filters, 30) if hit.paper.paper_id not in question.without]
        like = [hit for hit in hits if hit.features is not None and hit.features.cosine >= _LIKE][:_SIMILAR]
        verdicts = self.find.verdicts(replace(question, text=""), [hit.paper.paper_id for hit in like])
        judgement = Judgement(tuple(verdicts), (), tuple(hit.paper for hit in hits[:3]), len(hits))
        if not verdicts:
            return Outcome("No paper here is like that text.", (), judgement)
        return Outcome("".join(["The nearest to it: ", *write_extractive(question, judgement)]), tuple(verdicts), judgement)

    def _listed(self, question: Question) -> Outcome:
        """Everything that passes the filters and is not excluded; of the papers told of, in their order, where those are meant."""
        lexical = self._index.lexical
        listed = lexical.page("", question.filters, "newest", 0, LISTED)[0] if question.within is None else question.within
        ids = list(listed) if question.within is None else lexical.passing(listed, question.filters)
        if question.excluded or question.lacking:
            keeps = self.find.keeps(question)
            ids = [paper.paper_id for paper in self._index.papers(ids) if keeps(paper)]
        verdicts = self.find.verdicts(replace(question, text="" if question.within is None else question.text, kind=Kind.LIST), ids)
        judgement = Judgement(tuple(verdicts), (), (), len(listed))
        if not verdicts and question.excluded and not question.filters:
            return Outcome("No paper is left: each of them is on what is to be left out.", (), judgement)
        note = not_known(self._index, question.filters)
        if not verdicts:
            none = f"{self._none(question.filters)} {note}".strip()
            return self._narrowing.elsewhere(question, self._outcome) or Outcome(none, (), judgement)
        return Outcome(f"{''.join(write_extractive(question, judgement))}\n\n{note}".strip(), tuple(verdicts), judgement)

    def _none(self, filters: Filters) -> str:
        """That no paper passes the filters, as a sentence; of an author, whether that is known at all."""
        why = no_author(filters, self._index.lexical)
        return f"{why[0].upper()}{why[1:]}." if why else f"No paper here is {filters.described()}."

    def _more(self, question: Question, judgement: Judgement) -> Outcome:
        found = tuple(v for v in (*judgement.relevant, *judgement.borderline, *self.find.further(question)) if v.quotes)
        found = tuple({v.paper.paper_id: v for v in reversed(found)}.values())[::-1]
        if not found:
            return Outcome(
                "No others: what was listed before is all that is held on it.", (), replace(judgement, relevant=(), borderline=())
            )
        close = "These come close, but were not sure enough to be listed before.\n\n" if not judgement.relevant else ""
        kept = replace(judgement, relevant=found, borderline=())
        return Outcome(close + "".join(write_extractive(question, kept)), found, kept)

    def _abstained(self, question: Question, judgement: Judgement, undated: tuple[Paper, ...]) -> Outcome:
        if not question.filters:
            return Outcome(abstention_text(question, judgement), (), judgement)
        ids, count = self._index.lexical.page("", question.filters, "newest", 0, _FEW)
        passing = self._index.papers(ids) if count <= _FEW else []
        text = f"No paper that is {question.filters.described()} is on this topic."
        if passing:
            text += " These are all that pass:\n\n" + "\n".join(f"- {titled(p)}{byline(p)}" for p in passing)
        elif not count:
            text = self._none(question.filters)
        text += undated_text(undated, question.filters) or f"\n\n{not_known(self._index, question.filters)}"
        return Outcome(text.strip(), (), judgement, undated)

    def _explained(self, question: Question, judgement: Judgement, undated: tuple[Paper, ...]) -> Outcome:
        if question.kind is Kind.OVERVIEW:
            ordered = replace(judgement, relevant=tuple(surveys_first(judgement.relevant, question.text)))
            return Outcome(
                "".join(write_extractive(question, ordered)) + undated_text(undated, question.filters), ordered.relevant, ordered, undated
            )
        topic = topic_of(question.text)
        ids, _ = self._index.lexical.page(topic, question.filters, "best", 0, JUDGED)
        keeps, known = self.find.keeps(question), {v.paper.paper_id: v for v in (*judgement.borderline, *judgement.relevant)}
        papers = [v.paper for v in known.values()] + [p for p in self._index.papers(ids) if p.paper_id not in known and keeps(p)]
        found, sure = defining(self._retriever, topic, papers)
        lead = [replace(known.get(p.paper_id) or Verdict(p, MENTIONED), quotes=said, needed=len(said)) for p, said in found]
        text, cited = explained(topic, lead, judgement.relevant, sure)
        return Outcome(text + undated_text(undated, question.filters), tuple(cited), judgement, undated)


_OF_ONE = 2
_ASKS_HOW = re.compile(r"\b(?:how|what|why|when|where)\b", re.IGNORECASE)
_ASKS_PAPERS = re.compile(r"\b(?:papers?|works|studies|who|which|anyone|anybody|any)\b", re.IGNORECASE)
_PIECES = re.compile(r"(?=\n- )")


def _first_quote(paper: Paper) -> str:
    return paper.abstract.split(". ")[0] if paper.abstract else ""
