"""Exact wordings about records: a paper's date, team or organisation; a count of mentions or of a topic; "list them"."""

import re

from rag.index import Catalogue
from rag.text import content_words
from rag.understanding.marks import METADATA_WORDS
from rag.understanding.references import of_those, positions, pronoun, without_places
from rag.understanding.turn import Reading, Talk

_WHEN = re.compile(
    r"(?:^|[,;:] )(?:and |so |ok |but )*(?:when|(?:in |from |of |on )?(?:what|which) (?:exact )?(?:year|month|date|day)|since when"
    r"|how (?:old|recent"
    r"|new))\b.*\b(?:publish\w*|come|came|released?|appear\w*"
    r"|written|posted|dated?|from|is|was|are|were|out)\b|\b(?:publication|release) date\b|\bdate of (?:publication|release)\b"
    r"|\bwhen (?:it|that|this|they|that one|the paper) (?:was|were|is|came|got|appeared)\b"
    r"|^(?:and |ok |so )*(?:its|the|their|what|which|what is the|from what|from which) (?:dates?|year|month)\W*$"
    r"|^(?:and |ok |so )*when\W*$",
    re.IGNORECASE,
)
_PEOPLE = r"(?:people|ppl|folks|persons?|authors?|co-?authors?|researchers?|scientists|contributors?|writers?)"
_HOW_MANY = re.compile(
    rf"\bhow (?:many|large|big) (?:\w+ )?{_PEOPLE}\b|\bhow (?:large|big) (?:is|was) the (?:team|group)\b|\bnumber of {_PEOPLE}\b"
    rf"|\b(?:did|was|were|is|has|have)\b[^.?!]*\b(?:one|a single|single|sole|lone|two|several|many|more than one|multiple) {_PEOPLE}\b"
    rf"[^.?!]*\b(?:it|that|this)\b"
    r"|\bhow many (?:was|were|is) it (?:for|with|in|of)\b"
    r"|^(?:and |so )*(?:did|was|were|is|has)\b[^.?!]*\b(?:it|that|this)\b[^.?!]*\b(?:alone|solo|single-?handed(?:ly)?)\W*$"
    rf"|\bhead ?count\b|\b{_PEOPLE} count\b|\bsize of the (?:author )?team\b",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\b(?:what|which|whose) (?:compan(?:y|ies)|organi[sz]ations?|labs?|institut\w+|universit(?:y|ies)|groups?|firms?)\b.*\b(?:behind"
    r"|from|made|makes|wrote|publish\w*|released?|by|did)\b"
    r"|\b(?:is|was|are|were) (?:it|this|that|they|these|the (?:paper|work|first|second|third|last)(?: (?:one|paper))?) (?:\w+ )?(?:from"
    r"|by|made by|of) (?:a |an |the )?[A-Z]"
    r"|\baffiliations?\b",
    re.IGNORECASE,
)
_OF_PAPERS = re.compile(
    r"\bhow many (?:\w+ )?(?:papers|works|abstracts|articles|of (?:them|these|those|your|the))\b|\bwhich (?:papers|ones|paper|of)\b",
    re.IGNORECASE,
)


def fact_asked(text: str) -> str:
    """`date`, `authors` or `organisation`, where a turn asks that of a paper; empty elsewhere."""
    if _OF_PAPERS.search(text):
        return ""
    kinds = (("authors", _HOW_MANY), ("date", _WHEN), ("organisation", _FROM))
    return next((kind for kind, pattern in kinds if pattern.search(text)), "")


_AVERAGE = re.compile(
    r"\b(?:averages?|(?<!\bi )(?<!\byou )mean(?!s\b)|on average|typical(?:ly)?|usual(?:ly)?|median|mode|most (?:common|frequent|often)"
    r"|commonest)\b",
    re.IGNORECASE,
)
_TEAMS = re.compile(r"\b(?:authors?|people|teams?|persons?|researchers?)\b", re.IGNORECASE)


def asks_average(asked: str) -> bool:
    """Whether the number of authors is asked for on average."""
    return bool(_AVERAGE.search(asked) and _TEAMS.search(asked))


_MENTIONS = re.compile(
    r"\b(?:mention\w*|(?:bring\w*|brought) (?:it |that |them )?up|com(?:e|es|ing) up|crop\w* up"
    r"|turn\w* up|pop\w* up|contain\w*|nam(?:e|es|ing)|say|says"
    r"|refer\w*|occur\w*|appear\w* in"
    r"|talk\w*|(?:with|use|uses|using|have|has) the (?:words?|terms?|names?|phrase))\b|[\"“”]",
    re.IGNORECASE,
)


def counts_mentions(asked: str) -> bool:
    """Whether a count is of the papers that mention something, not of those on it."""
    return bool(_MENTIONS.search(asked))


_LISTS = re.compile(
    r"^(?:(?:and|ok(?:ay)?|so|please|now|then|great|thanks|cool|nice|yes|sure|(?:can|could|would|will) you|i want to see"
    r"|let me see)\b[ ,.!]*)*"
    r"(?:(?:please )?(?:list|show|name|give|print|enumerate|see|display)\b(?: me| us)?(?: (?:them|these|those|the list|the (?:papers"
    r"|ones)|all(?: of (?:them|those))?"
    r"|which ones|a list|the titles|their titles|the \d+|it))*|which (?:ones?|papers?|are (?:they|those|these|the ones)|is it"
    r"|one is it)(?: are (?:they|those|these))?"
    r"|(?:what|who) are (?:they|those|these)|what is it)(?:,? (?:then|please|all|for me|exactly))*[\s?.!]*$",
    re.IGNORECASE,
)


def lists_those(text: str) -> bool:
    """Whether a turn asks to list what was just counted."""
    return bool(_LISTS.match(text.strip()))


_OUT = r"(?:c[ao]me|comes|came out|appear(?:ed|s)?|published|posted|released|written|out|dated|launched|submitted)"
_FIRST_OUT = re.compile(rf"\b{_OUT}\b(?: \w+)? (?:(?P<old>first|earliest)|(?P<new>last|latest|most recently))\b[\s?.!]*$", re.IGNORECASE)


_NEWER = re.compile(
    r"\b(?:(?P<old>old(?:er|est)|earli(?:er|est))|(?P<new>new(?:er|est)|latest|more recent|most recent))\b(?=[^,.;]{0,12}$| (?:one )?of\b)",
    re.IGNORECASE,
)


def came_first(text: str) -> str:
    """`oldest` or `newest`, where a turn asks which came out first or last, or is the newer one; empty elsewhere."""
    match = _FIRST_OUT.search(text) or _NEWER.search(text.strip(" ?.!"))
    return "" if not match else "oldest" if match["old"] else "newest"


_BARE = re.compile(
    r"(?:and |ok |so )*(?:(?:what|which|from which|from what) (?:year|month|date)|when|by whom"
    r"|(?:by |with |from )?how many (?:authors|people|persons|researchers|hands|names))\W*",
    re.IGNORECASE,
)
_MEASURED = re.compile(
    r"\b(?:trained|training|used?|uses|work|works|fast|faster|better|speed|tokens|data|models?|layers|evaluated|tested)\b", re.IGNORECASE
)


_COME_OUT = frozenset(
    """got come came comes coming out wrote written write worked people folks persons publish appear exactly day alone solo single
    one signed credited listed behind""".split()
)
_OF_RECORDS = METADATA_WORDS | {"paper"}
_THAT_ONE = re.compile(r"\b(?:that|this)(?: (?:alone|solo|one|paper|single-?handed(?:ly)?|by \w+))*[\s?.!]*$", re.IGNORECASE)


def of_a_paper(reading: Reading, talk: Talk, lexical: Catalogue) -> bool:
    """Whether a turn is about a paper that it names, or that was just told of, and asks nothing that an abstract tells."""
    named = lexical.named(reading.words)
    words = [w for w in content_words(without_places(reading.rest)) if w.lower().strip("?.!,") not in _OF_RECORDS]
    if named:
        names = " ".join(named)
        asks = (w for w in words if w.lower() not in _COME_OUT)
        return not _MEASURED.search(reading.words) and all(w.lower().strip("?.!,'’s") in names or w[:1].isupper() for w in asks)
    if talk and len(talk.told) == 1 and _BARE.fullmatch(reading.words.strip()):
        return True  # "what year?"
    meant = (
        bool(pronoun(reading.words) or _THAT_ONE.search(reading.words)) or bool(positions(reading.words, len(talk.told), bare=True))
        if talk and talk.told
        else False
    )
    asked = [w for w in words if not w[:1].isupper() and w.lower().strip("?.!,") not in _COME_OUT]
    return meant and not of_those(reading.turn) and not asked and not _MEASURED.search(reading.words)


LACK_IT = re.compile(
    r"\b(?:have|has|got|with|come with) none[\s?.!]*$|\b(?:lack(?:s|ing)?|miss(?:es|ing)?|without|don['’]?t|do not|does(?:n['’]t| not)"
    r"|have(?:n['’]t| not| no)"
    r"|has no)\b[^,;.?!]{0,25}[\s?.!]*$"
    r"|\b(?:lack|miss|(?:do|are|go|come) without|have no)s? (?:one|it|any|that|code)\b",
    re.IGNORECASE,
)
"""What has none of what was just counted."""

ITS_ADDRESS = re.compile(
    r"^(?:(?:and|so|ok|fine|then|at least|well)\b[ ,.]*)*(?:the|its|a|any) (?:repo(?:sitory)?|github|code|implementation)\b", re.IGNORECASE
)
"""The code of one paper that was told of, asked for without a verb."""

THE_ONE = re.compile(r"(?:and|or|what about|how about) (?:the |of )?(?P<what>.+?)(?: one| paper)?\W*", re.IGNORECASE)
"""Another paper, of which the same is asked: "and the HyperNetworks one?"."""
