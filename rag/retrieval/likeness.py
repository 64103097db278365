"""How a typed word is like a word of the corpus: by a slip of the keys ("vison"), or as a short form of it ("attn", "params")."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from rag.text import content_words

_VOWELS = frozenset("aeiouy")
_LONG = 8
"""Letters from which on a word may have two slips."""

_SHORTEST, _SHORT = 3, 7
"""Letters of a short form, at least and at most."""

_LEFT_OUT, _LONGER = 2, 4
"""Letters that a short form leaves out at least, where it does not end early; letters that what it stands for has more than."""

_PRIOR = 5
"""Papers by which a share of few is drawn to what is usual."""

_RIVALS = 10
"""Words that one may stand for, of which the most used are looked at."""

Held = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Typed:
    """A word as typed, and its stem; in how many papers it stands by itself; how often everyday English and the field use it
    (log2, 0 to 1); the stems around it, nearest first."""

    word: str
    stem: str
    held: int
    english: float
    field: float
    around: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meant:
    """A word that a typed one may stand for: as it is written, or its stem alone where that is all that is known; its stem; and how
    often the field uses it."""

    form: str
    stem: str
    field: float = 0.0


class Corpus(Protocol):
    """What is asked of a corpus."""

    size: int

    def held(self, stem: str) -> int:
        """How many papers hold a stem."""

    def together(self, stem: str, other: str) -> int:
        """How many hold both."""

    def beside(self, meant: Meant, other: str) -> float:
        """In which share of some that hold both they stand side by side."""


def slips(word: str, forms: Sequence[str]) -> list[str]:
    """The forms that a word may be a slip for."""
    most = 2 if len(word) >= _LONG else 1
    like = [form for form in forms if abs(len(form) - len(word)) <= most and form != word]
    return [form for form, _, _ in extract(word, like, scorer=OSA.distance, score_cutoff=most, limit=None) if content_words(form)]


def longer(word: str, forms: Sequence[str]) -> list[str]:
    """The forms that a word may be short for: it is their beginning, or has their letters in order, its vowels left out."""
    bare = singular(word)
    if not _SHORTEST <= len(bare) <= _SHORT:
        return []
    least, vowelless = len(bare) + _LEFT_OUT, not _VOWELS & set(bare[1:])
    inside = re.compile(".*?".join(bare))
    like = (form for form in forms if len(form) >= least and (form.startswith(bare) or (vowelless and inside.match(form))))
    return [form for form in like if len(form) > _LONGER and content_words(form)]


def singular(word: str) -> str:
    """The word without the s of many."""
    return word[:-1] if word.endswith("s") and len(word) > _SHORTEST else word


def most_held(found: Sequence[Meant], corpus: Corpus) -> list[Meant]:
    """The first of the forms of each stem; those of the stems that most papers hold."""
    by_stem = {meant.stem: meant for meant in reversed(found)}
    return sorted(by_stem.values(), key=lambda one: (-corpus.held(one.stem), one.stem))[:_RIVALS]


SLIP = (
    "constant", "two", "swapped", "doubled", "vowel", "other", "missing", "extra", "at end", "length",
    "held", "share", "typed held", "english", "english known", "field", "field known", "with", "beside", "share with",
    "oftener", "oftener though known",
)  # fmt: skip
SHORT = (
    "constant", "beginning", "length", "part", "ends", "consonants", "cut at consonant", "plural",
    "held", "share", "typed held", "english", "english known", "field", "field known", "with", "beside", "share with",
    "side by side", "said together", "oftener", "oftener though known",
)  # fmt: skip


def slip_features(typed: Typed, meant: Meant, rivals: Sequence[Meant], corpus: Corpus) -> list[float]:
    """What tells whether a word is a slip for another; named in SLIP."""
    word = typed.stem if meant.form == meant.stem else typed.word
    two, kind = _edit(word, meant.form)
    kinds = [float(kind == name) for name in ("swapped", "doubled", "vowel", "other", "missing", "extra")]
    at_end = float(word[:-1] == meant.form[: len(word) - 1])
    company = _company(typed, meant.stem, corpus)
    shape = [two, *kinds, at_end, min(len(meant.form), 12) / 12]
    return [1.0, *shape, *_used(typed, meant, rivals, corpus), *company, *_oftener(typed, meant)]


def short_features(typed: Typed, meant: Meant, rivals: Sequence[Meant], corpus: Corpus) -> list[float]:
    """What tells whether a word is short for another; named in SHORT."""
    bare, form = singular(typed.word), meant.form
    begins = form.startswith(bare)
    consonants = sum(letter not in _VOWELS for letter in form)
    kept = sum(letter not in _VOWELS for letter in bare)
    ends, share = float(not begins and bare[-1] == form[-1]), 0.0 if begins else kept / max(1, consonants)
    shape = [float(begins), min(len(bare), 6) / 6, len(bare) / len(form), ends, share, float(begins and bare[-1] not in _VOWELS)]
    near, said = _side_by_side(typed, meant, corpus)
    used, company = _used(typed, meant, rivals, corpus), _company(typed, meant.stem, corpus)
    return [1.0, *shape, float(bare != typed.word), *used, *company, near, said, *_oftener(typed, meant)]


def _edit(stem: str, term: str) -> tuple[float, str]:
    """Whether there are two slips, and of which kind a single one is."""
    if OSA.distance(stem, term) > 1:
        return 1.0, ""
    if len(stem) == len(term):
        at = [i for i, (a, b) in enumerate(zip(stem, term, strict=True)) if a != b]
        if len(at) == 2:
            return 0.0, "swapped"
        return 0.0, "vowel" if stem[at[0]] in _VOWELS and term[at[0]] in _VOWELS else "other"
    longer_, shorter = (stem, term) if len(stem) > len(term) else (term, stem)
    at_ = next((i for i, (a, b) in enumerate(zip(longer_, shorter, strict=False)) if a != b), len(shorter))
    if longer_[at_] in longer_[max(0, at_ - 1) : at_] or longer_[at_] in longer_[at_ + 1 : at_ + 2]:
        return 0.0, "doubled"
    return 0.0, "extra" if longer_ is stem else "missing"


def _used(typed: Typed, meant: Meant, rivals: Sequence[Meant], corpus: Corpus) -> list[float]:
    """How much the corpus uses a word, and its share of what the rivals are used; what is known of the word as typed."""
    count, all_ = corpus.held(meant.stem), sum(corpus.held(rival.stem) for rival in rivals)
    known = [typed.english, float(typed.english > 0), typed.field, float(typed.field > 0)]
    return [math.log2(1 + count) / 12, count / max(1, all_), math.log2(1 + typed.held) / 4, *known]


def _side_by_side(typed: Typed, meant: Meant, corpus: Corpus) -> tuple[float, float]:
    """In which share of the papers that hold both, and of all that hold the word beside it, the two stand side by side."""
    near, said = [0.0], [0.0]
    for other in typed.around[:2]:
        share = corpus.beside(meant, other)
        near.append(share)
        said.append(share * corpus.together(meant.stem, other) / (corpus.held(other) + _PRIOR))
    return max(near), math.sqrt(max(said))


def _oftener(typed: Typed, meant: Meant) -> list[float]:
    """How much oftener the field uses what may be meant; and so where it uses the word as typed at all."""
    oftener = max(0.0, meant.field - typed.field)
    return [oftener, oftener * (typed.field > 0)]


def _company(typed: Typed, stem: str, corpus: Corpus) -> list[float]:
    """How much oftener than elsewhere papers with another word of the question hold the stem: for the best of them, for those
    beside it; and how often."""
    usual = max(corpus.held(stem), 0.5) / corpus.size
    shares = [(corpus.together(stem, other) + _PRIOR * usual) / (corpus.held(other) + _PRIOR) for other in typed.around]
    lifts = [math.log2(share / usual) / 4 for share in shares]
    return [max(lifts, default=0.0), max(lifts[:2], default=0.0), max(shares, default=0.0)]


PLAIN = re.compile(r"[a-z]{3,30}")
"""A word as one writes it: names and acronyms have capitals."""
