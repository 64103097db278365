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

    Of a list every paper is to be named, and each says one thing; of few papers the figures are told, too.
    """
    if kind in (Kind.ONE, Kind.NUMBER, Kind.COMPARE):
        known = _figures(text)
        items = (_item(kind, text, known, verdict, position) for position, verdict in enumerate(verdicts[:_PAPERS]))
        return [item for item in items if item]
    unnamed = [p for p, verdict in enumerate(verdicts) if titled(verdict.paper).partition(":")[0] not in text]
    return [_told(verdicts[position], verdicts[position].quotes[:1], position) for position in unnamed]


def _item(kind: Kind, text: str, known: set[object], verdict: Verdict, position: int) -> list[str | int]:
    quotes = verdict.quotes[: sentences_for(kind, verdict)]
    lacking = [quote for quote in quotes if _figures(quote) - known][:_QUOTES]
    return _told(verdict, lacking, position) if lacking or titled(verdict.paper) not in text else []


def _told(verdict: Verdict, quotes: Sequence[str], position: int) -> list[str | int]:
    said = [part for quote in quotes for part in (f"{shown(quote)} ", position, " ")][:-1]
    return [f"**{titled(verdict.paper)}**{byline(verdict.paper)}{':' if said else ''} ", *(said or [position])]


def _figures(text: str) -> set[object]:
    return {value for values in numbers(text).values() for value in values}
