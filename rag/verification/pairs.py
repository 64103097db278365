"""Two opposites told of in one sentence (the upper and the lower layers), and what is said of each, held against the paper."""

from collections.abc import Iterator, Sequence

from rag.verification.opposites import opposites
from rag.verification.saying import Saying
from rag.verification.words import Stem, Word

_CUTS = frozenset((",", ";", ":", "and", "but", "while", "whereas", "than"))
_DEGREES = frozenset("high low higher lower more less fast slow faster slower better worse".split())
"""Opposites that are each said of a measure of its own: low latency, high throughput."""

_SAME = 4
"""Letters by which a word and its comparative are known for the same: small, smaller."""


class Pairs:
    """The pairs of opposites of one sentence beside those of one paper's sentences."""

    def __init__(self, saying: Saying, stem: Stem) -> None:
        self._saying, self._stem = saying, stem

    def fault(self) -> str:
        """Whether what is said of one of two opposites is what the paper says of the other; empty where not."""
        for one, other in self._pairs():
            mine = self._told(self._saying.said, one, other)
            if mine is None:
                continue
            straight = crossed = 0
            for there in self._saying.known:
                if (theirs := self._told(there, one, other)) is not None:
                    straight = max(straight, len(mine[0] & theirs[0]) + len(mine[1] & theirs[1]))
                    crossed = max(crossed, len(mine[0] & theirs[1]) + len(mine[1] & theirs[0]))
            if crossed > max(straight, 1):
                return f"the cited abstract says of {other.text!r} what is said here of {one.text!r}"
        return ""

    def _pairs(self) -> Iterator[tuple[Word, Word]]:
        words = [word for word in self._saying.said if word.tells and word.text[0].isalpha() and not self._of_degree(word)]
        for i, word in enumerate(words):
            against = opposites(word.stem, self._stem)
            yield from ((word, other) for other in words[i + 1 :] if other.stem in against)

    @staticmethod
    def _of_degree(word: Word) -> bool:
        return word.text in _DEGREES and word.text not in ("lower",)

    def _told(self, words: Sequence[Word], one: Word, other: Word) -> tuple[set[str], set[str]] | None:
        """What a sentence says of each of two opposites: the telling stems of the parts that have the one, or the other."""
        told: tuple[set[str], set[str]] = (set(), set())
        for part in _parts(words):
            has = [any(_is(word, which) for word in part) for which in (one, other)]
            if has[0] != has[1]:
                told[has[1]].update(w.stem for w in self._saying.specific(part) if not _is(w, one) and not _is(w, other))
        return (told[0] - told[1], told[1] - told[0]) if told[0] and told[1] else None


def _is(word: Word, which: Word) -> bool:
    return word.stem == which.stem or (len(which.text) >= _SAME and word.text[: max(_SAME, len(which.stem))] == which.stem)


def _parts(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    begin = 0
    for i, word in enumerate(words):
        if word.text in _CUTS:
            yield words[begin:i]
            begin = i + 1
    yield words[begin:]
