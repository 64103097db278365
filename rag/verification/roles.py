"""Whose work a sentence speaks of, and what its subject is, held against the paper's sentence that says the rest."""

from collections.abc import Iterator, Sequence

from rag.verification.saying import OTHERS, OURS, Saying, of_others
from rag.verification.words import Word, denies

_OPENS = frozenset(
    "in on for with by to when while under across through using after before during at from within given as if since because".split()
)
_BESIDES = frozenset("than over versus vs opposed unlike compared contrast".split())
"""Words after which stands what a sentence does not speak of, but sets beside it."""

_CLAIMED = frozenset("claim believ assum argu posit hypothes presum".split())
_REFUTED = frozenset("refut disprov contradict challeng debunk contrari incorrect wrong myth".split())
_PARTS = frozenset(("while", "whereas", ";", ":"))
_BEGINNING, _LEAD = 6, 2
"""Words that count as a sentence's beginning, and as what leads it."""


class Roles:
    """The subject of one sentence beside the sentences of one paper."""

    def __init__(self, saying: Saying) -> None:
        self._saying, self._said, self._known, self._held = saying, saying.said, saying.known, saying.held

    def fault(self) -> str:
        """What the sentence gives to another than the paper does; empty where nothing."""
        return self._whose() or self._refuted() or self._subject() or self._set_beside() or self._parted()

    def _whose(self) -> str:
        own, said = self._saying.own, self._said
        marks = [i for i, word in enumerate(said[:_BEGINNING]) if word.text in OTHERS]
        saying = self._saying.by(frozenset(word.stem for i in marks for word in said[i : i + 2]))
        ours = [own(self._known[s]) for s in saying]
        others = [of_others(self._known[s]) for s in saying]
        if marks:
            if ours and all(ours) and not any(others) and not OURS.intersection(word.text for word in said):
                return "the cited abstract says this of its own work, not of others'"
        elif saying and not any(ours) and self._saying.names_own(said[:3]) and all(map(self._anothers, saying)):
            return "the cited abstract says this of another system"
        elif others and all(others) and not any(ours) and own(said[:3]) and not of_others(said):
            return "the cited abstract says this of others' work"
        return ""

    def _refuted(self) -> str:
        """Whether what is told outright is what the paper says that others claim, and refutes."""
        texts = [word.text for word in self._said]
        if any(denies(texts, i) == 2 for i in range(len(texts))) or any(word.stem in _CLAIMED | _REFUTED for word in self._said):
            return ""
        saying = self._saying.by()
        return "the cited abstract refutes this" if saying and all(_refutes(self._known[s]) for s in saying) else ""

    def _anothers(self, s: int) -> bool:
        """Whether a sentence speaks of a system that this one does not name: it begins with it, or has "such as" before it."""
        there, named = self._known[s], {word.stem for word in self._said}
        return any(w.name and w.stem not in named and (i < _LEAD or there[i - 1].text in ("as", "like")) for i, w in enumerate(there))

    def _subject(self) -> str:
        """Whether what stands first is nowhere in the sentence that says the rest."""
        words = _without_opening(self._said)
        if len(words) > 1 and words[0].text in ("the", "this") and words[1].stem in self._saying.generic:
            return ""  # the paper's own work
        strays = []
        for s in self._saying.by(frozenset(word.stem for word in words[:_BEGINNING])):
            first = next((i for i, word in enumerate(words) if word.tells and word.stem in self._held[s]), 0)
            stray = [word for word in self._saying.specific(words[:first]) if word.text[0].isalpha() and not self._saying.means(word, s)]
            if not stray or any(self._saying.is_system(word) for word in words[: first + 1]):
                return ""
            strays.append(stray[0].text)
        return f"the cited abstract says this of something else than {strays[0]!r}" if strays else ""

    def _set_beside(self) -> str:
        """Whether what stands first is what the paper's sentence only sets its own subject beside."""
        words = _without_opening(self._said)
        marked = [word for word in words[:_BEGINNING] if word.text in OTHERS]
        end = next((i for i, word in enumerate(words) if word.text in _BESIDES), len(words))
        after = {word.stem for word in words[end:]}
        lead = marked or self._saying.specific(words[:_BEGINNING])[:_LEAD]
        rest = {word.stem for word in words[:end] if word.tells} - {word.stem for word in lead}
        saying = self._saying.by()
        named_own = any(self._saying.is_system(word) for word in words[:_BEGINNING])
        if not lead or not rest or not saying or lead[0].stem in after or named_own:
            return ""
        beside = [_beside(self._known[s]) for s in saying]
        turned = all(all(word.stem in b and word.stem not in a for word in lead) and len(rest & a) > len(rest - a) for a, b in beside)
        return f"the cited abstract sets this beside {lead[0].text!r}" if turned else ""

    def _parted(self) -> str:
        """Whether a part of the sentence has the subject of another part of the paper's: A does this, while B does that."""
        theirs = [list(_parts(self._known[s])) for s in self._saying.by()]
        theirs = [parts for parts in theirs if len(parts) > 1]
        for part in _parts(self._said):
            lead, rest = _lead(part)
            for parts in theirs:
                best = max(parts, key=lambda there: len(rest & _stems(there)))
                leads = [_lead(there) for there in parts if there is not best]
                elsewhere = frozenset().union(*(first for first, more in leads if more))  # "DiverseVul: a new dataset" is of one subject
                missing = lead - _stems(best)
                if missing and missing <= elsewhere and lead <= _stems(self._said) and 2 * len(rest & _stems(best)) > len(rest):
                    return "the cited abstract says this of something else beside it"
        return ""


def _refutes(words: Sequence[Word]) -> bool:
    """Whether a sentence tells of others' claim, and then denies it."""
    claim = next((i for i, w in enumerate(words) if i and w.stem in _CLAIMED and words[i - 1].text not in OURS), None)
    if claim is None:
        return False
    texts = [word.text for word in words[claim:]]
    return any(denies(texts, i) == 2 for i in range(len(texts))) or any(word.stem in _REFUTED for word in words[claim:])


def _without_opening(words: Sequence[Word]) -> Sequence[Word]:
    """A sentence without the phrase before its subject."""
    if words and words[0].text in _OPENS:
        comma = next((i for i, word in enumerate(words) if word.text == ","), None)
        return words[comma + 1 :] if comma is not None else ()
    return words


def _beside(words: Sequence[Word]) -> tuple[set[str], set[str]]:
    """The stems of what a sentence says, and of what it sets this beside."""
    begin = next((i for i, word in enumerate(words) if word.text in _BESIDES), len(words))
    end = next((i for i in range(begin, len(words)) if words[i].text == ","), len(words))
    return {word.stem for word in (*words[:begin], *words[end:])}, {word.stem for word in words[begin:end]}


def _parts(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """A sentence in parts that have each a subject of their own."""
    begin = 0
    for i, word in enumerate(words):
        if word.text in _PARTS and i + 1 < len(words) and not words[i + 1].text.endswith("ing"):
            yield words[begin:i]
            begin = i + 1
    yield words[begin:]


def _lead(part: Sequence[Word]) -> tuple[set[str], set[str]]:
    """The stems of a part's first words, and of the rest."""
    telling = [word.stem for word in part if word.tells]
    return set(telling[:_LEAD]), set(telling[_LEAD:])


def _stems(part: Sequence[Word]) -> set[str]:
    return {word.stem for word in part if word.tells}
