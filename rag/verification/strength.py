"""How strongly a sentence says what its paper says: bounds, hedges, quantifiers, the future, and what is first or best."""

import re
from collections.abc import Callable, Iterator, Sequence

from rag.verification.words import LITTLE, Word

_HEDGED = frozenset("may might could possibly potentially perhaps presumably conceivably likely maybe probably".split())
_HEDGES = _HEDGED | frozenset("can would should possible potential".split())
_TENTATIVE = frozenset(
    "suggest suggests suggesting suggested seem seems appear appears hypothesize hypothesise hypothesis conjecture believe expect expected "
    "aim aims indicate indicates indicating tend tends sometimes often speculate if".split()
)
_NEARLY = frozenset("near nearly almost virtually quasi practically approximately".split())
_ALL = frozenset("all every each always any whole entire invariably everywhere universally both consistently across entirety".split())
_EVERY = frozenset("all every always invariably".split())
_SOME = frozenset("most some several many few certain sometimes often usually mostly majority occasionally typically".split())
_PROVE = frozenset("prove proves proved proven proving".split())
_SHOWING = frozenset(
    "prove proof theorem theoret theori guarantee show demonstrat confirm verifi establish valid reveal evid deriv prov proven".split()
)
_FUTURE = frozenset("will shall plan plans intend soon future upon forthcoming upcoming".split())
_DONE = frozenset("was were been is are has have had".split())
_UPPER = re.compile(
    r"(?:up to|at most|as much as|as many as|as high as|no more than|maximum of|not exceeding)(?: (?:about|a|an|around))?[ $]*$"
)
_LOWER = re.compile(r"(?:at least|no less than|not less than|no fewer than|minimum of|more than|a guaranteed)(?: (?:about|a|an))?[ $]*$")
_MEAN = re.compile(r"(?:averages|averaging|average of|mean of|on average)(?: (?:about|a|an))?[ $]*$|average$|averaged? (?:at )?$")
_SUPERLATIVE = frozenset(
    "first only best fastest slowest strongest weakest largest smallest biggest greatest highest lowest cheapest easiest simplest hardest "
    "latest newest finest safest tiniest deepest longest shortest sole unique unprecedented foremost earliest leading".split()
)
_TOP = _SUPERLATIVE - {"first", "only"} | frozenset("most optimal optimum art sota maximum minimum record".split())
_HEDGE_BEFORE, _HEDGE_AFTER = 8, 3
_NEAR, _SHARE = 3, 0.6


class Strength:
    """Compares one sentence with the sentences of one paper; `places` are where in them a word of it fits best."""

    def __init__(self, said: Sequence[Word], known: Sequence[Sequence[Word]], places: Callable[[int], Sequence[tuple[int, int]]]) -> None:
        self._said, self._known, self._places = said, known, places
        self._texts = [word.text for word in said]

    def fault(self) -> str:
        """What the sentence says more strongly than the paper; empty where nothing."""
        return self._bound() or self._hedge() or self._widened() or self._foretold() or self._proved() or self._topmost()

    def _nearest(self) -> list[Sequence[Word]]:
        """The paper's sentences that share most words with this one."""
        own = {word.stem for word in self._said if word.tells}
        shares = [(len(own & {word.stem for word in there}), there) for there in self._known]
        most = max((share for share, _ in shares), default=0)
        return [there for share, there in shares if share and share >= _SHARE * most]

    # --- bounds of numbers

    def _bound(self) -> str:
        for i, word in enumerate(self._said):
            if not word.text[0].isdigit():
                continue
            told = _bound_of(self._texts, i)
            there = [self._known[s] for s, _ in self._places(i)]
            known = {_bound_of([w.text for w in self._known[s]], j) for s, j in self._places(i)}
            if not known or told in known:
                continue
            if told == "lower" and known == {"upper"}:
                return f"the cited abstract has {word.text} as the most"
            if told == "upper" and known == {"lower"}:
                return f"the cited abstract has {word.text} as the least"
            if told == "mean" and not any(w.text.startswith(("average", "averaging", "mean")) for words in there for w in words):
                return f"the cited abstract does not have {word.text} as an average"
            if known == {"upper"} and "always" in self._texts and not any(w.text == "always" for words in there for w in words):
                return f"the cited abstract has {word.text} as the most"
        return ""

    # --- hedges

    def _hedge(self) -> str:
        nearly = bool(_NEARLY.intersection(self._texts))
        for i in self._telling():
            before = [_before(self._known[s], j) for s, j in self._places(i)]
            around = self._texts[max(i - _HEDGE_BEFORE, 0) : i + _HEDGE_AFTER]
            if before and all(words & _HEDGED for words in before) and not (_HEDGES | _TENTATIVE).intersection(around):
                return f"the cited abstract says {self._texts[i]!r} of what may be"
            if not nearly and before and all(_NEARLY & words for words in before):
                return f"the cited abstract says 'nearly' of {self._texts[i]!r}"
        return ""

    def _telling(self) -> Iterator[int]:
        return (i for i, word in enumerate(self._said) if word.tells and word.text[0].isalpha() and not word.name)

    def _proved(self) -> str:
        """Whether a proof is told of where the paper's sentence tells of none."""
        if not _PROVE.intersection(self._texts):
            return ""
        shown = any(word.stem.startswith(tuple(_SHOWING)) for there in self._nearest() for word in there)
        return "" if shown else "the cited abstract does not prove this"

    # --- quantifiers

    def _widened(self) -> str:
        for i, word in enumerate(self._said):
            if word.text not in _EVERY or self._texts[i - 1 : i] in (["at"], ["above"], ["after"]):
                continue
            for j in range(i + 1, min(i + 1 + _NEAR, len(self._said))):
                if not self._said[j].tells:
                    continue
                before = [_before(self._known[s], m) for s, m in self._places(j)]
                if before and all(words & _SOME and not words & _ALL for words in before):
                    return f"the cited abstract does not say {word.text!r} of {self._texts[j]!r}"
            if not any(w.text in _ALL for there in self._nearest() for w in there) and not self._counted(i):
                return f"the cited abstract does not say {word.text!r}"
        return ""

    def _counted(self, i: int) -> bool:
        """Whether what is spoken of is a counted set: all four tasks."""
        return any(
            word.text[0].isdigit() or word.text in ("two", "three", "four", "five", "six", "seven") for word in self._said[i + 1 : i + 4]
        )

    # --- the future

    def _foretold(self) -> str:
        if _FUTURE.intersection(self._texts):
            return ""
        for i in self._telling():
            ahead = [_before(self._known[s], j, little=True) for s, j in self._places(i)]
            done = _before(self._said, i, little=True) & _DONE
            if done and ahead and all("will" in words and "be" in words for words in ahead):
                return f"the cited abstract says that it will be {self._texts[i]!r}"
        return ""

    # --- the first and the best

    def _topmost(self) -> str:
        for i, word in enumerate(self._said):
            if not self._claims_most(i) or any(w.text == word.text for there in self._nearest() for w in there):
                continue
            if word.text in ("first", "only") or not any(w.text in _TOP for there in self._nearest() for w in there):
                return f"the cited abstract does not say {word.text!r}"
        return ""

    def _claims_most(self, i: int) -> bool:
        text = self._texts[i]
        led = set(self._texts[max(i - 1, 0) : i]) & {"the", "is", "its", "are", "'s", "was"}
        if text == "most":
            return bool(led) and self._texts[i - 1] == "the" and i + 1 < len(self._texts) and self._texts[i + 1] not in LITTLE
        return text in _SUPERLATIVE and bool(led)


def _bound_of(texts: Sequence[str], i: int) -> str:
    """What is said of a number: that it is the most (`upper`), the least (`lower`) or the `mean`; else nothing."""
    before = " ".join(texts[max(i - 5, 0) : i])
    after = texts[i + 1 : i + 5]
    if _UPPER.search(before):
        return "upper"
    if _LOWER.search(before):
        return "lower"
    return "mean" if _MEAN.search(before) or after[-2:] == ["on", "average"] or "average" in after[:3] else ""


def _before(words: Sequence[Word], at: int, *, little: bool = False) -> set[str]:
    """The words right before a place: little ones and one that tells."""
    found: set[str] = set()
    for k in range(at - 1, max(at - 1 - _NEAR, -1), -1):
        text = words[k].text
        if words[k].clause != words[at].clause or text == ",":
            break
        found.add(text)
        if words[k].tells and text not in _HEDGED | _NEARLY | _SOME and (little or text not in LITTLE):
            break
    return found
