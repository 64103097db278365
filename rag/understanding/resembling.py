"""More papers like one that was told of: "anything similar to the second?", "more like this"."""

import json
import re

from rag.understanding.likened import all_meant
from rag.understanding.question import Form, Kind, Question
from rag.understanding.references import positions
from rag.understanding.turn import Reading, Talk

_LIKE = re.compile(
    r"^(?!.*\bbut\b).*\b(?:more|others?|similar|something|anything|papers?|works?|ones|what else is)\b[^,.;?!]{0,25}?\b(?:like|similar to"
    r"|related to|close to|along the lines of) (?:(?:the|number|no\.?|paper) ?|#|\[|this\b|that\b|it\b)"
    r"|^(?:anything|something|any|more) (?:similar|alike)\W*$",
    re.IGNORECASE,
)


_TO = re.compile(
    r"^(?!.*\bbut\b)(?:(?:and|ok|so|now|any|some|are there|is there|do you have|show(?: me)?|find|give me)\b[ ,]*)*"
    r"(?:(?:more|others?|something|anything|papers?|works?|ones|what else is)\b[^,.;?!]{0,12}?\b)?"
    r"(?:like|similar to|related to|close to|along the lines of|resembling) (?P<what>[^,;?!]+)",
    re.IGNORECASE,
)
"""Alike to what is called by its name, or by what it is about."""


def _told_as(what: str, talk: Talk) -> tuple[str, ...]:
    """The paper told of that is called so."""
    named = [paper_id for ids in talk.lexical.named(what).values() for paper_id in ids if paper_id in talk.told] if what else []
    return tuple(named[:1]) or all_meant(what, [talk.told], talk.lexical)[:1]


def resembling(reading: Reading, talk: Talk) -> Question | None:
    """The question for papers like one of those told of; None of another turn, or where it does not say which."""
    to = _TO.search(reading.words) if talk.told else None
    like = _LIKE.search(reading.rest) or _LIKE.search(reading.words)
    if not talk.told or not (to or like):
        return None
    at = positions(reading.words, len(talk.told), bare=True)
    ids = tuple(talk.told[place] for place in at) or _told_as(to["what"] if to else "", talk)
    ids = ids or (talk.told if len(talk.told) == 1 and like else ())
    records = talk.lexical.records_of(ids[:1])
    if not records:
        return None
    paper = json.loads(records[ids[0]])
    text = f"{paper['title']}. {paper.get('abstract') or ''}"
    return Question(
        reading.text, text, Kind.LIST, reading.given.over(reading.filters), form=Form.SIMILAR, without=ids, language=reading.language
    )
