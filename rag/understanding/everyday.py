"""Slips in the everyday words of a turn: "anythin", "papres", "abuot". Terms of the field are read elsewhere (rag/retrieval)."""

import re
from collections import defaultdict
from functools import cache

from rapidfuzz.distance import OSA

from rag.index import Catalogue
from rag.retrieval import known_words as english_words
from rag.understanding.asking import asking_words, known_words

_LEAST = 5
"""Letters of a word in which a slip is read: shorter ones have too many neighbours."""

_OFTEN = 8
"""How often a word occurs in the wordings that a slip may be read as."""

_SURELY = 60
"""How often one occurs that is meant even where a word of the papers is as like it ("paprs")."""

_WORD = re.compile(r"(?<![\w'’.@/#-])[a-z]{3,20}(?![\w'’@/-]|\.\w)")
_FORM = re.compile(r"\bform(?= (?:(?:early|mid|late|the year|[a-z]{3,9}) )?(?:19|20)\d\d\b)", re.IGNORECASE)
"""A word that is no slip elsewhere: "the ones form 2024"."""


_A_ONE = re.compile(r"(?<=\bwhich )1\b(?! (?:paper|author))|(?<=\bthe )1\b(?= (?:about|on|that|with|from|by|using)\b)", re.IGNORECASE)
"""A word in figures: "which 1 uses it"."""


def respelt_words(text: str, lexical: Catalogue) -> str:
    """The turn with slips mended in words by which one asks; a word that a paper has is none."""
    text = _A_ONE.sub("one", text)
    return _FORM.sub("from", _WORD.sub(lambda word: _mended(word[0], lexical) or word[0], text))


def _mended(word: str, lexical: Catalogue) -> str:
    # a word of English or of the field ("bears") is no slip
    if english_words().knows(word) or any(lexical.document_frequencies(lexical.terms(word)) or [0]):
        return ""
    if len(word) < _LEAST:
        return _swapped(word) or _left_out(word)
    near = {held for cut in (word, *_cuts(word)) for held in _by_cut().get(cut, ()) if held[0] == word[0] and _one_slip(word, held)}
    best = max(near, key=lambda held: (asking_words()[held], held), default="")
    surely = bool(best) and asking_words()[best] >= _SURELY
    return best if surely or not (word in known_words() or _of_the_papers(word, lexical)) else ""


def _swapped(word: str) -> str:
    """A short word with two letters in the wrong order ("teh", "jsut") as it is meant; empty where it is none."""
    turned = (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))
    return max((one for one in turned if asking_words().get(one, 0) >= _SURELY), key=lambda one: asking_words()[one], default="")


def _left_out(word: str) -> str:
    """A word of four letters that lacks one as it is meant ("wich", "papr"); empty where it lacks none."""
    whole = (held for held in _by_cut().get(word, ()) if len(word) == _LEAST - 1 < len(held) and held[0] == word[0])
    return max((one for one in whole if asking_words()[one] >= _SURELY), key=lambda one: (asking_words()[one], one), default="")


def _of_the_papers(word: str, lexical: Catalogue) -> bool:
    """Whether a slip may be one in a word of the papers, which are read with what stands beside them (rag/retrieval/spelling.py)."""
    forms = [form for form in english_words().by_letter.get(word[0], ()) if OSA.distance(word, form, score_cutoff=1) <= 1]
    return any(form not in asking_words() and any(lexical.document_frequencies(lexical.terms(form)) or [0]) for form in forms)


@cache
def _by_cut() -> dict[str, list[str]]:
    """Words by what is left of them without one letter, and by themselves."""
    found = defaultdict(list)
    for word in asking_words():
        if len(word) >= _LEAST and asking_words()[word] >= _OFTEN:
            for cut in {word, *_cuts(word)}:
                found[cut].append(word)
    return found


def _cuts(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def _one_slip(word: str, held: str) -> bool:
    """Whether a letter was left out, doubled, put in, exchanged with its neighbour, or mistaken."""
    if abs(len(word) - len(held)) > 1:
        return False
    if len(word) != len(held):
        return min(word, held, key=len) in _cuts(max(word, held, key=len))
    apart = [at for at in range(len(word)) if word[at] != held[at]]
    swapped = len(apart) == 2 and apart[1] == apart[0] + 1 and word[apart[0]] == held[apart[1]] and word[apart[1]] == held[apart[0]]
    return len(apart) == 1 or swapped
