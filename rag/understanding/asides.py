"""What is said beside a question and asks nothing ("Sorry, maybe I'm slow, but ...", "For a report: ..."): told by the classifier."""

import re
from collections.abc import Iterable
from itertools import pairwise

from rag.text import named_like
from rag.understanding.classifier import NAMES, Said, Typed, classified, glanced
from rag.understanding.places import ORDINAL, only_a_place

_ASKS = (
    r"(?:how (?:many|much|often|does|do)|which|what(?:'s)?|who|where|when|why|(?:do|have|can|could|would) you|(?:is|are) there|show me"
    r"|list|give me|any)\b"
)
_AT = re.compile(
    rf"(?<=[.!?…])\s+|\s*[;:,]\s+|\s+[-–—]+\s+|\s*(?:\.\.\.?|…)\s*"
    rf"|(?<!leave)(?<!left)(?<!miss)(?<!missed)(?<!forget)(?<!omit)(?<!skip)\s+(?={_ASKS})",
    re.IGNORECASE,
)
_ASIDE, _SURELY = 0.7, 0.8
"""How likely a part is said aside that is left out; and one that has a name, a number, a place of a list or what is denied, or that
no mark sets off."""

_TIED = 0.3
"""The same, of a part that the question is tied to by a "so"."""

_CERTAINLY, _PERHAPS_A_TOPIC = 0.95, 0.7
"""How likely a part is said aside that is, though one of its words might name a topic; and how likely that word is to do so, at most."""

_OUTSIDE = 0.9
"""How likely a part by itself is about something else than papers, from which on it is said aside."""

_TALK, _ONLY_TALK = ("thanks", "greeting", "bye", "help", "identity", "feedback"), 0.8
"""Small talk, and how likely a turn is nothing else: then it stays whole."""

_ONLY_OUTSIDE = 0.85
"""How likely a turn asks for something outside the job, from which on it stays whole."""

_SURELY_A_TOPIC = 0.95
"""How likely a word of a part names a topic within the turn, from which on no part was ever told to be an aside by itself."""

_LONG, _HARDLY = 5, 0.05
"""Words of a part, and how likely it is said aside at a glance at the turn, below which such a part never was by itself: of 8,000
turns, none under .17."""

_CORRECTS = 0.5
"""How likely a turn corrects the one before: it is read whole, as "sorry" then tells something."""

_MATTERS = re.compile(
    r"\d|\b(?:no|not|nor|never|without|except|but|only|than|first|second|third|last|latest|newest|oldest|average|total|overall|percent"
    r"|these|those|them|it|\w+n't)\b",
    re.IGNORECASE,
)
_ITEM = re.compile(
    rf"\b(?:{ORDINAL}|last|latter|former) (?:one|paper|work|study|result|entry|item|of (?:them|these|those))\b|(?:#|\bnumber |\bno\.? ?)\d",
    re.IGNORECASE,
)
"""A paper of a list: what is said of it belongs to the question ("second one sounds good, what is it about?")."""

_LONGEST, _PARTS, _WORDS = 400, 12, 16
"""Characters of a turn that is looked at, parts of one, and words of a part that may be said aside."""

_ON = re.compile(
    r"\b(?:for|at|in|of|on|with|to|from|by|about|someone|somebody|something|people|papers?|works?|ones?|the|a)\s+$", re.IGNORECASE
)
_DENIES = re.compile(r"(?:no|nope|nah|not|wrong)\b", re.IGNORECASE)
_GOES_ON = re.compile(r"(?:not|nor|or|rather|instead)\b", re.IGNORECASE)
"""What a part ends with that goes on with the next, and what one begins with that goes on with the part before."""

_SO = re.compile(r"\s*so\b", re.IGNORECASE)
_TIES = re.compile(r"^(?:but|so|anyway|well|then)\b[\s,]*(?=\w+ \w)", re.IGNORECASE)


def without_asides(turn: Typed, names: Iterable[str] = ()) -> str:
    """The turn from the first part on that asks something, or is one of the names; all of it where none does, or where it is but small
    talk."""
    text = turn.text
    named = {name.lower() for name in names}
    begins = _begins(text)
    last = max((n for n, at in enumerate(begins) if _may_begin(text, at)), default=0)
    parts = list(pairwise([*begins, len(text)]))[: last + 1]
    if not last or not _may_be_aside(_said(text[slice(*parts[0])])):
        return text
    if _stays_whole(classified(turn)):  # first, as the turn is read in any case where it stays whole
        return text
    first = next(
        (
            n
            for n, (start, end) in enumerate(parts)
            if _said(text[start:end]).lower() in named or _surely_none(turn, start, end) or not _aside(turn, start, end)
        ),
        0,
    )
    return _from(text, begins[first]) if _may_begin(text, begins[first]) else text


def may_remain(text: str) -> list[str]:
    """All that `without_asides` may give, told without a look at what the parts say."""
    return [text, *(_from(text, at) for at in _begins(text) if _may_begin(text, at))]


def _begins(text: str) -> list[int]:
    """Where the parts of a turn begin; none of a turn that is not looked at."""
    begins = [0, *(at.end() for at in _AT.finditer(text))] if len(text) <= _LONGEST else []
    return begins if 1 < len(begins) <= _PARTS else []


def _may_begin(text: str, at: int) -> bool:
    """Whether a turn may be read from here on, if what comes before is said aside."""
    rest = text[at:]
    return at > 0 and bool(re.search(r"\w", rest)) and not _GOES_ON.match(rest) and not _ON.search(text[:at])


def _from(text: str, at: int) -> str:
    return _TIES.sub("", text[at:])


def _stays_whole(told: Said) -> bool:
    """Whether a turn is small talk, or corrects what was said before."""
    intent = told.heads["intent"]
    only_talk = sum(intent.get(label, 0.0) for label in _TALK) >= _ONLY_TALK or intent.get("outside", 0.0) >= _ONLY_OUTSIDE
    return only_talk or told.heads["act"]["correct"] >= _CORRECTS


def _surely_none(turn: Typed, start: int, end: int) -> bool:
    """Whether a part is none that is said aside, as far as the whole turn tells: then it need not be read by itself."""
    if _topic_within(turn, start, end) >= _SURELY_A_TOPIC:
        return True
    return len(turn.text[start:end].split()) >= _LONG and glanced(turn, start, end).heads["part"]["aside"] < _HARDLY


def _topic_within(turn: Typed, start: int, end: int) -> float:
    """How likely a word of a part names a topic within the turn, at most."""
    return max((token.topic for token in classified(turn).tokens if start <= token.start and token.end <= end), default=0.0)


def _said(part: str) -> str:
    return part.strip(" .,;:!?…–—-()")


def _may_be_aside(said: str) -> bool:
    asks = _DENIES.match(said) or only_a_place(said) or _ITEM.search(said)
    return not said or (len(said.split()) <= _WORDS and bool(re.search(r"\w", said)) and not asks)


def _aside(turn: Typed, start: int, end: int) -> bool:
    part = turn.text[start:end]
    said = _said(part)
    if not said or not _may_be_aside(said):
        return not said
    apart = said != part.strip()
    least = _SURELY if not apart or _MATTERS.search(said) or any(name != name.upper() for name in named_like(said)) else _ASIDE
    told = classified(Typed(said))
    aside = told.heads["part"]["aside"]
    topic = min(max(told.topical(said).values(), default=0.0), _topic_within(turn, start, end))
    if apart and _SO.match(turn.text[end:]):
        least = _TIED  # "my committee meets on Tuesday, so ..."
    if told.heads["intent"].get("outside", 0.0) >= _OUTSIDE and topic < NAMES and apart and len(said.split()) >= _LONG - 1:
        return True
    return aside >= least and topic < (NAMES if aside < _CERTAINLY else _PERHAPS_A_TOPIC)
