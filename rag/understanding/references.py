"""Which papers of an answer a turn means: by number, by place, by a pronoun. Exact, where the meaning is."""

import re

from rag.text import NUMBERS
from rag.understanding.classifier import Typed
from rag.understanding.exclusions import excluded
from rag.understanding.places import FROM_THE_END, ORDINAL, ORDINALS, from_the_end, ordinal

_NUMBERS = [word for word, n in NUMBERS.items() if n <= 10]
_COUNTS = {word: NUMBERS[word] for word in _NUMBERS[1:]} | {"couple of": 2}
_PLACE = rf"(?:{FROM_THE_END}|{ORDINAL}|(?:very )?top(?= (?:one|paper|result|hit|entry)))"
_NUMBER = rf"(?:\d{{1,3}}|{'|'.join(_NUMBERS)})"
_RUN = re.compile(
    rf"\b(?:the )?(?P<end>(?:very )?(?:first|last)|top|final|bottom|opening) (?P<n>[2-9]|\d\d|{'|'.join(_COUNTS)})\b(?! (?:years?"
    rf"|months?|weeks?|days?|authors?))",
    re.I,
)
_THE_N = re.compile(
    rf"\b(?:the|these|those|all|both) (?P<n>[2-9]|{'|'.join(_NUMBERS[1:])})(?: (?:of (?:them|these|those)|papers|ones|works))?"
    r"(?=[ ?.!,]*$| (?:differ|compare|relate|have|do|are|use|agree|report)\b)",
    re.IGNORECASE,
)
"""So many of those listed: "how do the two differ?"."""

_DOES = re.compile(
    rf"\b(?:does|did) the (?P<a>{_PLACE}) (?!(?:layers?|tokens?|stages?|steps?|phases?|order|authors?|epochs?|blocks?|heads?"
    rf"|rounds?|parts?"
    r"|iterations?|words?|sentences?|versions?|generations?|halves|half|time)\b)(?=\w)",
    re.IGNORECASE,
)
_AFTER = (
    r"(?= (?:one|ones|paper|papers|result|item|hit|abstract|study|work|title|entry|method|approach|in (?:the|that|your) list"
    r"|of (?:these|those|them|the))\b|'s\b)"
)
_PLACED = re.compile(
    rf"(?<!\ba )(?<!\bper )(?<!\bevery )(?<!est )(?<!recent )\b(?:the |your )?(?P<a>{_PLACE})(?:(?:,? (?:and|or|with|to|against|from"
    rf"|vs\.?|versus)"
    rf"|,) (?:the )?(?P<b>{_PLACE}))?(?P<after>{_AFTER})?(?!\w)",
    re.IGNORECASE,
)
_ADVERB = re.compile(
    r"\b(?!(?:and|or|the|your|vs|versus|show|open|explain|compare|expand|summari[sz]e|take|read|give|me|us|about|of|on|for|from|to|in|with"
    r"|is|was|one|number|why|what|how|ok|also|only|just|mean|meant|want|see|detail|details)\b)[a-z]{3,} $"
)
"""What an ordinal says when, not which: "that has to be trained first", "who skim first"."""

_ARTICLE = re.compile(r"^(?:the|your) ", re.IGNORECASE)
_MARKED = re.compile(r"\[(\d{1,3})\]|#(\d{1,3})\b")
_NUMBERED = re.compile(
    rf"\b(?:numbers?|nums?\.?|no\.?|nos\.?|nr\.?|n[°º]|items?|papers?|results?|entry|entries|hit|abstract|bullet"
    rf"|point) ?({_NUMBER})(?:(?:,? (?:and|or|with|to|vs\.?)"
    rf"|,) (?:number )?({_NUMBER}))?\b(?! (?:authors?|papers?|models?))",
    re.I,
)
_BARE = re.compile(
    r"(?<![\w.,-])(\d{1,2})(?! ?(?:papers?|authors?|tokens?|models?|bits?|gpus?|times|percent|years?|months?|days?|weeks?|sentences?"
    r"|lines?|words?|more)\b)(?![\w%-]|[.,]\d)",
    re.I,
)
_IT = re.compile(r"\b(?:it|its|that one|this one|that paper|this paper|the paper|that method|this method)\b", re.IGNORECASE)
_THEM = re.compile(r"\b(?:these|those|them|they|their|all of (?:them|these|those)|both|each of (?:them|these|those))\b", re.IGNORECASE)
_OF_THOSE = re.compile(
    r"\b(?:of|among|amongst|from|in|out of|within) (?:all )?(?:those|these|them|the above"
    r"|the (?:list|listed|two|three|four|five|lot)|that list|this list)\b"
    r"|\b(?:who|which(?: ones?)?|anything|anyone|any|what) (?:in |of )?(?:there|that list)\b(?= \w+s\b)"
    r"|\b(?:any|some|one|none|which|all|most) of (?:them|these|those)\b|\bof (?:them|these|those)\b",
    re.IGNORECASE,
)

_WHICH = re.compile(
    r"^(?:(?:and|ok|okay|so|but|now|then|great|hm+)\b[ ,]*)*which (?:ones?\b|(?:is|are|was|were|has|have|had|can|could|do|does|did|needs?"
    r"|uses?|works? (?:with|on|without|for)|runs?|handles?|supports?|reports?|covers?)\b)(?!.*\bor\b)",
    re.IGNORECASE,
)
"""A choice that names no things to choose from: among those just told of."""


_MAY_MEAN_THOSE = re.compile(r"th[eo]se|them|there|above|list|lot|two|three|four|five|which", re.IGNORECASE)
"""What each of these wordings has one of: looked for first, as what a turn excludes takes long to read."""


def of_those(turn: Typed) -> bool:
    """Whether a turn asks among the papers just told of."""
    if not _MAY_MEAN_THOSE.search(turn.text):
        return False
    kept = excluded(turn.text, turn)[1]  # "with the exception of those on serving" means none that were told of
    return bool(_OF_THOSE.search(kept) or _WHICH.search(kept))


def pronoun(text: str) -> str:
    """`it`, `them`, or empty: what a turn calls the papers just told of."""
    if _EACH_OWN.search(text):
        return "them"  # "does any of them provide its code?"
    return "it" if _IT.search(text) else "them" if _THEM.search(text) else ""


_EACH_OWN = re.compile(
    r"\b(?:any|one|some|each|all|none|which|most) of (?:them|these|those|the (?:papers|works|ones))\b.*\bits\b", re.IGNORECASE
)


_SEVERAL = re.compile(r"\b(?:papers|works|methods|studies|which|who)\b", re.IGNORECASE)
_SHORT = 12
"""Words of a turn that may ask about "it" alone."""


def asks_of_it(text: str) -> bool:
    """Whether a turn that could stand alone asks about "it", said before anything that it could mean."""
    words = text.split()
    early = " ".join(words[: len(words) * 2 // 3 + 1])
    return len(words) <= _SHORT and pronoun(text) == pronoun(early) == "it" and not _SEVERAL.search(text)


def _at(place: str, count: int) -> int | None:
    """The position, from 0, that a place means among so many."""
    if place.lower().endswith("top"):
        return 0
    if not _FROM_THE_FRONT.fullmatch(place):
        at = count - 1 - from_the_end(place)
        return at if at >= 0 else None
    return ordinal(place) - 1 if 0 < ordinal(place) <= count else None


_FROM_THE_FRONT = re.compile(ORDINAL, re.IGNORECASE)


def _value(number: str) -> int:
    return int(number) if number.isdigit() else NUMBERS[number.lower()]


def positions(text: str, count: int, bare: bool = False) -> tuple[int, ...]:
    """The positions, from 0, that a turn names among so many papers, in the order said; `bare` numbers count where nothing else does.

    Numbers beyond the list are no position: "the 13 papers" names none.
    """
    if these := _THE_N.search(text):
        number = _value(these["n"])
        return tuple(range(number)) if 1 < number <= count else ()
    if run := _RUN.search(text):
        size = min(few_of(text), count)
        return tuple(range(count - size, count)) if run["end"].lower().endswith(("last", "final", "bottom")) else tuple(range(size))
    found = [int(a or b) - 1 for a, b in _MARKED.findall(text)]
    for match in _NUMBERED.finditer(text):
        found += [_value(number) - 1 for number in match.groups() if number]
    for match in _PLACED.finditer(text):
        alone = match.end() == len(text.rstrip(" ?.!,")) or text[match.end() : match.end() + 1] in ",:;?!." or match["b"]
        alone = alone and not (_ADVERB.search(text[: match.start()]) and not match["b"] and not _ARTICLE.match(match[0]))
        if match["after"] is not None or alone or (_ARTICLE.match(match[0]) and bare):
            found += [at for place in (match["a"], match["b"]) if place and (at := _at(place, count)) is not None]
    found += [at for match in _DOES.finditer(text) if (at := _at(match["a"], count)) is not None]
    if not found and bare:
        found = [int(number) - 1 for number in _BARE.findall(text)]
    return tuple(dict.fromkeys(at for at in found if 0 <= at < count))


_LAST = re.compile(rf"\b{FROM_THE_END}\b(?! (?:\d|{'|'.join(_COUNTS)}|answer|question|turn|layers?)\b)", re.IGNORECASE)


def counts_back(text: str) -> bool:
    """Whether a turn names a place from the end: after one or two papers were told of, that is a place of the list they are from."""
    return bool(_LAST.search(text))


def few_of(text: str) -> int:
    """How many of the first or the last a turn means ("the top two"); 0 where it says no such number."""
    run = _RUN.search(text)
    return 0 if run is None else int(run["n"]) if run["n"].isdigit() else _COUNTS[run["n"].lower()]


def without_places(text: str) -> str:
    """The turn without the words that say which papers are meant."""
    for pattern in (_THE_N, _RUN, _MARKED, _NUMBERED, _PLACED, _OF_THOSE):
        text = pattern.sub(" ", text)
    return " ".join(text.split())


_ANSWERS_PLACED = {word: n - 1 for word, n in ORDINALS.items()} | dict.fromkeys(("original", "initial", "opening"), 0)
_ANSWERS_PLACED |= dict.fromkeys(("previous", "last", "latest"), -1)
_ANSWER_MEANT = re.compile(
    rf"\b(?:from|in|of|out of|to|on|at|put|turn|show|give me|repeat|arrange|make|print|redo|take) (?:the|your|that"
    rf"|my) (?:very )?(?P<place>{'|'.join(_ANSWERS_PLACED)}) (?:answer|list|results?"
    rf"|reply|response"
    rf"|question|search|turn|set)\b",
    re.IGNORECASE,
)


def answer_meant(text: str) -> tuple[int, str] | None:
    """Which answer a turn refers to ("the ones from the first answer"), and the turn without that wording."""
    match = _ANSWER_MEANT.search(text)
    return (_ANSWERS_PLACED[match["place"].lower()], f"{text[: match.start()]}{text[match.end() :]}".strip()) if match else None


_YOU = (
    r"(?:that |which )?(?:you|u) (?:\w+ )?(?:listed|gave|named|showed|mentioned|told|found|cited|had|brought up|came up with)"
    r"(?: me| us)?(?: of)?"
)
_OF_YOURS = r"(?:the|those|these) (?:papers|works|ones|list|results|studies|articles|titles|stuff)"
_AS_LISTED = re.compile(
    rf"\b(?:from|in|of|among|amongst|out of|for)? ?(?:all )?{_OF_YOURS} {_YOU} (?:at first|first|at the (?:start|beginning|outset)"
    r"|in the beginning|initially|originally|to begin with|to start with)\b",
    re.IGNORECASE,
)


def listed_at_first(text: str) -> str:
    """The turn with "the papers that you listed at first" as "those"; empty of another turn."""
    match = _AS_LISTED.search(text)
    return f"{text[: match.start()].rstrip()} of those{text[match.end() :]}".strip() if match else ""
