"""A turn that takes back a filter, or what was to be left out: "any year", "lift the date limit", "LoRA is fine after all"."""

import re
from dataclasses import replace

from rag.understanding.going_on import subject_of
from rag.understanding.lifted import FIELDS, without
from rag.understanding.listed import ANSWERS
from rag.understanding.question import Form, Kind, Question
from rag.understanding.turn import Reading, Talk

_RESTORES = re.compile(
    r"\b(?:(?:put|bring|add|take|let|include|keep|want|get)\b.{0,40}\b(?:back|in(?= again|$)|again|too|after all|as well)"
    r"|(?:also|again|re-?) ?(?:include|add|allow)|(?:allow|permit|accept)\w*|(?:is|are|would be|'s|'re) (?:also |now |actually |totally )*"
    r"(?:fine|ok(?:ay)?|allowed|good|welcome|alright|all right|acceptable)|do(?:n't| not) (?:exclude|leave out|skip|omit|drop)"
    r"|stop (?:excluding|leaving out)|no longer (?:exclude|leave out)|i(?:'m| am) (?:fine|ok(?:ay)?|good) with)\b",
    re.IGNORECASE,
)
"""That something may be there again."""

_LIFTS = re.compile(
    r"\b(?:any|all|every|no|without|regardless|irrespective|forget|drop|remove|ignore|whatever|whichever|lift|clear|reset|scrap|undo"
    r"|scratch|cancel|skip|delete|never ?mind|relax|loosen|(?:does|do)(?:n't| not) (?:matter|care)|not (?:needed|necessary|important)"
    r"|(?:is|are) (?:fine|ok(?:ay)?|irrelevant|unimportant)|need(?:n't| not)|away)\b",
    re.IGNORECASE,
)
_FILTER = r"(?:filters?|conditions?|restrictions?|limits?|limitations?|requirements?|constraints?|criteri(?:on|a)|thing|part|bit)"
_SAYS_LITTLE = re.compile(
    rf"\b(?:{_FILTER}|on|for|of|the|that|this|a|is|are|it|be|too|also|please|now|then|again|ok(?:ay)?|so|and|actually|at all|after all"
    r"|size|count|number|how|many|same|just|altogether|entirely|completely|from|by|in|to|me|us|i|we|you|can|could|with|what(?:ever)?"
    r"|published|written|range|frame|did|do|does|wrote|it|was|were)\b",
    re.IGNORECASE,
)
_FEW = 4


def taken_back(reading: Reading, talk: Talk) -> Question | None:
    """The last question without the filter, or without leaving out what a turn takes back; None of another turn."""
    if reading.filters:
        return None
    return _allowed(reading, talk) or _lifted(reading, talk)


def _allowed(reading: Reading, talk: Talk) -> Question | None:
    """What was left out may be there again, where the turn names it."""
    before, terms = subject_of(talk), talk.lexical.terms
    if before.intent != "papers" or not before.excluded or not _RESTORES.search(reading.words):
        return None
    said = set(terms(reading.words))
    again = [phrase for phrase in before.excluded if said & set(terms(phrase))]
    if not again and len(reading.words.split()) <= _FEW + 1 and re.search(r"\b(?:it|them|those|that)\b", reading.words, re.IGNORECASE):
        again = [before.excluded[-1]]
    if not again:
        return None
    kept = tuple(phrase for phrase in before.excluded if phrase not in again)
    at = _before(talk, again)
    base = at or replace(before, kind=before.kind if before.text or before.filters or kept else Kind.LIST)
    return replace(base, asked=reading.text, excluded=kept, form=Form.PLAIN)


def _before(talk: Talk, again: list[str]) -> Question | None:
    """The question whose answer those were taken from, where a turn only took them away."""
    before = subject_of(talk)
    if before.within is None:
        return None
    at = talk
    for _ in range(ANSWERS):
        at = at.earlier()
        if not at:
            return None
        found = subject_of(at)
        if found.intent == "papers" and not set(again) & set(found.excluded):
            return found
    return None


def _lifted(reading: Reading, talk: Talk) -> Question | None:
    """A filter is gone, where the turn names its kind, or all of them, and nothing else."""
    words = reading.words.strip(" ?.!")
    if not _LIFTS.search(words):
        return None
    fields = [name for name, pattern in FIELDS if pattern.search(words)]
    rest = _SAYS_LITTLE.sub(" ", _LIFTS.sub(" ", words))
    for _, pattern in FIELDS:
        rest = pattern.sub(" ", rest)
    if re.search(r"\w{3}", rest) or not (fields or re.search(rf"\b{_FILTER}\b", words, re.IGNORECASE)):
        return None
    found, out = _filtered(talk, fields)
    if found is None:  # there is no such filter: the answer stays
        before = subject_of(talk)
        return replace(before, asked=reading.text) if before.intent == "papers" else None
    filters = without(found.filters, fields)
    alone = not found.text and not filters and not out
    if alone:
        return Question(reading.text, "", Kind.LIST, reading.given, intent="collection", about="list_all")
    kind = found.kind if found.kind is not Kind.METADATA or filters or out else Kind.LIST
    return replace(found, asked=reading.text, filters=reading.given.over(filters), kind=kind, excluded=out, form=Form.PLAIN)


def _filtered(talk: Talk, fields: list[str]) -> tuple[Question | None, tuple[str, ...]]:
    """The last question with such a filter, and all that was left out by then and since."""
    out, at = list[str](), talk
    for _ in range(ANSWERS):
        if not at:
            break
        question = subject_of(at)
        out += question.excluded
        if question.intent == "papers" and without(question.filters, fields) != question.filters:
            return question, tuple(dict.fromkeys(out))
        at = at.earlier()
    return None, ()
