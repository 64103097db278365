"""Filters that a question's plain wording implies: "from 2024", "last month", "by NVIDIA", "only one author"."""

import datetime
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from rag.filters import Filters
from rag.understanding.date_wordings import plain_dates
from rag.understanding.dates import EXPRESSION, MAY_BE_DATED, MONTH, SEASON, Span, meaning, shifted, with_whole_years
from rag.understanding.team_size import counted

_YEAR = r"(?:19|20)\d\d"
_A, _B = rf"(?P<a>{EXPRESSION})(?:'s)?", rf"(?P<b>{EXPRESSION})"
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_PLAIN = (
    rf"{_YEAR}-\d\d(?:-\d\d)?|(?:(?:early|mid|late|the (?:beginning|start|middle|end) of)[ -])?(?:\d\d?(?:st|nd|rd"
    rf"|th)? )?{_MONTH}\.?,? (?:\d\d?(?:st|nd|rd|th)?,? )?(?:of )?{_YEAR}"
    r"|(?:the )?(?:last|past|previous|this|current) (?:\w+ )?(?:years?|months?|weeks?|days?)(?:'s)?|yesterday(?:'s)?|q[1-4] (?:19|20)\d\d"
    rf"|(?:0?[1-9]|1[0-2])/{_YEAR}"
    r"|(?:the )?(?:year|month|week) before last|(?:the )?day before yesterday"
    rf"|(?:early|mid|late)[ -]{_YEAR}|(?:the )?(?:first|second|last|third|fourth) (?:half|quarter) of {_YEAR}|{SEASON} (?:of )?{_YEAR}"
    rf"|(?-i:this|last|past|previous) (?-i:{SEASON})(?:'s)?"
)
"""What is a date wherever it stands; a bare year or month needs a word that says so."""

_WORKS = r"(?:papers?|stuff|things|research|literature|preprints?|works?|stud(?:y|ies)|articles?|publications?|ones|surveys?|abstracts?)\b"
_VERB = "published|released|listed|dated|posted|written|out|appeared|came out|come out"
_DID = rf"(?:(?:that |which )?(?:were |was |are |is |have been )?(?:{_VERB}) )?"


_NEGATED = re.compile(
    r"\b(?:not|except|excluding|excludes?|without|w/o|other than|apart from|nor|no|none|nothing|minus|drop|skip|omit(?:ting)?"
    r"|leav(?:e|ing) out|(?:anything|everything|all) but)(?: (?:just|only|those|these|the|any\w*|ones?|papers?|works?|of|from|in|during"
    r"|that|which|are|were|was|is|published|dated|released|written))*\s*$",
    re.IGNORECASE,
)
"""A filter is read out of a wording only where nothing denies it: "not from 2024" must not mean 2024."""


Making = Callable[[Span, Span], Filters]


def _on_dates(pattern: str, make: Making) -> tuple[re.Pattern[str], Making]:
    return re.compile(rf"(?<![\w-]){_DID}{pattern}(?![\w-])", re.IGNORECASE), make


_DATE_RULES: tuple[tuple[re.Pattern[str], Making], ...] = (
    _on_dates(
        rf"(?:in )?(?:between|from) {_A} ?(?:and|to|until|till|through|-|–) ?{_B}", lambda a, b: Filters(since=a.first, until=b.last)
    ),
    _on_dates(rf"{_A} ?(?:-|–|/|or|to|through) ?{_B}", lambda a, b: Filters(since=a.first, until=b.last)),
    _on_dates(rf"before the end of {_A}", lambda a, b: Filters(until=a.last)),
    _on_dates(rf"before {_A} (?:ended|ends|was over|is over|was out|closed|finished)", lambda a, b: Filters(until=a.last)),
    _on_dates(
        rf"(?:before|prior to|(?:earlier|older) than|not (?:after|since)|preced(?:ing|es?)|predat(?:ing|es?)) {_A}",
        lambda a, b: Filters(until=shifted(a.first, -1)),
    ),
    _on_dates(
        rf"(?:until|till|up to|no later than|not later than|by the end of|to the end of|by(?= (?:the )?(?:end|mid|early|late|\d"
        rf"|{_MONTH}\.?,? \d))) {_A}",
        lambda a, b: Filters(until=a.last),
    ),
    _on_dates(rf"{_A} (?:or|and) (?:earlier|before|older)", lambda a, b: Filters(until=a.last)),
    _on_dates(rf"(?:(?:no earlier|no older|not older|not earlier) than|not before) {_A}", lambda a, b: Filters(since=a.first)),
    _on_dates(
        rf"(?:after|later than|newer than|younger than|more recent than|following|postdat(?:ing|es?)|past) {_A}",
        lambda a, b: Filters(since=shifted(a.last, 1)),
    ),
    _on_dates(
        rf"(?:from|in)? ?{_A} (?:onwards?|on(?=\s*(?:[,;.?!]|$))|(?:or|and) (?:later|after|newer|onwards?))",
        lambda a, b: Filters(since=a.first),
    ),
    _on_dates(rf"(?:ever since|since|starting (?:in|from|with)|as of) {_A}", lambda a, b: Filters(since=a.first)),
    _on_dates(
        rf"(?:(?<=, )|^(?:(?:and|only|just|now|ok(?:ay)?|so|then|also|but|or|please|well|sorry|actually|no|oh|hm+|what about|how about"
        rf"|(?:the )?same (?:for|in|with)"
        rf"|make (?:that|it))[ ,]+)+|^){_A}(?: (?:only|instead|then|too|as well|please|now))*(?=[?.! ]*$)",
        lambda a, b: _within(a),
    ),
    _on_dates(
        rf"(?:in|at|from|of|during|within|over|for|throughout|dated (?:to|in|at)|dating (?:from|back to|to)|dates? (?:from|back to)"
        rf"|dated|published|released|listed|posted|uploaded|out|appeared|put up) {_A}",
        lambda a, b: _within(a),
    ),
    _on_dates(rf"(?P<a>{_PLAIN}|(?:{_YEAR})(?=(?:'s)? {_WORKS})|(?<=\(){_YEAR}(?=\)))", lambda a, b: _within(a)),
)

_DONE = "published|listed|released|written|made|done|posted|put out|come|came|produced|contributed|submitted"
_WRITES = "publish|release|write|make|do|post|put out|produce|contribute|submit|have|offer"


_ELSEWHERE = (
    "Google|Google Research|OpenAI|Meta "
    "AI|Meta|Facebook|FAIR|Apple|Amazon|AWS|IBM|Intel|AMD|Huawei|Alibaba|Tencent|Baidu|ByteDance|Samsung|Salesforce"
    "|Anthropic|Mistral(?: AI)?|Cohere|xAI|Hugging "
    "Face|DeepSeek|Adobe|Bloomberg|LinkedIn|Qualcomm|Netflix|Uber|Twitter|Tesla|Sony|Naver|Yandex"
    "|Microsoft|NVIDIA|DeepMind|Stanford|MIT|CMU|Berkeley|Oxford|Cambridge|ETH Zurich|Tsinghua|Princeton|Harvard|Allen AI|AI2"
)
"""Organisations that people ask for, held or not: of one that no paper names, the answer says so and takes no mention for its work."""

_JOINED = r"(?:,? (?:or|and|nor) (?:from |by )?|, | & |/)(?:the )?"
_NOT_HELD = re.compile(
    rf"(?<![\w-])(?:(?:published |written |released |made )?(?:by|from|out of)) "
    rf"(?P<of>(?:{_ELSEWHERE})(?:{_JOINED}(?:{_ELSEWHERE}))*)(?:'s)?"
    r"(?=\s*(?:[?.!,;]|$|(?:on|about|in|that|and|since|from|for)\b))",
    re.IGNORECASE,
)


def _short(name: str) -> str:
    """What people say of a name that ends in AI ("Furiosa" for FuriosaAI); empty of others, and where too little is left."""
    short = re.sub(r" ?AI$", "", name)
    return short if short != name and len(short) >= _SHORTEST else ""


_SHORTEST = 5


@lru_cache(maxsize=16)
def _naming(known: tuple[str, ...]) -> tuple[tuple[re.Pattern[str], ...], re.Pattern[str]] | None:
    """The wordings that name one of these organisations, and each name; compiled once for a corpus. None where it has none."""
    names = sorted({name for name in known if len(name) > 1 and not (name.islower() and name.isalpha())}, key=len, reverse=True)
    if not names:
        return None
    name = "|".join(f"{re.escape(name)}" + (rf"|{re.escape(short)}(?![\w-])" if (short := _short(name)) else "") for name in names)
    held = rf"(?:the )?(?:google |meta )?(?:{name})(?:'s)?"
    either = rf"(?:{held}|(?:{_ELSEWHERE})(?:'s)?(?![\w-]))"
    listed = rf"(?:{either}{_JOINED})*{held}(?:{_JOINED}{either})*"
    lead = rf"(?:(?:{_DONE}) )?(?:by|from|at|of|out of) "
    patterns = (
        rf"(?<![\w-])(?:{lead}(?P<of>{listed})|(?P<its>{listed})(?= (?:papers?|works?|stud(?:y|ies)|articles?|publications?|ones?"
        rf"|abstracts?)\b))(?![\w-])",
        rf"(?<![\w-])(?:has|have|did|does|do|had) (?P<of>{listed})(?: (?:{_DONE}|{_WRITES}|got|anything|something|any papers?"
        rf"|papers?))+(?:(?= (?:on|about|in|here|so far"
        rf"|recently)\b)|(?=[?.! ]*$))",
        rf"^(?:and |only |just |ok |now |what about |how about |by |anything by )*(?P<of>{listed})(?: only)?(?=[?.! ]*$)",
        rf"^(?:and |ok |now |so )*(?P<of>{listed})\s*[,:–-]+\s*(?=(?:what|which|anything|any|papers|do|does|did|have|has|show|list"
        rf"|number|how|count|got|is|are"
        rf"|everything)\b)",
    )
    each = re.compile(rf"{name}|(?:google |meta )?(?:{_ELSEWHERE})", re.IGNORECASE)
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns), each


def _organisations(text: str, known: tuple[str, ...]) -> tuple[Filters, str]:
    """`by NVIDIA`, `from NVIDIA or DeepMind`, `what has Kyutai published`: only names that the corpus has count as organisations."""
    patterns, each = _naming(known) or ((), None)
    for pattern in patterns:
        match = pattern.search(text)
        if each and match and not _NEGATED.search(text[: match.start()]):
            found = [_held(name, known) for name in each.findall(match.group(match.lastgroup or 0))]
            return Filters(organisation=" or ".join(dict.fromkeys(found))), text[: match.start()] + " " + text[match.end() :]
    return _elsewhere(text)


def _held(name: str, known: Iterable[str]) -> str:
    """An organisation's name as the corpus has it: "Furiosa" is FuriosaAI, and "Google DeepMind" is held as Deepmind."""
    shorts, held = {_short(one).lower(): one for one in known}, {one.lower() for one in known}
    bare = re.sub(r"^(?:google|meta) ", "", name, flags=re.IGNORECASE)
    return name if name.lower() in held else shorts.get(name.lower(), bare if bare.lower() in held else name)


def organisation_named(text: str, known: Iterable[str]) -> tuple[Filters, str]:
    """The organisations that are held and named anywhere in a text, and the rest of it: for a turn that names nothing else."""
    naming = _naming(tuple(known))
    whole = {short.lower(): name for name in known if (short := _short(name))} | {name.lower(): name for name in known}
    found = [match[0] for match in naming[1].finditer(text) if match[0].lower() in whole] if naming else []
    if not naming or not found:
        return Filters(), text
    names = dict.fromkeys(whole[name.lower()] for name in found)
    return Filters(organisation=" or ".join(names)), " ".join(naming[1].sub(" ", text).split())


_WHEREVER = re.compile(
    rf"(?<![\w.,-])(?:(?:to|at|on|in|from|of|for|by|with|as of) )?(?P<a>{_PLAIN}|{_YEAR})(?![\w-]|[.,]\d)", re.IGNORECASE
)


def date_named(text: str, today: datetime.date | None = None) -> tuple[Filters, str]:
    """The one date that a text names, in whatever words, and the rest of it: for a turn that names no topic."""
    found = list(_WHEREVER.finditer(text))
    if len(found) != 1 or _NEGATED.search(text[: found[0].start()]):
        return Filters(), text
    span = meaning(found[0]["a"], today or datetime.date.today())
    return (_within(span), " ".join(f"{text[: found[0].start()]} {text[found[0].end() :]}".split())) if span else (Filters(), text)


def _elsewhere(text: str) -> tuple[Filters, str]:
    match = _NOT_HELD.search(text)
    if not match or _NEGATED.search(text[: match.start()]):
        return Filters(), text
    asked = re.findall(_ELSEWHERE, match["of"], re.IGNORECASE)
    return Filters(organisation=" or ".join(dict.fromkeys(asked))), text[: match.start()] + " " + text[match.end() :]


_BASE = re.compile(
    r"(?:^as of|(?:^|[(,;:.] ?)(?:(?:say|suppose|supposing|assum(?:e|ing)|imagine|pretend|given|considering|if)(?: that)? )?"
    r"(?:it|today|now|the (?:date|day)|today'?s date)(?: ?['’]?s| is| being| was|:)?(?: now| today)?)"
    rf" (?P<a>{EXPRESSION})(?: today| now)?\)?\s*(?:[,:;.)–-]|$)\s*",
    re.IGNORECASE,
)
"""A day that is to be today: "As of 2025-11-01:", "(it is 1 November 2025)"."""


def _within(span: Span) -> Filters:
    return Filters(since=span.first, until=span.last)


_A_YEAR = re.compile(rf"(?<![\w.-]){_YEAR}(?![\w-])")
_SAID_APART = r"[\s(,]*(?:(?:in|of|from|last|this|the|during)\s+)*(?:(?:spring|summer|autumn|fall|winter|year)\s*)?\(?(?<!\w)"


def _dated(text: str, today: datetime.date) -> tuple[Filters, str]:
    """The dates of a wording; months without a year are of the year that the wording names elsewhere."""
    if not MAY_BE_DATED.search(text):
        return Filters(), text
    text = plain_dates(with_whole_years(text, today), today)
    years = set(_A_YEAR.findall(text))
    year = years.pop() if len(years) == 1 else ""
    apart = re.sub(rf"{_SAID_APART}{year}\)?(?!\w)", " ", text, count=1) if year else ""
    if year and (found := _MONTHS_ALONE.search(apart)):
        lent = f"{found[0]} {year}"
        text = f"{apart[: found.start()]}{lent}{apart[found.end() :]}"
    return _by_rules(text, today)


_MONTHS_ALONE = re.compile(
    rf"\b(?:from |between |in )?{MONTH}(?: ?(?:to|and|until|till|through|or|-|–) ?{MONTH})(?!,? (?:of )?\d)",
    re.IGNORECASE,
)


def _by_rules(text: str, today: datetime.date) -> tuple[Filters, str]:
    """The dates of a text; both ends where it tells them apart ("since 2022 but no later than March 2024")."""
    found, rest = _by_one_rule(text, today)
    if bool(found.since) != bool(found.until):
        other, left = _by_one_rule(rest, today)
        if (other.since is None, other.until is None) == (found.since is not None, found.until is not None):
            return found.over(other), left
    return found, rest


def _by_one_rule(text: str, today: datetime.date) -> tuple[Filters, str]:
    for pattern, make in _DATE_RULES:
        for match in pattern.finditer(text):
            if _NEGATED.search(text[: match.start()]):
                continue
            last = meaning(match["b"], today) if "b" in pattern.groupindex else None
            first = meaning(match["a"], today, last)
            if first is not None and (last is not None or "b" not in pattern.groupindex):
                return make(first, last or first), text[: match.start()] + " " + text[match.end() :]
    return Filters(), text


def implied(question: str, organisations: Iterable[str] = (), today: datetime.date | None = None) -> tuple[Filters, str]:
    """The filters in a question's wording, and the question without that wording.

    `organisations` are the names that the corpus holds; another name is left in the text. Relative dates are
    relative to `today`, or to the day that the question sets ("As of 2025-11-01: ...").
    """
    return _implied(question, tuple(organisations), today or datetime.date.today())


@lru_cache(maxsize=2_000)
def _implied(question: str, organisations: tuple[str, ...], today: datetime.date) -> tuple[Filters, str]:
    """Kept, as earlier turns are read again with each new one."""
    if (base := _BASE.search(question)) and (set_to := meaning(base["a"], today)) and len(set_to.last) == len("2024-01-01"):
        today, question = datetime.date.fromisoformat(set_to.last), f"{question[: base.start()]} {question[base.end() :]}".strip()
    filters, text = counted(question)
    dates, text = _dated(text, today)
    organisation, text = _organisations(text, organisations)
    return filters.over(dates).over(organisation), " ".join(text.split())
