"""Filters that a question's plain wording implies: "from 2024", "by NVIDIA", "only one author"."""

import datetime
import re
from collections.abc import Callable, Iterable

from rag.filters import Filters

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH_INDEX = {name[:3]: number for number, name in enumerate(_MONTHS, 1)}
_MONTH = "|".join(f"{name}|{name[:3]}" for name in _MONTHS) + "|sept"
_YEAR = r"(?:19|20)\d\d"
_ISO = rf"{_YEAR}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?"
_DATE = rf"(?:{_ISO}|(?:(?:{_MONTH})\.?,? (?:of )?)?{_YEAR})"
_NUMBERS = {word: n for n, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)}
_NUMBERS |= {"a single": 1, "single": 1, "a sole": 1, "sole": 1, "solo": 1}
_COUNT = r"\d{1,4}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True))
_A, _B, _N = f"(?P<a>{_DATE})", f"(?P<b>{_DATE})", f"(?P<n>{_COUNT})"
_M = f"(?P<m>{_COUNT})"
_VERB = "published|released|listed|dated|posted|written|out|appeared|came out|come out"
_DID = rf"(?:(?:that |which )?(?:were |was |are |is |have been )?(?:{_VERB}) )?"
_HAVE = r"(?:(?:that |which |who )?(?:have|has|having|list|with|by|written by|from|of) )?"
_ONLY = r"(?:only |just |exactly )?"
_AUTHORS = r"[ -](?:co-?)?author(?:s|ed)?"


_NEGATED = re.compile(r"\b(?:not|except|excluding|without|other than|nor|no)\s*$", re.IGNORECASE)
"""A filter is read out of a wording only where nothing denies it: "not from 2024" must not mean 2024."""


def _iso(date: str) -> str:
    """`October 2025` -> `2025-10`; `2024` and ISO dates stay."""
    if date[:4].isdigit():
        return date
    year = date[-4:]
    month = _MONTH_INDEX.get(date[:3].lower())
    return f"{year}-{month:02}" if month else year


def _shifted(date: str, by: int) -> str:
    """The partial date one before or after: `2023` -> `2022`, `2023-01` -> `2022-12`, days likewise."""
    if len(date) == len("2024-01-01"):
        return str(datetime.date.fromisoformat(date) + datetime.timedelta(days=by))
    year, _, month = date.partition("-")
    if not month:
        return str(int(year) + by)
    months = int(year) * 12 + int(month) - 1 + by
    return f"{months // 12}-{months % 12 + 1:02}"


Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], Filters]]


def _on_dates(pattern: str, make: Callable[[str, str], Filters]) -> Rule:
    compiled = re.compile(rf"(?<![\w-]){_DID}{pattern}(?![\w-])", re.IGNORECASE)

    def filters(match: re.Match[str]) -> Filters:
        first = _iso(match["a"])
        return make(first, _iso(match["b"]) if "b" in compiled.groupindex else first)

    return compiled, filters


def _on_count(pattern: str, make: Callable[..., Filters]) -> Rule:
    compiled = re.compile(rf"(?<![\w-]){_HAVE}{pattern}(?![\w-])", re.IGNORECASE)

    def filters(match: re.Match[str]) -> Filters:
        counts = [match[name].lower() for name in ("n", "m") if name in compiled.groupindex]
        return make(*(int(count) if count.isdigit() else _NUMBERS[count] for count in counts))

    return compiled, filters


_DATE_RULES: tuple[Rule, ...] = (
    _on_dates(rf"(?:between|from) {_A} ?(?:and|to|until|till|through|-|–) ?{_B}", lambda a, b: Filters(since=a, until=b)),
    _on_dates(rf"{_A} ?(?:-|–|or|to) ?{_B}", lambda a, b: Filters(since=a, until=b)),
    _on_dates(rf"(?:before|prior to|earlier than|older than) {_A}", lambda a, b: Filters(until=_shifted(a, -1))),
    _on_dates(rf"(?:until|till|up to|no later than|by the end of) {_A}", lambda a, b: Filters(until=a)),
    _on_dates(rf"{_A} (?:or|and) (?:earlier|before|older)", lambda a, b: Filters(until=a)),
    _on_dates(rf"(?:after|later than|newer than) {_A}", lambda a, b: Filters(since=_shifted(a, 1))),
    _on_dates(
        rf"(?:from|in)? ?{_A} (?:onwards?|on(?=[\s,.?!]*$)|(?:or|and) (?:later|after|newer|onwards?))", lambda a, b: Filters(since=a)
    ),
    _on_dates(rf"(?:since|starting (?:in|from)|as of) {_A}", lambda a, b: Filters(since=a)),
    _on_dates(rf"(?:in|from|of|during|within|dated|published|released|listed) (?:the year )?{_A}", lambda a, b: Filters(since=a, until=a)),
    _on_dates(
        rf"(?P<a>(?:{_MONTH})\.?,? {_YEAR}|{_ISO}|{_YEAR}(?=(?:'s)? (?:papers?|work|studies)\b)|(?<=\(){_YEAR}(?=\)))",
        lambda a, b: Filters(since=a, until=a),
    ),
    _on_dates(rf"(?:(?<=, )|^(?:and|only|what about|how about) ){_A}(?=[?.! ]*$)", lambda a, b: Filters(since=a, until=a)),
)
_AUTHOR_RULES: tuple[Rule, ...] = (
    _on_count(rf"(?:between )?{_N} ?(?:and|or|to|-|–) ?{_M}{_AUTHORS}", lambda n, m: Filters(min_authors=min(n, m), max_authors=max(n, m))),
    _on_count(rf"{_N}(?: or more| and more| and up|\+| plus){_AUTHORS}", lambda n: Filters(min_authors=n)),
    _on_count(rf"(?:at least|no fewer than|no less than|a minimum of) {_N}{_AUTHORS}", lambda n: Filters(min_authors=n)),
    _on_count(rf"(?:more than|over) {_N}{_AUTHORS}", lambda n: Filters(min_authors=n + 1)),
    _on_count(rf"(?:at most|no more than|not more than|up to|a maximum of) {_N}{_AUTHORS}", lambda n: Filters(max_authors=n)),
    _on_count(rf"{_N} or (?:fewer|less){_AUTHORS}", lambda n: Filters(max_authors=n)),
    _on_count(rf"(?:fewer than|less than|under) {_N}{_AUTHORS}", lambda n: Filters(max_authors=max(n - 1, 0))),
    _on_count(rf"{_ONLY}{_N}{_AUTHORS}", lambda n: Filters(min_authors=n, max_authors=n)),
)


def _organisations(text: str, known: Iterable[str]) -> tuple[Filters, str]:
    """`by NVIDIA`, `from NVIDIA or DeepMind`: only names that the corpus has count as organisations."""
    names = sorted({name for name in known if len(name) > 1 and not (name.islower() and name.isalpha())}, key=len, reverse=True)
    if not names:
        return Filters(), text
    name = "|".join(re.escape(name) for name in names)
    one = rf"(?:the )?(?:google |meta )?(?:{name})(?:'s)?"
    listed = rf"{one}(?:(?:,| or| and|, or|, and| &) {one})*"
    lead = r"(?:(?:published|listed|released|written|made|done) )?(?:by|from|at|of) "
    pattern = re.compile(rf"(?<![\w-])(?:{lead}(?P<of>{listed})|(?P<its>{listed})(?= papers?\b))(?![\w-])", re.IGNORECASE)
    if not (match := pattern.search(text)) or _NEGATED.search(text[: match.start()]):
        return Filters(), text
    found = re.findall(name, match["of"] or match["its"], re.IGNORECASE)
    return Filters(organisation=" or ".join(dict.fromkeys(found))), text[: match.start()] + " " + text[match.end() :]


def implied(question: str, organisations: Iterable[str] = ()) -> tuple[Filters, str]:
    """The filters in a question's wording, and the question without that wording.

    `organisations` are the names that the corpus holds; another name is left in the text.
    """
    filters, text = Filters(), question
    for rules in (_AUTHOR_RULES, _DATE_RULES):
        for pattern, make in rules:
            if (match := pattern.search(text)) and not _NEGATED.search(text[: match.start()]):
                filters = filters.over(make(match))
                text = text[: match.start()] + " " + text[match.end() :]
                break
    organisation, text = _organisations(text, organisations)
    return filters.over(organisation), " ".join(text.split())
