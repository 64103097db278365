"""Which list of papers a turn goes on with: of the last answer, or of an earlier one that is long enough, or is called a list."""

import re

from rag.understanding.question import Form
from rag.understanding.references import positions
from rag.understanding.turn import Reading, Talk

ANSWERS = 5
"""Answers looked back at."""

_ONE_OF = re.compile(r"\b(?:one|ones|first|second|third|last) of (?:them|these|those)\b", re.IGNORECASE)
ANY_OF = re.compile(r"\b(?:which|any|some|one|none|all|most|who) of (?:them|these|those)\b", re.IGNORECASE)


def list_meant(reading: Reading, talk: Talk) -> tuple[str, ...]:
    """The papers that a turn may mean: of the last answer that cited any, or of the last long enough for the place that it names."""
    wanted = max(positions(reading.words, 99), default=-1) + 1
    wanted = 2 if wanted == 99 or ANY_OF.search(reading.words) or _ONE_OF.search(reading.words) else wanted  # "the last": of a list
    wanted = max(wanted, 2) if wanted else wanted  # a list of one has no first
    found = lists(_to_list(talk) if _OF_LIST.search(reading.words) else talk)
    return next((ids for ids in found if len(ids) >= wanted), found[0] if found else ())


_OF_LIST = re.compile(r"\b(?:of|in|from|on|within) (?:the|that|your|this) (?:whole |full |original )?list(?:ed)?\b", re.IGNORECASE)


def _to_list(talk: Talk) -> Talk:
    """The conversation up to the last answer that was a list, and not about papers of one; as it is where none was."""
    at = talk
    while at and (at.question.about == "items" or at.question.form is not Form.PLAIN or len(at.told) < 2):
        at = at.earlier()
    return at or talk


def lists(talk: Talk) -> list[tuple[str, ...]]:
    """The papers of the last few answers that cited any, the last first."""
    found, at = list[tuple[str, ...]](), talk
    while at and len(found) < ANSWERS:
        found += [at.told] if at.told else []
        at = at.earlier()
    return found
