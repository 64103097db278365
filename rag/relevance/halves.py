"""A near miss told as what it is: the two halves of a question that no paper joins, each with the papers on it."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.relevance.asked import parted
from rag.relevance.features import Pool
from rag.relevance.logistic import Floats
from rag.relevance.matching import mean
from rag.relevance.verdict import Half
from rag.text import content_words, folded

_PAPERS = 3
_HELD = 0.85
"""Likeness from which on a half counts as held by a paper."""

_APART = 0.12
"""How much less the best paper must hold of both halves than each half's own best."""

_BRIEF, _EXACT = 3, 0.999
"""Words with content that each of two things has at most, where their names are taken at their word; likeness of a word to itself."""

_WHOLE, _MOST, _MOST_LIKE = 0.7, 0.5, 0.6
"""Shares of a thing, by the weight of its words: held by a paper that is on it; by one on both at least, in the same words or in words
like them."""

_HELD_BY = 2
"""Papers that hold a thing whole, from which on its words are taken for its name here."""

_JOINT = re.compile(
    r"\b(?:by|for|to|in|into|with|on|onto|from|using|uses?|used|via|through|of|across|over|under|during|that|and|or|against|as|when|while"
    r"|at|within|inside|where|which|whose|an?|the|are|is|be|do|does|can)\b",
    re.IGNORECASE,
)
"""Words between the two things that a question joins: it is cut there sooner than within a name ("retrieval-augmented | generation")."""

_LISTED = re.compile("and|or|as|against", re.IGNORECASE)
_EVERYDAY = re.compile(
    r"(?:turn|mak|get|gett|giv|let|put|tak|go|spit|bring|cut|boost|improv|speed|reduc|lower|rais|keep|hold|work|help|tr[yi]|look|want|need"
    r"|handl|deal|tackl|address|solv|support|allow|enabl|becom|serv|act|start|stop|us|appl[yi]|combin|show|find|tell|fix|run|build|creat"
    r"|develop|propos|introduc|explor|investigat|stud[yi]|consider|perform|achiev|exist|happen|understand)(?:e?s|e?d|ing|e|er|ers)?"
    r"|made|got|gave|given|took|taken|done|kept|held|found|ran|built|good|better|best|well|bad|new|big(?:ger)?|small(?:er)?|larger?"
    r"|fast(?:er)?|quick(?:er)?|cheap(?:er)?|slow(?:er)?|long(?:er)?|short(?:er)?|high(?:er)?|many|few|several|different|same|other|another"
    r"|one|two|three|thing|way|people|someone|anyone|overview|summary|introduction|survey|review|example|application|work|area|problem|case|remain(?:s|ing)?|open|unsolved",
    re.IGNORECASE,
)
"""What tells nothing of a thing, beside what does: everyday verbs and adjectives. Verbs of the field ("prunes") do."""

_VERB = re.compile(
    r"^(?:appl(?:y|ies|ied)|us(?:es?|ing|ed)|combin(?:es?|ing)|join(?:s|ing)?|bring(?:s|ing)?|put(?:s|ting)?|mak(?:es?|ing)) ",
    re.IGNORECASE,
)

_WORD = re.compile(r"[^\W_]+(?:[-+'’./&][^\W_]+)*")


def halves(pool: Pool, text: str) -> tuple[Half, ...]:
    """The two parts of a question that are held apart, or where one is not held at all; empty where neither can be told."""
    weight, likeness = pool.asked.wanted.idf, np.asarray(pool.match.paper, np.float64)
    spans = _spans(parted(text)[0], pool)
    if len(spans) < 2:
        return ()
    wanted = parted(text)[0]
    cuts = [(_gap(likeness, weight, *_cut(spans, at)), at) for at in range(1, len(spans))]
    joints = [cut for cut in cuts if _JOINT.search(wanted[spans[cut[1] - 1][1] : spans[cut[1]][0]])]
    found = [cut for cut in joints if cut[0] >= _APART] or [cut for cut in cuts if cut[0] >= _APART]
    if not found:
        return ()
    at = max(found)[1]
    left, right = _cut(spans, at)
    phrases = _named(wanted[spans[0][0] : spans[at - 1][1]]), _named(wanted[spans[at][0] : spans[-1][1]])
    return tuple(_half(pool, likeness, weight, words, phrase) for words, phrase in zip((left, right), phrases, strict=True))


def _spans(text: str, pool: Pool) -> list[tuple[int, int, list[int]]]:
    """Where each word with content stands in the text, and which of the question's words it is."""
    place = {surface.lower(): number for number, surface in enumerate(pool.asked.wanted.surface)}
    found = []
    for word in _WORD.finditer(text):
        numbers = [place[part.lower()] for part in re.findall(r"[^\W_]+", folded(word[0])) if part.lower() in place]
        if numbers and content_words(word[0]):
            found.append((word.start(), word.end(), numbers))
    return found


def _cut(spans: list[tuple[int, int, list[int]]], at: int) -> tuple[list[int], list[int]]:
    left = [number for span in spans[:at] for number in span[2]]
    return left, [number for span in spans[at:] for number in span[2] if number not in left]


def _gap(likeness: Floats, weight: Floats, left: list[int], right: list[int]) -> float:
    """How much better the halves are held apart than together: the best of each, against the paper that is best for the worse."""
    if not left or not right:
        return -1.0
    one, other = mean(likeness[:, left], weight[left]), mean(likeness[:, right], weight[right])
    return float(min(one.max(), other.max()) - np.minimum(one, other).max())


def _half(pool: Pool, likeness: Floats, weight: Floats, words: list[int], phrase: str) -> Half:
    on_it = mean(likeness[:, words], weight[words])
    order = np.argsort(-on_it, kind="stable")[:_PAPERS]
    least = max(_HELD, float(on_it[order[0]]) - 0.05) if len(order) else 1.0
    held = [i for i in order if on_it[i] >= least]
    if not held:  # "spiking network" where papers say "spiking neurons"
        held = [i for i in order if mean(likeness[i : i + 1, words] > _EXACT, weight[words])[0] >= _WHOLE]
    return Half(phrase, tuple(pool.hits[i].paper for i in held))


def unjoined(pool: Pool, text: str, chosen: Sequence[int]) -> bool:
    """Whether a brief question joins two things that papers of the pool hold whole, each in the question's own words, and
    none of the chosen papers holds the better part of both, in these words or in words like them."""
    spans, wanted = _spans(parted(text)[0], pool), parted(text)[0]
    likeness, weight = np.asarray(pool.match.paper, np.float64), pool.asked.wanted.idf
    exact = likeness > _EXACT
    for at in range(1, len(spans)):
        halves = [[word for word in half if not _EVERYDAY.fullmatch(pool.asked.wanted.surface[word])] for half in _cut(spans, at)]
        joint = _JOINT.search(wanted[spans[at - 1][1] : spans[at][0]])
        if max(at, len(spans) - at) > _BRIEF or not all(halves) or not joint or _LISTED.fullmatch(joint[0]):
            continue
        held = all((mean(exact[:, words], weight[words]) >= _WHOLE).sum() >= _HELD_BY for words in halves)
        if held and _both(exact, weight, halves, chosen) < _MOST and _both(likeness, weight, halves, chosen) < _MOST_LIKE:
            return True
    return False


def _both(likeness: NDArray[Any], weight: Floats, halves: Sequence[list[int]], chosen: Sequence[int]) -> float:
    """How much the best of the chosen papers holds of the half that it holds less of."""
    return float(np.minimum(*(mean(likeness[chosen][:, words], weight[words]) for words in halves)).max())


def _named(phrase: str) -> str:
    """What a half is about, without the verb that joins it to the other ("apply ... to")."""
    return _VERB.sub("", phrase) or phrase
