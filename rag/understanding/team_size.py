"""How many authors a wording asks for: "by two or more people", "teams of at least ten", "only one author", "on their own"."""

import re

from rag.filters import Filters
from rag.text import TO_NINETY_NINE

_ONE = ("a single", "single", "a sole", "sole", "a lone", "lone", "solo")
_WORDS = (
    {word: n for word, n in TO_NINETY_NINE.items() if n}
    | dict.fromkeys(_ONE, 1)
    | {"a couple of": 2, "a pair of": 2, "a handful of": 5, "half a dozen": 6}
)
_WORDS |= {"a hundred": 100, "hundred": 100, "two hundred": 200, "one hundred": 100}
_WORDS |= {"a dozen": 12, "dozen": 12, "two dozen": 24, "a score of": 20}
_WORDS |= {word.replace("-", " "): n for word, n in TO_NINETY_NINE.items() if "-" in word}
_COUNT = r"(?!(?:19|20)\d\d\b)\d{1,4}|" + "|".join(sorted(_WORDS, key=len, reverse=True))

_NEGATED = re.compile(
    r"\b(?:not|except|exclud(?:e|ing)|without|other than|nor|no|none|nothing|hid(?:e|ing)|drop(?:ping)?|skip(?:ping)?|omit(?:ting)?"
    r"|ignor(?:e|ing)|remov(?:e|ing)|minus|leav(?:e|ing) (?:out|away|off)|throw out|get rid of)"
    r"(?: (?:the|all|any|those|these|ones?|papers?|works?|that|which|with|by|from|has|have|having|are|is|were))*\s*$",
    re.IGNORECASE,
)
_AUTHORS = r"(?:co-?)?author(?:s|ed)?|signator(?:y|ies)"
_PEOPLE = (
    r"people|persons?|researchers?|writers?|scientists?|contributors?|collaborators?|members|names|folks|ppl|guys|colleagues"
    r"|individuals?"
)
_HAVE = r"(?:(?:that |which |who )?(?:have|has|having|list|with|by|written by|from|of) )?"
_BY = (
    r"(?:(?:that |which )?(?:were |was |are |is )?(?:written|published|authored|made|done|produced|signed|put together) )?"
    r"(?:by|from|(?:(?<=works )|(?<=work )|(?<=papers )|(?<=stuff ))of) "
)
_TEAM = (
    rf"(?:{_BY}|with |in |has |have )?(?:an? |the )?(?:(?:author|research|whole) )?(?:teams?|groups?|crews?|author lists?) (?:of |with )?"
)

_LEAST = r"at least|no fewer than|no less than|not fewer than|not less than|a minimum of|minimum|min\.?|>=|≥"
_OVER = r"(?:well )?over|more then|more than|above|larger than|bigger than|beyond|upwards? of|exceeding|in excess of|>"
_MOST = r"at most|no more than|not more than|not over|up to|a maximum of|maximum|max\.?|no larger than|no bigger than|<=|≤"
_UNDER = r"fewer th[ae]n|less th[ae]n|under|below|smaller than|<"
_BOUND = rf"(?:(?P<least>{_LEAST})|(?P<over>{_OVER})|(?P<most>{_MOST})|(?P<under>{_UNDER})) ?"
_BEFORE = rf"(?:{_BOUND}|(?:only|just|exactly|precisely) )"
_UP, _DOWN = (
    r"(?: or more| and more| or above| and above| and up| or up| upwards?|,? at least|\+| plus)",
    r"(?: or fewer| or less|,? at most| or below| tops)",
)
_NUMBER = rf"(?P<n>{_COUNT})(?: ?(?:and|or|to|-|–) ?(?P<m>{_COUNT}))?(?:(?P<up>{_UP})|(?P<down>{_DOWN}))?"
_AFTER = rf"(?:(?P<up2>{_UP})|(?P<down2>{_DOWN}))?"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){pattern}(?![\w-])", re.IGNORECASE)


_RULES = (
    _compiled(r"(?:num_?|no\. of |number of |#)?authors? ?(?:(?P<least>>=|≥)|(?P<most><=|≤)|(?P<over>>)|(?P<under><)|=+|:) ?(?P<n>\d+)"),
    _compiled(rf"{_HAVE}(?:{_LEAST}) (?P<n>{_COUNT}) (?:{_AUTHORS}|{_PEOPLE}),? (?:and|but|to) (?:{_MOST}) (?P<m>{_COUNT})"),
    _compiled(
        rf"(?:{_AUTHORS})[^.;?!\d]{{0,15}}? (?:should|must|may|can|do|does|shall)?(?: ?not|n't) (?P<most>exceed|be (?:more|larger"
        rf"|higher) than|go (?:over|beyond|above)) (?P<n>{_COUNT})"
    ),
    _compiled(rf"author (?:lists?|counts?|numbers?)[^.;?!\d]{{0,20}}?(?:{_BOUND})?{_NUMBER}"),
    _compiled(
        rf"(?:(?:by|from|of) (?:an? )?)(?:author )?(?P<set>pair|duo|couple|trio|threesome)s?(?: of (?:{_AUTHORS}"
        rf"|{_PEOPLE}))?(?=[,.?!]|\s*$| (?:on|about|in|from)\b)"
    ),
    _compiled(
        rf"(?P<n>{_COUNT}) (?:{_AUTHORS}|{_PEOPLE})[^.;?!]{{0,15}}? (?:is|are|as|being) (?:the )?(?:(?P<most>most|max\w*|limit"
        rf"|upper limit|ceiling)|(?P<least>least|min\w*|lower limit))"
    ),
    _compiled(rf"{_HAVE}(?:between )?{_BEFORE}?{_NUMBER}[ -](?:{_AUTHORS}){_AFTER}"),
    _compiled(rf"{_TEAM}{_BEFORE}?{_NUMBER}(?: (?:{_PEOPLE}|{_AUTHORS})){_AFTER}"),
    _compiled(rf"{_BY}{_BEFORE}?{_NUMBER} (?:different )?(?:{_PEOPLE}){_AFTER}(?: alone)?"),
    _compiled(rf"(?:{_BY})?(?:{_BOUND}|(?:exactly|precisely) ){_NUMBER} (?:different )?(?:{_PEOPLE}){_AFTER}"),
    _compiled(
        rf"{_HAVE}(?:got )?{_BEFORE}?{_NUMBER} (?:{_PEOPLE}) (?:listed |named |signed |working |each )?(?:on|behind|to|under)"
        rf" (?:them|it|each|board|one|an?y? (?:single )?paper|the (?:paper|by-?line|author list|team|cover))"
    ),
    _compiled(
        rf"(?:that |which )?{_BEFORE}?{_NUMBER} (?:{_PEOPLE}) (?:have |had )?(?:signed|wrote|written|co-?wrote|penned|authored"
        rf"|put their names? to)"
    ),
    _compiled(rf"{_TEAM}{_BEFORE}?{_NUMBER}(?=[\s,.?!]*$|,? (?:from|in|on|since|that|and)\b)"),
)

_OF_PEOPLE = re.compile(rf"{_AUTHORS}|{_PEOPLE}|teams?|groups?|crews?|pairs?|duos?|couples?|trios?|threesomes?", re.IGNORECASE)
"""What each of these wordings has one of: looked for first, as most turns have none."""

_ALONE = re.compile(
    r"\b(?:all )?(?:(?:on|by) (?:their|his|her|its|one's) own|by (?:themselves|himself|herself)"
    r"|(?<!\d )(?<!year )(?<!month )(?<!date )alone|single-?handed(?:ly)?"
    r"|solo(?:-authored| papers?| works?)?|(?:one|single)[- ](?:man|woman|person|author)(?: papers?| works?| jobs?)?"
    r"|without (?:any )?co-?authors?|with no co-?authors?|no co-?authors?)(?:,? (?:and )?(?:without"
    r"|with no) (?:any )?co-?authors?)?\b(?! model)",
    re.IGNORECASE,
)


def counted(text: str) -> tuple[Filters, str]:
    """The filter on the number of authors in a wording, and the text without it."""
    for pattern in (*_RULES, _ALONE) if _OF_PEOPLE.search(text) else (_ALONE,):
        if match := pattern.search(text):
            filters = Filters(min_authors=1, max_authors=1) if pattern is _ALONE else _meant(match)
            denied = _NEGATED.search(text[: match.start()])
            if denied:
                filters = _all_but(filters)
            start = denied.start() if denied else match.start()
            if filters:
                return filters, text[:start] + " " + text[match.end() :]
    return Filters(), text


_SETS = {"pair": 2, "duo": 2, "couple": 2, "trio": 3, "threesome": 3}


def _all_but(filters: Filters) -> Filters:
    """Teams of the other sizes; no filter where these lie on both sides."""
    least, most = filters.min_authors, filters.max_authors
    if most is not None and (least or 1) <= 1:
        return Filters(min_authors=most + 1)
    return Filters(max_authors=least - 1) if least is not None and most is None else Filters()


def _meant(match: re.Match[str]) -> Filters:
    said = {name for name, words in match.groupdict().items() if words}
    if "set" in said:
        return Filters(min_authors=_SETS[match["set"].lower()], max_authors=_SETS[match["set"].lower()])
    number = _number(match["n"])
    if "m" in said:
        other = _number(match["m"])
        return Filters(min_authors=min(number, other), max_authors=max(number, other))
    if said & {"least", "up", "up2"}:
        return Filters(min_authors=number)
    if "over" in said:
        return Filters(min_authors=number + 1)
    if said & {"most", "down", "down2"}:
        return Filters(max_authors=number)
    if "under" in said:
        return Filters(max_authors=max(number - 1, 0))
    return Filters(min_authors=number, max_authors=number)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _WORDS[text.lower()]
