"""What a question excludes: "but not LoRA", "without training", "other than faster sampling", and the question without it."""

import re

_STOP = r"(?=[,.;:?!)]|$| (?:but|and (?:also|which|who|that)|please|that|which|from (?:19|20)\d\d|since|in (?:19|20)\d\d)\b)"
_WHAT = rf"(?P<what>[^,.;:?!()]+?){_STOP}"
_ABOUT = r"(?:(?:any|all|the|those|these|ones|papers|works|methods|approaches|anything|everything|stuff|models)\b ?)*"
_TIE = (
    r"(?:(?:which|that|who) (?:only |just |merely |also )?(?:are |is |do |does |were )?|(?:on|about|for|with|using|involving"
    r"|concerning|dealing with|relating to|based on|that use|of)\b ?)*"
)
_NOT = (
    r"(?:(?:(?<=[,.;(])\s*|\b(?:but|and|or|just|only|though|yet) |(?<=\w)(?= not (?:the ones|those|about|on|with|for)\b) |\b(?:that"
    r"|which|who) (?:are|is|do|does) )"
    r"(?:but |and |just |please )*not(?! only| just| sure| necessarily)"
    r"|\bexcept(?: for)?|\bexcluding|\bexclude|\bexcludes|\bapart from|\baside from|\bother than(?= (?:those|the ones|ones|papers|works"
    r"|methods|any)\b)|\bbesides|\bleav(?:e|ing) (?:out|aside)|\bignor(?:e"
    r"|ing)"
    r"|\bskip(?:ping)?(?= (?:the|those|anything|papers))|\bminus|\bnothing (?:on|about|with)|\banything but|\beverything but"
    r"|\bomit(?:ting)?"
    r"|\bdrop(?:ping)?(?= (?:the|those|anything|papers))|\b(?:none|not) of (?:the|those))\b"
)
_LACK = (
    r"(?:\b(?:and |but )?(?:without|w/o|with no|(?:needs?|requir\w+|uses?|using|involv\w+|has|have) no)"
    r"|\b(?:don't|do not|doesn't|does not|never|not) (?:use|using|need|needing|require|requiring|rely(?:ing)? on|involve|involving"
    r"|depend(?:ing)? on)"
    r"|(?<=[,;] )no(?= \w+(?: \w+)? (?:required|needed|involved)\b)|(?<=[,;] )no(?= \w+(?: \w+)?[?.!]*$))\b"
)
_EXCLUDED = re.compile(rf"[,.;(]*\s*{_NOT} {_ABOUT}{_TIE}{_ABOUT}{_WHAT}\)?", re.IGNORECASE)
_LACKING = re.compile(rf"{_LACK} {_ABOUT}{_WHAT}", re.IGNORECASE)
_NOTHING = frozenset("it that this them those these one ones any all so much more less only just sure".split())
_EDGES = re.compile(r"^(?:a|an|the|any|all|use of|using)\s+|\s+(?:either|at all|please|though|ones|papers|methods|works)$", re.IGNORECASE)


_TAIL = re.compile(r" (?:is |are )?(?:required|needed|involved|necessary)$", re.IGNORECASE)


def excluded(text: str) -> tuple[tuple[str, ...], str]:
    """The phrases of what no paper may be about, and the question without them.

    What a method is to do without ("without training") is no topic to leave out: see `lacking`.
    """
    found: list[str] = []
    rest = text
    for match in _EXCLUDED.finditer(text):
        if phrases := _phrases(match["what"]):
            found += phrases
            rest = rest.replace(match[0], " ", 1)
    if not found or not re.search(r"\w{2,}", rest):
        return (), text
    return tuple(dict.fromkeys(found)), " ".join(rest.split())


def with_denial(text: str, phrases: tuple[str, ...]) -> str:
    """The question with what it excludes put plainly at its end, for the judge: it weighs what follows a "not"."""
    return f"{text.rstrip(' ?.!,')}, not {' or '.join(phrases)}" if phrases else text


def lacking(text: str) -> tuple[str, ...]:
    """The phrases of what a method is to do without: abstracts tell of it in the same words ("without training")."""
    return tuple(dict.fromkeys(phrase for match in _LACKING.finditer(text) for phrase in _phrases(_TAIL.sub("", match["what"]))))


def _phrases(what: str) -> list[str]:
    parts = (_EDGES.sub("", _EDGES.sub("", part.strip())) for part in re.split(r"\s+(?:or|nor|and)\s+", what))
    return [part for part in parts if part and part.lower() not in _NOTHING and not part.isdigit() and len(part.split()) <= 10]
