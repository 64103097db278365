"""A sentence as words in a row: their stems, which of them a negation reaches, which are names, where its clauses end."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Stem = Callable[[str], list[str]]
"""Text -> its words in the form in which they are compared."""

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]{1,3}\b)?|[.;:,!?()%×–—]")
_STOPS = frozenset(".;:!?()–—")
_NOT = frozenset("not never no cannot neither nor without none hardly barely scarcely nowhere nothing".split())
_LACKING = frozenset(
    "fail fails failed failing lack lacks lacked lacking unable avoid avoids avoided avoiding eliminate eliminates eliminated eliminating "
    "free instead rather unlike except remove removes removed removing skip skips skipping refuse prevent prevents preventing obviate "
    "obviates bypass bypasses bypassing beyond absence absent impossible infeasible stop stops drop drops discard discards omit omits "
    "rarely seldom longer exclude excludes excluding dispense little few".split()
)
FAILING = frozenset("fail fails failed failing struggle struggles struggled struggling unable".split())
"""What stands before a word that is tried and not done, which is as good as denied."""
_NOT_ONLY = frozenset("only just merely simply solely necessarily".split())
_ENDS = frozenset("but while whereas although though because and which that who yet however".split())
_REACH = 5
LITTLE = frozenset(
    """a an the of for on in to with and or by from at as is are was were be been being do does did what which who that this these
    those there here it its we our us their they them he she his her can could should would may might will shall have has had having
    about into over under than then so such any some all each both more most other another also very not no nor never without cannot
    neither only just out up while when where if but how through via during between across within per""".split()
)
"""Words that say little by themselves."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word, number or sign of a sentence; `denied` when a negation reaches it: 2 for `not`, 1 for such as `fails to`;
    `glued` when a number is a part of the name before it: T2L."""

    text: str
    stem: str
    name: bool = False
    denied: int = 0
    clause: int = 0
    glued: bool = False

    @property
    def tells(self) -> bool:
        """Whether the word has content of its own."""
        return self.text[0].isalnum() and self.text not in LITTLE


def read(sentence: str, stem: Stem) -> tuple[Word, ...]:
    """The words of a sentence in order."""
    found = list(_WORD.finditer(sentence))
    written = [match[0] for match in found]
    glued = [match[0][0].isdigit() and sentence[match.start() - 1 : match.start()].isalpha() for match in found]
    texts = [text.lower().replace("’", "'") for text in written]
    denied, clauses = _denied(texts), _clauses(texts)
    names = [any(ch.isupper() for ch in text[(i == 0) :]) for i, text in enumerate(written)]
    return tuple(Word(text, _stemmed(text, stem), names[i], denied[i], clauses[i], glued[i]) for i, text in enumerate(texts))


def _stemmed(text: str, stem: Stem) -> str:
    if text[0].isdigit():
        bare = text.replace(",", "")
        return bare.rstrip("0").rstrip(".") if "." in bare else bare
    if not text[0].isalpha():
        return text
    bare = text.removesuffix("'s")
    return (stem(bare) or [bare])[0]


def refuses(words: Sequence[str], i: int) -> bool:
    """Whether the word there says outright that something is not so, or is tried and not done."""
    return denies(words, i) == 2 or words[i] in FAILING


def denies(texts: Sequence[str], i: int) -> int:
    """Whether a word denies those that follow: 2 as `not` does, 1 as `fails to` does, 0 not at all."""
    text = texts[i]
    if text in _NOT or text.endswith("n't"):
        following = texts[i + 1] if i + 1 < len(texts) else ""
        return 0 if following in _NOT_ONLY else 2
    return 1 if text in _LACKING else 0


def _denied(texts: Sequence[str]) -> list[int]:
    denied = [0] * len(texts)
    for i, text in enumerate(texts):
        strength = denies(texts, i)
        if text == "non" and i + 1 < len(texts):
            denied[i + 1] = 2  # non-critical
        if not strength:
            continue
        left = _REACH
        for j in range(i + 1, len(texts)):
            if texts[j] in _STOPS or texts[j] == "," or (texts[j] in _ENDS and left < _REACH):
                break
            denied[j] = max(denied[j], strength)
            left -= texts[j] not in LITTLE
            if not left:
                break
        if text == "free" and i and texts[i - 1][0].isalpha():
            denied[i - 1] = 1  # training-free
    return denied


def _clauses(texts: Sequence[str]) -> list[int]:
    number, numbers = 0, list[int]()
    for text in texts:
        number += text in _STOPS and text not in "()"
        numbers.append(number)
    return numbers
