"""A turn that goes on with the topic of the question before: under other filters, or about another thing of its kind."""

import json
import re
from dataclasses import replace

from rag.filters import Filters
from rag.index import Catalogue
from rag.text import content_words
from rag.understanding.corrections import LEAD, Standalone
from rag.understanding.exclusions import excluded
from rag.understanding.kin import in_frame, instead, named_so
from rag.understanding.lifted import widened_by
from rag.understanding.masking import masked
from rag.understanding.question import Form, Kind, Question
from rag.understanding.related_dates import THAT_TIME, of_that_year, related, without_dates
from rag.understanding.team_size import counted
from rag.understanding.turn import Reading, Talk

_ADDED = 3
"""Words of a new topic that are put beside the question before (`_ADDED`); more of them stand alone."""

_ANY_DATE = re.compile(
    r"\b(?:any|all|no|without|regardless|forget|drop|remove|ignore|whatever)\b.*\b(?:years?|dates?|filters?|limits?|restrictions?)\b", re.I
)


_NO_TOPIC = frozenset("ones those before after this spring summer autumn fall winter earlier later".split())


def new_topic(reading: Reading, text: str | None = None) -> str:
    """The words by which a turn, or a part of it, names a topic of its own."""
    words = reading.subject(LEAD.sub(" ", reading.rest if text is None else text)).split()
    return " ".join(word for word in words if word.lower() not in _NO_TOPIC)


def subject_of(talk: Talk) -> Question:
    """The last question that was not about the form of an answer."""
    while talk.question.form in (Form.MORE, Form.SHORTER, Form.TABLE, Form.TITLES, Form.LANGUAGE) and talk.earlier():
        talk = talk.earlier()
    parts = talk.question.parts
    return next((part for part in reversed(parts) if part.intent == "papers"), parts[-1] if parts else talk.question)


_ON_A_TOPIC = ("count", "newest", "oldest", "mentions")
"""Questions about the collection that have a topic, with which a turn may go on."""


def topic_of(talk: Talk) -> Question:
    """The last question that asked for papers on a topic: not one about a paper of its answer, and no small talk."""
    last, at = subject_of(talk), talk
    while at:
        before = subject_of(at)
        on_papers = before.intent == "papers" and before.about not in ("items", "narrow") and before.form is Form.PLAIN
        if (on_papers or before.about in _ON_A_TOPIC) and before.text and not before.parts:
            return before
        at = at.earlier()
    return last


COMPARED = re.compile(r"\b(?:older|newer|earlier|later|more recent|before that|after that|prior to that|since then)\b", re.IGNORECASE)


def dated_before(reading: Reading, talk: Talk) -> Filters:
    """The dates that "older" or "the year before" are relative to: those of the last question, else of the papers told of."""
    before = topic_of(talk).filters
    for filters in (talk.question.filters, before):
        if filters.since or filters.until:
            return filters
    if not talk.told or not (COMPARED.search(reading.words) or THAT_TIME.search(reading.words)):
        return Filters()
    records = (json.loads(record) for record in talk.lexical.records_of(talk.told).values())
    dates = sorted(date for record in records if (date := record.get("published")))
    return Filters(since=dates[0], until=dates[-1]) if dates else Filters()


def dates_on(reading: Reading, talk: Talk) -> tuple[Filters, str]:
    """The dates that a turn tells by those of the question before ("before that year"), and the turn without them."""
    return related(reading.rest, dated_before(reading, talk))


def refined(reading: Reading, talk: Talk, standalone: Standalone) -> Question:
    """The last question under other filters."""
    before = topic_of(talk)
    filters, rest = (reading.filters, reading.rest) if reading.filters else dates_on(reading, talk)
    if _PREVIOUS.search(reading.words) and (dates := related(reading.words, dated_before(reading, talk)))[0]:
        filters, rest = dates  # "same for the previous month" is that before the one told of
    old = widened_by(reading, before.filters)
    filters = of_that_year(filters, reading.words, old)
    if filters.since or filters.until or _ANY_DATE.search(reading.words):
        old = without_dates(old)
    if filters.min_authors is not None or filters.max_authors is not None:
        old = replace(old, min_authors=None, max_authors=None)
    no, rest = excluded(rest, reading.turn)
    own = new_topic(reading, rest)
    if before.kind is Kind.METADATA and filters and not own and _ANEW.search(reading.words) and not _OF_THESE.search(reading.words):
        old = Filters()
    question = standalone(replace(reading, rest=f"{before.text} {own}" if own and before.text else own or before.text))
    kind = Kind.METADATA if not question.text and filters.over(old) else question.kind if own or not before.text else before.kind
    return replace(
        question, asked=reading.text, filters=reading.given.over(filters).over(old), kind=kind, context="", without=(),
        excluded=(*before.excluded, *no),
    )  # fmt: skip


_PREVIOUS = re.compile(
    r"\b(?:same|likewise|ditto|also|too|again|and)\b.*\b(?:the |its )?(?:previous|preceding|prior) (?:month|year|week)\b", re.IGNORECASE
)
_ANEW = re.compile(r"\b(?:papers|works|anything|something|everything|stuff|publications|articles)\b", re.IGNORECASE)
_OF_THESE = re.compile(r"\b(?:only|just|those|these|them|of it|keep|restrict|limit|narrow|leave|that are|which are|also)\b", re.IGNORECASE)
"""What asks for papers anew ("ok, and papers by DeepMind?"), and what has those just listed go through another filter."""


def other_team(reading: Reading, talk: Talk, standalone: Standalone) -> Question | None:
    """The last question about teams of so many, for another number: "and less than three?", "Two."."""
    before = topic_of(talk).filters
    if reading.filters or (before.min_authors is None and before.max_authors is None) or len(reading.words.split()) > _FEW_WORDS:
        return None
    team, rest = counted(f"{LEAD.sub(' ', reading.rest).strip(' ?.!')} authors")
    return refined(replace(reading, filters=team, rest=rest), talk, standalone) if team and not new_topic(reading, rest) else None


_FEW_WORDS = 6


def same_kind(reading: Reading, talk: Talk, standalone: Standalone) -> Question:
    """The last question about another topic; its filters go on, unless the turn sets its own."""
    before = subject_of(talk)
    before = topic_of(talk) if before.about == "items" and _ALSO.search(reading.words) else before  # "any that also quantize?"
    if before.about == "narrow" and before.topic and len(content_words(reading.rest)) > _ADDED:
        return replace(standalone(reading), context=before.topic)  # another topic, not another condition on the list
    asked = before.root or before.text
    rest = " ".join(LEAD.sub(" ", reading.rest).split()) or reading.rest
    no, left = excluded(rest, reading.turn)
    rest = left if no else rest
    topic = _as_said(new_topic(reading, rest), rest)
    if before.kind is Kind.DEFINITION and 0 < len(content_words(topic)) <= _ADDED:
        return replace(standalone(replace(reading, rest=f"what is {topic}?")), asked=reading.text)  # "and mixture of experts?"
    both = _both(asked, topic, talk.lexical) if asked and 0 < len(content_words(topic)) <= _ADDED else ()
    replaced = _anew(asked, topic, rest, talk.lexical) or instead(asked, topic) or _in_its_place(asked, topic, reading.words)
    both = tuple(dict.fromkeys((replaced, *both[1:]))) if replaced else both
    takes_place = bool(replaced) or all("xlang" in masked(text) for text in (asked, topic))  # "and for Russian?" after Thai
    must = named_so(topic) if replaced else ""
    must = asked if len(both) > 1 and _WITHIN.match(reading.words) and not takes_place else must
    question = standalone(replace(reading, rest=both[0] if both else rest))
    if before.sides and 0 < len(content_words(topic)) <= _ADDED:  # "what about distillation?" after two that were weighed
        return replace(before, asked=reading.text, sides=(*before.sides, topic), text=f"{before.text.rstrip(' ?.!')}, {topic}")
    kind = question.kind if question.sides or before.kind in (Kind.METADATA, Kind.COMPARE) else before.kind
    keeps = Filters() if before.kind is Kind.METADATA else before.filters
    line = "" if topic in both[:1] else asked if must == asked else _line(both[0] if both else "", topic)
    return replace(
        question, kind=kind, filters=question.filters.over(keeps), line=line,
        context="" if both else asked, alternatives=both[1:], without=() if replaced else talk.told, excluded=(*no, *question.excluded),
        must=must, root=asked if both and not replaced else "",
    )  # fmt: skip


def _line(asked: str, topic: str) -> str:
    """What is asked of a new topic as of the one before: "watermarks" of "watermarks for images"."""
    new = {word.lower() for word in content_words(topic)}
    return " ".join(word for word in content_words(asked) if word.lower() not in new)


def _anew(asked: str, topic: str, rest: str, lexical: Catalogue) -> str:
    """A topic in full that begins as the one before did ("pruning of normal LLMs" after "pruning of diffusion models")."""
    words, before = content_words(topic), content_words(asked)
    begins = len(words) > 1 and before and lexical.terms(words[0]) == lexical.terms(before[0]) and lexical.terms(words[0])
    return rest.strip(" ?.!,;:") if begins else ""


_JOINS = re.compile(
    r"^(?:(?:and|also|but|ok(?:ay)?|now|so|then|what about|how about|same|the same)\b[ ,]*)+"
    r"(?P<by>for|in|with|on|about|from|at|to|of)? ?\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"^(?:which|who|what|how|why|when|where|does|do|is|are|can|any\w*)\b", re.IGNORECASE)
_DOES = re.compile(r"^\w+ing \w|\b(?:for|from|in|into|with|to|by|without)\b", re.IGNORECASE)
"""Wording that says what is done with a thing: "making images from text"."""

_A_TOPIC = 4
"""Words of a question that is but a topic."""


def _in_its_place(asked: str, topic: str, words: str) -> str:
    """The question before with a new topic in the place of its own, where it says plainly what that is; else empty."""
    by = (found["by"] or "").lower() if topic and (found := _JOINS.match(words)) else "-"
    if by == "-" or not asked:
        return ""
    if by in ("", "on", "about"):
        alone = len(asked.split()) <= _A_TOPIC and not _ASKS.match(asked) and not _DOES.search(asked)
        return in_frame(asked, topic) or (topic if alone else "")
    return in_frame(asked, topic, by)


def _as_said(topic: str, rest: str) -> str:
    """A topic with the small words between its own ("mixture of experts"), where the turn says nothing else."""
    said = rest.strip(" ?.!,;:")
    return said if content_words(said) == topic.split() else topic


_ALSO = re.compile(r"\b(?:also|too|as well|besides)\b", re.IGNORECASE)
_WITHIN = re.compile(
    r"^(?:(?:and|also|only|just|but|ok|now|what about|how about|any|anything|some|is there any|ones?"
    r"|those)\b[ ,]*)*(?:for|in|on|with) ",
    re.I,
)


def _both(asked: str, topic: str, lexical: Catalogue) -> tuple[str, ...]:
    """Ways to ask the question before about a new topic: in full, by its most telling word, and the topic alone."""
    words = list(dict.fromkeys(content_words(asked)))
    counts = [(max(lexical.document_frequencies(lexical.terms(word)), default=0), word) for word in words]
    telling = min((count, word) for count, word in counts if count)[1] if any(count for count, _ in counts) else ""
    sort = _SORT.search(asked)
    of_its_sort = f"{sort[0]} for {topic}" if sort else ""
    return tuple(dict.fromkeys(filter(None, (f"{asked.rstrip(' ?.!')}, {topic}", of_its_sort, f"{telling} {topic}".strip(), topic))))


_SORT = re.compile(
    r"\b(?:data ?sets?|data|corpora|benchmarks?|surveys?|metrics?|evaluations?|theory|scaling laws|toolkits?|tools|frameworks?|attacks"
    r"|defen[cs]es|applications)(?=[\s?.!]*$)",
    re.IGNORECASE,
)
"""What a topic ends with that others have, too: "good instruction tuning data", "and for retrievers?"."""
