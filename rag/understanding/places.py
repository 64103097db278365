"""Words for places: "second", "2nd", "last but one", "the one after that". One table for lists, superlatives and answers."""

import re

_WORDS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
ORDINALS = {word: n for n, word in enumerate(_WORDS, 1)}

ORDINAL = rf"(?:{'|'.join(_WORDS)}|\d{{1,2}}(?:st|nd|rd|th))"
"""A place counted from the front."""

FROM_THE_END = (
    r"(?:last but (?:one|two)|one (?:before|from) (?:the )?(?:last|end)|(?:second|2nd|third|3rd)[ -](?:to[ -]last|last|from (?:the )?"
    r"(?:end|bottom|last))|next[ -]to[ -](?:the[ -])?last|penultimate|antepenultimate|last|final|bottom(?= (?:one|paper|result|hit|entry)))"
)
"""A place counted from the end."""


def ordinal(word: str) -> int:
    """The place that an ordinal means, from 1."""
    word = word.lower()
    return ORDINALS.get(word) or int(re.sub(r"\D+$", "", word))


def from_the_end(words: str) -> int:
    """How many places before the last one: 0 for "last", 1 for "last but one"."""
    words = words.lower()
    if re.search(r"\b(?:two|third|3rd)\b|antepenultimate", words):
        return 2
    return 1 if re.search(r"\b(?:one|second|2nd|next)\b|penultimate", words) and not words.startswith("bottom") else 0


_FEW = 9
"""Words of a turn that may ask for the neighbour of a place alone."""

_NEAR = r"(?:right |just |directly |immediately |straight |comes? |came )*"
_THAT = r"(?: (?:that|it|this|them|the last one))?(?: one| paper)?"
_END = r"(?= ?(?:please|pls|then|too|in (?:the|that|your|this) list)?[\s?.!,]*$)"
_ONE = r"(?:the |which |what |who )(?:one|paper|work|entry|item|is|was|comes?|came|stands?|ranks?|follows)"
_STEPS = (
    (
        1,
        rf"^(?:and |so |ok )*then{_END}|\b(?:{_ONE} (?:\w+ )?{_NEAR}(?:after|following|below|under|underneath|behind|beneath|next)"
        rf"|(?:right|just|directly|immediately"
        rf"|comes?|came) (?:after|below|behind|following)|(?:after|below|behind|following)(?= (?:that|it|this|them)\b)){_THAT}{_END}"
        rf"|\b(?:the |who(?:'s| is)? |which(?: one)? (?:is|comes?) |what (?:is|comes?) )?(?:next|following)"
        rf"(?: in line| one| paper| \w+est| after (?:that|it|this)(?: one)?)?{_END}",
    ),
    (
        -1,
        rf"\b{_ONE} (?:\w+ )?{_NEAR}(?:before|above|preceding|ahead of|over){_THAT}{_END}|\bthe (?:previous|preceding) (?:one|paper){_END}",
    ),
)
_STEP = tuple((way, re.compile(pattern, re.IGNORECASE)) for way, pattern in _STEPS)


def step_asked(text: str) -> int:
    """1 where a turn asks for what stands next after what was told of, -1 for what stands before it; 0 elsewhere."""
    if len(text.split()) > _FEW:
        return 0
    return next((way for way, pattern in _STEP if pattern.search(text)), 0)


_ALONE = re.compile(rf"(?:(?:and|ok|the|your|number|nr|no) )*(?:{FROM_THE_END}|{ORDINAL}|\d{{1,2}})(?: (?:one|paper))?", re.IGNORECASE)


def only_a_place(text: str) -> bool:
    """Whether a text is a place in a list, and nothing else ("Second")."""
    return bool(_ALONE.fullmatch(text.strip(" ?.!,")))
