"""What a sentence says that something needs, leaves out or gives up, and whose way it tells of, held against the paper."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.verification.saying import OTHERS, Saying
from rag.verification.words import Word, denies, refuses

_NEEDING = frozenset("requir need necessit demand reli depend must necessari essenti crucial indispens mandatori prerequisit".split())
"""Stems of words by which something is said to be needed."""

_ON = frozenset("base built build use employ leverag util".split())
"""What relying on something may be called, too."""

_FURTHER = frozenset("additional extra further auxiliary external human manual expert labeled labelled annotated costly expensive".split())
"""What an abstract likes to do without."""

_PREVENTED = frozenset("prevents prevent preventing avoids avoid avoiding eliminates eliminate eliminating obviates without".split())
_BEHIND = frozenset("necessary essential crucial indispensable mandatory needed required".split())
"""Those behind what is needed."""

_ONLY = frozenset("only solely exclusively merely alone just purely".split())
_NOTHING_ELSE = _ONLY | frozenset(
    "single sole restricted limited exclusive entirely fully mere simply without no not nothing rather instead confined one".split()
)
_PRICE = frozenset("cost expense price sacrifice".split())
_PAID = frozenset(
    "cost expens price sacrif sacrific trade tradeoff despit drop loss lose degrad reduc lower lack wors declin compromis slight".split()
)
_CONTRASTS = frozenset("unlike instead rather".split())
_OF_OTHERS = OTHERS | frozenset("current typical typically traditionally usually mainstream recent vanilla conventionally standard".split())
_OWN_AFTER = frozenset("we our this propose introduce present".split())
_SUBJECT, _OBJECT, _LEAST = 4, 6, 2


class Needs:
    """Compares one sentence with the sentences of one paper."""

    def __init__(self, saying: Saying) -> None:
        self._saying, self._said, self._known, self._held = saying, saying.said, saying.known, saying.held
        self._texts = [word.text for word in self._said]
        self._denying = any(refuses(self._texts, i) for i in range(len(self._texts)))

    def fault(self) -> str:
        """What the sentence says of needs, limits and others' ways that the paper does not; empty where nothing."""
        return self._needed() or self._only_denied() or self._kept_from() or self._only() or self._paid() or self._of_others()

    def _needed(self) -> str:
        for i, word in enumerate(self._said):
            if word.stem not in _NEEDING or word.denied or self._denying or not _asserts(self._said, i):
                continue
            following = self._said[i + 1 : i + 1 + _OBJECT]
            if any(w.text[0].isdigit() for w in following[:_SUBJECT]):
                continue  # how much of it, which is the figures' matter
            if not any(map(_needs, self._known)) and word.stem not in ("reli", "depend"):
                return f"the cited abstract says of nothing that it is needed ({word.text})"
            wanted = self._saying.specific(self._said[:i] if word.text in _BEHIND else following)
            stems = {w.stem for w in wanted}
            if not stems:
                continue
            places = [s for s, held in enumerate(self._held) if len(stems & held) >= max(1, len(stems) / 2)]
            like = word.stem in ("reli", "depend")
            if places and not any(self._needs(s) or (like and _ON & self._held[s]) for s in places):
                return f"the cited abstract does not say that {wanted[0].text!r} is needed"
        return ""

    def _needs(self, s: int) -> bool:
        """Whether a sentence tells of such a need; not of others' need, where the paper's own work is spoken of."""
        there = self._known[s]
        others = self._saying.names_own(self._said[:_SUBJECT]) and not self._saying.own(there)
        return _needs(there) and not (others and _OF_OTHERS.intersection(word.text for word in there))

    def _only_denied(self) -> str:
        """Whether two words together are told outright that the paper has together only where it denies them."""
        if self._denying:
            return ""
        for one, other in pairwise(self._said):
            if one.text not in _FURTHER or not other.tells or one.denied or other.denied:
                continue
            there = [(a, b) for known in self._known for a, b in pairwise(known) if (a.stem, b.stem) == (one.stem, other.stem)]
            if there and all(a.denied == 2 or b.denied == 2 for a, b in there):
                return f"the cited abstract denies {one.text + ' ' + other.text!r}"
        return ""

    def _kept_from(self) -> str:
        """Whether the paper's own work is said to do outright what the paper has it prevent or avoid, wherever it has the word."""
        if any(denies(self._texts, i) for i in range(len(self._texts))) or not self._saying.names_own(self._said[:_SUBJECT]):
            return ""
        for word in self._saying.specific(self._said):
            if word.name or not word.text[0].isalpha():
                continue
            there = [(known, i) for known in self._known for i, w in enumerate(known) if w.stem == word.stem]
            if there and all(_PREVENTED.intersection(w.text for w in known[max(i - 3, 0) : i]) for known, i in there):
                return f"the cited abstract has {word.text!r} prevented"
        return ""

    def _only(self) -> str:
        for i, text in enumerate(self._texts):
            if text not in _ONLY or (text == "just" and self._texts[i + 1 : i + 2] == ["as"]) or self._texts[i - 1 : i] == ["not"]:
                continue
            saying = self._saying.by()
            if saying and not any(_NOTHING_ELSE & {w.text for w in self._known[s]} for s in saying):
                return f"the cited abstract does not say {text!r}"
        return ""

    def _paid(self) -> str:
        for i, text in enumerate(self._texts):
            if text in _PRICE and self._texts[max(i - 2, 0) : i] == ["at", "the"] and self._texts[i + 1 : i + 2] == ["of"]:
                lost = {w.stem for w in self._saying.specific(self._said[i + 2 : i + 2 + _OBJECT])}
                places = [s for s, held in enumerate(self._held) if lost & held]
                if places and not any(_PAID & self._held[s] for s in places):
                    return "the cited abstract tells of no such price"
        return ""

    def _of_others(self) -> str:
        """Whether what is said of the paper's own work is what it says of the others' only."""
        if not self._saying.names_own(self._said[:_SUBJECT]) or self._denying or _OF_OTHERS.intersection(self._texts):
            return ""
        if _CONTRASTS.intersection(self._texts) or "than" in self._texts:
            return ""
        told = {w.stem for w in self._saying.specific(self._said) if not self._saying.is_system(w)}
        if len(told) < _LEAST:
            return ""
        theirs = ours = 0
        for there in self._known:
            for of_others, part in _shares(there, self._saying):
                share = len(told & {w.stem for w in part})
                theirs, ours = (max(theirs, share), ours) if of_others else (theirs, max(ours, share))
        return "the cited abstract says this of others' work" if theirs >= 0.6 * len(told) and ours <= 0.5 * theirs else ""


def _asserts(words: Sequence[Word], i: int) -> bool:
    """Whether a word of needing says that something is needed: a verb, or an adjective; not "the need" of something."""
    text, before = words[i].text, words[i - 1].text if i else ""
    if words[i].stem in ("reli", "depend"):
        return i + 1 < len(words) and words[i + 1].text in ("on", "upon") and text.endswith(("s", "y", "d", "es"))
    if text in ("need", "requirement", "requirements", "demand", "demands", "needs") and before in (
        "the",
        "a",
        "any",
        "of",
        "resource",
        "memory",
    ):
        return False
    return text == "must" or text in _BEHIND or text.endswith(("s", "ed")) or text in ("need", "require")


def _needs(words: Sequence[Word]) -> bool:
    """Whether a sentence tells of a need that it does not deny."""
    return any(word.stem in _NEEDING and not word.denied for word in words)


def _shares(words: Sequence[Word], saying: Saying) -> Iterator[tuple[bool, Sequence[Word]]]:
    """A sentence in parts, each with whether it tells of others' work."""
    texts = [word.text for word in words]
    begin = next((i for i, text in enumerate(texts) if text in _CONTRASTS), None)
    if begin is not None:
        end = next((i for i in range(begin, len(texts)) if texts[i] == ","), len(texts))
        yield True, words[begin:end]
        yield False, (*words[:begin], *words[end:])
        return
    if _OF_OTHERS.intersection(texts[: 2 * _SUBJECT]) and not saying.own(words):
        yield True, words
        return
    which = next(
        (i for i, text in enumerate(texts) if text in ("that", "which") and _OF_OTHERS.intersection(texts[max(i - _OBJECT, 0) : i])), None
    )
    end = next((i for i in range(which, len(texts)) if texts[i] in (",", ":", ";", ".")), len(texts)) if which is not None else 0
    if which is not None:
        yield True, words[which:end]
        words = (*words[:which], *words[end:])
    yield False, words
