"""A condition put to the papers of a list ("which of them runs on a phone?"): those that meet it, or what does elsewhere."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from corpus import Paper
from rag.answer import Clock
from rag.assistant.beaten import who_beats
from rag.assistant.finding import Finder
from rag.assistant.limits import does_without
from rag.assistant.outcome import Outcome
from rag.generation import as_list, quoted_items, write_extractive
from rag.index import Index
from rag.relevance import Judge, Judgement, Verdict
from rag.text import content_words, trusted
from rag.understanding import Kind, Question

_SURE = 0.6
"""Probability from which on a paper of the list, or one that is not in it, is said to meet the condition."""

_TELLING_FIGURE = re.compile(r"(?<![\w.-])(?!(?:19|20)\d\d\b)(\d+\.\d+|\d{1,3}(?:,\d{3})+|\d{3,})(?![\w-]*-)")
"""A figure that few papers share: with a point, or of three digits and more."""

_ALSO = 0.5
"""Share of the best probability, or probability, that another paper needs beside the best."""

_FEW = 3
"""Papers outside the list that are told of for a figure or a claim."""


class Narrowing:
    """Judges papers of a list by a condition. Holds no state of any question."""

    def __init__(self, index: Index, find: Finder, judge: Judge) -> None:
        self._index, self._find, self._judge = index, find, judge

    def told(self, question: Question) -> Outcome | None:
        """The papers of the list that meet the condition. Where none surely does, what comes closest, and what does elsewhere here.

        None where the list is only to be left without something, or nothing is found either way.
        """
        if question.lacking:
            return self._without(question)
        if not (question.within and question.text) or question.excluded or question.filters:
            return None
        if figured := self._with_figure(question):
            return figured
        claims = who_beats(self._index, question.text)
        if better := tuple(verdict for verdict in claims if verdict.paper.paper_id in question.within):
            judgement = Judgement(better, (), (), len(question.within))
            return Outcome("".join(write_extractive(question, judgement)), better, judgement)
        if claims:
            return self._beside(question, (), claims[:_FEW])
        listed = self._judge.judge(question, self._find.hits(question, question.filters))
        most = max((verdict.relevance for verdict in listed.relevant), default=0.0)
        if question.topic:
            condition = self._found(question, question.text, 0.0)
            # among a few of a kind one always stands out: the best of the list must do so beside all other papers, too
            surely = most >= _SURE and any(verdict.paper == listed.relevant[0].paper for verdict in condition)
            if not surely and (elsewhere := self._elsewhere(question, condition)):
                return elsewhere
        kept = tuple(v for v in listed.relevant if v.relevance >= _ALSO * min(most, 1.0))
        if not kept:
            return None
        judgement = replace(listed, relevant=kept, borderline=())
        return Outcome("".join(write_extractive(question, judgement)), kept, judgement)

    def _with_figure(self, question: Question) -> Outcome | None:
        """The papers of the list whose abstracts have a telling figure of the condition ("a gain of 2.88x"); None where none has it."""
        figures = [figure.replace(",", "") for figure in _TELLING_FIGURE.findall(question.text)]
        if not figures:
            return None
        asks = replace(question, kind=Kind.NUMBER)
        verdicts = self._find.verdicts(asks, question.within or ())
        kept = tuple(verdict for verdict in verdicts if _says(verdict.paper, figures))
        if kept:
            judgement = Judgement(kept, (), (), len(verdicts))
            return Outcome("".join(write_extractive(asks, judgement)), kept, judgement)
        anywhere = self._find.hits(replace(question, within=None), question.filters)
        others = [hit.paper.paper_id for hit in anywhere if _says(hit.paper, figures)][:_FEW]
        return self._beside(question, (), tuple(self._find.verdicts(asks, others))) if others else None

    def _elsewhere(self, question: Question, condition: Sequence[Verdict]) -> Outcome | None:
        """Papers outside the list that are on its topic and meet the `condition`, after the one of the list that comes closest."""
        held = set(question.within or ())
        both = self._found(question, f"{question.topic.rstrip(' ?.!')}, {question.text}", _SURE)
        met = {verdict.paper.paper_id for verdict in condition if verdict.relevance >= _ALSO}
        others = tuple(verdict for verdict in both if verdict.paper.paper_id in met - held)
        if not others:
            return None
        return self._beside(question, tuple(v for v in both if v.paper.paper_id in held)[:1], others)

    def _beside(self, question: Question, closest: tuple[Verdict, ...], others: tuple[Verdict, ...]) -> Outcome:
        """That no paper of the list clearly meets a condition, the one that comes closest, and others that do."""
        held = set(question.within or ())
        head = f"None of the {len(held)} clearly says so" if len(held) > 1 else "It does not clearly say so"
        near = "".join(as_list(quoted_items(question, closest), f"{head}; this one comes closest:")) or f"{head}."
        other = "".join(as_list(quoted_items(question, others, 1 + len(closest)), "Elsewhere here:"))
        told = (*closest, *others)
        return Outcome(f"{near}\n\n{other}", told, Judgement(told, (), (), len(held)))

    def elsewhere(self, question: Question, answered: Callable[[Question, Clock], Outcome]) -> Outcome | None:
        """What passes a filter that no paper of a list passes: of the list's topic, if it has one. None of any other question."""
        if question.about != "narrow" or not (question.within and question.filters) or question.excluded:
            return None
        text = question.topic if content_words(question.topic) else ""
        asks = replace(question, text=text, kind=Kind.LIST if text else Kind.METADATA, within=None, about="")
        found = answered(asks, Clock())
        head = f"None of these {len(question.within)} is {question.filters.described()}. Elsewhere here: "
        return replace(found, text=head + found.text) if found.verdicts else None

    def _without(self, question: Question) -> Outcome | None:
        """Of the papers told of, those whose abstract says that they do without what is asked; None where none says so."""
        found = []
        for verdict in self._find.verdicts(replace(question, text=""), question.within or ()):
            sentences = [does_without(phrase, verdict.paper) for phrase in question.lacking]
            if all(sentences) and sentences[0] in trusted(verdict.paper.abstract):
                found.append(replace(verdict, quotes=(sentences[0],)))
        if not found:
            return None
        judgement = Judgement(tuple(found), (), (), len(question.within or ()))
        return Outcome("".join(write_extractive(question, judgement)), judgement.relevant, judgement)

    def _found(self, question: Question, text: str, least: float) -> tuple[Verdict, ...]:
        asks = replace(question, text=text, within=None, about="")
        found = self._judge.judge(asks, self._find.hits(asks, asks.filters)).relevant
        return tuple(verdict for verdict in found if verdict.relevance >= least)


def _says(paper: Paper, figures: Sequence[str]) -> bool:
    said = re.findall(r"\d+(?:\.\d+)?", paper.abstract.replace(",", ""))
    return all(figure in said for figure in figures)
