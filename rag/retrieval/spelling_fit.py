"""Fits what tells a misspelt or shortened word from one that is meant: python -m rag.retrieval.spelling_fit WORDS.npz CLUSTERS.jsonl.gz ...

Questions of judged clusters, over corpora of some twenty clusters each, get slips and short forms made by chance; every other
word of theirs, and every system's name typed small, is one to leave alone. A fifth of the words and a fifth of the corpora take no
part and are measured on. `words` makes WORDS.npz: how often everyday English and the field's abstracts use a word.
"""

import gzip
import importlib
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from rag.index import analyzer
from rag.retrieval.likeness import PLAIN, SHORT, SLIP, Meant, Typed
from rag.retrieval.spelling import AROUND, RARE, Known, candidates, known_words
from rag.text import content_words, folded, named_like

_CORPUS, _APART = 20, 5
_VOWELS = "aeiou"
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_TAKEN = 0.5
"""Share of the words that are taken."""

_STRANGERS, _ENGLISH = 3, 0.3
"""Everyday words that are put in the place of one of a question's, each to be left alone; how common they are at least."""

_PIECE = 5
"""Letters up to which a word of the list of English is looked up in a dictionary."""

_LEFT = ("left", "name", "everyday")
"""Kinds of words to leave alone."""

_LEAVES = {"slip": 0.004, "short": 0.003}
"""Share of the rare words to leave alone that each of the two models may change."""


class Texts:
    """Some abstracts as a corpus: which stems each has, which stand side by side."""

    def __init__(self, texts: list[str], stems: Any) -> None:
        self.docs: dict[str, set[int]] = {}
        self.pairs: dict[tuple[str, str], set[int]] = {}
        for n, text in enumerate(texts):
            found = stems(text)
            for stem in set(found):
                self.docs.setdefault(stem, set()).add(n)
            for pair in set(pairwise(found)):
                self.pairs.setdefault(pair, set()).add(n)
        self.size = len(texts)
        self.by_letter: dict[str, list[str]] = {}
        for stem in self.docs:
            self.by_letter.setdefault(stem[0], []).append(stem)

    def held(self, stem: str) -> int:
        return len(self.docs.get(stem, ()))

    def together(self, stem: str, other: str) -> int:
        return len(self.docs.get(stem, set()) & self.docs.get(other, set()))

    def beside(self, meant: Meant, other: str) -> float:
        near = self.pairs.get((meant.stem, other), set()) | self.pairs.get((other, meant.stem), set())
        return len(near) / max(1, self.together(meant.stem, other))


def slipped(word: str, chance: random.Random) -> str:
    """The word with a slip of the keys; long ones sometimes with two."""
    for _ in range(2 if len(word) > 8 and chance.random() < 0.15 else 1):
        at, kind = chance.randrange(1, len(word)), chance.random()
        if kind < 0.3:
            word = word[:at] + word[at + 1 :]
        elif kind < 0.5 and at < len(word) - 1:
            word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        elif kind < 0.7:
            word = word[:at] + word[at] + word[at:]
        elif kind < 0.85 and word[at] in _VOWELS:
            word = word[:at] + chance.choice(_VOWELS) + word[at + 1 :]
        else:
            row = next((keys for keys in _KEYS if word[at] in keys), _KEYS[0])
            place = row.find(word[at])
            word = word[:at] + row[max(0, min(len(row) - 1, place + chance.choice((-1, 1))))] + word[at + (kind < 0.93) :]
    return word


def shortened(word: str, chance: random.Random) -> str:
    """The word as one shortens it in haste: its beginning up to a consonant, or its first letter and some of its consonants."""
    ends = [n for n in range(3, min(7, len(word) - 2)) if word[n - 1] not in _VOWELS]
    short = word[: chance.choice(ends)] if ends else word[:4]
    if chance.random() < 0.4:
        later = [letter for letter in word[1:] if letter not in _VOWELS]
        many = min(len(later), chance.choice((2, 2, 3)))
        first = chance.random() < 0.6  # the first ones, or some
        kept = range(many) if first else sorted(chance.sample(range(min(len(later), many + 2)), many))
        short = word[0] + "".join(later[n] for n in kept)
    return short + ("s" if word.endswith("s") and not short.endswith("s") else "")


def corpora(paths: list[Path], stems: Any) -> Iterator[tuple[Texts, list[str], list[str]]]:
    """Corpora with their questions, and the names of systems that their abstracts hold."""
    clusters = [json.loads(line) for path in paths for line in gzip.decompress(path.read_bytes()).splitlines()]
    random.Random(3).shuffle(clusters)
    for start in range(0, len(clusters), _CORPUS):
        some = clusters[start : start + _CORPUS]
        texts = [f"{doc['title']} {' '.join(doc['sentences'])}" for cluster in some for doc in cluster["docs"]]
        names = {name.lower() for text in texts for name in named_like(text) if PLAIN.fullmatch(name.lower())}
        questions = [query["question"] for cluster in some for query in cluster["questions"]]
        yield Texts(texts, stems), questions, sorted(names)


def examples(corpus: Texts, questions: list[str], names: list[str], known: Known, stems: Any, chance: random.Random) -> Iterator[Any]:
    """(kind of change, the word that was meant, what was typed, its rivals with their features)."""
    for question in questions:
        words = content_words(question.lower())
        stem_of = [next(iter(stems(word)), "") for word in words]
        for n, word in enumerate(words):
            if not PLAIN.fullmatch(word) or not stem_of[n]:
                continue
            typings = [("left", word)]
            if chance.random() > _TAKEN:
                continue
            if corpus.held(stem_of[n]) > 1 and len(word) > 4:
                typings.append(("slip", slipped(word, chance)))
            if corpus.held(stem_of[n]) > 1 and len(word) > 6 and chance.random() < 0.5:
                typings.append(("short", shortened(word, chance)))
            if chance.random() < 0.1:
                typings.append(("name", chance.choice(names)))
            around = tuple(s for _, s in sorted((abs(m - n), s) for m, s in enumerate(stem_of) if m != n and corpus.held(s)))
            for kind, typed in typings:
                stem = next(iter(stems(typed)), "")
                if stem and corpus.held(stem) <= RARE and (kind in ("left", "name") or stem != stem_of[n]) and PLAIN.fullmatch(typed):
                    meant = "" if kind in ("left", "name") else stem_of[n]
                    yield kind, word, meant, Typed(typed, stem, corpus.held(stem), *known.used(typed), around[:AROUND])
        yield from strangers(corpus, words, stem_of, known, stems, chance)


def strangers(
    corpus: Texts, words: list[str], stem_of: list[str], known: Known, stems: Any, chance: random.Random
) -> Iterator[tuple[str, str, str, Typed]]:
    """Words of everyday English that few papers hold, in the place of a question's own: "bets" is short for nothing."""
    for word in chance.sample(everyday(known), _STRANGERS if words else 0):
        stem, place = next(iter(stems(word)), ""), chance.randrange(len(words))
        if stem and corpus.held(stem) <= RARE:
            around = tuple(s for _, s in sorted((abs(m - place), s) for m, s in enumerate(stem_of) if m != place and corpus.held(s)))
            yield "everyday", word, "", Typed(word, stem, corpus.held(stem), *known.used(word), around[:AROUND])


@cache
def everyday(known: Known) -> list[str]:
    """The words of everyday English."""
    return [word for word in known.places if PLAIN.fullmatch(word) and known.used(word)[0] >= _ENGLISH and content_words(word)]


def tables(corpus: Texts, found: Iterator[Any], known: Known, stems: Any) -> Iterator[Any]:
    """Each example with the features of every word that it may stand for."""
    for kind, word, meant, typed in found:
        made = []
        for name, rivals, features in candidates(typed, corpus, corpus.by_letter.get(typed.stem[0], []), known, stems):
            made += [(name, rival.stem, features(typed, rival, rivals, corpus)) for rival in rivals]
        yield kind, word, meant, typed.word, made


def _stems() -> Callable[[str], list[str]]:
    """An index's way to read words."""
    analyze = analyzer().analyze
    return lambda text: list(analyze(folded(text)))


def words(counts: Path, english: Path, dictionary: Path, into: Path) -> None:
    """WORDS.npz of the field's counts (JSON: word -> abstracts with it), a list of English words with their counts, and a dictionary.

    Of the short ones only those of the dictionary are English: the others are pieces and abbreviations ("hel", "init").
    """
    field = {word: n for word, n in json.loads(counts.read_text("utf-8")).items() if n >= 8 and PLAIN.fullmatch(word)}
    everyday = [line.split() for line in english.read_text("utf-8").splitlines()][:45_000]
    proper = {word.lower() for word in dictionary.read_text("utf-8").split()}
    common = {word: int(n) for word, n in everyday if PLAIN.fullmatch(word) and (len(word) > _PIECE or word in proper)}
    both = sorted(field.keys() | common.keys())
    scale = np.log2(1 + np.array([[common.get(w, 0) / 1e4, field.get(w, 0)] for w in both]))
    np.savez_compressed(into, words=np.frombuffer("\n".join(both).encode(), np.uint8), used=np.round(scale * 10).astype(np.uint8))


def main(paths: list[Path]) -> None:
    """Fit, measure, and write weights beside this file."""
    linear = importlib.import_module("sklearn.linear_model")
    stems, chance, known = _stems(), random.Random(7), known_words()
    data = []
    for n, (corpus, questions, names) in enumerate(corpora(paths, stems)):
        rows = tables(corpus, examples(corpus, questions, names, known, stems, chance), known, stems)
        data += [
            (n % _APART == 0 or crc32(word.encode()) % _APART == 0, *row) for word_row in rows for word, row in [(word_row[1], word_row)]
        ]
        print(f"{n}: {len(data):,} typed words", file=sys.stderr, flush=True)
    fitted, kept = {}, {}
    for name in ("slip", "short"):
        rows_, right = [], []
        for apart, _, _, meant, _, made in data:
            if not apart:
                mine = [(term == meant, row) for of, term, row in made if of == name]
                rows_ += [row for _, row in mine]
                right += [is_right for is_right, _ in mine]
        model = linear.LogisticRegression(C=10.0, max_iter=2000, fit_intercept=False)
        model.fit(np.array(rows_), np.array(right))
        fitted[name] = model.coef_[0]
        print(
            name,
            f"{len(rows_):,} pairs, {sum(right):,} right",
            dict(zip(SLIP if name == "slip" else SHORT, model.coef_[0].round(1), strict=True)),
        )
    least = _least(data, fitted)
    for apart in (False, True):
        print("apart" if apart else "fitted on", _told(data, fitted, least, apart))
    for name, weights in fitted.items():
        kept[name], kept[f"{name}.least"] = weights, least[name]
    np.savez(Path(__file__).parent / "weights" / "spelling.npz", **kept)


def _best(made: Any, fitted: Any) -> tuple[str, str, float]:
    scored = [(1 / (1 + np.exp(-float(np.dot(fitted[of], row)))), of, term) for of, term, row in made]
    best = max(scored, default=(0.0, "slip", ""))
    return best[1], best[2], best[0]


def _least(data: Any, fitted: Any) -> dict[str, float]:
    """For each model the probability above which few enough of the words to leave alone are changed."""
    typed_best = ((typed, _best(made, fitted)) for apart, kind, _, _, typed, made in data if not apart and kind in _LEFT)
    left = [best for typed, best in typed_best if not _kin(typed, best[1])]
    least = {}
    for name in fitted:
        scores = sorted((score for of, _, score in left if of == name), reverse=True)
        least[name] = max(0.3, scores[min(len(scores) - 1, int(len(left) * _LEAVES[name]))])
    return least


def _kin(typed: str, term: str) -> bool:
    """Whether a word and a stem are of one family ("homogenised", homogen): to take one for the other does no harm."""
    same = next((n for n, (a, b) in enumerate(zip(typed, term, strict=False)) if a != b), min(len(typed), len(term)))
    return same >= max(5, 0.7 * len(typed))


def _told(data: Any, fitted: Any, least: Any, apart: bool) -> dict[str, str]:
    tally: Counter[str] = Counter()
    wrong: list[str] = []
    for out, kind, _, meant, typed, made in data:
        if out != apart:
            continue
        of, term, score = _best(made, fitted)
        taken = term if score >= least[of] else ""
        tally[kind] += 1
        tally[f"{kind} right"] += taken == meant
        tally[f"{kind} other"] += bool(taken) and taken != meant
        if kind in _LEFT and taken and len(wrong) < 60:
            wrong.append(f"{typed}>{taken}")
    print("least", least, "wrongly changed:", " ".join(wrong))
    return {
        kind: f"{tally[f'{kind} right']:,} of {tally[kind]:,} right, {tally[f'{kind} other']} changed to another"
        for kind in ("slip", "short", *_LEFT)
    }


if __name__ == "__main__":
    if sys.argv[1] == "words":
        words(*map(Path, sys.argv[2:6]))
    else:
        main([Path(one) for one in sys.argv[1:] if not re.search(r"\.npz$", one)])
