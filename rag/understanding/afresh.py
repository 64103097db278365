"""Turns that ask afresh, though they sound as if they went on with what was said: by a topic, a maker or a filter of their own."""

import re

from rag.understanding.going_on import new_topic
from rag.understanding.masking import masked
from rag.understanding.question import Kind
from rag.understanding.references import of_those, positions, pronoun
from rag.understanding.turn import Reading, Talk

_HALF, _MAYBE, _MANY = 0.5, 0.25, 3
"""How likely an act is; words of a topic beyond which a turn says all by itself."""


def of_its_own(reading: Reading) -> bool:
    """Whether what may narrow a list names a topic of its own, and does not say that it is about that list."""
    least = _SURELY if _ASKS_PAPERS.match(reading.words) and not of_those(reading.turn) else _HALF
    return reading.sure("act", "narrow") < least and not reading.filters and len(new_topic(reading).split()) > 1


_ASKS_PAPERS = re.compile(r"^(?:and |ok |so |now )*(?:which|what|any|show me|list|find)(?: \w+)? (?:papers|works|articles|studies)\b", re.I)
_SURELY = 0.75
"""How likely a turn that asks for papers narrows the list, from which on it does."""


def says_it_all(reading: Reading) -> bool:
    """Whether what may go on with the question before can as well stand alone, and has more words of a topic than one would add."""
    return reading.sure("act", "standalone") >= _MAYBE and len(new_topic(reading).split()) > _MANY


_LISTED = re.compile(
    r"\b(?:list\w*|in there|here|include\w*|picked|select\w*|cho[os]se\w*|relevan\w+|match\w*|show\w*|come up|came up|belong\w*|part of)\b",
    re.I,
)


def says_why(reading: Reading, talk: Talk) -> bool:
    """Whether what asks why asks it of a topic, not of a paper's place in the list ("why do some want ReLU back?")."""
    places = positions(reading.words, len(talk.told), bare=True)
    return bool(new_topic(reading)) and not (places or pronoun(reading.words) or _LISTED.search(reading.words))


_FOR = re.compile(r"^(?:(?:and|what about|how about|now|ok|so|also)[ ,]+)*(?:for|on|about) ", re.IGNORECASE)
"""How a topic is named beside one before, where a language as an answer's is not: "and for Russian?"."""

_BESIDE = re.compile(r"\b(?:compar\w+|differ\w*|side by side|versus|vs)\b", re.IGNORECASE)
_ANOTHER_LANGUAGE = re.compile(r"(?:(?:and|or|what about|how about|now|ok|so|also)[ ,]+)*(?:(?:to|for|with|on|about) )?xlang\W*")
_IN_A_LANGUAGE = re.compile(
    r"\b(?:in|into|to|auf|en|em|por|ins) (?!the\b|these\b|those\b|my\b|all\b)(?:\w+ )?\w{4,}|\btranslat\w+|\bversions?\b|\blanguages?\b"
    r"|[^\x00-\x7f]",
    re.IGNORECASE,
)
_LANGUAGE_ALONE = 3
"""Words of a turn that may be nothing but a language ("German please")."""


def act_of(reading: Reading, talk: Talk) -> tuple[str, float]:
    """The act of a turn, and how sure it is: the likeliest that its words do not speak against."""
    act, sure = reading.likeliest("act")
    if act == "why" and _BESIDE.search(reading.words) and positions(reading.words, 99):
        return "items", sure  # "how does that compare with number one of your list?"
    if act == "why" and says_why(reading, talk):
        return "standalone", sure
    if act == "inlanguage" and _FOR.match(reading.words):
        return "same", sure
    if act == "inlanguage" and "xlang" in masked(talk.question.text).split() and _ANOTHER_LANGUAGE.fullmatch(masked(reading.words)):
        return "same", sure  # "and Chinese?" after papers on Russian
    if act == "inlanguage" and len(reading.words.split()) > _LANGUAGE_ALONE and not _IN_A_LANGUAGE.search(reading.words):
        return [*reading.says["act"].items()][1]  # "Russian is covered elsewhere"
    return act, sure


_THEIR_WORK = re.compile(
    r"\bthey (?:\w+ )?(?:done?|do|made?|publish\w*|wr[io]\w+|release\w*|contribut\w+|put out|have|got)\b|\btheir (?:work|papers?)\b", re.I
)

_ANEW = re.compile(
    r"^(?:what (?:do|have) you (?:have|got|hold)|what(?:'s| is) there|papers|works|stuff|everything|anything|something|articles"
    r"|publications|all papers|whatever)\b(?! (?:older|newer))",
    re.I,
)
"""A turn that asks for papers as a first question would: what was asked for before by date or team alone does not go on."""


_OF_ALL = re.compile(
    r"\b(?:across|in|over|of|from|throughout|within|through) (?:the|your|this|our) (?:whole|entire|full|complete) "
    r"(?:collection|corpus|library|set|lot|archive|index|database|catalogu?e?)\b|\b(?:collection|corpus)-wide\b",
    re.IGNORECASE,
)


def asks_anew(reading: Reading, talk: Talk) -> bool:
    """Whether a turn asks for all that passes its own filters: "Kyutai, what have they done?", "stuff from 2022" after a team's size,
    "across the whole collection, which have fourteen authors or more?"."""
    if not reading.filters or new_topic(reading):
        return False
    theirs = reading.filters.organisation and _THEIR_WORK.search(reading.rest)
    return bool(theirs or _OF_ALL.search(reading.words)) or bool(
        talk.question.kind is Kind.METADATA and _ANEW.match(reading.words) and not of_those(reading.turn)
    )


_ELSE_ON = re.compile(r"\b(?:what|anything|something) (?:else|more)\b.{0,30}\b(?:on|about|regarding|concerning)\b", re.IGNORECASE)


def asks_else(reading: Reading) -> bool:
    """Whether a turn asks what else there is on a topic of its own ("what else is there on cheaper reasoning?")."""
    return bool(_ELSE_ON.search(reading.words) and new_topic(reading))
