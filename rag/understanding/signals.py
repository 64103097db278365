"""What the classifier sees of a turn: its words and pieces, hashed, with names, numbers and dates masked."""

import re
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

SIZE = 1 << 13
"""Places that words, pairs and pieces of words are hashed to."""

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
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[?!|]")


def masked(text: str) -> str:
    """The turn in lower case, with names, numbers, dates and languages replaced by what they are."""
    text = text.replace("’", "'")
    shouted = text.isupper()
    for pattern, kind in _MASKS[: -1 if shouted else None]:
        text = pattern.sub(kind, text)
    return " ".join(text.lower().split())


def pieces(text: str, follows: bool) -> list[str]:
    """Every feature of a turn by name; `follows` says whether something was said before."""
    words = _WORD.findall(masked(text))
    marked = ["^", *words, "$"]
    found = [f"w {w}" for w in words] + [f"p {a} {b}" for a, b in pairwise(marked)]
    found += [f"t {a} {b} {c}" for a, b, c in zip(marked, marked[1:], marked[2:], strict=False)]
    found += [f"s {a} {c}" for a, _, c in zip(marked, marked[1:], marked[2:], strict=False)]
    found += [f"b {' '.join(words[:n])}" for n in (1, 2, 3, 4) if len(words) >= n]
    for word in words:
        padded = f"<{word}>"
        if not word.startswith("x"):
            found += [f"c {padded[i : i + n]}" for n in (3, 4) for i in range(len(padded) - n + 1)]
    length = min(len(words), 12)
    return [*found, f"length {length // 2}", f"follows {follows}", f"follows {follows} {length // 3}"]


def hashed(text: str, follows: bool) -> NDArray[np.float32]:
    """(SIZE,) the turn's features, of length one."""
    found = set(pieces(text, follows))
    places = [crc32(piece.encode()) % SIZE for piece in found]
    row = np.bincount(places, [0.5 if piece[:2] == "c " else 1.0 for piece in found], SIZE)
    return np.asarray(row / np.linalg.norm(row), dtype=np.float32)
