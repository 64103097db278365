"""Names of people: whether a name that is asked for is that of an author, in any order, without accents, with initials."""

import re
import unicodedata
from functools import lru_cache

from rag.text.folding import unaccented

_WORD = re.compile(r"[^\W_]+")
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "phd", "md", "dr", "prof", "professor", "mr", "ms", "mrs"}
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "'": "", "’": "", "ʼ": "", "`": ""}
)
_GLUED = re.compile(r"[A-Z]{2,3}")
_MOST_WORDS = 8
ANY = "*"
"""What every paper has that has author names."""


def _plain(text: str) -> str:
    return unaccented(text.translate(_LETTERS).lower().translate(_LETTERS))


@lru_cache(maxsize=8_192)
def _words(name: str) -> tuple[str, ...]:
    """Words of a name, lower case, without accents and titles; `JA` beside a longer word is two initials."""
    parts = _WORD.findall(unicodedata.normalize("NFC", name.translate(_LETTERS)))
    spelt = any(not part.isupper() for part in parts)
    found = list[str]()
    for part in parts:
        found += list(part.lower()) if spelt and _GLUED.fullmatch(part) and len(parts) > 1 else [_plain(part)]
    return tuple(word for word in found if word not in _SUFFIXES)[:_MOST_WORDS]


def _pair(first: str, second: str) -> str:
    return "|".join(sorted((first, second)))


def name_terms(author: str) -> set[str]:
    """What an author's name is indexed by: its words, each two of them, and each word with another's initial."""
    words = _words(author)
    terms = set(words)
    for at, first in enumerate(words):
        for second in words[at + 1 :]:
            terms.add(_pair(first, second))
            if len(second) > 1:
                terms.add(f"{first}|{second[0]}*")
            if len(first) > 1:
                terms.add(f"{second}|{first[0]}*")
    return terms


def names_asked(names: str) -> list[str]:
    """The names of a filter, several given as `Jane Doe or Rita Roe`: any of them will do."""
    return [name for name in re.split(r"\s+or\s+|;", names) if _words(name)]


def asked_terms(name: str) -> list[str]:
    """Terms of which an author of that name has one at least."""
    family, comma, given = name.partition(",")
    last, first = _words(family), _words(given)
    if comma and last and first:
        return _either(last[-1], first[0])
    words = _words(name)
    if len(words) < 2:
        return list(words)
    if len(words[-1]) == 1 and len(words[0]) > 1:  # Doe J
        return _either(words[0], words[1])
    return _either(words[-1], words[0])


def _either(family: str, given: str) -> list[str]:
    """The two words together, or one of them with the other's initial, as the author wrote it or as it is asked."""
    if len(given) == 1:
        return [_pair(family, given), f"{family}|{given}*"]
    return list(dict.fromkeys([_pair(family, given), _pair(family, given[0]), _pair(given, family[0])]))


def same_person(author: str, name: str) -> bool:
    """Whether an author may be the one who is asked for."""
    return bool(name_terms(author) & set(asked_terms(name)))
