"""What is said beside a question and asks nothing ("Sorry, maybe I'm slow, but ...", "For a report: ..."): told by the classifier."""

import re

from rag.text import named_like
from rag.understanding.classifier import NAMES, classified

_ASKS = (
    r"(?:how (?:many|much|often|does|do)|which|what(?:'s)?|who|where|when|why|(?:do|have|can|could|would) you|(?:is|are) there|show me"
    r"|list|give me|any)\b"
)
_AT = re.compile(rf"(?<=[.!?…])\s+|\s*[;:,]\s+|\s+[-–—]+\s+|\s*(?:\.\.\.?|…)\s*|\s+(?={_ASKS})", re.IGNORECASE)
_ASIDE, _SURELY = 0.7, 0.8
"""How likely a part is said aside that is left out; and one that has a name, a number, a place of a list or what is denied, or that
no mark sets off."""

_TALK, _ONLY_TALK = ("thanks", "greeting", "bye", "help", "identity", "feedback"), 0.8
"""Small talk, and how likely a turn is nothing else: then it stays whole."""

_CORRECTS = 0.5
"""How likely a turn corrects the one before: it is read whole, as "sorry" then tells something."""

_MATTERS = re.compile(
    r"\d|\b(?:no|not|nor|never|without|except|but|only|than|first|second|third|last|latest|newest|oldest|these|those|them|it|\w+n't)\b",
    re.IGNORECASE,
)
_LONGEST, _PARTS, _WORDS = 400, 12, 16
"""Characters of a turn that is looked at, parts of one, and words of a part that may be said aside."""

_ON = re.compile(
    r"\b(?:for|at|in|of|on|with|to|from|by|about|someone|somebody|something|people|papers?|works?|ones?|the|a)\s+$", re.IGNORECASE
)
_DENIES = re.compile(r"(?:no|nope|nah|not|wrong)\b", re.IGNORECASE)
_GOES_ON = re.compile(r"(?:not|nor|or|rather|instead)\b", re.IGNORECASE)
"""What a part ends with that goes on with the next, and what one begins with that goes on with the part before."""

_TIES = re.compile(r"^(?:but|so|anyway|well|then)\b[\s,]*(?=\w+ \w)", re.IGNORECASE)


def without_asides(text: str) -> str:
    """The turn from the first part on that asks something; all of it where none does, or where it is but small talk."""
    if len(text) > _LONGEST:
        return text
    begins = [0, *(at.end() for at in _AT.finditer(text))]
    if not 1 < len(begins) <= _PARTS:
        return text
    parts = [text[start:end] for start, end in zip(begins, [*begins[1:], len(text)], strict=True)]
    first = next((n for n, part in enumerate(parts) if not _aside(part)), 0)
    whole = classified(text, True).heads if first else {}
    if not first or sum(whole["intent"].get(label, 0.0) for label in _TALK) >= _ONLY_TALK or whole["act"]["correct"] >= _CORRECTS:
        return text
    rest = text[begins[first] :]
    if _ON.search(text[: begins[first]]) or _GOES_ON.match(rest):
        return text
    return _TIES.sub("", rest) if re.search(r"\w", rest) else text


def _aside(part: str) -> bool:
    said = part.strip(" .,;:!?…–—-()")
    if len(said.split()) > _WORDS or not re.search(r"\w", said) or _DENIES.match(said):
        return not said
    apart = said != part.strip()
    least = _SURELY if not apart or _MATTERS.search(said) or any(name != name.upper() for name in named_like(said)) else _ASIDE
    told = classified(said, True)
    return told.heads["part"]["aside"] >= least and max(told.topical(said).values(), default=0.0) < NAMES
