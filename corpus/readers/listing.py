"""Saved "Daily Papers" listing pages, of either shape."""

import re
from collections.abc import Iterator
from typing import Any

from corpus.clean import clean
from corpus.paper import Paper, paper_id_for
from corpus.readers.records import CorpusError, OnError, code_urls
from corpus.readers.streams import Limits, Member, whole

CRAWL_YEAR = 2025
"""The year of page dates that give none: explicit years on a page are always earlier ones."""

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_DATE = re.compile(rf"({'|'.join(_MONTHS)}) (\d{{1,2}})(?:, (\d{{4}}))?(?: \d+)?")
_AUTHORS = re.compile(r"• (\d+) authors?")
_ORGANISATION = re.compile(r"(\S+) (\S.*)")
_MIN_ABSTRACT = 40
_MAX_TITLE = 500

Lines = list[tuple[int, str]]


def _date(match: re.Match[str], year: int) -> str:
    month, day, given = match.groups()
    return f"{given or year}-{_MONTHS.index(month) + 1:02}-{int(day):02}"


def _paper(source: str, title: str, abstract: str, known: dict[str, Any]) -> Paper:
    title, abstract = clean(title), clean(abstract)
    return Paper(paper_id_for(title), title, abstract, code_urls=code_urls(abstract), sources=(source,), **known)


def _metadata(lines: Lines, at: int, year: int) -> tuple[dict[str, Any], int]:
    """What stands between an abstract and the next title, and the position after it."""
    known: dict[str, Any] = {}
    if at < len(lines) and (count := _AUTHORS.fullmatch(lines[at][1])):
        known["author_count"] = int(count.group(1))
        at += 1
    elif at + 1 < len(lines) and lines[at + 1][1] == "·" and (names := _ORGANISATION.fullmatch(lines[at][1])):
        known["organisation"] = clean(names.group(2))
        at += 1
    if at < len(lines) and lines[at][1] == "·":
        at += 1
    if at < len(lines) and (date := _DATE.fullmatch(lines[at][1])):
        known["published"] = _date(date, year)
        at += 1
    return known, at


def _start(lines: Lines) -> int | None:
    """Where the first title stands, or None when this is no listing page."""
    for at, (_, line) in enumerate(lines[:20]):
        if line == "Daily Papers":
            return at + 3 if at + 2 < len(lines) and _DATE.fullmatch(lines[at + 2][1]) else at + 2
        if line.startswith("Subscribe") and line != "Subscribe":
            return at
    return None


def is_listing(head: str) -> bool:
    """Whether a text begins as such a page does."""
    lines = [(number, line.strip()) for number, line in enumerate(head.split("\n")[:200], 1) if line.strip()]
    return _start(lines) is not None


def _fault(title: str, abstract: str) -> str | None:
    if len(title) > _MAX_TITLE:
        return "a title is expected here, but the line is as long as an abstract"
    if len(abstract) < _MIN_ABSTRACT:
        return f"no abstract follows the title {title[:60]!r}"
    return None


def read_listing(member: Member, on_error: OnError, limits: Limits, year: int = CRAWL_YEAR) -> Iterator[Paper]:
    """Records of a page, in order, copies included. Raises CorpusError when the file is no such page."""
    text = whole(member, limits)
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    at = _start(lines)
    if at is None:
        raise CorpusError(
            member.source, 0, "not a saved listing page (no 'Daily Papers' header, no 'Subscribe' line)"
        )  # fmt: skip
    while at < len(lines):
        number, title = lines[at]
        title = title.removeprefix("Subscribe") if at < 20 else title
        abstract = lines[at + 1][1] if at + 1 < len(lines) else ""
        if fault := _fault(title, abstract):
            on_error(CorpusError(member.source, number, fault))
            at += 1
            continue
        known, at = _metadata(lines, at + 2, year)
        yield _paper(member.source, title, abstract, known)
