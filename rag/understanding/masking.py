"""A turn with its names, numbers, dates and languages masked: what is said of any is said of all."""

import re

_LANGUAGES = (
    "german french spanish chinese mandarin japanese italian portuguese russian arabic hindi korean turkish polish dutch english swedish"
    " danish finnish greek czech hebrew thai vietnamese ukrainian bengali urdu persian indonesian latin norwegian hungarian romanian"
    " deutsch français español italiano"
).split()
_MONTHS = "january|february|march|april|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_MASKS = (
    (re.compile(r"https?://\S+"), " xurl "),
    (re.compile(r"\[\d{1,3}\]|#\d{1,3}\b"), " xmark "),
    (re.compile(rf"\b(?:{_MONTHS}|may(?= (?:19|20)\d\d))\b", re.IGNORECASE), " xmonth "),
    (re.compile(r"\b(?:19|20)\d\d(?:-\d\d){0,2}\b"), " xyear "),
    (
        re.compile(r"\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d{1,2}(?:st|nd|rd|th))\b", re.IGNORECASE),
        " xord ",
    ),
    (re.compile(r"\b\d[\d.,]*\b"), " xnum "),
    (
        re.compile(r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|dozen)(?= (?:papers?|authors?|newest|oldest|latest))\b", re.I),
        " xnum ",
    ),
    (re.compile(rf"\b(?:{'|'.join(_LANGUAGES)})\b", re.IGNORECASE), " xlang "),
    (re.compile(r"\b(?:[a-z]+[A-Z]|[A-Z]+[a-z]+[A-Z]|[A-Z]{2,}|[A-Z][a-z]*\d)[\w+-]*"), " xname "),
)


def masked(text: str) -> str:
    """The turn in lower case, with names, numbers, dates and languages replaced by what they are."""
    text = text.replace("’", "'")
    shouted = text.isupper()
    for pattern, kind in _MASKS[: -1 if shouted else None]:
        text = pattern.sub(kind, text)
    return " ".join(text.lower().split())
