"""Questions in other languages: which one it is, and its words in English as far as a glossary of the field goes."""

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources

_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")), ("ko", re.compile(r"[\uac00-\ud7af]")), ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")), ("ar", re.compile(r"[\u0600-\u06ff]")), ("hi", re.compile(r"[\u0900-\u097f]")),
    ("bn", re.compile(r"[\u0980-\u09ff]")), ("el", re.compile(r"[\u0370-\u03ff]{3}")), ("he", re.compile(r"[\u0590-\u05ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_IN_SHORT = re.compile(r"\bw/o?(?!\w)", re.IGNORECASE)
"""English shorthand whose letters are words elsewhere."""

_BEFORE_THE_QUESTION = re.compile(r"^[^¿?]*[.:;,!]\s*(?=¿[^?]+\?\s*$)")
"""What is said aside before the only question of a turn, which an inverted mark begins."""

_NAMED = re.compile(r"[a-z][A-Z]")
"""A name with a capital within: no word of any language."""

_LONGEST, _KEPT, _SHORT = 6, 500, 3
_FOREIGN = 2
"""So many words of another language, and more than English ones, make a question of that language."""


@cache
def _glossary() -> dict[str, dict[str, str]]:
    """Language -> its words and word beginnings (`*`), folded -> English. `-` as English: says nothing."""
    text = (resources.files("rag.understanding") / "examples" / "glossary.txt").read_text("utf-8")
    found, words = dict[str, dict[str, str]](), dict[str, str]()
    for line in text.splitlines():
        if line.startswith("# "):
            words = found.setdefault(line[2:].strip(), {})
            continue
        for entry in filter(str.strip, line.split(";")):
            word, _, english = entry.partition("=")
            words[folded(word.strip())] = english.strip()
    return found


@cache
def _common() -> dict[str, frozenset[str]]:
    text = (resources.files("rag.understanding") / "examples" / "common_words.json").read_text("utf-8")
    return {language: frozenset(words.split()) for language, words in json.loads(text).items()}


def folded(text: str) -> str:
    """Lower case, without the marks on letters."""
    plain = unicodedata.normalize("NFD", text.lower().replace("ß", "ss").replace("’", "'"))
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c) or not "\u0300" <= c <= "\u036f"))


@lru_cache(maxsize=_KEPT)
def language_of(text: str) -> str:
    """The language of a turn, as its code; empty for English and for what cannot be told."""
    for language, script in _SCRIPTS if not text.isascii() else ():
        if script.search(text) and (language not in ("el",) or len(script.findall(text)) > 1):
            return language
    words = {word.lower() for word in _WORD.findall(_IN_SHORT.sub(" ", text.replace("’", "'")))}
    counts = {language: len(words & common) for language, common in _common().items()}
    english = counts.pop("en")
    best = _likest(words, counts)
    short = len(words) == _FOREIGN and all(len(word) <= _SHORT for word in words)  # "nas + llm?" are acronyms
    certain = counts[best] >= _FOREIGN or (counts[best] == 1 and 1 < len(words) <= 4 and not english and not short)
    return best if certain and counts[best] > english else _by_marks(words)


def _likest(words: set[str], counts: Mapping[str, int]) -> str:
    """The language with the most common words of a turn; of those that are close, the one whose glossary has most of its words."""
    most = max(counts.values())
    close = [language for language, count in counts.items() if count and count >= most - 1]
    if len(close) < 2:
        return max(counts, key=lambda language: counts[language])
    known = {language: sum(_looked_up([folded(word)], language) is not None for word in words) for language in close}
    return max(close, key=lambda language: (counts[language] + known[language], counts[language]))


def _by_marks(words: set[str]) -> str:
    """Of languages of which a turn has a common word, that of which most words with marks on their letters are, as the glossary has
    them ("ok, which one trata de películas?"); empty where it has none: "résumé" is English, too."""
    marked = [folded(word) for word in words if not word.isascii() and len(word) > _SHORT]
    plain = words - _common()["en"] - {"paper", "papers"}
    of = [language for language, common in _common().items() if marked and plain & common]
    counts = {language: sum(_looked_up([word], language) is not None for word in marked) for language in of}
    best = max(counts, key=lambda language: counts[language], default="")
    return best if best and counts[best] else ""


def translated(language: str) -> bool:
    """Whether there is a glossary of a language."""
    return language in _glossary()


def in_english(text: str, language: str) -> str:
    """The turn's words in English, as far as the glossary goes; names and words that it lacks stay as they are."""
    text = _spanish(text) if language == "es" else text
    return _of_characters(text, _glossary().get(language, {})) if language in ("zh", "ja") else _of_words(text, language)


def _spanish(text: str) -> str:
    """The question of a turn, without what is said before it; where that is but "¿tienes alguno?", what is said before it."""
    before = _BEFORE_THE_QUESTION.match(text)
    if before and len(text[before.end() :].split()) <= _BARE_QUESTION:
        return before[0]
    return text[before.end() :] if before else text


_BARE_QUESTION = 3
"""Words of a question that asks for nothing by itself."""


def _of_characters(text: str, glossary: dict[str, str]) -> str:
    """For writing without blanks: the longest entries first."""
    plain = text.lower()
    for word in sorted(glossary, key=len, reverse=True):
        if word not in plain:
            continue
        english = f" {glossary[word]} " if glossary[word] != "-" else " "
        text = re.sub(re.escape(word), lambda _, english=english: english, text, flags=re.IGNORECASE)  # type: ignore[misc]
        plain = text.lower()
    text = re.sub(r"[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef]+", lambda m: " ? " if "？" in m[0] else " ", text)
    return " ".join(text.split())


def _of_words(text: str, language: str) -> str:
    words = re.findall(r"[^\W_]+(?:[-'’][^\W_]+)*|[?!.,:;\[\]#]", text)
    plain = [folded(word) for word in words]
    found, at = list[str](), 0
    while at < len(words):
        for size in range(_LONGEST, 0, -1):
            span = plain[at : at + size]
            if len(span) == size and not (size == 1 and _NAMED.search(words[at])) and (english := _looked_up(span, language)) is not None:
                found += [english] if english != "-" else []
                at += size
                break
        else:
            found += _left(words[at], language)
            at += 1
    return " ".join(found).replace(" ?", "?")


def _left(word: str, language: str) -> list[str]:
    """A word that the glossary lacks: its parts at hyphens and apostrophes, without words that say nothing."""
    common = _common().get(language, frozenset())
    parts = [part for part in re.split(r"[-'’]", word) if part]
    if len(parts) > 1:
        return [
            piece
            for part in parts
            for piece in [_looked_up([folded(part)], language) or part]
            if piece != "-" and part.lower() not in common
        ]
    if _NAMED.search(word):
        return [word]
    if word.lower() in common or (len(word) == 1 and word.islower()):
        return []
    return _of_compound(folded(word)) or [word] if language == "de" else [word]


def _of_compound(word: str) -> list[str]:
    """A German word that is two: "Bauvorschriften" is building and regulations."""
    for at in range(_SHORT, len(word) - _SHORT):
        first, last = word[:at], word[at:]
        bare = next((one for one in (first, first.removesuffix("s"), first.removesuffix("n")) if one in _glossary()["de"]), "")
        english = _looked_up([bare or first], "de"), _looked_up([last], "de")
        if all(one and one != "-" for one in english):
            return [one for one in english if one]
    return []


def _looked_up(words: list[str], language: str) -> str | None:
    """The English of words that stand together: as they are, or by how each begins."""
    if (english := _glossary().get(language, {}).get(" ".join(words))) is not None:
        return english
    found, first = _beginnings(language), words[0]
    starts = (first, *(f"{first[:end]}*" for end in range(len(first) + 1)))
    entries = (entry for start in starts for entry in found.get((len(words), start), ()))
    fitting = ((size, english) for size, rest, english in entries if all(map(_begins, rest, words[1:])))
    return max(fitting, default=(0, None))[1]


@cache
def _beginnings(language: str) -> dict[tuple[int, str], list[tuple[int, list[str], str]]]:
    """Entries that tell how words begin, by how many words and the first: (length, the other words, English)."""
    found = dict[tuple[int, str], list[tuple[int, list[str], str]]]()
    for entry, english in _glossary().get(language, {}).items():
        if "*" in entry and (parts := entry.split()):
            found.setdefault((len(parts), parts[0]), []).append((len(entry), parts[1:], english))
    return found


def _begins(entry: str, word: str) -> bool:
    return word.startswith(entry[:-1]) if entry.endswith("*") else word == entry
