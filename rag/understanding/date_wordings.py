"""Dates in less common wordings, put in those that are read: "the opening two months of 2025" -> "from 2025-01 to 2025-02"."""

import datetime
import re
from collections.abc import Callable

from dateutil.relativedelta import relativedelta

from rag.text import NUMBERS, TO_NINETY_NINE
from rag.understanding.dates import MONTH, SEASON

_YEAR = r"(?:19|20)\d\d"
_N = r"\d{1,2}|" + "|".join(NUMBERS)
_FIRST = r"first|opening|initial|earliest|early|starting"
_LAST = r"last|final|closing|ending|latest|concluding"
_THIS = r"this|the current|the present"
_ONE_BACK = r"last|the previous|the past|the preceding|previous|the last|the prior"
_OF = r"(?:of|in|from|for)"
_NOTHING = (
    r"(?:nothing|none|no(?: \w+)?|not(?: an?(?: single)?)?|never|drop(?:ping)?|skip(?:ping)?|exclud(?:e|es|ing)|ignor(?:e|ing)"
    r"|omit(?:ting)?|remov(?:e|ing)|discard(?:ing)?|hid(?:e|ing)|cut(?:ting)?|leav(?:e|ing) (?:out|away|off)|without|rule out|filter out|get rid of|throw out|forget(?: about)?"
    r"|(?:don'?t|do not|didn'?t|no need to) (?:want|need|show|include|care)(?: (?:me|us|to see|to read|for|about))*)"
)
_WHAT = (
    r"(?: (?:just|the|any|all|those|that|which|ones?|papers?|works?|stuff|things|anything|everything|whatever|publications?|articles?"
    r"|abstracts?|entries|results?|published|dated|released|written|posted|from|of|is|are|was|were|that'?s|it|me|came out|appeared))*"
)
_BEFORE = r"before|prior to|preced(?:es?|ing)|(?:older|earlier) than|predat(?:es?|ing)"
_AFTER = r"after|(?:newer|later|more recent|younger) than|past|postdat(?:es?|ing)"
_COUNTED = "|".join(word.replace("-", "[ -]") for word in sorted(TO_NINETY_NINE, key=len, reverse=True))
_WORD_YEARS = re.compile(rf"\b(?:twenty[ -](?P<teens>{_COUNTED})|two thousand(?: and)? (?P<of>{_COUNTED}))\b(?![ -]\w+ authors)", re.IGNORECASE)

_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth".split()
_ORDINALS += "sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth".split()
_ORDINALS += "twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first".split()
_ORDINAL = "|".join(_ORDINALS[:12])

Put = Callable[[re.Match[str], datetime.date], str]


def _number(said: str) -> int:
    return int(said) if said.isdigit() else NUMBERS[said.lower()]


def _months(match: re.Match[str], _: datetime.date) -> str:
    count, year = _number(match["n"]) * (3 if match["unit"].lower().startswith("quarter") else 1), match["year"]
    if not 0 < count <= 12:
        return match[0]
    return f"from {year}-01 to {year}-{count:02}" if re.match(_FIRST, match["end"], re.I) else f"from {year}-{13 - count:02} to {year}-12"


def _weeks(match: re.Match[str], _: datetime.date) -> str:
    """The first or last so many weeks or days of a month."""
    start = _start(match)
    days = (_number(match["n"]) if match["n"] else 1) * (7 if match["unit"].lower().startswith("week") else 1)
    end = start + relativedelta(months=1, days=-1)
    if days >= end.day:
        return match[0]
    if re.match(_FIRST, match["end"], re.I):
        return f"from {start} to {start + relativedelta(days=days - 1)}"
    return f"from {end - relativedelta(days=days - 1)} to {end}"


def _year(match: re.Match[str], today: datetime.date) -> str:
    """A year told by today's, in figures."""
    back = 2 if "before last" in match[0].lower() else 0 if re.match(_THIS, match["which"], re.I) else 1
    return f"{match['before']}{today.year - back}"


def _ended(match: re.Match[str], _: datetime.date) -> str:
    return f"last {match['unit']}"


def _years(match: re.Match[str], _: datetime.date) -> str:
    """Years that follow one another, as a range; others stay as they are."""
    years = [int(year) for year in re.findall(_YEAR, match[0])]
    return f"from {years[0]} to {years[-1]}" if all(b - a == 1 for a, b in zip(years, years[1:], strict=False)) else match[0]


def _season_of_years(match: re.Match[str], _: datetime.date) -> str:
    """"2023/24"; "2024-06" is a month."""
    first, last = int(match["a"]), int(match["b"])
    return f"from 20{first} to 20{last}" if last == first + 1 and (last > 12 or "/" in match[0]) else match[0]


def _part(match: re.Match[str], _: datetime.date) -> str:
    on, before = match["on"], match.string[: match.start()]
    joins = on.strip().lower() in ("to", "and", "through", "not") and not re.search(rf"(?:{_YEAR}|{MONTH})\s*$", before, re.IGNORECASE)
    return f"{'in ' if joins or not on else on}the {match['p'].lower()} of "


def _days(match: re.Match[str], _: datetime.date) -> str:
    """Days of a month, as numbers or in words."""
    said = [match[name].lower() for name in ("a", "b")]
    whole = {word: n for n, word in enumerate(_ORDINALS, 1)}
    days = [int(word) if word.isdigit() else whole.get(word, whole.get(f"{word}th", 0)) for word in said]
    if not all(0 < day <= 31 for day in days):
        return match[0]
    return " ".join(f"{word} {day} {match['month']} {match['year']}" for word, day in zip(("from", "to"), days, strict=True))


def _years_from(match: re.Match[str], _: datetime.date) -> str:
    return f"from {match['y']} to {int(match['y']) + _number(match['n']) - 1}"


def _half_decade(match: re.Match[str], _: datetime.date) -> str:
    first = bool(re.match(_FIRST, match["end"], re.IGNORECASE))
    return f"from {match['y']}{0 if first else 5} to {match['y']}{4 if first else 9}"


def _half_month(match: re.Match[str], _: datetime.date) -> str:
    start = _start(match)
    end = start + relativedelta(months=1, days=-1)
    return f"from {start} to {start.replace(day=15)}" if match["end"].lower() == "first" else f"from {start.replace(day=16)} to {end}"


def _start(match: re.Match[str]) -> datetime.date:
    """The first day of a month."""
    month = f"{match['month'].strip('.')[:3].title()} {match['year']}"
    return datetime.datetime.strptime(month, "%b %Y").replace(tzinfo=datetime.UTC).date()


def _quarters(match: re.Match[str], _: datetime.date) -> str:
    return f"from {match['y']}-{3 * int(match['a']) - 2:02} to {match['y']}-{3 * int(match['b']):02}"


def _quarter_to(match: re.Match[str], today: datetime.date) -> str:
    """The three months that end with one."""
    month = datetime.datetime.strptime(match["m"].strip(".")[:3].title(), "%b").replace(tzinfo=datetime.UTC).month
    year = int(match["y"]) if match["y"] else today.year - (month > today.month)
    end = datetime.date(year, month, 1)
    return f"from {str(end - relativedelta(months=2))[:7]} to {str(end)[:7]}"


def _half(match: re.Match[str], _: datetime.date) -> str:
    number, year = (match[name] or match[f"{name}2"] or match[f"{name}3"] for name in ("n", "y"))
    return f"{'first' if number == '1' else 'second'} half of {year}"


def _whose(match: re.Match[str], _: datetime.date) -> str:
    """"2025's first quarter", as "first quarter of 2025"."""
    return f"{match['part']} of {match['y']}"


def _quarter(match: re.Match[str], _: datetime.date) -> str:
    return f"q{match['q']} {match['y']}"


_SETS = "since|until|till|before|after|to|by|and|between|through|not|than"
"""What says where a time begins or ends, before a part of a year."""

_PART = (
    rf"(?:(?:{_FIRST}|{_LAST}|second|third|fourth|1st|2nd|3rd|4th) (?:quarter|half)|(?:{_FIRST}|{_LAST}) (?:{_N}) (?:months|quarters)"
    r"|spring|summer|autumn|fall|winter|beginning|start|middle|end)"
)
_TOLD = rf"(?P<which>{_THIS}|{_ONE_BACK}|the year before last|the same)"
_PUTS: tuple[tuple[str, Put], ...] = (
    (rf"\bpre[ -](?={_YEAR}\b)", lambda m, t: "before "),
    (rf"\bpost[ -](?={_YEAR}\b)", lambda m, t: "after "),
    (rf"\b(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>{_YEAR})\b", lambda m, t: f"{m['y']}-{int(m['m']):02}-{int(m['d']):02}"),
    (rf"\b(?:year|date|published|pub(?:lication )?(?:year|date)|pubdate)s?(?: ?[:=] ?)(?:in )?(?={_YEAR})", lambda m, t: "in "),
    (
        rf"\b(?:in )?the (?P<n>{_ORDINAL}|last|final) month of (?P<y>{_YEAR})\b",
        lambda m, t: f"in {m['y']}-{_ORDINALS.index(m['n'].lower()) + 1 if m['n'].lower() in _ORDINALS else 12:02}",
    ),
    (rf"\bq(?P<a>[1-4]) ?(?:to|until|till|through|and|-|–) ?q(?P<b>[1-4])(?: of| in|,)? ?(?P<y>{_YEAR})", _quarters),
    (rf"\b(?:in |during )?the quarter (?:that )?(?:end(?:ed|ing|s)|clos(?:ed|ing)) (?:in|with) (?P<m>{MONTH})(?: (?P<y>{_YEAR}))?", _quarter_to),
    (
        r"\b(?:from |in )?(?:the )?(?:last|previous|past) year (?:and|or|&) (?:this|the current)(?: one| year)?\b"
        r"|\b(?:from |in )?(?:this|the current) year (?:and|or|&) (?:the )?(?:last|previous|one before)(?: one| year)?\b",
        lambda m, t: f"from {t.year - 1} to {t.year}",
    ),
    (rf"\b(?P<y>{_YEAR})'s (?P<part>{_PART})\b", _whose),
    (rf"\bthe (?P<y>{_YEAR}) (?P<part>{_PART})\b", _whose),
    (rf"(?P<before>\b{_PART} (?:of|in) ){_TOLD} (?:calendar )?year\b", _year),
    (rf"(?P<before>\b{_PART} (?:of|in) )(?P<which>the) year before last\b", _year),
    (r"\b(?:in |during )?(?:the )?calendar year (?=19|20)", lambda m, t: "in "),
    (r"\b(?P<w>this|last) (?P<u>week|month|year)s\b(?! (?:ago|before))", lambda m, t: f"{m['w']} {m['u']}'s"),
    (rf"(?<![\d-])(?P<d>{_YEAR}-\d\d(?:-\d\d)?) ?(?:\.\.\.?|…|→|->) ?(?={_YEAR}-)", lambda m, t: f"from {m['d']} to "),
    (rf"(?P<d>(?:{MONTH} )?{_YEAR}) ?(?:→|->|–|—|-)+ ?(?:now|today|present)\b", lambda m, t: f"since {m['d']}"),
    (r"(?<![\w’'])['’](?P<a>\d\d) ?(?:to|-|–|until|till|through) ?['’](?P<b>\d\d)\b", lambda m, t: f"from 20{m['a']} to 20{m['b']}"),
    (rf"\bwinter (?:of )?20(?P<a>\d\d)[/–-](?:20)?(?P<b>\d\d)\b", lambda m, t: f"from 20{m['a']}-12 to 20{m['b']}-02"),
    (
        rf"\b(?:in |from |of )?(?P<first>{MONTH})(?:, ?{MONTH})+,?(?: ?(?:and|or|&) ?|, ?)(?P<last>{MONTH}),?(?: of| in)? ?(?P<y>{_YEAR})",
        lambda m, t: f"from {m['first']} {m['y']} to {m['last']} {m['y']}",
    ),
    (
        rf"\bfrom (?:the )?(?P<a>\w+?)(?:st|nd|rd|th)? ?(?:to|until|till|through|-|–) ?(?:the )?(?P<b>\w+?)(?:st|nd|rd|th)?(?: of)?"
        rf" (?P<month>{MONTH}),? ?(?P<year>{_YEAR})",
        _days,
    ),
    (rf"\b(?P<n>{_N}) years (?:beginning|starting|from) (?:with|in|on)? ?(?P<y>{_YEAR})\b", _years_from),
    (
        rf"\b(?:the )?(?P<end>{_FIRST}|{_LAST}|second|latter|late) (?:half of |part of )?(?:the )?(?P<y>(?:19|20)\d)0'?s\b",
        _half_decade,
    ),
    (
        rf"\b(?:in )?(?:the )?(?P<end>first|second|latter|last) half of (?P<month>{MONTH}),? ?(?:of )?(?P<year>{_YEAR})\b",
        _half_month,
    ),
    (rf"\b(?:only|solely|just|exclusively|nothing but|strictly|purely) (?=(?:{MONTH} )?{_YEAR}\b(?!,? (?:and|or|&)))", lambda m, t: "in "),
    (rf"\b(?:it(?:'s|s| is| has to be| must be) )?(?P<d>(?:{MONTH} )?{_YEAR}) (?:only|or nothing|exclusively|exactly)\b", lambda m, t: f"in {m['d']}"),
    (rf"\bas from (?=\w)", lambda m, t: "since "),
    (rf"(?<!\d )(?<!from )\bthrough (?=the end of)", lambda m, t: "until "),
    (rf"\bcut(?:ting)?(?:[ -]?| (?:it|them|that|this|the list|things) )off(?: date| point)?(?: is| of|:)? ?(?:at |on |in )?(?=the end of|{MONTH}|{_YEAR})",
     lambda m, t: "until "),
    (rf"(?P<d>{MONTH} {_YEAR}|{_YEAR}) (?:included|inclusive)\b", lambda m, t: m["d"]),
    (rf"\bfrom (?P<a>(?:{MONTH} )?(?:of )?{_YEAR}) up (?:to|until|till) ", lambda m, t: f"from {m['a']} to "),
    (r"\bcalendar (?=year|month|week|quarter)", lambda m, t: ""),
    (
        r"\b(?:the )?(?P<unit>year|month|week|quarter) (?:that(?:'s| has| is)? )?just (?:gone|ended|passed|past|finished|over|closed|went by)"
        r"(?: by)?\b",
        _ended,
    ),
    (
        r"\b(?:the )?(?P<unit>year|month|week|quarter) (?:right |just |immediately )?(?:before|preceding|prior to) (?:this|the current|the"
        r" present) (?:year|month|week|quarter)\b",
        _ended,
    ),
    (r"\b(?:the )?(?:immediately )?preceding (?P<unit>year|month|week|quarter)(?! (?:to|of)\b)", _ended),
    (r"\b(?:this|the) past (?P<unit>month|week|year|quarter)\b", _ended),
    (r"\b(?:so far this year|this year so far|(?:the )?year to date|since new year(?:'s(?: day| eve)?)?)\b", lambda m, t: "this year"),
    (r"\b(?:the )?(?:last|past) (?:year and a half|18 months)\b", lambda m, t: "last 18 months"),
    (r"\b(?:the )?(?:last|past|previous) half(?: of)?(?: an?)?[ -](?:the )?year\b(?! (?:19|20))", lambda m, t: "last 6 months"),
    (rf"\b(?:h(?P<n>[12])(?:,| of| in)? ?(?P<y>{_YEAR})|(?P<y2>{_YEAR})[ -]?h(?P<n2>[12])|(?P<n3>[12])h ?(?P<y3>{_YEAR}))\b", _half),
    (rf"\b(?P<y>{_YEAR})[ -]?q(?P<q>[1-4])\b", _quarter),
    (rf"\bq(?P<q>[1-4])[/'-](?P<y>{_YEAR})\b", _quarter),
    (
        rf"\b(?:(?:in|during|within|over|from|of) )?(?:the )?(?P<end>{_FIRST}|{_LAST}) (?P<n>{_N}) (?P<unit>months|quarters) {_OF}"
        rf" (?:the year )?(?P<year>{_YEAR})\b",
        _months,
    ),
    (
        rf"\b(?:(?:in|during|within|over|from|of) )?(?:the )?(?P<end>{_FIRST}|{_LAST}) (?:(?P<n>{_N}) )?(?P<unit>weeks?|days) {_OF}"
        rf" (?P<month>{MONTH}),? ?(?:of )?(?P<year>{_YEAR})\b",
        _weeks,
    ),
    (rf"\b(?:the )?(?:{_LAST}) quarter (?:of|in) (?={_YEAR})", lambda m, t: "the last quarter of "),
    (rf"\b(?:the )?(?:{_FIRST}) quarter (?:of|in) (?={_YEAR})", lambda m, t: "the first quarter of "),
    (
        rf"\b(?:the )?(?:latter|back|other|{_LAST}|2nd|second|later) (?:half|part|six months) (?:of|in) (?=(?:the year )?{_YEAR})",
        lambda m, t: "the second half of ",
    ),
    (
        rf"\b(?:the )?(?:front|former|{_FIRST}|1st) (?:half|six months) (?:of|in) (?=(?:the year )?{_YEAR})",
        lambda m, t: "the first half of ",
    ),
    (rf"\b(?P<p>early|mid|late)(?:er|r)?(?: (?:on )?in| on in|[ -]way through|dle of)? (?=(?:the year )?{_YEAR})", lambda m, t: f"{m['p']} "),
    (
        rf"(?P<on>\b(?:(?:{_SETS}) )?)(?:(?:at|in|around|towards?|near(?:ing)?|close to|during|within|over|from|of) )?(?:the )?"
        rf"(?:very |tail )?(?P<p>beginning|start|middle|end|first half|second half|(?:first|second|third|fourth|last) quarter)(?:ing)?"
        rf" (?:of|in) (?:the year )?(?={_YEAR}|{MONTH})",
        _part,
    ),
    (rf"\b{_NOTHING}{_WHAT} (?:{_BEFORE}) (?=(?:the )?\w)(?!\w+ing\b)", lambda m, t: " since "),
    (rf"\b{_NOTHING}{_WHAT} (?:{_AFTER}) (?=(?:the )?\w)(?!\w+ing\b)", lambda m, t: " until "),
    (
        rf"(?<!between )\b(?:in |from |of |for |only |just )*{_YEAR}(?:(?:,| |, )(?:and |& |or |plus )?(?:in |from |of )?{_YEAR}|,? ?(?:and|&|plus|/)"
        rf" ?(?:in |from |of )?{_YEAR})+(?![\w-])",
        _years,
    ),
    (rf"\b(?P<y>20)(?P<a>\d\d)[/–-](?P<b>\d\d)\b(?![-/]?\d)", _season_of_years),
    (rf"(?P<d>\b{_YEAR}(?:-\d\d)?)(?: ?\+| and up| and upwards?| and newer| or newer| and more recent| and beyond| and after that)(?!\w)",
     lambda m, t: f"since {m['d']}"),
    (rf"(?:>=|≥|=>) ?(?={_YEAR}\b)", lambda m, t: "since "),
    (rf"(?:<=|≤|=<) ?(?={_YEAR}\b)", lambda m, t: "until "),
    (rf"> ?(?={_YEAR}\b)", lambda m, t: "after "),
    (rf"< ?(?={_YEAR}\b)", lambda m, t: "before "),
    (rf"\b(?P<d>(?:{MONTH} )?{_YEAR}) at the latest\b", lambda m, t: f"until {m['d']}"),
    (rf"\b(?P<d>(?:{MONTH} )?{_YEAR}) at the earliest\b", lambda m, t: f"since {m['d']}"),
    (rf"\b(?:going|reaching|stretching|as far) back (?:as far as|as|to) (?=(?:{MONTH} )?{_YEAR})", lambda m, t: "since "),
    (rf"\bup (?:until|till|through|to and including) (?=(?:the )?(?:{MONTH}|{_YEAR}|end|last|\d))", lambda m, t: "until "),
    (rf"\bthru\b(?= (?:{MONTH}|{_YEAR}))", lambda m, t: "through"),
    (rf"\b(?:from )?(?P<d>(?:(?:{MONTH}|{SEASON}|q[1-4]|early|mid|late)[ -])?{_YEAR}) (?:forwards?|upwards?|to now|to (?:the )?present|to today|until now|till now|till today"
     r"|until today|to date)\b", lambda m, t: f"since {m['d']}"),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), put) for pattern, put in _PUTS)


def _in_words(match: re.Match[str]) -> str:
    number = TO_NINETY_NINE[re.sub(r"[ -]", "-", (match["teens"] or match["of"]).lower())]
    return match[0] if match["teens"] and number < 10 else str(2000 + number)  # "twenty one" is no year


def plain_dates(text: str, today: datetime.date) -> str:
    """The text with its dates in plain wordings."""
    text = _WORD_YEARS.sub(_in_words, text)
    for pattern, put in _COMPILED:
        text = pattern.sub(lambda match, put=put: put(match, today), text)  # type: ignore[misc]
    return text
