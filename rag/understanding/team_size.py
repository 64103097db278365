"""How many authors a wording asks for: "by two or more people", "teams of at least ten", "only one author", "on their own"."""

import re

from rag.filters import Filters
from rag.text import NUMBERS

_WORDS = NUMBERS | {"a single": 1, "single": 1, "a sole": 1, "sole": 1, "solo": 1, "a couple of": 2, "a dozen": 12, "dozen": 12}
_WORDS |= {word: n for n, word in enumerate("thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(), 13)}
_COUNT = r"\d{1,4}|" + "|".join(sorted(_WORDS, key=len, reverse=True))

_NEGATED = re.compile(r"\b(?:not|except|excluding|without|other than|nor|no)\s*$", re.IGNORECASE)
_AUTHORS = r"(?:co-?)?author(?:s|ed)?|signator(?:y|ies)"
_PEOPLE = r"people|persons?|researchers?|writers?|scientists?|contributors?|collaborators?|members|names"
_HAVE = r"(?:(?:that |which |who )?(?:have|has|having|list|with|by|written by|from|of) )?"
_BY = r"(?:(?:that |which )?(?:were |was |are |is )?(?:written|published|authored|made|done|produced|signed|put together) )?(?:by|from) "
_TEAM = (
    rf"(?:{_BY}|with |in |has |have )?(?:an? |the )?(?:(?:author|research|whole) )?(?:teams?|groups?|crews?|author lists?) (?:of |with )?"
)

_LEAST = r"at least|no fewer than|no less than|not fewer than|a minimum of|minimum"
_OVER = r"more than|over|above|larger than|bigger than|exceeding"
_MOST = r"at most|no more than|not more than|up to|a maximum of|maximum|no larger than|no bigger than"
_UNDER = r"fewer than|less than|under|below|smaller than"
_BEFORE = rf"(?:(?P<least>{_LEAST})|(?P<over>{_OVER})|(?P<most>{_MOST})|(?P<under>{_UNDER})|only|just|exactly) "
_UP, _DOWN = (
    r"(?: or more| and more| or above| and above| and up| or up| upwards?|,? at least|\+| plus)",
    r"(?: or fewer| or less|,? at most| or below| tops)",
)
_NUMBER = rf"(?P<n>{_COUNT})(?: ?(?:and|or|to|-|–) ?(?P<m>{_COUNT}))?(?:(?P<up>{_UP})|(?P<down>{_DOWN}))?"
_AFTER = rf"(?:(?P<up2>{_UP})|(?P<down2>{_DOWN}))?"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){pattern}(?![\w-])", re.IGNORECASE)


_RULES = (
    _compiled(rf"{_HAVE}(?:between )?(?:{_BEFORE})?{_NUMBER}[ -](?:{_AUTHORS}){_AFTER}"),
    _compiled(rf"{_TEAM}(?:{_BEFORE})?{_NUMBER}(?: (?:{_PEOPLE}|{_AUTHORS})){_AFTER}"),
    _compiled(rf"{_BY}(?:{_BEFORE})?{_NUMBER} (?:different )?(?:{_PEOPLE}){_AFTER}(?: alone)?"),
    _compiled(rf"{_TEAM}(?:{_BEFORE})?{_NUMBER}(?=[\s,.?!]*$|,? (?:from|in|on|since|that|and)\b)"),
)

_ALONE = re.compile(
    r"\b(?:all )?(?:(?:on|by) (?:their|his|her|its|one's) own|by (?:themselves|himself|herself)|alone|single-?handed(?:ly)?"
    r"|solo(?:-authored| papers?| works?)?"
    r"|without (?:any )?co-?authors?|with no co-?authors?|no co-?authors?)(?:,? (?:and )?(?:without"
    r"|with no) (?:any )?co-?authors?)?\b(?! model)",
    re.IGNORECASE,
)


def counted(text: str) -> tuple[Filters, str]:
    """The filter on the number of authors in a wording, and the text without it."""
    for pattern in (*_RULES, _ALONE):
        if (match := pattern.search(text)) and not _NEGATED.search(text[: match.start()]):
            filters = Filters(min_authors=1, max_authors=1) if pattern is _ALONE else _meant(match)
            return filters, text[: match.start()] + " " + text[match.end() :]
    return Filters(), text


def _meant(match: re.Match[str]) -> Filters:
    number = _number(match["n"])
    if match["m"]:
        other = _number(match["m"])
        return Filters(min_authors=min(number, other), max_authors=max(number, other))
    if match["least"] or match["up"] or match["up2"]:
        return Filters(min_authors=number)
    if match["over"]:
        return Filters(min_authors=number + 1)
    if match["most"] or match["down"] or match["down2"]:
        return Filters(max_authors=number)
    if match["under"]:
        return Filters(max_authors=max(number - 1, 0))
    return Filters(min_authors=number, max_authors=number)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _WORDS[text.lower()]
