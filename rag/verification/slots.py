"""Which words stand in which slot: what is compared with, which figure is whose, what follows a preposition, what causes what."""

from collections.abc import Iterator, Sequence

from rag.verification.saying import Saying
from rag.verification.words import Word

_AGAINST = frozenset("than over versus vs".split())
_BEATS = frozenset("outperform surpass exceed beat outclass outpace".split())
_AHEAD = frozenset("superior better higher faster stronger".split())
_EQUALS = frozenset("match rival equal par compar close competit approach".split())
_OBJECT_ENDS = frozenset("in on for with by to when while under across using at and as while which".split())
_SLOTS = frozenset("on as under after".split())
_OBJECT, _SLOT, _BESIDE, _SIDE = 6, 5, 4, 14
"""Words that count as what is compared with, as a preposition's own, as beside a figure, as one side of a cause."""

_EFFECT_FIRST = ("due", "because", "owing", "thanks")
_FROM = frozenset("result stem aris caus driven".split())


class Slots:
    """The objects, figures and causes of one sentence beside the sentences of one paper."""

    def __init__(self, saying: Saying) -> None:
        self._saying, self._said, self._known, self._held = saying, saying.said, saying.known, saying.held

    def fault(self) -> str:
        """Which slot is filled otherwise than in the paper; empty where none."""
        return self._object() or self._of_figures() or self._after_prepositions() or self._caused()

    def _object(self) -> str:
        for i in range(len(self._said)):
            compared = self._compared(i) if _compares(self._said, i) else []
            stems = frozenset(word.stem for word in compared)
            saying = self._saying.by(stems)
            if stems and saying and not any(stems & self._held[s] for s in saying):
                return f"the cited abstract does not compare this with {compared[0].text!r}"
            if stems and saying and self._said[i].stem in _BEATS and all(self._equalled(s, stems) for s in saying):
                return f"the cited abstract does not have {compared[0].text!r} beaten"
        return ""

    def _equalled(self, s: int, stems: frozenset[str]) -> bool:
        """Whether what is compared with is matched in a sentence, and nowhere in it beaten."""
        there = self._known[s]
        verbs = [i for i, word in enumerate(there) if word.stem in _BEATS | _EQUALS or word.text in _AHEAD]
        verbs = [i for i in verbs if there[i].text != "competitive" or (i + 1 < len(there) and there[i + 1].text == "with")]
        near = {j: len({w.stem for w in there[j : j + _BESIDE]} & stems) for j, word in enumerate(there) if word.stem in stems}
        together = [j for j, count in near.items() if count == max(near.values())]  # where most of it stands, as it is named
        before = [max((i for i in verbs if i < j), default=-1) for j in together]
        return bool(before) and all(i >= 0 and there[i].stem in _EQUALS for i in before)

    def _compared(self, i: int) -> list[Word]:
        return self._saying.specific(_until(self._said[i + 1 : i + 1 + _OBJECT], _OBJECT_ENDS))

    def _of_figures(self) -> str:
        compared = {word.stem for i in range(len(self._said)) if _compares(self._said, i) for word in self._compared(i)}
        alone = sum(_measures(self._said, i) for i in range(len(self._said))) == 1
        for i, figure in enumerate(self._said):
            if not _measures(self._said, i):
                continue
            at = [(s, j) for s, there in enumerate(self._known) for j, word in enumerate(there) if word.stem == figure.stem]
            near = _beside(self._said, i, _BESIDE, _BESIDE if alone else 0)
            for word in self._saying.specific([word for word in near if word.name or word.stem in compared]):
                if at and not self._saying.is_system(word) and all(self._is_anothers(word, *place) for place in at):
                    return f"the cited abstract has {figure.text} of something else than {word.text!r}"
        return self._named_elsewhere()

    def _is_anothers(self, word: Word, s: int, j: int) -> bool:
        """Whether a word stands right before or after other figures of the sentence, and not by this one."""
        there = self._known[s]
        if any(w.stem == word.stem for w in _beside(there, j, before=2 * _BESIDE, after=_BESIDE)):
            return False
        others = [k for k in range(len(there)) if _measures(there, k) and there[k].stem != there[j].stem]
        return any(w.stem == word.stem for k in others for w in _beside(there, k, before=_BESIDE, after=_BESIDE))

    def _named_elsewhere(self) -> str:
        """Whether a figure is told with a name that stands in other sentences only, where its own has other names."""
        figures = _figures(self._said)
        telling = [s for s, there in enumerate(self._known) if figures and figures <= _figures(there)]
        said = {word.stem for word in self._said}
        for word in self._saying.specific(self._said):
            if not word.name or self._saying.is_system(word) or not telling:
                continue
            if all(word.stem not in self._held[s] and not self._saying.means(word, s) and self._rivals(s) - said for s in telling):
                return f"the cited abstract does not say this of {word.text!r}"
        return ""

    def _rivals(self, s: int) -> set[str]:
        """Names in a sentence that may stand in another's place; not those that another's first letters make."""
        letters = "".join(word.text[0] for word in self._said)
        named = {word.stem for word in self._known[s] if word.name and len(word.text) > 1 and not self._saying.is_system(word)}
        return {name for name in named if name not in letters}

    def _after_prepositions(self) -> str:
        """Whether after a word and its preposition stands what the paper has elsewhere, and there has something else."""
        for i in range(1, len(self._said) - 1):
            anchor = self._said[i - 1]
            if self._said[i].text not in _SLOTS or not anchor.tells or not anchor.text[0].isalpha():
                continue
            mine = self._saying.specific(_until(self._said[i + 1 : i + 1 + _SLOT], _OBJECT_ENDS))
            stems = frozenset(word.stem for word in mine)
            saying = self._saying.by(stems)
            if not mine or not saying or any(self._saying.is_system(word) for word in mine):
                continue
            theirs = [self._filling(s, anchor.stem, self._said[i].text) for s in saying]
            if all(filled and not stems & filled for filled in theirs) and not any(self._saying.means(w, s) for w in mine for s in saying):
                return f"the cited abstract has something else than {mine[0].text!r} here"
        return ""

    def _filling(self, s: int, anchor: str, preposition: str) -> set[str]:
        """What stands after a word and a preposition in a sentence, wherever it has the two."""
        there = self._known[s]
        found: set[str] = set()
        for j in range(1, len(there)):
            if there[j].text == preposition and there[j - 1].stem == anchor:
                found.update([word.stem for word in there[j + 1 :] if word.tells][:_SLOT])
        return found

    def _caused(self) -> str:
        for cause, effect in _causes(self._said):
            straight = crossed = 0
            for there in self._known:
                for their_cause, their_effect in _causes(there):
                    straight = max(straight, len(cause & their_cause) + len(effect & their_effect))
                    if cause & their_effect and effect & their_cause:
                        crossed = max(crossed, len(cause & their_effect) + len(effect & their_cause))
            if crossed > 1 and crossed > straight:
                return "the cited abstract has cause and effect the other way round"
        return ""


def _until(words: Sequence[Word], ends: frozenset[str]) -> Sequence[Word]:
    end = next((i for i, word in enumerate(words) if word.text in ends or not word.text[0].isalpha()), len(words))
    return words[:end]


def _compares(words: Sequence[Word], i: int) -> bool:
    if words[i].text in ("to", "with") and i and words[i - 1].stem == "compar":
        return True
    return words[i].text in _AGAINST or words[i].stem in _BEATS


def _measures(words: Sequence[Word], i: int) -> bool:
    """Whether a number is a figure, and no part of a name (LLaMA 2, 7B)."""
    follows = words[i + 1].text if i + 1 < len(words) else ""
    return words[i].text[0].isdigit() and not (i and words[i - 1].name) and follows not in ("b", "m", "k")


def _figures(words: Sequence[Word]) -> set[str]:
    return {word.stem for i, word in enumerate(words) if _measures(words, i)}


def _beside(words: Sequence[Word], at: int, before: int = 0, after: int = 0) -> list[Word]:
    """The telling words next to a figure, up to another figure."""
    found: list[Word] = []
    for step, left in ((-1, before), (1, after)):
        k = at + step
        while 0 <= k < len(words) and left and not _measures(words, k) and words[k].clause == words[at].clause:
            if words[k].tells:
                found.append(words[k])
                left -= 1
            k += step
    return found


def _causes(words: Sequence[Word]) -> Iterator[tuple[set[str], set[str]]]:
    """Each (cause, effect) that a sentence tells of, as the stems on the two sides of the words that join them."""
    texts = [word.text for word in words]

    def side(part: Sequence[Word]) -> set[str]:
        return {word.stem for word in part if word.tells}

    for i, word in enumerate(words):
        following = texts[i + 1] if i + 1 < len(texts) else ""
        before, after = words[max(i - _SIDE, 0) : i], words[i + 1 : i + 1 + _SIDE]
        if (
            (word.stem, following) in (("lead", "to"), ("result", "in"))
            or (word.stem == "caus" and following != "by")
            or texts[i : i + 3] == ["which", "is", "why"]
        ):
            yield side(before), side(after)
        elif (
            word.text in _EFFECT_FIRST
            or (word.stem in _FROM and following in ("from", "by"))
            or (word.text == "by" and following.endswith("ing"))
        ):
            yield side(after), side(before)
        elif word.text in ("since", "because") and "," in texts[i:]:
            comma = texts.index(",", i)
            yield side(words[i + 1 : comma]), side(words[comma + 1 : comma + 1 + _SIDE])
