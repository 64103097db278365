"""What an abstract supports: the numbers, names and words that a sentence citing it may use."""

import re
import unicodedata
from calendar import month_name
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from corpus import Paper
from rag.text import content_words, instructs, named_like, trusted, visible

Stem = Callable[[str], list[str]]
"""Text -> its words in the form in which they are compared."""

_NUMBER = re.compile(
    r"(?<![A-Za-z0-9.^])(?<!\^-)(?<![A-Za-z][A-Za-z]-)(?<![^A-Za-z0-9][A-Za-z]-)(\d[\d,]*(?:\.\d+)?)"
    r"(?:\^\{?(-?\d{1,3})\}?|\s?(k|m|b|t|thousand|million|billion|trillion)\b)?",
    re.IGNORECASE,
)
_SCALE = {"k": 3, "m": 6, "b": 9, "t": 12, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_WORD_VALUE = {
    word: Decimal(n)
    for n, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split())
} | {"twenty": Decimal(20), "hundred": Decimal(100), "thousand": Decimal(1000)}
_TIMES = re.compile(r"[\s$\\-]*(?:(?:x|×|times)(?![\w×])(?-i:(?!\s[A-Z0-9]))|times\b|fold\b)", re.IGNORECASE)
_PERCENT = re.compile(r"[\s$\\-]*(?:%|percent|per cent)", re.IGNORECASE)
_NEXT = re.compile(r"\s*(?:[-–—,/]|to|and|or|, and)\s*\$?(?=\d)")
_FACTOR = re.compile(r"(?:factor|speed-?ups?|acceleration) of (?:up to |about |around |over |~)?\$?$", re.IGNORECASE)
_OF_THINGS = re.compile(r"\s+(?!(?:on|in|for|over|of|with|and|or|to|at|by|as|from|than|while|when|versus|vs|points?)\b)[a-z]")
_CLAUSE = re.compile(r"[;:]\s+|,?\s+(?:and|but|because|while|whereas|since|so that|although)\s+")
_CAPITALISED = re.compile(r"(?<=[a-z0-9,;)] )[A-Z][a-z]{2,}\b")
_NAMED_NUMBER = re.compile(r"\b[A-Za-z]+-\d[\w.]*\w|\b[A-Za-z]+-\d")
_FOLD = re.compile(r"[^0-9a-z+]+")
_URL = re.compile(
    r"https?:|www\.|\b[\w-]+\.(?:com|org|net|io|ai|dev|co|xyz|ru|cn|info|app|me|site|evil|example|test)\b|\S@\S|://", re.IGNORECASE
)
_GENERIC = (
    "paper papers author authors work abstract abstracts study propose proposes proposed introduce introduces present presents show shows "
    "showing report reports reported claim claims achieve achieves achieving use uses using used method methods approach approaches "
    "model models technique system framework which while whereas both each also instead rather without within by through via because "
    "thus so further only same different other new result results state say mention give address focus combine allow make based "
    "publish published release released"
)
_ENOUGH = 0.6
"""Share of a sentence's own content words that the cited abstracts must hold: a paraphrase keeps more, an invention less."""
_ENOUGH_OF_CLAUSE, _LONG_CLAUSE = 0.5, 4
"""The same for a clause joined by and, because, but; and the content words from which on it is long enough to be held to it."""


def numbers(text: str) -> dict[str, set[Decimal]]:
    """Every number of a text with the values that it may stand for: `10K` is 10 and 10,000.

    Numbers that end a name (GPT-4, top-5) are a part of it, and not counted.
    """
    found: dict[str, set[Decimal]] = {}
    for match in _NUMBER.finditer(visible(text)):
        try:
            value = Decimal(match[1].rstrip(",").replace(",", "")).normalize()
        except InvalidOperation:
            continue
        if match[2]:
            with suppress(ArithmeticError):
                found[match[0]] = {(value ** int(match[2])).normalize()}
            continue
        values = found.setdefault(match[1], {value})
        if match[3]:
            values.add((value.scaleb(_SCALE[match[3].lower()])).normalize())
    return found


def signs(text: str) -> dict[Decimal, set[str]]:
    """Every number of a text with what it counts: `x` times, `%`, `n` the things named after it, or `` nothing told.

    In 2-3× and in 3, 4 and 5% the sign stands for all.
    """
    found: dict[Decimal, set[str]] = {}
    sign, start = "", len(text)
    for match in reversed(list(_NUMBER.finditer(text))):
        if _TIMES.match(text, match.end()):
            sign = "x"
        elif _PERCENT.match(text, match.end()):
            sign = "%"
        elif not ((joined := _NEXT.match(text, match.end())) and joined.end() == start and sign in ("x", "%")):
            sign = "x" if _FACTOR.search(text[: match.start()]) else "n" if _OF_THINGS.match(text, match.end()) else ""
        start = match.start()
        for values in numbers(match[0]).values():
            for value in values:
                found.setdefault(value, set()).add(sign)
    return found


def _number_words(text: str) -> dict[str, Decimal]:
    return {word: _WORD_VALUE[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _WORD_VALUE}


def _folded(text: str) -> str:
    return _FOLD.sub("", unicodedata.normalize("NFKC", text).casefold())


def names(text: str) -> list[str]:
    """Words of a sentence that are written like a system's name, the field's own terms aside."""
    words = re.sub(r"[*]", " ", text).replace("/", " ").replace("’", "'").replace("'s ", " ").split()
    return [*named_like(" ".join(words)), *_CAPITALISED.findall(text)]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one paper may be cited for: its title, its trusted abstract, its metadata."""

    values: frozenset[Decimal]
    folded: str
    words: frozenset[str]
    stems: frozenset[str]
    initials: str
    title: frozenset[str]
    signs: Mapping[Decimal, set[str]]


@lru_cache(maxsize=4_096)
def evidence(paper: Paper, stem: Stem) -> Evidence:
    """What a paper may be cited for; kept for the papers met last."""
    title = "" if instructs(paper.title) else paper.title
    year, _, rest = (paper.published or "").partition("-")
    month = month_name[int(rest[:2])] if rest[:2].isdigit() else ""
    known = [title, trusted(paper.abstract), paper.organisation or "", year, month, str(paper.author_count or "")]
    text = visible(" . ".join(known))
    values = {value for found in numbers(text).values() for value in found} | set(_number_words(text).values())
    words = re.findall(r"[^\W_]+", text)
    initials = "".join(word[0] for word in words).casefold()
    titled = frozenset(_folded(word) for word in title.split())
    return Evidence(
        frozenset(values), _folded(text), frozenset(_folded(w) for w in words), frozenset(stem(text)), initials, titled, signs(text)
    )


class Support:
    """Checks sentences against the papers that they cite. `question` is what the user asked."""

    def __init__(self, question: str, papers: Sequence[Paper], stem: Stem) -> None:
        self._stem = stem
        self._evidence = [evidence(paper, stem) for paper in papers]
        self._generic, self._asked = frozenset(stem(_GENERIC)), frozenset(stem(question))
        self.count = len(papers)

    def fault(self, sentence: str, cited: Iterable[int]) -> str:
        """Why the cited papers (positions) do not support the sentence; empty when they do."""
        positions = sorted(set(cited))
        held = [self._evidence[i] for i in positions]
        if _URL.search(sentence):
            return "it holds an address"
        if instructs(sentence):
            return "it is an instruction"
        if not held:
            return "it cites no paper that answers the question"
        return self._wrong_number(sentence, held) or self._wrong_name(sentence, held) or self._wrong_words(sentence, held)

    def supporting(self, sentence: str) -> int | None:
        """The position of the paper that alone supports a sentence best; None when none does."""
        able = [i for i in range(self.count) if not self.fault(sentence, [i])]
        own = self._own(sentence)
        return max(able, key=lambda i: len(own & self._evidence[i].stems), default=None) if own else None

    def heading(self, text: str) -> bool:
        """Whether a heading or a lead-in says nothing that the question or the papers do not."""
        if instructs(text) or _URL.search(text) or len(text.split()) > 14:
            return False
        counted = {Decimal(self.count)}
        values = set().union(counted, *(e.values for e in self._evidence))
        known = self._asked.union(*(e.stems for e in self._evidence))
        stated = [*numbers(text).values(), *({v} for word, v in _number_words(text).items() if word != "one")]
        return all(found & values for found in stated) and self._own(text) <= known

    def _own(self, sentence: str) -> set[str]:
        return set(self._stem(" ".join(w.removesuffix("'s") for w in content_words(sentence) if not w[0].isdigit()))) - self._generic

    def _wrong_number(self, sentence: str, held: Sequence[Evidence]) -> str:
        values = set().union(*(e.values for e in held))
        seen = visible(sentence)
        for clause, told in _told_of(seen, held):
            of = set().union(*(e.values for e in told))
            for written, found in numbers(clause).items():
                if not found & of and not _named_so(seen, written, told):
                    return f"the number {written} is not in the cited abstract"
            for value, written_signs in signs(clause).items():
                known = set().union(*(e.signs.get(value, ()) for e in told))
                if known and any(_disagrees(sign, known) for sign in written_signs):
                    return f"the number {value} stands for something else in the cited abstract"
        for named in _NAMED_NUMBER.findall(seen):
            if not any(_folded(named) in e.folded for e in held):
                return f"{named} is not in the cited abstract"
        counted = values | {Decimal(len(held)), Decimal(self.count)}
        for word, value in _number_words(sentence).items():
            if value not in counted and word not in ("zero", "one"):
                return f"the number {word} is not in the cited abstract"
        return ""

    def _wrong_name(self, sentence: str, held: Sequence[Evidence]) -> str:
        for name in names(visible(sentence)):
            if not any(_holds(e, name) for e in held):
                return f"{name} is not in the cited abstract"
        return ""

    def _wrong_words(self, sentence: str, held: Sequence[Evidence]) -> str:
        known = frozenset().union(*(e.stems for e in held))
        if sum(not ch.isascii() for ch in sentence if ch.isalpha()) > 0.2 * max(len(sentence), 1):
            return "the cited abstract does not say this"
        for part in (sentence, *_CLAUSE.split(sentence)):
            own = self._own(part)
            enough = _ENOUGH if part is sentence else _ENOUGH_OF_CLAUSE
            if (part is sentence or len(own) >= _LONG_CLAUSE) and len(own & known) < enough * len(own):
                return "the cited abstract does not say this"
        return ""


def _disagrees(sign: str, known: set[str]) -> bool:
    """Whether a number's sign is none of those by which the abstract writes it; told without one, it may stand for any."""
    if sign in ("x", "%"):
        return sign not in known
    return sign == "n" and known <= {"x", "%"}


def _told_of(sentence: str, held: Sequence[Evidence]) -> list[tuple[str, Sequence[Evidence]]]:
    """The clauses of a sentence, each with the papers that its numbers must be from: those that hold the system it names.

    A clause that names none goes on about the one before; `respectively` mixes them all.
    """
    clauses = [sentence] if "respectively" in sentence else _CLAUSE.split(sentence)
    told: Sequence[Evidence] = held
    found: list[tuple[str, Sequence[Evidence]]] = []
    for clause in clauses:
        systems = [name for name in names(f"– {clause}") if any(_titled(e, name) for e in held)]
        told = [e for e in held if any(_holds(e, name) for name in systems)] or told
        found.append((clause, told))
    return found


def _titled(held: Evidence, name: str) -> bool:
    return _folded(name) in held.title


def _named_so(sentence: str, number: str, held: Sequence[Evidence]) -> bool:
    """Whether a number belongs to the word before it, and the abstract writes the two as one: LLaMA 7B, LLaMA-7B."""
    pairs = re.findall(rf"(\w*[A-Z]\w*) ({re.escape(number)}\w*)", sentence)
    return any(_folded(word + rest) in e.folded for word, rest in pairs for e in held)


def _holds(held: Evidence, name: str) -> bool:
    folded = _folded(name)
    forms = {folded, folded.removesuffix("s")}
    if forms & held.words or (len(folded) > 3 and any(form in held.folded for form in forms)):
        return True
    if "-" in name:
        parts = [part for part in name.split("-") if part]
        return all(_holds(held, part) for part in parts if named_like(part) or part[0].isupper())
    return name.isupper() and len(folded) > 2 and folded in held.initials
