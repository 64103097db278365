"""Several questions in one message: where one ends and the next begins, and what the next takes from the one before."""

import re
from dataclasses import replace

from rag.text import content_words, named_like
from rag.understanding.classifier import Typed
from rag.understanding.facts import fact_asked
from rag.understanding.question import Kind, Question
from rag.understanding.references import of_those, pronoun

MOST = 3
_ASKS = r"(?:who|what|which|how|why|when|where|is|are|does|do|can|has|have|any|list|show|give|tell|compare|find)\b"
_WH = r"(?:who|what|which|how many|how much|how often|when|where)\b"
_ANY_HELD = r"(?:do|does|did|have|has|is|are) (?:you|there|any\w*|it|they)\b"
_ENDS = re.compile(
    rf"\?\s*(?:(?:and|also|then|plus|besides|secondly|second|another(?: one| question)?)\b[,:]?\s*)*(?={_ASKS})|(?:;|,)\s*(?:and|also"
    rf"|plus)\s+(?={_WH}|how\b|why\b|{_ANY_HELD})"
    rf"|(?<!how)(?<!why)(?<!what)(?<!when)(?<!where)(?<!which)\s+and\s+(?=(?:also )?(?:how many|how often|which (?:of|one|paper|is|are"
    rf"|was)|who (?:wrote"
    r"|has)|what is the|what's the|when was)\b)",
    re.IGNORECASE,
)
_BEGINS = re.compile(rf"^(?:(?:and|ok|so|hi|hello|please|now)\b[, ]*)*{_ASKS}|\?", re.IGNORECASE)
_SAME = re.compile(r"\b(?:ones?|it|its|they|them|their|these|those|that)\b", re.IGNORECASE)


_EXTREME = r"(?:newest|oldest|latest|earliest|most recent|youngest)"
_BOTH = re.compile(
    rf"\b(?P<one>{_EXTREME})\b(?P<mid>(?: (?!and\b)\w+){{0,4}}),? (?:and|&)(?: also)? (?:the )?(?P<other>{_EXTREME})\b(?P<tail>.*)$", re.I
)
"""Two ends of one order, asked for at once."""


_EITHER = re.compile(
    r"^(?P<lead>.*?\b(?P<by>on|about|regarding|concerning) )(?P<a>[^,.;?!]+?) or (?:(?:papers|works|ones|something|anything) )?(?P=by) "
    r"(?P<b>(?!.*\b(?:it|its|them|they|their|these|those)\b)[^,.;?!]+?)[?.! ]*$",
    re.IGNORECASE,
)
"""Two topics, one of which is enough."""


_OF_YEAR = r"(?:(?:of|from|in|for|with|dated|published in) )?(?:the )?(?:year )?"
_MORE_OF = re.compile(
    rf"\b(?:more|fewer|most|fewest) (?:papers|works|abstracts|articles|entries|records)(?: (?:here|published|dated|out|come|are|were))*,? "
    rf"{_OF_YEAR}(?P<a>(?:19|20)\d\d),? (?:or|than) {_OF_YEAR}(?P<b>(?:19|20)\d\d)\W*$",
    re.IGNORECASE,
)
"""Two years whose papers are to be counted, one beside the other."""


_DENIES = re.compile(
    r"\b(?:not|no|none|nothing|without|minus|except\w*|exclud\w+|besides|but|skip\w*|leav\w+|omit\w*|drop\w*|spare|\w+n['’]t)\b", re.I
)
"""What both of two topics are left out by: "minus the papers on A or on B" asks one question."""


def parts_of(text: str) -> tuple[str, ...]:
    """The questions of a message that asks two or three; none of one that asks a single one."""
    names = [name.strip() for name in re.split(r"\s*(?:[/;|]|,(?: and)?\s)\s*", text.strip(" ?.!"))]
    if 1 < len(names) <= MOST and all(named_like(name) == [name] for name in names):
        return tuple(names)  # "GenFuser/Metal-Embedding"
    if both := _BOTH.search(text):  # "the newest paper and the oldest?"
        before, after = text[: both.start()], both["mid"] + both["tail"].rstrip(" ?.!")
        return f"{before}{both['one']}{after}", f"{before}{both['other']}{after}"
    if years := _MORE_OF.search(text):  # "are there more papers from 2023 or from 2025?"
        return tuple(f"How many papers are from {years[which]}" for which in ("a", "b"))
    if (either := _EITHER.match(text)) and not _DENIES.search(either["lead"]):  # "papers on A or on B"
        return f"{either['lead']}{either['a']}", f"{either['lead']}{either['b']}"
    parts = [part.strip(" ,;?") for part in _ENDS.split(text)]
    whole = 1 < len(parts) <= MOST and all(part and (content_words(part) or _SAME.search(part)) for part in parts)
    return tuple(parts) if whole and _BEGINS.search(parts[0]) else ()


def continued(part: Question, first: Question) -> Question:
    """A later question of a message: "which one is the newest?" is of the topic of the one before, "what is it about?" of its answer."""
    if first.about == "facts" and first.within and pronoun(part.asked) == "it" and fact_asked(part.asked):
        return replace(part, intent="collection", about="facts", text="", within=first.within)
    if not _SAME.search(part.asked) or part.within is not None:
        return part
    if part.intent == "collection":
        return replace(part, text=part.text or first.text, filters=part.filters.over(first.filters))
    short = len(content_words(part.text)) <= MOST
    if part.intent == "papers" and short and (pronoun(part.asked) or of_those(Typed(part.asked))):
        return replace(part, kind=Kind.ONE if part.kind is Kind.DEFINITION else part.kind, about="answer")
    return part
