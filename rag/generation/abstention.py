"""What the corpus lacks for a question: the text of an abstention, with what each near paper says nothing of."""

import re
from typing import TYPE_CHECKING

from corpus import Paper
from rag.generation.extractive import byline, shown
from rag.relevance import Judgement
from rag.retrieval import Retriever
from rag.text import content_words, instructs, named_like
from rag.understanding import Kind, Question

if TYPE_CHECKING:
    from rag.relevance.by_model import Judged

_WORDS, _RARE = 5, 3
"""Words told as missing at most; papers that may mention a system of which one of them is."""

_ASKS_FOR_PAPERS = re.compile(
    r"\b(?:which|what|any|an?|the) (?:\w+ )?(?:papers?|works?|stud(?:y|ies)|articles?)\b|\bpapers? (?:on|about|that|which|where)\b|^who\b",
    re.I,
)
_WORD = re.compile(r"[^\W_]+(?:[-+'][^\W_]+)*")


def abstention_text(question: Question, judgement: Judgement) -> str:
    """The text of an answer that the corpus does not hold."""
    what = f"The corpus does not seem to answer this{f': {judgement.reason}' if judgement.reason else ''}."
    if not judgement.nearest:
        return what
    near = "\n".join(f"- {shown(paper.title)}{byline(paper)}" for paper in judgement.nearest)
    return f"{what}\n\nNearest, but not answers:\n\n{near}"


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
        title = "(a title that cannot be shown)" if instructs(paper.title) else shown(paper.title)
        words = self._missing(question, paper, told)
        lacks = f"nothing on “{words}”" if words else "not what is asked, though it has its words"
        return f"- **{title}**{byline(paper)}: {lacks}"

    def _missing(self, question: Question, paper: Paper, told: str) -> str:
        """The question's words that the paper lacks: those that the model told, if they are, else those that do not occur."""
        stem = self._retriever.index.lexical.terms
        held, asked = set(stem(f"{paper.title} {paper.abstract}")), set(stem(question.asked))
        if told and set(stem(told)) <= asked and set(stem(told)) - held and len(told) <= 120:
            return " ".join(_WORD.findall(told))
        absent = [word for word in content_words(question.text) if not set(stem(word)) <= held]
        return " ".join(_WORD.findall(" ".join(absent[:_WORDS])))
