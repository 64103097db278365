"""Which list of papers a turn goes on with: of the last answer, or of an earlier one that is long enough, or is called a list."""

import re
from collections.abc import Sequence

from rag.understanding.places import step_asked
from rag.understanding.question import Form
from rag.understanding.references import counts_back, few_of, of_those, positions
from rag.understanding.turn import Reading, Talk

ANSWERS = 5
"""Answers looked back at."""

_ONE_OF = re.compile(r"\b(?:one|ones|first|second|third|last) of (?:them|these|those)\b", re.IGNORECASE)
ANY_OF = re.compile(r"\b(?:which|any|some|one|none|all|most|who|\w{2,}est|most recent) (?:of|among) (?:them|these|those)\b", re.IGNORECASE)


def list_meant(reading: Reading, talk: Talk) -> tuple[str, ...]:
    """The papers that a turn may mean: of the last answer that cited any, or of the last long enough for the place that it names."""
    wanted = max(positions(reading.words, 99), default=-1) + 1
    told_on = talk.question.form is Form.MORE and not wanted and of_those(reading.turn)
    wanted = 2 if wanted == 99 or ANY_OF.search(reading.words) or _ONE_OF.search(reading.words) else wanted  # "the last": of a list
    wanted = max(wanted, 2, few_of(reading.words) + 1) if wanted else wanted  # a list of one has no first, one of two no first two
    if told_on:
        return talk.all_told()
    of_list = _OF_LIST.search(reading.words) or (talk.question.about == "items" and counts_back(reading.words))
    found = lists(_to_list(talk) if of_list else talk)
    return next((ids for ids in found if len(ids) >= wanted), found[0] if found else ())


def beside(reading: Reading, talk: Talk) -> tuple[str, ...]:
    """What stands in its list after or before the one paper that was told of: "and the one after that?"."""
    step = step_asked(reading.words) if len(talk.told) == 1 else 0
    if not step:
        return ()
    ids = next((ids for ids in lists(talk) if len(ids) > 1 and talk.told[0] in ids), ())
    at = ids.index(talk.told[0]) + step if ids else -1
    return (ids[at],) if 0 <= at < len(ids) else ()


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


def several(lists: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The first of the lists that is of several papers; empty where none is."""
    return tuple(next((ids for ids in lists if len(ids) > 1), ()))


def first_list(talk: Talk) -> Talk | None:
    """The conversation up to the first of the answers looked back at that listed several papers."""
    found, at = None, talk
    for _ in range(2 * ANSWERS):
        if not at:
            break
        found = at if len(at.told) > 1 else found
        at = at.earlier()
    return found
