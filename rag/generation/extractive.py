"""The writer that needs no model: it quotes the sentences that answer, and says whose they are."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from corpus import Paper
from rag.answer import Citation
from rag.relevance import Judgement, Verdict
from rag.text import instructs
from rag.understanding import Kind, Question

_SURE = 0.5
"""Probability to answer from which on a paper of a list is told without a reservation. On judged questions lists whose best paper
is less likely than that are right in 38 of 100 papers or fewer, others in 62 to 87; a single paper is right in 35 and in 72."""

_MARKER = re.compile(r"\[(\d+)\]")
_LINK = re.compile(r"\]\(")
_TAG = re.compile(
    r"<(?=[!?]|/?(?:script|img|svg|iframe|details|a|b|i|u|s|p|div|span|style|link|meta|object|embed|form|input|button|video|audio|math"
    r"|table|base|body|html|head|textarea|marquee|template|h[1-6]|br|hr|ul|ol|li|pre|code|dialog|select|frame\w*)\b)",
    re.IGNORECASE,
)
"""What a browser would take for an element; `<EOS>`, as papers write it, is none."""


def shown(text: str) -> str:
    """A paper's text as it may stand in an answer: it can forge no marker, link, tag or table cell."""
    return _TAG.sub("‹", _LINK.sub("] (", _MARKER.sub(r"(\1)", text))).replace("|", "¦").replace("`", "'")


def titled(paper: Paper) -> str:
    """A paper's title as it may stand in an answer; one that speaks to its reader is not repeated."""
    return "(a title that cannot be shown)" if instructs(paper.title) else shown(paper.title)


_TITLE_ONLY = " (title only: no abstract is held)"


def byline(paper: Paper) -> str:
    """`(NVIDIA, 2025-09-30)`, as much of it as is known, with a space before it; else empty."""
    parts = [part for part in (paper.organisation, paper.published) if part]
    known = f" ({shown(', '.join(parts))})" if parts else ""
    return known + _TITLE_ONLY if paper.title_only else known


def sentences_for(kind: Kind, verdict: Verdict) -> int:
    """Of one paper more is told; in a list, as many as it takes to show that the paper answers."""
    return {Kind.ONE: 3, Kind.NUMBER: 3, Kind.COMPARE: 4}.get(kind, verdict.needed)


def _in_order(paper: Paper, quotes: Sequence[str]) -> list[str]:
    return sorted(quotes, key=paper.abstract.find)


_A_FIGURE = re.compile(r"(?<![\w-])\$?\d")
"""A number that stands by itself, not in a name: "30%", not "GPT-4"."""


_COUNTED = re.compile(r"\b(?:how many|what|which|number of) (?P<what>[a-z]{3,}?)s?\b", re.IGNORECASE)


def _chosen(question: Question, quotes: Sequence[str]) -> Sequence[str]:
    """The sentences as they are to be told: where a number is asked for, those with one right after the best, first those that name
    what is counted."""
    if question.kind is not Kind.NUMBER:
        return quotes
    counted = _COUNTED.search(question.text)
    what = counted["what"].lower() if counted else " "

    def tells(quote: str) -> int:
        return bool(_A_FIGURE.search(quote)) * (1 + (what in quote.lower()))

    return [*quotes[:1], *sorted(quotes[1:], key=tells, reverse=True)]


def _claims(question: Question, verdict: Verdict, number: int) -> str:
    quotes = _chosen(question, verdict.quotes)[: sentences_for(question.kind, verdict)]
    return " ".join(f"{shown(quote)} [{number}]" for quote in _in_order(verdict.paper, quotes))


def quoted_items(question: Question, verdicts: Sequence[Verdict], first: int = 1) -> Iterator[str]:
    """What each paper says, numbered from `first`: its title, and its sentences with their markers."""
    for number, verdict in enumerate(verdicts, first):
        claims = _claims(question, verdict, number)
        yield f"**{titled(verdict.paper)}**{byline(verdict.paper)}{':' if claims else ''} {claims or f'[{number}]'}"


def less_sure(question: Question, judgement: Judgement) -> int:
    """How many of the papers that were judged to answer are told with a reservation: the last ones."""
    likely = [verdict.relevance >= _SURE for verdict in judgement.relevant]
    sure = sum(likely)
    if (len(likely) == 1 and question.kind is not Kind.LIST) or not all(likely[:sure]):  # in another order than by likelihood
        return 0
    return len(likely) - sure


def write_extractive(question: Question, judgement: Judgement, *, unsure: int = 0) -> Iterator[str]:
    """Pieces of the answer's text, one a paper; joined they are the whole. The last `unsure` papers are told with a reservation."""
    count = len(judgement.relevant)
    items = quoted_items(question, judgement.relevant)
    if unsure == count:
        yield from as_list(items, _unsure(count))
    elif count == 1:
        yield from items
    else:
        yield from as_list(islice(items, count - unsure), f"{count} papers found:")
        yield from as_list(items, "\n\nLess sure:")


def _unsure(count: int) -> str:
    return "One paper may answer, but not for sure:" if count == 1 else f"{count} papers may answer, none of them for sure:"


def as_list(items: Iterable[str], head: str) -> Iterator[str]:
    """A list under its heading, piece by piece; nothing where it is empty."""
    for number, item in enumerate(items):
        if number == 0:
            yield f"{head}\n"
        yield f"\n- {item}"


def citations_of(verdicts: Sequence[Verdict]) -> tuple[Citation, ...]:
    """One citation a paper, numbered in order, with what shows that it answers as the quote."""
    return tuple(Citation(n, verdict.paper, verdict.quote, verdict.relevance) for n, verdict in enumerate(verdicts, 1))
