"""Backing: beside the text of a model that is no judge, the titles and the figures of its papers that the text left out."""

from collections.abc import Sequence

from rag.generation.extractive import byline, sentences_for, shown, titled
from rag.relevance import Verdict
from rag.understanding import Kind
from rag.verification import numbers

_PAPERS, _QUOTES = 3, 2
"""Papers that are told of, and sentences of each."""


def backing(kind: Kind, text: str, verdicts: Sequence[Verdict]) -> list[list[str | int]]:
    """The items to add to a text, with the papers' positions in place of their markers.

    Of a list each paper says one thing: nothing is left out of it that was asked for.
    """
    if kind not in (Kind.ONE, Kind.NUMBER, Kind.COMPARE):
        return []
    known = _figures(text)
    items = (_item(kind, text, known, verdict, position) for position, verdict in enumerate(verdicts[:_PAPERS]))
    return [item for item in items if item]


def _item(kind: Kind, text: str, known: set[object], verdict: Verdict, position: int) -> list[str | int]:
    quotes = verdict.quotes[: sentences_for(kind, verdict)]
    lacking = [quote for quote in quotes if _figures(quote) - known][:_QUOTES]
    title = titled(verdict.paper)
    if title in text and not lacking:
        return []
    said = [part for quote in lacking for part in (f"{shown(quote)} ", position, " ")][:-1]
    return [f"**{title}**{byline(verdict.paper)}{':' if said else ''} ", *(said or [position])]


def _figures(text: str) -> set[object]:
    return {value for values in numbers(text).values() for value in values}
