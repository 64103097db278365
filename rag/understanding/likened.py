"""A listed paper that a turn calls by what it is about: "the thai one", "that auditing thing", "the one with the tree search".

Which one is meant is told by likeness of its words to the titles and abstracts of the list, in part and with slips.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from rapidfuzz.distance import OSA

from rag.filters import Filters
from rag.index import Catalogue
from rag.text import content_words, folded, unaccented
from rag.understanding.classifier import NAMES
from rag.understanding.listed import list_meant, lists, several
from rag.understanding.references import of_those, positions
from rag.understanding.turn import Reading, Talk

_THING = r"(?:one|paper|work|study|article|thing|method|approach|model|system|benchmark|survey|dataset|stuff|entry|guys?)"
_CALLED = re.compile(
    rf"\b(?:the|that|this|your) (?P<what>(?!one\b)[\w.+²³/-]+(?: (?!(?:is|are|was|does|did|do|can|could|has|have|which|what|how|why"
    rf"|who|one|this|that|it|and|or)\b)"
    rf"[\w.+²³/-]+){{0,3}}?) {_THING}(?!\w| (?:of|in) (?:the|them|these|those))"
    rf"|\b(?:the|that) {_THING} (?:that (?:is|was|does|did|has|had|uses?|used)?|which (?:is|was|does|did|has|had|uses?|used)?|by|from|of|on"
    r"|about|with|for|using|doing|where|whose|(?:that |which )?(?=\w+(?:ed|ing|en|s) (?:at|by|on|in|with|for|from|to|into|as|an?"
    r"|the)\b)) ?(?P<what2>[^,;:?!.]+)",
    re.IGNORECASE,
)
_SAYS_NOTHING = frozenset(
    """abstract summary details date
    first second third last next previous other others same only right wrong new old good best better nice whole full main top
    final new latest newest oldest most least recent early late earlier later above below following whole single real actual
    list listed search answer question topic paper papers one ones thing work model models method you said mentioned told showed""".split()
)
_SUPERLATIVE = re.compile(r"\b(?:\w{2,}est|most|least|fewest)\b", re.IGNORECASE)
"""What is asked of the records ("the one with the most authors"), not told by likeness."""

_TITLE, _ABSTRACT, _PART, _SLIP, _MAKER = 1.0, 0.45, 0.8, 0.6, 1.5
"""What a word counts that stands in the title, in the abstract; of which only the beginning does, or nearly; that is the maker's name."""

_LEAST, _CLEARLY = 0.25, 1.2
"""Likeness from which on a paper is meant, and how much more alike it is than the next."""

_LARGE = re.compile(r"\b(?P<n>\d+) ?(?P<unit>billion|million|trillion)\b", re.IGNORECASE)
"""Numbers that abstracts write short: "182 billion" is 182B."""

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Listed:
    """A paper of a list as it is likened to what a turn says."""

    title: frozenset[str]
    joined: str
    maker: str

    def like(self, word: str, stems: Sequence[str], in_abstract: bool) -> float:
        """How a word is like this paper's."""
        if self.maker and word in self.maker:
            return _MAKER
        if any(stem in self.title for stem in stems):
            return _TITLE
        if word in self.joined or _begun(word, self.title):
            return _TITLE * _PART
        if in_abstract:
            return _ABSTRACT
        if len(word) > 4 and any(OSA.distance(word, held, score_cutoff=1) <= 1 for held in self.title):
            return _TITLE * _SLIP
        return 0.0


def _begun(word: str, held: frozenset[str]) -> bool:
    """Whether a word begins like one of a paper's ("auditing", "auditors"), as far as both have it, but for an ending."""
    at = max(4, len(word) - 3)
    return len(word) >= 4 and any(one[:at] == word[:at] and abs(len(one) - len(word)) <= 4 for one in held)


def descriptions(text: str) -> list[str]:
    """What a turn calls listed papers by, in words of its own."""
    said = list[str]()
    for found in _CALLED.finditer(text):
        words = [word for word in content_words(found["what"] or found["what2"]) if word.lower() not in _SAYS_NOTHING]
        if words and not _SUPERLATIVE.search(found[0]) and not all(word.isdigit() for word in words):
            said.append(" ".join(words))
    return said


def all_meant(text: str, lists: Sequence[Sequence[str]], lexical: Catalogue) -> tuple[str, ...]:
    """Ids of the papers that a turn calls by what they are about: of the last list of several, else of all that were told of."""
    return tuple(dict.fromkeys(one for what in descriptions(text) if (one := _meant(what, lists, lexical))))


def _meant(what: str, lists: Sequence[Sequence[str]], lexical: Catalogue) -> str:
    every = tuple(dict.fromkeys(paper_id for ids in lists for paper_id in ids))
    return next((one for ids in dict.fromkeys((several(lists), every)) if ids and (one := likened(what, ids, lexical))), "")


def likened(what: str, ids: Sequence[str], lexical: Catalogue) -> str:
    """The id of the listed paper that is clearly the most like what a turn calls it; empty where none is, or several are."""
    papers = {paper_id: _listed(record, lexical) for paper_id, record in lexical.records_of(ids).items()}
    what = _LARGE.sub(lambda number: f"{number['n']}{number['unit'][0]}", what)
    words = [(word, lexical.terms(word)) for word in _WORD.findall(_plain(what))]
    scores = dict.fromkeys(papers, 0.0)
    for word, stems in words:
        holding = {paper_id for stem in stems for paper_id in lexical.holding(stem, ids)}
        like = {paper_id: paper.like(word, stems, paper_id in holding) for paper_id, paper in papers.items()}
        holders = sum(value > 0 for value in like.values())
        for paper_id, value in like.items():
            scores[paper_id] += value * log(1 + len(papers) / max(1, holders)) / len(words)
    ranked = sorted(scores, key=lambda paper_id: -scores[paper_id])
    if not ranked or scores[ranked[0]] < _LEAST:
        return ""
    return ranked[0] if len(ranked) == 1 or scores[ranked[0]] >= _CLEARLY * scores[ranked[1]] else ""


def _listed(record: str, lexical: Catalogue) -> _Listed:
    paper = json.loads(record)
    title = _plain(paper["title"])
    words = _WORD.findall(title)
    return _Listed(frozenset({*lexical.terms(title), *words}), "".join(words), _plain(paper.get("organisation") or ""))


def _plain(text: str) -> str:
    return unaccented(folded(text)).lower()


_THE_ONES = re.compile(r"\b(?:the|those) (?P<what>[\w+.-]+(?: [\w+.-]+){0,2}?) ones\b", re.IGNORECASE)
_BESIDE_IT = re.compile(
    r"\b(?:it|that|this|them|these|those|both)\b.*\b(?:with|and|to|against|from|versus|vs\.?|beside|next to) (?:the|that) ", re.I
)


def called(reading: Reading, talk: Talk, act: str) -> tuple[str, ...]:
    """Papers of a list that a turn calls by what they are about, and those that they are to be set beside."""
    of_others = act in _OTHERS and reading.sure("act", act) > reading.sure("act", *_OF_THE_LIST)
    named = {paper_id for ids in talk.lexical.named(reading.words).values() for paper_id in ids}
    another = bool(named) and not named.intersection(*lists(talk)[:1]) and not positions(reading.words, 99) and not of_those(reading.turn)
    if of_others or another or reading.sure("act", "standalone") >= _ALONE or not talk.told:
        return ()
    those = all_meant(reading.words, lists(talk), talk.lexical) or _by_topic(reading, talk, act)
    if not those:
        return ()
    ids = list_meant(reading, talk)
    others = tuple(ids[place] for place in positions(reading.words, len(ids), bare=True))
    others = others or (talk.told if _BESIDE_IT.search(reading.words) and len(talk.told) <= _SET_BESIDE else ())
    return tuple(dict.fromkeys((*others, *those)))


def _by_topic(reading: Reading, talk: Talk, act: str) -> tuple[str, ...]:
    """The listed paper that is meant by what a turn says that it is about, in whatever words."""
    one = act in ("items", "it") and reading.sure("act", "items", "it") >= _MEANS_ONE and not positions(reading.words, 99)
    if not one or not any(reading.topical.get(word.lower(), 0.0) >= NAMES for word in content_words(reading.words)):
        return ()
    clauses = [clause for clause in re.split(r"[.,;:?!]\s", reading.words) if _ONE_OF_THEM.search(clause)] or [reading.words]
    said = [word for word in content_words(clauses[0]) if reading.topical.get(word.lower(), 0.0) >= _PERHAPS]
    found = _meant(" ".join(said), lists(talk), talk.lexical) if said else ""
    return (found,) if found else ()


_MEANS_ONE, _PERHAPS = 0.6, 0.25
_ONE_OF_THEM = re.compile(r"\b(?:one|paper|work|study|article|thing|method|approach|that|those)\b", re.IGNORECASE)

_SET_BESIDE = 3
"""Papers told of, at most, beside which another is set ("make that a table with the 1bit one")."""

_OTHERS, _OF_THE_LIST = ("correct", "more", "refine", "same", "back"), ("items", "it", "narrow", "these", "why")
"""Acts that ask for papers beyond those of a list, and those that ask of it."""

_ALONE = 0.85
"""How surely a turn stands alone from which on it calls no listed paper."""


def by_name(text: str, ids: tuple[str, ...], lexical: Catalogue, narrows: bool = False) -> tuple[str, ...]:
    """Those of the papers that a turn calls by name: "LayerSkip", "the LoRA ones"."""
    held = [paper_id for found in lexical.named(text).values() for paper_id in found if paper_id in ids]
    if held or not (match := _THE_ONES.search(text)):
        return tuple(dict.fromkeys(held))
    if by := lexical.passing(ids, Filters(organisation=match["what"])):
        return tuple(by)
    if narrows:
        return ()  # which are on it is judged
    holding = [set(lexical.holding(term, ids)) for term in lexical.terms(" ".join(content_words(match["what"])))]
    both = set.intersection(*holding) if holding else set()
    return tuple(paper_id for paper_id in ids if paper_id in both) if 0 < len(both) < len(ids) else ()
