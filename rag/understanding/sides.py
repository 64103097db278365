"""The things that a question sets against each other: "A vs B", "is A better than B?", "the difference between A and B"."""

import re
from collections.abc import Sequence

from rag.text import content_words, named_like

_TITLES = re.compile(
    r"\b(?:papers?|works|stud(?:y|ies)|articles?|surveys?|abstracts?|anyone|who|ones|those|these|they|each)\b", re.IGNORECASE
)
_FIGURE = re.compile(
    r"\b(?:how (?:often|many|much|large|big|far)|by how|what (?:share|margin|factor|fraction|percentage)|in what share|what margin)\b",
    re.IGNORECASE,
)
"""Wording that asks for one figure of a comparison that was made: the paper that made it is wanted."""

_VERSUS = re.compile(r"\s+(?:vs\.?|versus|v\.)\s+", re.IGNORECASE)
_AGAINST = re.compile(r"\s+(?:vs\.?|versus|v\.|against)\s+", re.IGNORECASE)
_BETTER = (
    r"(?:better|worse|best|faster|slower|cheaper|stronger|smaller|larger|safer|simpler|quicker|preferable|superior|inferior"
    r"|(?:more|less) \w+|as (?:good|fast|accurate|cheap|effective|efficient) as)"
)
_TAKE = r"(?:use|pick|choose|take|try|prefer|go (?:with|for)|trust|recommend|buy|want|opt for)"
_LEAD = (
    r"^(?:(?:please|so|ok|hi|and|now|can you|could you|i want to|tell me|explain|show me|give me|what(?:'s| is| are)|where is|is there"
    r"|about|a|an|any|the|main|key|real|big|quick)\b[ ,:]*)*"
)
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_LEAD}(?:differences?|distinction|trade-?offs?|comparison|choice) (?:is |are )?(?:between"
        rf"|of) (?P<a>.+?) (?:and|or|from) (?P<b>.+)",
        r"\b(?:do|should|can|would|to) (?:i |we |you |one )?(?:choose|decide|distinguish) between (?P<a>.+?) (?:and|or) (?P<b>.+)",
        rf"{_LEAD}(?:compare|contrast) (?P<a>.+?) (?:and|with|to|against) (?P<b>.+)",
        r"\bhow (?:do|does|did) (?P<a>.+?) and (?P<b>.+?) (?:differ|compare|relate|stack up)\b",
        r"\bhow (?:do|does|did|is|are) (?P<a>.+?) (?:differ|different|compare|fare|stack up)\w* (?:from|to|with|against|than) (?P<b>.+)",
        rf"\bis (?:the )?(?P<a>[^,?]+?) (?:really |actually |generally |any |much )?{_BETTER}(?: \w+)? (?:than|to) (?P<b>[^,?;]+)",
        rf"\bare (?:the )?(?P<a>[^,?]+?) (?:really |actually |generally |any |much )?{_BETTER}(?: \w+)? than (?P<b>[^,?;]+)",
        r"\b(?:does|do|can|would|did) (?P<a>[^,?]+?) (?:beat|outperform|surpass|do better than|work better than"
        r"|win (?:over|against)) (?P<b>[^,?;]+)",
        r"\bwhich (?:one |of them )?(?:is|works?|saves?|gives?|wins?|should)\b[^,:?]*[,:] (?P<a>[^,?]+?) or (?P<b>[^,?]+)",
        rf"\b(?:should|shall|would|do|could|can|must) (?:i|we|one|you) (?:rather "
        rf"|better )?{_TAKE} (?P<a>[^,?]+?) or (?:rather )?(?P<b>[^,?]+)",
        r"\b(?:advantages?|benefits?|pros(?: and cons)?|drawbacks?|merits?) of (?P<a>[^,?]+?) (?:over|compared (?:to"
        r"|with)|relative to|against)"
        r" (?P<b>[^,?]+)",
        rf"\bis (?P<a>[^,?]+?) or (?P<b>[^,?]+?) {_BETTER}",
        r"^(?P<a>(?!which|what|how|who|any|is|are|does|do|can)(?!.*\b(?:that|which|who|whose|to|for|about|with|by|on)\b.* or )"
        r"[\w-]+(?: [\w-]+){0,3}?) or (?P<b>[\w-]+(?: [\w-]+){0,3}?)"
        r"(?:[,:;] ?(?:which|what)\b.*|\?)$",
        r"^(?P<a>[\w-]+(?: [\w-]+){0,3}?) (?:compared|relative) (?:to|with) (?P<b>.+)",
    )
)
_VERDICT = re.compile(rf"\b(?:{_BETTER}|beats?|outperforms?|wins?|{_TAKE})\b|\bor\b", re.IGNORECASE)
_BEGINS = re.compile(
    r"^(?:(?:please|so|ok|hi|and|now|compare|contrast|what about|how about|give me|show me|tell me|i want|a|the|comparison of|comparing"
    r"|which is (?:better|faster),?|is|are|does|do|using|use)\b[ ,:]*)+",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\s*[,:;?!(].*$|\s+(?:on|for|in|at|when|which|regarding|concerning|under|if|please|across|w\.?r\.?t\.?|with respect|what|by|than)\b.*$"
    r"|\s+(?:better|worse|best|faster|slower|cheaper|preferable|superior|more \w+|differ|compare)\W*$",
    re.IGNORECASE,
)
_MOST, _WORDS, _LONGEST = 3, 4, 500


def sides_of(text: str) -> tuple[str, ...]:
    """The two or three things that are weighed, in their own words; none of a question for papers, or of one thing."""
    if len(text) > _LONGEST or _TITLES.search(text) or _FIGURE.search(text):
        return ()
    for between in (_VERSUS, _AGAINST):
        parts = between.split(text)
        if 1 < len(parts) <= _MOST and (between is _VERSUS or all(named_like(_bare(part)) for part in parts)):
            return _whole(parts)
    found = next(filter(None, (pattern.search(text) for pattern in _PATTERNS)), None)
    return _whole((found["a"], found["b"])) if found else ()


def wants_verdict(text: str) -> bool:
    """Whether it is asked which of them is the better one."""
    return bool(_VERDICT.search(text))


def _bare(part: str) -> str:
    return _ENDS.sub("", _BEGINS.sub("", part.strip())).strip(" .,;:?!")


def _whole(parts: Sequence[str]) -> tuple[str, ...]:
    """The sides without the words around them; none where one is empty or runs on."""
    sides = [_bare(part) for part in parts]
    fit = all(content_words(side) and len(side.split()) <= _WORDS for side in sides)
    return tuple(sides) if fit and len({side.lower() for side in sides}) == len(sides) else ()


def aspect_of(text: str, sides: Sequence[str]) -> str:
    """What they are compared in: what is left of the question without its sides."""
    names = {word.lower() for side in sides for word in side.split()}
    return " ".join(word for word in content_words(_VERDICT.sub(" ", text)) if word.lower() not in names and not _COMPARING.fullmatch(word))


_COMPARING = re.compile(
    r"(?:compar\w*|contrast\w*|differ\w*|between|against|versus|relative|advantages?|pros|cons|benefits?|choose|pick|difference)", re.I
)
