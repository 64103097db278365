"""Names for groups of papers: class-based tf-idf over the noun phrases that their titles are made of."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.text.words import content_words

Floats = NDArray[np.float64]
Says = Callable[[Sequence[str]], NDArray[np.floating]]
_WORD = re.compile(r"[^\W\d_][\w'+]*(?:-[\w'+]+)*|[^\w\s'-]")
_TOKEN = r"[\w'+]+"
_LONGEST = 4
"""Words of a phrase."""

_COMMON = 0.12
"""A phrase in more of all papers than this tells them apart no longer ("large language models")."""

_WHOLE = 0.55
"""A phrase that is so often followed, or led, by one and the same word is a piece of a longer one ("graph neural")."""

_COVERED, _FEW_COVERED = 0.12, 3
"""The share of a group, and how many of its papers, must hold a phrase that is to name it, where any does."""

_SAYS = 1.0
"""A name that says less is one of the whole field ("deep learning", "language modeling")."""

_EVERYWHERE, _VAGUE = 0.25, 0.7
"""A word in more of all papers than this says little of a topic ("model", "training"); what such a word in a phrase takes off."""

_VERB = 0.6
"""A word in -ing that begins so many of its runs is a verb there."""

_SINGLE = 0.4
"""A single word must be held by this share of a group to name it."""

_NOUN = re.compile(r"(?:tion|sion|ment|ity|ics|ism|ness|ology|ography)s?$|[a-z][A-Z]|^[A-Z]{2,}")
"""Single words that name a subject: nouns by their ending, and names in capitals."""

_ADJECTIVES = ("-based", "-aware", "-driven", "-efficient", "-specific", "-free", "ly", "ive")
_GENERIC = frozenset(
    """approach approaches method methods framework frameworks study studies survey analysis paper papers work works evaluation perspective
    case problem problems task tasks system application applications result results review introduction technique techniques strategy
    strategies solution solutions direction directions performance capability capabilities ability opportunities challenges understanding
    data new novel simple fast better efficient effective efficiently general improved enhanced advanced unified scalable robust large small
    towards toward beyond rethinking via using based llm llms ai ml""".split()
)
"""Words that begin or end no name of a subject."""


def spellings(titles: Sequence[str]) -> dict[str, Counter[str]]:
    """The noun phrases that titles are made of, of up to four words: normal form -> how often each spelling of it stands in a title.

    Titles of papers are noun phrases joined by prepositions and colons, so that what stands
    between those is one; an abstract's sentences are not. Verb forms ("Enhancing ...") are told
    from nouns ("... tuning") by where they stand: in these titles they mostly begin such a run.
    """
    runs = [list(_runs(title)) for title in titles]
    verbs = _verbs(run for of_title in runs for run in of_title)
    spelt: dict[str, Counter[str]] = {}
    for of_title in runs:
        for phrase in {" ".join(span) for run in of_title for span in _spans(run) if _names(span, verbs)}:
            spelt.setdefault(normal(phrase), Counter())[phrase] += 1
    spelt.pop("", None)
    return spelt


def _spans(run: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(len(run)):
        for end in range(start + 1, min(start + _LONGEST, len(run)) + 1):
            yield run[start:end]


def _verbs(runs: Iterable[Sequence[str]]) -> frozenset[str]:
    """Words in -ing that mostly begin a run of several words."""
    first, all_places = Counter[str](), Counter[str]()
    for run in runs:
        words = [word.lower() for word in run]
        all_places.update(word for word in words if word.endswith("ing"))
        if len(words) > 1 and words[0].endswith("ing"):
            first[words[0]] += 1
    return frozenset(word for word, count in first.items() if count >= _VERB * all_places[word])


def _runs(title: str) -> Iterator[list[str]]:
    run: list[str] = []
    for word in _WORD.findall(title):
        if word[0].isalpha() and _content(word.lower()):
            run.append(word)
        else:
            yield run
            run = []
    yield run


@lru_cache(maxsize=20_000)
def _content(word: str) -> bool:
    return bool(content_words(word)) and word not in ("via", "using", "based", "towards", "toward")


def _names(words: Sequence[str], verbs: Collection[str]) -> bool:
    """Whether words name a subject: no verb form or adverb first, nothing generic at either end or in short ("ai")."""
    first, last = words[0].lower(), words[-1].lower()
    if len(words) == 1:
        return bool(_NOUN.search(words[0])) and first not in _GENERIC and not re.search(r"\d", first)  # GPT-4 is a thing, no subject
    if first in _GENERIC or last in _GENERIC or f"-{last}".endswith(_ADJECTIVES) or _initials(words) in _GENERIC:
        return False
    return not (first in verbs or first.endswith(("ly", "izes", "ises")))


def _initials(words: Sequence[str]) -> str:
    return "".join(part[0] for word in words for part in word.lower().split("-") if part)


def normal(text: str) -> str:
    """Text in which the spellings of a phrase agree: case, hyphens and a plural's s do not count."""
    return " ".join(re.sub(r"(?<=[a-z]{3})(?<!s)s$", "", word) for word in re.findall(_TOKEN, text.lower()))


def usual(spellings: Counter[str]) -> str:
    """The usual spelling in lower case, but for what is written with capitals inside (KV, LoRA, LLMs); the first letter is large."""
    best = max(spellings, key=lambda text: (spellings[text], text))
    text = re.sub(r"[^\s-]+", lambda word: word[0] if re.search(r"(?<=.)[A-Z]|\d", word[0]) else word[0].lower(), best)
    return text[:1].upper() + text[1:]


def labels(titles: Sequence[str], texts: Sequence[str], group_of: Sequence[int], count: int, says: Says | None = None) -> list[str]:
    """A label for each of `count` groups: the title phrase with the highest class-based tf-idf (Grootendorst, 2022).

    A phrase counts for each paper whose text holds it. No label is used twice; "" where there is none.
    `says` tells how much each of some phrases says, in one who knows the field: about 1 for what all of it is about.
    """
    spelt = spellings(titles)
    names = sorted(spelt)
    if not names:
        return [""] * count
    telling = says(names) >= _SAYS if says else np.ones(len(names), bool)
    weight = _weights(names, [normal(text) for text in texts], np.asarray(group_of), count, telling)
    titled = np.array([_titled(name, spelt[name].total()) for name in names])
    return _chosen(weight * titled, names, spelt)


def _titled(name: str, titles: int) -> float:
    """How much a phrase counts by the titles that hold it; a single word that few titles hold names a group that has no other."""
    return 0.05 if " " not in name and titles < 3 else float((min(titles, 4) / 4) ** 0.5)


def _weights(names: Sequence[str], texts: Sequence[str], group_of: NDArray[np.integer], count: int, telling: NDArray[np.bool_]) -> Floats:
    """(groups, names) class-based tf-idf; zero for what tells nothing, rare in its group, common everywhere, a piece of a longer name."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(vocabulary=list(names), ngram_range=(1, _LONGEST + 1), token_pattern=_TOKEN, binary=True)
    held = vectorizer.fit_transform(texts)
    inside = np.stack([np.asarray(held[group_of == group].sum(axis=0)).ravel() for group in range(count)]).astype(np.float64)
    overall, sizes = inside.sum(axis=0), np.maximum(np.bincount(group_of, minlength=count), 1)[:, None]
    weight = inside / sizes * np.log1p(inside.sum() / count / np.maximum(overall, 1)) * np.sqrt(inside / np.maximum(overall, 1))
    weight *= np.sqrt(inside / sizes) * _specific(names, texts)  # a topic's name is held by many of its papers, not by two
    weight[inside < np.minimum(2, sizes)] = 0
    weight[:, ~telling] = 0
    weight = _covering(weight, inside >= np.maximum(_FEW_COVERED, _COVERED * sizes))
    words = np.array([name.count(" ") + 1 for name in names])
    weight[(words == 1) & (inside < _SINGLE * sizes)] = 0
    weight *= np.where(words == 1, 0.75, np.where(words == 2, 1.0, 1.2))
    weight[:, (overall > _COMMON * len(texts)) & (len(texts) > 3 * count)] = 0
    weight[:, _pieces(names, overall)] = 0
    return np.asarray(weight, dtype=np.float64)


def _covering(weight: Floats, enough: NDArray[np.bool_]) -> Floats:
    """Only the phrases that enough papers of a group hold, in groups that have such."""
    held = np.where(enough, weight, 0.0)
    return np.asarray(np.where(held.any(axis=1, keepdims=True), held, weight))


def _specific(names: Sequence[str], texts: Sequence[str]) -> Floats:
    """How much names say by their words: nothing where all are met everywhere ("language model training")."""
    papers = Counter(word for text in texts for word in set(text.split()))
    vague = {word for word, count in papers.items() if count > _EVERYWHERE * len(texts)} if len(texts) > 50 else set[str]()
    common = [[word in vague for word in name.split()] for name in names]
    return np.array([0.0 if all(of_name) else _VAGUE if any(of_name) else 1.0 for of_name in common])


def _pieces(names: Sequence[str], overall: Floats) -> list[int]:
    """Places of the names that are mostly met inside one longer name."""
    place = {name: at for at, name in enumerate(names)}
    found = set()
    for at, name in enumerate(names):
        words = name.split()
        for shorter in (" ".join(words[:-1]), " ".join(words[1:])):
            other = place.get(shorter)
            if other is not None and overall[at] >= (_WHOLE if " " in shorter else _WHOLE / 2) * overall[other]:
                found.add(other)
    return sorted(found)


def _chosen(weight: Floats, names: Sequence[str], spelt: dict[str, Counter[str]]) -> list[str]:
    """Best first over all groups, so that a phrase goes to the group that it tells most of."""
    chosen, taken = [""] * len(weight), list[set[str]]()
    for flat in np.argsort(-weight, axis=None, kind="stable"):
        group, name = divmod(int(flat), len(names))
        if weight[group, name] <= 0 or all(chosen):
            break
        words = set(names[name].split())
        if not chosen[group] and not any(words <= other for other in taken):  # what is narrower than another is a topic of its own
            chosen[group] = usual(spelt[names[name]])
            taken.append(words)
    return chosen
