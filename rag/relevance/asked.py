"""What a question asks for, word by word: each word's weight, tokens and vector; what it rules out apart."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.embedding import Vectors
from rag.relevance.logistic import Floats
from rag.retrieval import Retriever, Terms
from rag.text import content_words, folded

_BACKGROUND = 0.4
"""Weight of a word of what a follow-up refers back to, beside its own words."""

_PART = re.compile(r"[^\W_]+")
_DENIAL = re.compile(
    r"\b(?:not|no|without|other than|except(?: for)?|excluding|instead of|rather than|outside(?: of)?|beyond|avoid(?:s|ing)?|never|nor"
    r"|neither|free of|lack(?:s|ing)?|ignor(?:es?|ing)|skip(?:s|ping)?|drop(?:s|ping)?|dispens\w+ with|do(?:es)? away with|\w+n['’]t)\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[,;:.?!()]|\b(?:but|please)\b", re.IGNORECASE)


@dataclass(frozen=True, eq=False, slots=True)
class Words:
    """The different words of a text, as index terms; `tokens` are each one's, by the table that ships."""

    stems: tuple[str, ...]
    surface: tuple[str, ...]
    idf: Floats
    tokens: tuple[NDArray[np.int32], ...]
    vectors: Vectors

    def __len__(self) -> int:
        return len(self.stems)


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """A question taken apart: its vector, the words that are wanted, the words that are not and their vector."""

    vector: Vectors
    wanted: Words
    unwanted: Words
    unwanted_vector: Vectors
    strangeness: float
    held: float
    """Share of the wanted words that any paper holds."""


def parted(text: str) -> tuple[str, str]:
    """What is asked for, and what follows a denial: "not", "without", "other than" and the like, up to the clause's end."""
    wanted, unwanted, at = list[str](), list[str](), 0
    for denial in _DENIAL.finditer(text):
        if denial.start() < at:
            continue
        end = _CLAUSE_END.search(text, denial.end())
        stop = end.start() if end else len(text)
        if content_words(text[denial.end() : stop]):
            wanted.append(text[at : denial.start()])
            unwanted.append(text[denial.end() : stop])
            at = stop
    wanted.append(text[at:])
    rest = " ".join(wanted)
    return (rest, " ".join(unwanted)) if content_words(rest) else (text, "")


def asked(retriever: Retriever, text: str, terms: Terms, context: str = "") -> Asked:
    """The question taken apart; `terms` are what it was searched by."""
    wanted, unwanted = parted(text)
    words = _words(retriever, wanted, dict(terms.corrected), context)
    denied = _words(retriever, unwanted, {}, "")
    vector = retriever.passages.vector(folded(" ".join(content_words(unwanted))))
    most = np.log1p((len(retriever.index) + 0.5) / 0.5)
    held = float(np.mean(words.idf < most - 1e-6)) if len(words) else 0.0
    return Asked(terms.static_vector, words, denied, vector, terms.strangeness, held)


def _words(retriever: Retriever, text: str, corrected: dict[str, str], context: str) -> Words:
    lexical, table = retriever.index.lexical, retriever.index.encoder.static.table
    found, background = dict[str, str](), dict[str, str]()
    for source, into in ((content_words(text), found), (content_words(context), background)):
        for word in source:
            for part in _PART.findall(folded(corrected.get(word, word))):
                for stem in lexical.terms(part):
                    into.setdefault(stem, part)
    weight = np.array([1.0] * len(found) + [_BACKGROUND] * len(background.keys() - found.keys()))
    found |= {stem: part for stem, part in background.items() if stem not in found}
    frequency = np.array(lexical.document_frequencies(list(found)), dtype=np.float64)
    others = np.maximum(len(retriever.index) - frequency, 0)  # a frequency may count papers that were just replaced
    idf = np.log1p((others + 0.5) / (frequency + 0.5)) * weight
    surface = list(found.values())
    return Words(tuple(found), tuple(surface), idf, tuple(table.token_ids(surface)) if surface else (), table.encode(surface))
