"""More papers like one that was told of: "anything similar to the second?", "more like this"."""

import json
import re

from rag.understanding.question import Form, Kind, Question
from rag.understanding.references import positions
from rag.understanding.turn import Reading, Talk

_LIKE = re.compile(
    r"^(?!.*\bbut\b).*\b(?:more|others?|similar|something|anything|papers?|works?|ones|what else is)\b[^,.;?!]{0,25}?\b(?:like|similar to"
    r"|related to|close to|along the lines of) (?:(?:the|number|no\.?|paper) ?|#|\[|this\b|that\b|it\b)"
    r"|^(?:anything|something|any|more) (?:similar|alike)\W*$",
    re.IGNORECASE,
)


def resembling(reading: Reading, talk: Talk) -> Question | None:
    """The question for papers like one of those told of; None of another turn, or where it does not say which."""
    if not talk.told or not _LIKE.search(reading.words):
        return None
    at = positions(reading.words, len(talk.told), bare=True)
    ids = tuple(talk.told[place] for place in at) or (talk.told if len(talk.told) == 1 else ())
    records = talk.lexical.records_of(ids[:1])
    if not records:
        return None
    paper = json.loads(records[ids[0]])
    text = f"{paper['title']}. {paper.get('abstract') or ''}"
    return Question(reading.text, text, Kind.LIST, reading.given, form=Form.SIMILAR, without=ids, language=reading.language)
