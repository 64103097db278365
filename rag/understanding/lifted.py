"""Filters that no longer hold: which kinds there are, and what a turn says may be whatever."""

import re
from dataclasses import replace

from rag.filters import Filters
from rag.understanding.related_dates import without_dates
from rag.understanding.turn import Reading

FIELDS = (
    ("dates", re.compile(r"\b(?:years?|dates?|time(?: range| frame)?|period|when|month|old(?:er)?|new(?:er)?)\b", re.IGNORECASE)),
    ("authors", re.compile(r"\b(?:team(?:[- ]sizes?)?|team|authors?|people|co-?authors?|author (?:count|number)s?)\b", re.IGNORECASE)),
    ("organisation", re.compile(r"\b(?:organi[sz]ations?|compan(?:y|ies)|labs?|affiliations?|institut\w+|firms?)\b", re.IGNORECASE)),
)


_WHATEVER = re.compile(
    r"[,;(]*\s*\b(?:of |from |by |in |with )?(?:any|whatever|whichever|no matter (?:what|which)(?: the)?|regardless of(?: the)?|all)"
    r" (?P<what>(?:team )?[a-z]+(?: sizes?| ranges?)?)(?: (?:at all|whatsoever|will do|is (?:fine|ok(?:ay)?)|please))?\W*$",
    re.IGNORECASE,
)
"""What a filter of before no longer asks for, said beside a new one: "thirteen authors or more, any organisation"."""


_FROM_ANYWHERE = re.compile(
    r"\b(?:from|by|at) (?:anywhere|anyone|anybody|whoever|wherever|any (?:place|team))\b|\bno matter (?:who|where)\b", re.I
)


def widened_by(reading: Reading, filters: Filters) -> Filters:
    """The filters of before without those that a turn says may be whatever."""
    said = _WHATEVER.search(reading.words)
    fields = [name for name, pattern in FIELDS if said and pattern.fullmatch(said["what"])]
    fields += ["organisation"] if _FROM_ANYWHERE.search(reading.words) else []
    return without(filters, fields) if fields else filters


def without(filters: Filters, fields: list[str]) -> Filters:
    """The filters without those of these kinds; without any where none is named."""
    if not fields:
        return Filters()
    if "dates" in fields:
        filters = without_dates(filters)
    if "authors" in fields:
        filters = replace(filters, min_authors=None, max_authors=None)
    return replace(filters, organisation=None) if "organisation" in fields else filters
