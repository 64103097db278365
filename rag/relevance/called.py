"""What else a phrase is called: its acronym or long form, as the abstracts themselves introduce it ("low-rank adaptation (LoRA)")."""

import re
from collections import Counter

from rag.filters import Filters
from rag.index import Index
from rag.text import content_words, in_row
from rag.understanding import same_as

PAIR = re.compile(r"(?<![\w/])((?:[\w/]+[ -]+){1,6})\(([A-Z][\w-]{1,9})\)")
_READ, _LEAST, _SHARE = 200, 2, 0.3
"""Abstracts read, how many must say a pair, and its share of all the pairs of that name: a paper's own coinage is no synonym."""

_TASKS = frozenset(
    """recognition generation detection translation classification synthesis understanding segmentation retrieval search matching
    prediction completion editing captioning tagging parsing summarization summarisation compression enhancement separation
    restoration repair reconstruction estimation forecasting planning answering""".split()
)
"""What is done to a topic: left out by itself, it means that of the topic."""

_FEW_WORDS = 3
"""Words of a topic that a word left out may be a kind of."""

_MODELS = (
    (re.compile(r"(?:\blarge )?\blanguage models?\b", re.IGNORECASE), ("LLM", "LLMs")),  # no stem takes the plural's letter off an acronym
    (re.compile(r"\bLLMs?\b"), ("language model",)),
)
"""One thing by two names within a phrase: "diffusion language models" are diffusion LLMs."""

_NAME = re.compile(r"[A-Za-z]*[A-Z][\w-]*[A-Z]\w*")


def calls(index: Index, phrase: str) -> tuple[str, ...]:
    """The phrase, and what the abstracts call it besides."""
    phrase = one(phrase)
    ids, _ = index.lexical.page(phrase, Filters(), "best", 0, _READ)
    pairs = Counter[tuple[str, str]]()
    for paper in index.papers(ids):
        pairs.update({pair for match in PAIR.finditer(paper.abstract) if (pair := spelt_pair(match[1], match[2]))})
    said = {pair: count for pair, count in pairs.items() if _same(phrase, pair)}
    most = max(said.values(), default=0)
    others = [
        long if one(phrase).lower() == short.lower() else short for (long, short), n in said.items() if n >= max(_LEAST, most * _SHARE)
    ]
    models = (pattern.sub(name, phrase) for pattern, names in _MODELS if pattern.search(phrase) for name in names)
    return tuple(dict.fromkeys([phrase, *others, *same_as(phrase), *models]))


def kind_of_it(index: Index, topic: str, word: str) -> str:
    """What a word left out of a topic means there: "recognition" of speech is "speech recognition"; empty where no two papers say so."""
    words = content_words(topic)
    if word.lower() not in _TASKS or not 0 < len(words) <= _FEW_WORDS:
        return ""
    stems = index.lexical.terms(both := f"{words[-1]} {word}")
    ids, _ = index.lexical.page(both, Filters(), "best", 0, _READ)
    texts = (index.lexical.terms(f"{paper.title}. {paper.abstract}") for paper in index.papers(ids))
    return both if sum(in_row(stems, text) for text in texts) >= _LEAST else ""


def one(phrase: str) -> str:
    """A name in the singular: the words of "LLMs" are those of "LLM"."""
    return phrase[:-1] if phrase.endswith("s") and _NAME.fullmatch(phrase[:-1]) else phrase


def spelt_pair(before: str, short: str) -> tuple[str, str] | None:
    """The long form and its acronym: the fewest words before it whose letters make it up, in order."""
    short = one(short)
    words = re.findall(r"[\w/]+", before)
    for size in range(2, len(words) + 1):
        long = words[-size:]
        if long[0][0].lower() == short[0].lower() and _made_of(short.lower(), [word.lower() for word in long]):
            return " ".join(long).lower(), short
    return None


def _made_of(letters: str, words: list[str]) -> bool:
    """Whether an acronym is made of beginnings of the words, each of up to three letters, small words aside."""
    if not letters:
        return all(word in _SMALL for word in words)
    if not words:
        return False
    if words[0] in _SMALL and _made_of(letters, words[1:]):
        return True
    return any(words[0][:n] == letters[:n] and _made_of(letters[n:], words[1:]) for n in (1, 2, 3) if len(letters) >= n)


_SMALL = frozenset("of the and for in on to a with".split())


def _same(phrase: str, pair: tuple[str, str]) -> bool:
    long, short = pair
    return phrase.lower() == short.lower() or _plain(phrase) == _plain(long)


def _plain(text: str) -> str:
    return " ".join(word.rstrip("s") for word in re.findall(r"\w+", text.lower()))
