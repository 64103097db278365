"""Dates in less common wordings, put in those that are read: "the opening two months of 2025" -> "from 2025-01 to 2025-02"."""

import datetime
import re

from rag.text import NUMBERS, TO_NINETY_NINE
from rag.understanding import date_parts as of
from rag.understanding.dates import MONTH, SEASON

_N = r"\d{1,2}|" + "|".join(NUMBERS)
_LAST = r"last|final|closing|ending|latest|concluding"
_ONE_BACK = r"last|the previous|the past|the preceding|previous|the last|the prior"
_OF = r"(?:of|in|from|for)"
_NOTHING = (
    r"(?:nothing|none|no(?: \w+)?|not(?: an?(?: single)?)?|never|drop(?:ping)?|skip(?:ping)?|exclud(?:e|es|ing)|ignor(?:e|ing)"
    r"|omit(?:ting)?|remov(?:e|ing)|discard(?:ing)?|hid(?:e|ing)|cut(?:ting)?|leav(?:e|ing) (?:out|away|off)|without|rule out"
    r"|filter out|get rid of|throw out|forget(?: about)?"
    r"|(?:don'?t|do not|didn'?t|no need to) (?:want|need|show|include|care)(?: (?:me|us|to see|to read|for|about))*)"
)
_WHAT = (
    r"(?: (?:just|the|any|all|those|that|which|ones?|papers?|works?|stuff|things|anything|everything|whatever|publications?|articles?"
    r"|abstracts?|entries|results?|published|dated|released|written|posted|from|of|is|are|was|were|that'?s|it|me|came out|appeared))*"
)
_BEFORE = r"before|prior to|preced(?:es?|ing)|(?:older|earlier) than|predat(?:es?|ing)"
_AFTER = r"after|(?:newer|later|more recent|younger) than|past|postdat(?:es?|ing)"
_COUNTED = "|".join(word.replace("-", "[ -]") for word in sorted(TO_NINETY_NINE, key=len, reverse=True))
_WORD_YEARS = re.compile(
    rf"\b(?:twenty[ -](?P<teens>{_COUNTED})|two thousand(?: and)? (?P<of>{_COUNTED}))\b(?![ -]\w+ authors)", re.IGNORECASE
)


_ORDINAL = "|".join(of.ORDINALS[:12])

OPENS = r"opened|opens|began|begins|started|starts|kicked off|kicks off|inaugurated"
CLOSES = r"closed|closes|ended|ends|finished|concluded|wrapped up|rounded off"
"""What the first and the last paper of a year do."""


_SETS = "since|until|till|before|after|to|by|and|between|through|not|than"
"""What says where a time begins or ends, before a part of a year."""

_PART = (
    rf"(?:(?:{of.FIRST}|{_LAST}|second|third|fourth|1st|2nd|3rd|4th) (?:quarter|half)|(?:{of.FIRST}|{_LAST}) (?:{_N}) (?:months|quarters)"
    r"|spring|summer|autumn|fall|winter|beginning|start|middle|end)"
)
_TH = r"(?:st|nd|rd|th)?"
_TO = r"(?:to|until|till|through|and|-|–)"
_DAY = rf"\d\d?{_TH}(?: of)? {MONTH}|{MONTH} \d\d?{_TH}"
_TOLD = rf"(?P<which>{of.THIS}|{_ONE_BACK}|the year before last|the same)"
_PUTS: tuple[tuple[str, of.Put], ...] = (
    (rf"^(?P<d>(?:{MONTH} )?{of.YEAR})\s*[:–—-]\s+(?=[a-z])", lambda m, t: f"in {m['d']}, "),
    (
        rf"\b(?:from )?(?P<a>{MONTH}(?:,? {of.YEAR})?) (?:up )?(?:to|through|until|till) and including"
        rf" (?P<b>{MONTH}(?:,? (?:of )?{of.YEAR})?)",
        lambda m, t: f"from {m['a']} to {m['b']}",
    ),
    (rf"\b(?P<v>{OPENS}|{CLOSES})(?: (?:up|off|out))? (?:the year )?(?={of.YEAR}\b)", lambda m, t: f"{m['v']} in "),
    (rf"\bpre[ -](?={of.YEAR}\b)", lambda m, t: "before "),
    (rf"\bpost[ -](?={of.YEAR}\b)", lambda m, t: "after "),
    (rf"\b(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>{of.YEAR})\b", lambda m, t: f"{m['y']}-{int(m['m']):02}-{int(m['d']):02}"),
    (rf"\b(?:year|date|published|pub(?:lication )?(?:year|date)|pubdate)s?(?: ?[:=] ?)(?:in )?(?={of.YEAR})", lambda m, t: "in "),
    (
        rf"\b(?:in )?the (?P<n>{_ORDINAL}|last|final) month of (?P<y>{of.YEAR})\b",
        lambda m, t: f"in {m['y']}-{of.ORDINALS.index(m['n'].lower()) + 1 if m['n'].lower() in of.ORDINALS else 12:02}",
    ),
    (rf"\bq(?P<a>[1-4]) ?(?:to|until|till|through|and|-|–) ?q(?P<b>[1-4])(?: of| in|,)? ?(?P<y>{of.YEAR})", of.quarters),
    (
        rf"\b(?:in |during )?the quarter (?:that )?(?:end(?:ed|ing|s)|clos(?:ed|ing)) (?:in|with) (?P<m>{MONTH})(?: (?P<y>{of.YEAR}))?",
        of.quarter_to,
    ),
    (
        r"\b(?:from |in )?(?:the )?(?:last|previous|past) year (?:and|or|&) (?:this|the current)(?: one| year)?\b"
        r"|\b(?:from |in )?(?:this|the current) year (?:and|or|&) (?:the )?(?:last|previous|one before)(?: one| year)?\b",
        lambda m, t: f"from {t.year - 1} to {t.year}",
    ),
    (rf"\b(?P<y>{of.YEAR})'s (?P<part>{_PART})\b", of.whose),
    (rf"\bthe (?P<y>{of.YEAR}) (?P<part>{_PART})\b", of.whose),
    (rf"(?P<before>\b{_PART} (?:of|in) ){_TOLD} (?:calendar )?year\b", of.year),
    (rf"(?P<before>\b{_PART} (?:of|in) )(?P<which>the) year before last\b", of.year),
    (r"\b(?:in |during )?(?:the )?calendar year (?=19|20)", lambda m, t: "in "),
    (r"\b(?P<w>this|last) (?P<u>week|month|year)s\b(?! (?:ago|before))", lambda m, t: f"{m['w']} {m['u']}'s"),
    (rf"(?<![\d-])(?P<d>{of.YEAR}-\d\d(?:-\d\d)?) ?(?:\.\.\.?|…|→|->) ?(?={of.YEAR}-)", lambda m, t: f"from {m['d']} to "),
    (rf"(?P<d>(?:{MONTH} )?{of.YEAR}) ?(?:→|->|–|—|-)+ ?(?:now|today|present)\b", lambda m, t: f"since {m['d']}"),
    (r"(?<![\w’'])['’](?P<a>\d\d) ?(?:to|-|–|until|till|through) ?['’](?P<b>\d\d)\b", lambda m, t: f"from 20{m['a']} to 20{m['b']}"),
    (r"\bwinter (?:of )?20(?P<a>\d\d)[/–-](?:20)?(?P<b>\d\d)\b", lambda m, t: f"from 20{m['a']}-12 to 20{m['b']}-02"),
    (
        rf"\b(?:in |from |of )?(?P<first>{MONTH})(?:, ?{MONTH})+,?(?: ?(?:and|or|&) ?|, ?)(?P<last>{MONTH}),?(?: of"
        rf"| in)? ?(?P<y>{of.YEAR})",
        lambda m, t: f"from {m['first']} {m['y']} to {m['last']} {m['y']}",
    ),
    (
        rf"\b(?:from|between) (?:the )?(?P<a>\w+?){_TH} ?{_TO} ?(?:the )?(?P<b>\w+?){_TH}(?: of)?"
        rf" (?P<month>{MONTH}),? ?(?P<year>{of.YEAR})",
        of.days,
    ),
    (
        rf"(?<![\w-])(?P<a>\d\d?){_TH} ?(?:to|-|–) ?(?P<b>\d\d?){_TH} (?:of )?(?P<month>{MONTH}),? ?(?P<year>{of.YEAR})",
        of.days,
    ),
    (
        rf"\b(?:(?:from|between) )?(?P<month>{MONTH}) (?P<a>\d\d?){_TH} ?{_TO} ?(?P<b>\d\d?){_TH},? (?P<year>{of.YEAR})",
        of.days,
    ),
    (
        rf"\b(?:from|between) (?:the )?(?P<a>{_DAY}) (?:to|until|till|through|and) (?:the )?(?P<b>{_DAY}),? (?P<year>{of.YEAR})",
        of.days_of_months,
    ),
    (rf"\b(?P<n>{_N}) years (?:beginning|starting|from) (?:with|in|on)? ?(?P<y>{of.YEAR})\b", of.years_from),
    (
        rf"\b(?:the )?(?P<end>{of.FIRST}|{_LAST}|second|latter|late) (?:half of |part of )?(?:the )?(?P<y>(?:19|20)\d)0'?s\b",
        of.half_decade,
    ),
    (
        rf"\b(?:in )?(?:the )?(?P<end>first|second|latter|last) half of (?P<month>{MONTH}),? ?(?:of )?(?P<year>{of.YEAR})\b",
        of.half_month,
    ),
    (
        rf"\b(?:only|solely|just|exclusively|nothing but|strictly|purely) (?=(?:{MONTH} )?{of.YEAR}\b(?!,? (?:and|or|&)))",
        lambda m, t: "in ",
    ),
    (
        rf"\b(?:it(?:'s|s| is| has to be| must be) )?(?P<d>(?:{MONTH} )?{of.YEAR}) (?:only|or nothing|exclusively|exactly)\b",
        lambda m, t: f"in {m['d']}",
    ),
    (
        rf"\b(?:does|did|do|will) (?P<y>(?:{MONTH},? )?{of.YEAR}) (?:contribute|bring|hold|have|offer|provide|account for|add|make up"
        rf"|yield)\b",
        lambda m, t: f"in {m['y']}",
    ),
    (rf"\b(?P<y>{of.YEAR}) years? ones?\b", lambda m, t: f"in {m['y']}"),
    (
        rf"\b(?P<asks>(?:narrow|restrict|limit|cut|filter|reduce|confine)\w*(?: [\w']+){{0,3}}?) to (?:just |only )?(?=(?:{MONTH}|(?:19"
        rf"|20)\d\d)\b)",
        lambda m, t: f"{m['asks']} in ",
    ),
    (rf"\bthe (?P<m>{MONTH}) (?P<ones>ones|papers|batch|lot|entries)\b", lambda m, t: f"the {m['ones']} in {m['m']}"),
    (
        rf"\b(?P<part>(?:{SEASON})(?: of| in|,)? {of.YEAR}),? \(?(?:i\.?e\.?|that is|meaning|namely|so),? {MONTH}(?:,? (?:and "
        rf"|to )?{MONTH})+\)?"
        r"(?:,? (?:taken |all |put )?together)?",
        lambda m, t: m["part"],
    ),
    (r"\bas from (?=\w)", lambda m, t: "since "),
    (r"(?<!\d )(?<!from )\bthrough (?=the end of)", lambda m, t: "until "),
    (
        rf"\bcut(?:ting)?(?:[ -]?| (?:it|them|that|this|the list|things) )off(?: date| point)?(?: is| of|:)? ?(?:at |on "
        rf"|in )?(?=the end of|{MONTH}|{of.YEAR})",
        lambda m, t: "until ",
    ),
    (rf"(?P<d>{MONTH} {of.YEAR}|{of.YEAR}) (?:included|inclusive)\b", lambda m, t: m["d"]),
    (rf"\bfrom (?P<a>(?:{MONTH} )?(?:of )?{of.YEAR}) up (?:to|until|till) ", lambda m, t: f"from {m['a']} to "),
    (r"\bcalendar (?=year|month|week|quarter)", lambda m, t: ""),
    (
        r"\b(?:the )?(?P<unit>year|month|week|quarter) (?:that(?:'s| has| is)? )?just (?:gone|ended|passed|past|finished|over|closed"
        r"|went by)"
        r"(?: by)?\b",
        of.ended,
    ),
    (
        r"\b(?:the )?(?P<unit>year|month|week|quarter) (?:right |just |immediately )?(?:before|preceding|prior to) (?:this|the current|the"
        r" present) (?:year|month|week|quarter)\b",
        of.ended,
    ),
    (r"\b(?:the )?(?:immediately )?preceding (?P<unit>year|month|week|quarter)(?! (?:to|of)\b)", of.ended),
    (r"\b(?:this|the) past (?P<unit>month|week|year|quarter)\b", of.ended),
    (r"\b(?:so far this year|this year so far|(?:the )?year to date|since new year(?:'s(?: day| eve)?)?)\b", lambda m, t: "this year"),
    (r"\b(?:the )?(?:last|past) (?:year and a half|18 months)\b", lambda m, t: "last 18 months"),
    (r"\b(?:the )?(?:last|past|previous) half(?: of)?(?: an?)?[ -](?:the )?year\b(?! (?:19|20))", lambda m, t: "last 6 months"),
    (
        rf"\b(?:h(?P<n>[12])(?:,| of| in)? ?(?P<y>{of.YEAR})|(?P<y2>{of.YEAR})[ -]?h(?P<n2>[12])|(?P<n3>[12])h ?(?P<y3>{of.YEAR}))\b",
        of.half,
    ),
    (rf"\b(?P<y>{of.YEAR})[ -]?q(?P<q>[1-4])\b", of.quarter),
    (rf"\bq(?P<q>[1-4])[/'-](?P<y>{of.YEAR})\b", of.quarter),
    (
        rf"\b(?:(?:in|during|within|over|from|of) )?(?:the )?(?P<end>{of.FIRST}|{_LAST}) (?P<n>{_N}) (?P<unit>months|quarters) {_OF}"
        rf" (?:the year )?(?P<year>{of.YEAR})\b",
        of.months,
    ),
    (
        rf"\b(?:(?:in|during|within|over|from|of) )?(?:the )?(?P<end>{of.FIRST}|{_LAST}) (?:(?P<n>{_N}) )?(?P<unit>weeks?|days) {_OF}"
        rf" (?P<month>{MONTH}),? ?(?:of )?(?P<year>{of.YEAR})\b",
        of.weeks,
    ),
    (rf"\b(?:the )?(?:{_LAST}) quarter (?:of|in) (?={of.YEAR})", lambda m, t: "the last quarter of "),
    (rf"\b(?:the )?(?:{of.FIRST}) quarter (?:of|in) (?={of.YEAR})", lambda m, t: "the first quarter of "),
    (
        rf"\b(?:the )?(?:latter|back|other|{_LAST}|2nd|second|later) (?:half|part|six months) (?:of|in) (?=(?:the year )?{of.YEAR})",
        lambda m, t: "the second half of ",
    ),
    (
        rf"\b(?:the )?(?:front|former|{of.FIRST}|1st) (?:half|six months) (?:of|in) (?=(?:the year )?{of.YEAR})",
        lambda m, t: "the first half of ",
    ),
    (
        rf"\b(?P<p>early|mid|late)(?:er|r)?(?: (?:on )?in| on in|[ -]way through|dle of)? (?=(?:the year )?{of.YEAR})",
        lambda m, t: f"{m['p']} ",
    ),
    (
        rf"(?P<on>\b(?:(?:{_SETS}) )?)(?:(?:at|in|around|towards?|near(?:ing)?|close to|during|within|over|from|of) )?(?:the )?"
        rf"(?:very |tail )?(?P<p>beginning|start|middle|end|first half|second half|(?:first|second|third|fourth|last) quarter)(?:ing)?"
        rf" (?:of|in) (?:the year )?(?={of.YEAR}|{MONTH})",
        of.part,
    ),
    (rf"\b{_NOTHING}{_WHAT} (?:{_BEFORE}) (?=(?:the )?\w)(?!\w+ing\b)", lambda m, t: " since "),
    (rf"\b{_NOTHING}{_WHAT} (?:{_AFTER}) (?=(?:the )?\w)(?!\w+ing\b)", lambda m, t: " until "),
    (
        rf"(?<!between )\b(?:in |from |of |for |only |just )*{of.YEAR}(?:(?:,| |, )(?:and |& |or |plus )?(?:in |from |of )?{of.YEAR}"
        rf"|,? ?(?:and|&|plus|/)"
        rf" ?(?:in |from |of )?{of.YEAR})+(?![\w-])",
        of.years,
    ),
    (r"\b(?P<y>20)(?P<a>\d\d)[/–-](?P<b>\d\d)\b(?![-/]?\d)", of.season_of_years),
    (
        rf"(?P<d>\b{of.YEAR}(?:-\d\d)?)(?: ?\+| and up| and upwards?| and newer| or newer| and more recent| and beyond"
        rf"| and after that)(?!\w)",
        lambda m, t: f"since {m['d']}",
    ),
    (rf"(?:>=|≥|=>) ?(?={of.YEAR}\b)", lambda m, t: "since "),
    (rf"(?:<=|≤|=<) ?(?={of.YEAR}\b)", lambda m, t: "until "),
    (rf"> ?(?={of.YEAR}\b)", lambda m, t: "after "),
    (rf"< ?(?={of.YEAR}\b)", lambda m, t: "before "),
    (rf"\b(?P<d>(?:{MONTH} )?{of.YEAR}) at the latest\b", lambda m, t: f"until {m['d']}"),
    (rf"\b(?P<d>(?:{MONTH} )?{of.YEAR}) at the earliest\b", lambda m, t: f"since {m['d']}"),
    (rf"\b(?:going|reaching|stretching|as far) back (?:as far as|as|to) (?=(?:{MONTH} )?{of.YEAR})", lambda m, t: "since "),
    (rf"\bup (?:until|till|through|to and including) (?=(?:the )?(?:{MONTH}|{of.YEAR}|end|last|\d))", lambda m, t: "until "),
    (rf"\bthru\b(?= (?:{MONTH}|{of.YEAR}))", lambda m, t: "through"),
    (
        rf"\b(?:from )?(?P<d>(?:(?:{MONTH}|{SEASON}|q[1-4]|early|mid|late)[ -])?{of.YEAR}) (?:forwards?|upwards?|to now|to (?:the )?present"
        rf"|to today|until now|till now|till today"
        r"|until today|to date)\b",
        lambda m, t: f"since {m['d']}",
    ),
)
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


_AWAY = (
    r"(?:away|off|gone|out(?: of (?:the )?(?:office|town|country|loop|action))?|offline|abroad|ill|sick|busy|travell?ing|absent|unavailable"
    r"|on (?:\w+ )?(?:leave|holidays?|vacation|break|sabbatical|trip))"
    r"|(?:have not|haven['’]?t|had no time to|did not|didn['’]?t) (?:been|look(?:ed)?|check(?:ed)?|read|follow(?:ed)?|kept? up|logged)"
    r"(?: (?:anything|in|here|back|up|at|it|this|the|papers?|news|with))*"
)
_AWAY_FOR = (
    rf"(?:(?:i|we)(?:['’](?:ve|m|d|re))? )?(?:(?:have |had )?(?:been|was|were|am|are) )?(?:{_AWAY})(?: sick| ill| travelling)?,?"
    r" (?:for|in|over|during|these)"
    rf" (?:the |these |about |over )?(?:last |past |some )?(?:(?P<n>{_N}|an?|a couple of|a few) )?(?P<u>(?:day|week|month|year)s?)\b"
)
_MEANWHILE = re.compile(
    r"[ ,]*\b(?:since then|in the meantime|meanwhile|while i was away|during that time|in that time|since)\b(?=\W*$)", re.IGNORECASE
)
"""What is asked of the time that somebody was away."""


_THEN = re.compile(rf"^(?:\w+[,!.] )?{_AWAY_FOR}(?P<rest>[ ,;:.-]+(?:so |and |but )?[^.?!]{{8,}})[.?!]*$", re.IGNORECASE)


def of_time_away(text: str) -> str:
    """The text with the time that somebody was away as that which is asked for ("I was away for two weeks, what is new?")."""
    if not (match := _THEN.search(text)):
        return text
    rest = _MEANWHILE.sub("", match["rest"].strip(" ,;:.-"))
    return f"{rest} in the last {match['n'] or 'one'} {match['u'].rstrip('s')}s"
