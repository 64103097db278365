"""Words as the corpus means them: misspelt ones ("vison"), and those that are written short ("attn", "params", "spec decoding").

Which word is meant is learnt (spelling_fit.py): from how the two are like, how often the corpus, the field and everyday English
use each, and what stands beside it. A system's name and an acronym are left as they are.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from rag.index import Index
from rag.retrieval.likeness import PLAIN, SHORT, Corpus, Meant, Typed, longer, most_held, short_features, slip_features, slips
from rag.text import content_words

RARE = 2
"""Papers with a word up to which it may be a slip, or a short form, of another."""

AROUND = 3
"""Words beside one that tell what it means."""

_READ, _SOME = 12, 6
"""Papers in which is looked up how they write a word, and whether two words stand side by side."""

_MOST = 300
"""Papers that hold a word, of which is told how many hold another."""

_ASKED = 20
"""Terms like a word whose frequency is asked of a server."""

_COMMONER = 0.3
"""How much more the field uses what a known word may be a slip for: about thirty times as much."""

_ALIKE = 0.75
"""Share of the best probability from which on another is about as likely."""

_BRITISH = re.compile(r"is(ations?|e|es|ed|ing|er|ers)$")


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Words that everyday English or the field's abstracts use, and how much: both from 0 (never) to about 1."""

    places: dict[str, int]
    amounts: NDArray[np.float32]
    by_letter: dict[str, tuple[str, ...]]

    def used(self, word: str) -> tuple[float, float]:
        """By everyday English, and by the field."""
        at = self.places.get(word)
        return (0.0, 0.0) if at is None else (float(self.amounts[at, 0]), float(self.amounts[at, 1]))

    def knows(self, word: str) -> bool:
        """Whether everyday English or the field writes a word: then it is no slip of many."""
        return max(self.used(word)) >= _OF_THE_FIELD

    def of_the_field(self, word: str) -> bool:
        """Whether the field writes a word."""
        return self.used(word)[1] >= _OF_THE_FIELD


@cache
def known_words() -> Known:
    """The words that ship."""
    with resources.as_file(resources.files("rag.retrieval") / "weights" / "words.npz") as path, np.load(path) as kept:
        words, amounts = kept["words"].tobytes().decode().split("\n"), kept["used"].astype(np.float32) / 160
    of_the_field = (word for word, used in zip(words, amounts[:, 1], strict=True) if used >= _OF_THE_FIELD)
    by_letter = {letter: tuple(some) for letter, some in groupby(of_the_field, key=lambda word: word[0])}
    return Known({word: n for n, word in enumerate(words)}, amounts, by_letter)


_OF_THE_FIELD = 0.3
"""Use from which on a word is one that the field writes, and no slip of many: about 28 of 144,506 abstracts."""


@cache
def weights() -> dict[str, NDArray[np.float64]]:
    """Of the two models, and from which probability on each is believed."""
    with resources.as_file(resources.files("rag.retrieval") / "weights" / "spelling.npz") as path, np.load(path) as kept:
        return {name: kept[name] for name in kept.files}


Kind = tuple[str, list[Meant], Callable[[Typed, Meant, Sequence[Meant], Corpus], list[float]]]


def candidates(typed: Typed, corpus: Corpus, terms: Sequence[str], known: Known, stems: Callable[[str], list[str]]) -> Iterator[Kind]:
    """What a word may be a slip for, then what it may be short for, of the stems `terms` of its first letter and of known words."""
    forms = known.by_letter.get(typed.word[0], ())
    for kind, like, features in (("slip", slips, slip_features), ("short", longer, short_features)):
        used = sorted(like(typed.word, forms), key=lambda form: -known.used(form)[1])
        used = sorted(used, key=lambda form: OSA.distance(form, typed.word)) if kind == "slip" else used
        found = [Meant(form, stem, known.used(form)[1]) for form in used if (stem := next(iter(stems(form)), "")) and corpus.held(stem)]
        if not known.knows(typed.word):  # a word that one knows is no slip for a stem
            whole = {meant.stem for meant in found}
            found += [Meant(term, term) for term in like(typed.stem, terms) if term not in whole]
        elif kind == "slip":  # nor for a word that is not much commoner, nor one of two slips
            found = [m for m in found if OSA.distance(m.form, typed.word) < 2 and m.field - typed.field > _COMMONER]
        yield kind, [meant for meant in most_held(found, corpus) if meant.stem != typed.stem], features


class Held:
    """An index as a corpus."""

    def __init__(self, index: Index) -> None:
        self._index, self.size = index, max(1, len(index))
        self.held = index.lexical.document_frequency
        self._holders, self._texts = dict[str, dict[str, float]](), dict[str, str]()

    def together(self, stem: str, other: str) -> int:
        """How many papers hold both; not asked of a server, as each would be a request."""
        return round(len(self._both(stem, other)) * self._share(stem, other))

    def beside(self, meant: Meant, other: str) -> float:
        """In which share of some papers that hold both they stand side by side."""
        texts = self._texts_of(self._both(meant.stem, other)[:_SOME])
        one, two = (rf"{re.escape(stem[: max(3, len(stem) - 1)])}\w*" for stem in (meant.stem, other))
        near = re.compile(rf"\b(?:{one}[\s-]+{two}|{two}[\s-]+{one})", re.IGNORECASE)
        return sum(bool(near.search(text)) for text in texts) / max(1, len(texts))

    def _texts_of(self, ids: list[str]) -> list[str]:
        if new := [paper_id for paper_id in ids if paper_id not in self._texts]:
            self._texts |= {paper.paper_id: f"{paper.title} {paper.abstract}" for paper in self._index.papers(new)}
        return [self._texts[paper_id] for paper_id in ids if paper_id in self._texts]

    def _both(self, stem: str, other: str) -> list[str]:
        """Ids of papers that hold both, of the first few hundred that hold the rarer."""
        rare, common = sorted((stem, other), key=self.held)
        if self._index.lexical.on_server:
            return []
        if self.held(common) > _MOST:
            return list(self._index.lexical.holding(common, list(self._holding(rare))))
        both = self._holding(common)
        return [paper_id for paper_id in self._holding(rare) if paper_id in both]

    def _holding(self, stem: str) -> dict[str, float]:
        """The first few hundred papers that hold a stem."""
        if stem not in self._holders:
            self._holders[stem] = dict(self._index.lexical.search([(stem, 1.0)], _MOST))
        return self._holders[stem]

    def _share(self, stem: str, other: str) -> float:
        """How many times as many papers hold the rarer as are looked at."""
        return max(1.0, min(self.held(stem), self.held(other)) / _MOST)


class Speller:
    """Tells what words of a question mean by an index. Holds no state of any question."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def corrected(self, words: Sequence[str]) -> dict[str, str]:
        """Of a question's words those that stand for others, with these as the papers write them."""
        lexical = self._index.lexical
        stems = [next(iter(lexical.terms(word)), "") for word in words]
        found = dict[str, str]()
        for at, (word, stem) in enumerate(zip(words, stems, strict=True)):
            if not stem or not PLAIN.fullmatch(word) or lexical.document_frequency(stem) > RARE or lexical.named(word):
                continue
            if (held := self._by_itself(word, stem)) is None:
                continue
            others = sorted((abs(n - at), other) for n, other in enumerate(stems) if n != at and other)
            around = [other for _, other in others if lexical.document_frequency(other)]
            typed = Typed(word, stem, held, *known_words().used(word), tuple(around[:AROUND]))
            if better := self._american(typed) or self._meant(typed):
                found[word] = better
        return found

    def _by_itself(self, word: str, stem: str) -> int | None:
        """How many papers have a word by itself, and not within a name ("Agile-Quant"); None where it is one ("MoRA", "GaLore")."""
        if not self._index.lexical.document_frequency(stem):
            return 0
        written = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])", re.IGNORECASE)
        found = [written.findall(text) for text in self._texts(stem)]
        return None if any(not one.islower() for some in found for one in some) else sum(map(bool, found))

    def _american(self, typed: Typed) -> str:
        """The word as the papers spell it, where they are American and it is not."""
        lexical, american = self._index.lexical, _BRITISH.sub(r"iz\1", typed.word)
        if american == typed.word or lexical.document_frequency(typed.stem):
            return ""
        return american if lexical.document_frequency("".join(lexical.terms(american))) else ""

    def _meant(self, typed: Typed) -> str:
        """What a word stands for, where that is likely enough; empty elsewhere."""
        lexical, corpus = self._index.lexical, Held(self._index)
        like = lexical.terms_like(typed.stem[0])
        if lexical.on_server:
            like = sorted(like, key=lambda term: OSA.distance(typed.stem, term))[:_ASKED]
            lexical.document_frequencies(like)  # all in a few requests; then they are known
        likely = list[tuple[float, float, str, Meant]]()
        for kind, rivals, features in candidates(typed, corpus, like, known_words(), lexical.terms):
            for meant in rivals:
                row = np.array(features(typed, meant, rivals, corpus))
                said = float(row[SHORT.index("said together")]) if kind == "short" else 0.0
                likely.append((float(1 / (1 + np.exp(-weights()[kind] @ row))), said, kind, meant))
        sure = [one for one in likely if one[0] >= float(weights()[f"{one[2]}.least"])]
        most = max((one[0] for one in sure), default=1.0)
        # of those about as likely as the likeliest, the one that is oftenest said with what stands beside the word
        near = (one for one in likely if sure and one[0] >= _ALIKE * most)
        _, _, kind, meant = max(near, key=lambda one: (one[0] * one[1], one[0]), default=(0.0, 0.0, "", Meant("", "")))
        return self._written(meant, typed.word, kind) if kind else ""

    def _written(self, meant: Meant, typed: str, kind: str) -> str:
        """A word as the papers write it: the one most like a slip, the commonest for a short form."""
        stems = self._index.lexical.terms
        words = Counter(w for text in self._texts(meant.stem) for w in content_words(text.lower()) if w[0] == meant.stem[0])
        written = {word: count for word, count in words.items() if stems(word) == [meant.stem]}
        many = typed.endswith("s")
        like = {word: OSA.distance(word, typed) if kind == "slip" else word.endswith("s") != many for word in written}
        return min(written, key=lambda word: (like[word], -written[word], word), default=meant.form)

    def _texts(self, stem: str) -> list[str]:
        found = self._index.lexical.search([(stem, 1.0)], _READ)
        return [f"{paper.title} {paper.abstract}" for paper in self._index.papers([paper_id for paper_id, _ in found])]
