"""Which of a paper's sentences says what a sentence says, and what in it is the paper's own: the ground of roles and slots."""

from collections.abc import Sequence
from itertools import pairwise

from rag.verification.words import Word

OTHERS = frozenset("existing prior previous traditional conventional earlier".split())
"""Words by which an abstract names the work of others."""

OURS = frozenset("we our us".split())
_POINTING = frozenset("this these it they such both their its".split())
"""Words at a sentence's beginning that stand for what the one before names."""

_INTRODUCED = frozenset("propos introduc present develop unveil devis design".split())
_BEGINNING = 6
_COVERED, _LIKE_BEST = 0.6, 0.9
"""The share of a sentence's words that the paper's sentence must hold to be the one that says it, and of the best one's share."""


class Saying:
    """One sentence beside the sentences of one paper. `systems` are the paper's own; `generic` words name anybody's work."""

    def __init__(self, said: Sequence[Word], known: Sequence[Sequence[Word]], systems: frozenset[str], generic: frozenset[str]) -> None:
        self.said, self.known, self.generic = said, known, generic
        self._systems = systems
        self.held = [frozenset(word.stem for word in there) for there in known]
        self._anywhere = frozenset().union(*self.held)
        introducing = (s for s in range(len(known)) if not s or (self.held[s] & _INTRODUCED and self.own(known[s])))
        self._introduced = frozenset().union(*(self.held[s] for s in introducing))

    def by(self, but: frozenset[str] = frozenset()) -> list[int]:
        """The paper's sentences that say this one, some of its words aside; none where that is not clear."""
        wanted = {word.stem for word in self.said if word.tells} - but
        shares = [len(wanted & held) for held in self.held]
        most = max(shares, default=0)
        if not wanted or most < _COVERED * len(wanted):
            return []
        return [s for s, share in enumerate(shares) if share >= _LIKE_BEST * most]

    def is_system(self, word: Word) -> bool:
        """Whether a word is a part of the paper's own name: DC in DC-Bi-LSTM."""
        bare = word.text.removesuffix("'s")
        return bare in self._systems or (word.name and any(bare in name for name in self._systems))

    def own(self, words: Sequence[Word]) -> bool:
        """Whether words speak of the paper's own work: ours, its system, this framework."""
        return any(word.text in OURS for word in words) or self.names_own(words)

    def names_own(self, words: Sequence[Word]) -> bool:
        """The same, and not only that "we" did something."""
        here = any(a.text in ("this", "our", "proposed") and b.stem in self.generic for a, b in pairwise(words))
        return here or any(self.is_system(word) for word in words)

    def specific(self, words: Sequence[Word]) -> list[Word]:
        """Words that the paper has somewhere, and that are more than names of anybody's work."""
        return [w for w in words if w.tells and w.stem in self._anywhere and w.stem not in self.generic and w.text not in OTHERS]

    def means(self, word: Word, s: int) -> bool:
        """Whether a sentence speaks of what a word names that it has not: by an acronym, by "this", or as of the paper's own work."""
        there = self.known[s]
        if (word.name and word.text.removesuffix("s") in _letters(there)) or self._shortened(s):
            return True
        pointing = bool({w.text for w in there[:_BEGINNING]} & _POINTING)
        if s and pointing and word.stem in self.held[s - 1]:
            return True
        if word.stem in self.held[0] and (pointing or self.own(there)):
            return True
        return not word.name and word.stem in self._introduced and (self.names_own(there) or self.said[0].text == "the")

    def _shortened(self, s: int) -> bool:
        """Whether the sentence has an acronym for words that are written out here."""
        letters = _letters(self.said)
        return any(word.name and len(word.text) > 1 and word.text.removesuffix("s") in letters for word in self.known[s])


def _letters(words: Sequence[Word]) -> str:
    return "".join(word.text[0] for word in words)


def of_others(words: Sequence[Word]) -> bool:
    """Whether words name the work of others."""
    return any(word.text in OTHERS for word in words)
