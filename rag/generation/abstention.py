"""What the corpus lacks for a question: the text of an abstention, with what each near paper says nothing of."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from corpus import Paper
from rag.filters import Filters
from rag.generation.extractive import byline, shown, titled
from rag.index import Catalogue
from rag.relevance import Half, Judgement
from rag.retrieval import Retriever
from rag.text import content_words, instructs, named_like, trusted
from rag.understanding import Kind, Question
from rag.verification import harmless

if TYPE_CHECKING:
    from rag.relevance.by_model import Judged
    from rag.understanding.by_model import Understood

_WORDS, _RARE = 5, 3
"""Words told as missing at most; papers that may mention a system of which one of them is."""

_ASKS_FOR_PAPERS = re.compile(
    r"\b(?:which|what|any|an?|the) (?:\w+ )?(?:papers?|works?|stud(?:y|ies)|articles?)\b|\bpapers? (?:on|about|that|which|where)\b|^who\b",
    re.I,
)
_NEAR, _SHARED = 4, 0.3
"""Borderline papers told, and the share of a phrase's words that must be the question's."""

_LEAD = re.compile(
    r"^(?:(?:the |this |its )?(?:abstract|paper)?s?\s*(?:(?:does|do) not|doesn't|never|lacks?|says? nothing (?:on|about|of)|without)\s*"
    r"(?:mention|state|report|cover|address|discuss|show)?s?|no|nothing (?:on|about)|not|missing:?|lacks?:?)\s+",
    re.IGNORECASE,
)
_PHRASE = re.compile(r"[\w\s,()'’/+%-]{2,100}")
_WORD = re.compile(r"[^\W_]+(?:[-+'][^\W_]+)*")


def abstention_text(question: Question, judgement: Judgement) -> str:
    """The text of an answer that the corpus does not hold; of a near miss, what is held of either half."""
    if any(half.papers for half in judgement.halves):
        return near_miss_text(judgement.halves)
    reason = judgement.reason or "the corpus does not seem to answer this"
    what = f"{reason[0].upper()}{reason[1:]}."
    if not judgement.nearest:
        return what
    near = "\n".join(f"- {titled(paper)}{byline(paper)}" for paper in judgement.nearest)
    return f"{what}\n\nNearest, but not answers:\n\n{near}"


def no_author(filters: Filters, lexical: Catalogue) -> str:
    """Why no paper passes a filter on the author, as the end of a sentence; empty where one does."""
    if not filters.author or lexical.count(Filters(author=filters.author)):
        return ""
    name, known = shown(filters.author), lexical.authored()
    if not known:
        return f"none of the papers here comes with the names of its authors, so it is not known which {name} wrote"
    rest = len(lexical) - known
    return f"no paper here has {name} among its authors{f'; of {rest:,} papers the authors are not known' if rest else ''}"


def near_miss_text(halves: Sequence[Half]) -> str:
    """Which two things no paper joins, or which of them no paper is on, with the papers on the other."""
    named = [f"“{_plain(half.words)}”" for half in halves]
    absent = [words for words, half in zip(named, halves, strict=True) if not half.papers]
    what = f"No paper here is on {' or '.join(absent)}." if absent else f"No paper here joins {' and '.join(named)}."
    parts = [
        f"On {words}:\n\n" + "\n".join(f"- {titled(paper)}{byline(paper)}" for paper in half.papers)
        for words, half in zip(named, halves, strict=True)
        if half.papers
    ]
    return "\n\n".join([what, *parts])


def _plain(words: str) -> str:
    """A part of the question as it may stand in an answer."""
    return " ".join(_WORD.findall(words))


def closing_line(near: Sequence[tuple[Paper, str]]) -> str:
    """The borderline papers in one line, each with what it lacks."""
    return f"Near, but not quite: {'; '.join(f'{_short(paper)} (lacks {phrase})' for paper, phrase in near)}."


def _short(paper: Paper) -> str:
    """A title up to its colon: most are a system's name and what it does."""
    name, _, rest = paper.title.partition(": ")
    return shown(name if rest and len(name) >= 3 else paper.title)


class Lacking:
    """Tells "the abstracts do not say" from "no such paper". Every word of it is the user's or ours."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    def unknown(self, question: Question) -> str:
        """A sentence on the systems that the question names and no paper mentions; empty without such."""
        lexical = self._retriever.index.lexical
        names = [n for n in named_like(question.text) if not all(lexical.document_frequency(term) for term in lexical.terms(n))]
        return f"No paper held here mentions {' or '.join(shown(name) for name in dict.fromkeys(names))}." if names else ""

    def abstention(self, question: Question, judged: "Judged") -> str:
        """The whole text of an answer that the corpus does not hold."""
        judgement = judged.judgement
        if why := no_author(question.filters, self._retriever.index.lexical):
            return f"{why[0].upper()}{why[1:]}."
        if not judgement.considered:
            passing = f" that is {question.filters.described()}" if question.filters else ""
            return f"No paper is held here{passing}, so there is nothing to answer from."
        near = "\n".join(self._near(question, paper, judged.lacks.get(paper.paper_id, "")) for paper in judgement.nearest)
        return f"{self._what(question, judged)}\n\nNearest, and what each lacks:\n\n{near}"

    def _what(self, question: Question, judged: "Judged") -> str:
        if unknown := self.unknown(question):
            return unknown
        if self._named(question) or (judged.judgement.borderline and (question.kind is Kind.NUMBER or question.within)):
            return "The abstracts do not say: the papers asked about are held here, but their abstracts do not answer this."
        return f"No such paper: of the {judged.judgement.considered} nearest papers held here, none answers this."

    def _named(self, question: Question) -> bool:
        """Whether the question is about a system that is held, by name; one that asks for papers is not."""
        if _ASKS_FOR_PAPERS.search(question.asked):
            return False
        lexical = self._retriever.index.lexical
        rare = [name for name in named_like(question.text) if all(0 < lexical.document_frequency(t) <= _RARE for t in lexical.terms(name))]
        return bool(rare or self._retriever.terms(question.text).named)

    def _near(self, question: Question, paper: Paper, told: str) -> str:
        words = self._missing(question, paper, told)
        lacks = f"nothing on “{words}”" if words else "not what is asked, though it has its words"
        return f"- **{titled(paper)}**{byline(paper)}: {lacks}"

    def near(self, asked: "Understood", judged: "Judged") -> tuple[tuple[Paper, str], ...]:
        """Borderline papers, each with what the model says that it lacks; those only of which that may be shown."""
        told = [
            (v.paper, self._phrase(asked.question, v.paper, judged.lacks.get(v.paper.paper_id, ""))) for v in judged.judgement.borderline
        ]
        return tuple((paper, phrase) for paper, phrase in told if phrase and not instructs(paper.title))[:_NEAR]

    def _phrase(self, question: Question, paper: Paper, told: str) -> str:
        """What the model says that a paper lacks, as it says it, where it is a short phrase on the question; else empty.

        It is written over a stranger's abstract: it may name no system that the question does not, and it
        stays within the question's words where that abstract speaks to its reader.
        """
        stem = self._retriever.index.lexical.terms
        phrase = _LEAD.sub("", " ".join(told.split())).strip(" .;:,\"'“”")
        words, asked = set(stem(" ".join(content_words(phrase)))), set(stem(f"{question.asked} {question.text}"))
        if (
            not words
            or not harmless(phrase)
            or not _PHRASE.fullmatch(phrase)
            or not set(named_like(phrase)) <= set(named_like(question.asked))
        ):
            return ""
        if trusted(paper.abstract) != paper.abstract or instructs(paper.title):
            return phrase if words <= asked else ""
        return shown(phrase) if len(words & asked) >= _SHARED * len(words) else ""

    def _missing(self, question: Question, paper: Paper, told: str) -> str:
        """What the paper lacks: as the model told it, where that may be shown, else the question's words that do not occur."""
        stem = self._retriever.index.lexical.terms
        held = set(stem(f"{paper.title} {paper.abstract}"))
        if told and (phrase := self._phrase(question, paper, told)):
            return phrase
        absent = [word for word in content_words(question.text) if not set(stem(word)) <= held]
        return " ".join(_WORD.findall(" ".join(absent[:_WORDS])))
