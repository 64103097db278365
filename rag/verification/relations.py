"""What a sentence says of its words, held against the paper's: denied or not, more or less, who beats whom, how many of what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.verification.opposites import alike, may_stand_for, opposites
from rag.verification.sentences import Place, Sentences
from rag.verification.strength import Strength
from rag.verification.words import FAILING, Stem, Word, denies, refuses

_NEAR = 8
"""So many words to either side are a word's neighbours."""
_OTHER_SIDE = 0.6
_LITTLE = 0.5
_CLEARLY, _SEEN = 1.2, 0.25
"""How much better another place's neighbours must fit, and how well they must fit at all, before a word is held to it."""

_TOLD_APART = 2.0
"""How much better numbers must fit their own places before their order says nothing."""

_SAME = 3
"""So many of the paper's own words on both sides make a word stand in the place of the paper's."""

_BEATS = frozenset("outperform surpass exceed beat underperform trail lag outclass outpace".split())
_UNITS = {"%": ("%", "percent"), "x": ("x", "×", "times", "fold"), "points": ("pp", "point", "points")}
_AHEAD = _BEATS - frozenset("underperform trail lag".split())
_COMPARATIVES = frozenset("better stronger superior faster ahead".split())
_AGAINST = frozenset("than over against versus vs compared superior inferior baseline".split())
_WANTED = frozenset("need requir necessit addit further extra".split())
"""Words between a denial and what is denied: without the need for retraining."""

_WITH = ("with", "without")
_ON = frozenset("on in for at across with using under when".split())
_FAR = 16
"""So many words to either side of a comparing word are looked at for names."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparing word: the names there, and of these the systems that are compared, not those that it is compared on."""

    names: frozenset[str]
    systems: frozenset[str]


class Relations:
    """Compares one sentence with the sentences of one paper."""

    def __init__(self, said: tuple[Word, ...], known: Sentences, stem: Stem) -> None:
        self._said, self._known, self._stem = said, known, stem
        self._texts = [word.text for word in said]

    def fault(self) -> str:
        """What the sentence turns round; empty where it turns nothing."""
        if self._said in self._known.words:
            return ""
        return self._denied() or self._opposed() or self._swapped() or self._exchanged() or self._misplaced() or self._stronger()

    def _stronger(self) -> str:
        return Strength(self._said, self._known.words, lambda i: self._best(i, frozenset((self._said[i].stem,)))[1]).fault()

    # --- how well a word's neighbours fit a place

    def _fit(self, i: int, place: Place) -> float:
        """How many of a word's neighbours stand near a place, too; the nearer, the more."""
        said, there = self._said, self._known.words[place[0]]
        fit = 0.0
        for k in range(max(i - _NEAR, 0), min(i + _NEAR + 1, len(said))):
            if k == i or not (said[k].tells or abs(k - i) == 1):
                continue
            fit += self._neighbour(said[k], k - i, there, place[1])
        return fit

    @staticmethod
    def _neighbour(word: Word, offset: int, there: Sequence[Word], at: int) -> float:
        best = 0.0
        reach = _NEAR if word.tells else 1
        for m in range(max(at - reach, 0), min(at + reach + 1, len(there))):
            if m != at and there[m].stem == word.stem:
                worth = 1 / (abs(offset) + abs(m - at)) * (1 if word.tells else _LITTLE)
                best = max(best, worth if (offset > 0) == (m > at) else worth * _OTHER_SIDE)
        return best

    def _best(self, i: int, stems: frozenset[str]) -> tuple[float, list[Place]]:
        """How well a word fits where any of the stems occurs, and the places where it fits best."""
        fits = [(self._fit(i, place), place) for stem in stems for place in self._known.places.get(stem, ())]
        top = max((fit for fit, _ in fits), default=0.0)
        return top, [place for fit, place in fits if fit >= top * 0.95]

    # --- negations

    def _denied(self) -> str:
        for i in range(len(self._said)):
            if denies(self._texts, i) == 2 and (fault := self._denial(i)):
                return fault
        return self._undenied()

    def _denial(self, i: int) -> str:
        """Whether the paper, too, denies the first word that a negation reaches and the paper has."""
        for j in range(i + 1, len(self._said)):
            word = self._said[j]
            if not word.denied:
                break
            if not word.tells or word.stem not in self._known.places:
                continue
            _, places = self._best(j, frozenset((word.stem,)))
            if self._said[j - 1].stem in _WANTED or self._texts[j - 1] in ("without", "no"):  # needs no training: training-free
                places = list(self._known.places[word.stem])
            return "" if any(self._known.at(place).denied for place in places) else f"the cited abstract does not deny {word.text!r}"
        return ""

    def _undenied(self) -> str:
        """Whether a word is said outright that the paper denies wherever it says the like."""
        if any(denies(self._texts, i) or text in FAILING for i, text in enumerate(self._texts)):
            return ""
        for i, word in enumerate(self._said):
            if not word.tells or not any(map(self._freshly_denied, self._known.places.get(word.stem, ()))):
                continue
            fit, places = self._best(i, frozenset((word.stem,)))
            if fit > _SEEN and places and all(self._freshly_denied(place) for place in places):
                return f"the cited abstract denies {word.text!r}"
        return ""

    def _freshly_denied(self, place: Place) -> bool:
        """Whether a negation stands right before a place, little words aside."""
        if place[0] not in self._known.denying:
            return False
        words = self._known.words[place[0]]
        texts = [word.text for word in words]
        for j in range(place[1] - 1, -1, -1):
            if refuses(texts, j):
                return True
            if words[j].tells and words[j].stem not in _WANTED:
                return False
        return False

    # --- opposites

    def _opposed(self) -> str:
        both = {word.stem for word in self._said}
        for i, word in enumerate(self._said):
            against = opposites(word.stem, self._stem) if word.text[0].isalpha() else frozenset()
            if against & both:
                continue  # of the two each is held to what it is said of
            if not against or (denies(self._texts, i) == 2 and word.text != "without"):
                continue  # what is denied was looked at as such
            against_fit, places = self._best(i, against)
            if word.text == "before" and all(self._next(place) == "which" for place in places):
                continue  # it comes before what the paper says came after it
            if against_fit <= _SEEN or (word.text in _WITH and not any(self._of_the_same(i, place) for place in places)):
                continue
            own_fit, _ = self._best(i, alike(word.stem, self._stem))
            turned = all(bool(self._known.at(place).denied) == bool(word.denied) for place in places)
            if turned and against_fit > own_fit * _CLEARLY:
                return f"the cited abstract says the opposite of {word.text!r}"
        return ""

    def _next(self, place: Place) -> str:
        return next((word.text for word in self._known.words[place[0]][place[1] + 1 : place[1] + 2]), "")

    def _of_the_same(self, i: int, place: Place) -> bool:
        """Whether the next telling word is the same: with training, without training; not "with no training"."""
        here, there = self._said[i + 1 :], self._known.words[place[0]][place[1] + 1 :]
        mine, its = (next((word.stem for word in words if word.tells), "") for words in (here, there))
        return mine == its and not (here and denies([here[0].text], 0))

    def _swapped(self) -> str:
        """Whether one word stands in the place of another of the paper's that says something else, all around it the same."""
        for i, word in enumerate(self._said):
            if not (word.tells and word.text[0].isalpha()):
                continue
            replaced = [there for there in self._in_the_place_of(i) if there.stem != word.stem]
            if replaced and not any(self._may_replace(word, there) for there in replaced):
                return f"the cited abstract says {replaced[0].text!r}, not {word.text!r}"
        return ""

    def _may_replace(self, word: Word, there: Word) -> bool:
        return not there.text[0].isalpha() or not there.tells or there.name or word.name or may_stand_for(word.stem, there.stem, self._stem)

    def _in_the_place_of(self, i: int) -> Iterator[Word]:
        """The paper's words with the same words before and after as this one has; none where this one, too, stands so."""
        said = [word.stem for word in self._said]
        before, after = said[max(i - _SAME, 0) : i], [stem for stem in said[i + 1 : i + 1 + _SAME] if stem != "."]
        found = []
        for s, j in self._known.places.get((after or before)[0], ()) if before or after else ():
            at = j - 1 if after else j + len(before)
            words = self._known.words[s]
            there = [word.stem for word in words[max(at - len(before), 0) : at + 1 + len(after)]]
            whole = len(before) + len(after) >= 2 * _SAME or at == i or len(words) - at == len(said) - i
            if 0 <= at < len(words) and whole and there == [*before, words[at].stem, *after]:
                found.append(words[at])
        return iter(() if any(word.stem == said[i] for word in found) else found)

    # --- who beats whom

    def _exchanged(self) -> str:
        """Whether a system stands on one side of a comparing word here, and on the other wherever the paper compares so."""
        for i in self._pivots(self._said):
            mine = self._sides(self._said, i)
            held = [
                self._sides(self._known.words[s], j, _passive(self._known.words[s], j) != _passive(self._said, i)) for s, j in self._like(i)
            ]
            for side, other in ((0, 1), (1, 0)):
                for name in mine[side].systems:
                    told = [sides for sides in held if name in sides[0].names | sides[1].names]
                    if told and all(name in sides[other].names and name not in sides[side].names for sides in told):
                        return f"the cited abstract has {name!r} on the other side of the comparison"
            if any(_crossed(mine, sides) for sides in held) and not any(_crossed(mine, (sides[1], sides[0])) for sides in held):
                return "the cited abstract compares the other way round"
        return ""

    def _sides(self, words: Sequence[Word], at: int, flipped: bool = False) -> tuple[Side, Side]:
        """What stands before and after a comparing word in its clause, names on both sides left out."""
        names = [k for k, word in enumerate(words) if word.name or (not k and word.stem in self._known.names)]
        before = [k for k in names if at - _FAR <= k < at and words[k].clause == words[at].clause]
        after = [k for k in names if at < k <= at + _FAR and words[k].clause == words[at].clause]
        named = [frozenset(words[k].stem for k in side) for side in (before, after)]
        ends = (k for k in range(at + 1, len(words)) if words[k].text == "," or words[k].text in _ON or words[k].clause != words[at].clause)
        object_ends = next(ends, len(words))
        compared = (
            frozenset(words[k].stem for k in before if not {word.text for word in words[max(k - 3, 0) : k]} & _ON),
            frozenset(words[k].stem for k in after if k < object_ends),
        )
        left, right = (Side(named[n] - named[1 - n], compared[n] - named[1 - n]) for n in (0, 1))
        return (right, left) if flipped else (left, right)

    def _like(self, i: int) -> Iterator[Place]:
        """The paper's comparing words that compare as this one does."""
        for s, words in enumerate(self._known.words):
            for j in self._pivots(words):
                if (words[j].text in _AGAINST) == (self._said[i].text in _AGAINST) or (_better(words, j) and _better(self._said, i)):
                    yield s, j

    @staticmethod
    def _pivots(words: Sequence[Word]) -> list[int]:
        return [i for i, word in enumerate(words) if word.stem in _BEATS or word.text in _AGAINST]

    # --- numbers

    def _misplaced(self) -> str:
        figures = [i for i, word in enumerate(self._said) if word.text[0].isdigit() and not word.glued]
        at: dict[int, list[Place]] = {}
        for i in figures:
            own, places = self._best(i, frozenset((self._said[i].stem,)))
            unit = _unit(self._said, i)
            there = ((self._known.words[s], j) for s in {place[0] for place in places} for j in range(len(self._known.words[s])))
            others = {w[j].stem for w, j in there if w[j].text[0].isdigit() and _may_be_of(unit, _unit(w, j))} - {self._said[i].stem}
            other, _ = self._best(i, frozenset(others))
            if places and other > own * 1.1 + 0.05:
                return f"the number {self._said[i].text} stands for something else in the cited abstract"
            at[i] = places
        return self._reversed(figures, at)

    def _reversed(self, figures: Sequence[int], at: Mapping[int, list[Place]]) -> str:
        """Two numbers whose neighbours do not tell them apart must stand in the paper's order."""
        for i, k in pairwise(figures):
            pairs = [(a, b) for a in at[i] for b in at[k] if a[0] == b[0]]
            if self._said[i].stem != self._said[k].stem and pairs and all(b < a and not self._apart(i, k, a, b) for a, b in pairs):
                return f"the numbers {self._said[i].text} and {self._said[k].text} stand the other way round in the cited abstract"
        return ""

    def _apart(self, i: int, k: int, a: Place, b: Place) -> bool:
        """Whether the neighbours of two numbers tell which is which: each fits its own place far better than the other's."""
        return self._fit(i, a) > _TOLD_APART * self._fit(i, b) and self._fit(k, b) > _TOLD_APART * self._fit(k, a)


def _unit(words: Sequence[Word], i: int) -> str:
    """What a figure is counted in, where that is written behind it."""
    following = words[i + 1].text if i + 1 < len(words) else ""
    return next((unit for unit, written in _UNITS.items() if following in written), "")


def _may_be_of(unit: str, other: str) -> bool:
    return not unit or not other or unit == other


def _crossed(mine: tuple[Side, Side], sides: tuple[Side, Side]) -> bool:
    return bool(mine[0].names & sides[1].names and mine[1].names & sides[0].names)


def _better(words: Sequence[Word], at: int) -> bool:
    """Whether a comparing word says that what stands before it is ahead: better than, outperforms."""
    if words[at].stem in _AHEAD:
        return not words[at].denied
    return words[at].text == "than" and at > 0 and words[at - 1].text in _COMPARATIVES


def _passive(words: Sequence[Word], at: int) -> bool:
    return any(word.text == "by" for word in words[at + 1 : at + 2])
