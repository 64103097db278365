"""A question about the collection: what in particular, of which topic, under which filters, of which papers."""

import re
from dataclasses import replace

from rag.text import content_words
from rag.understanding.exclusions import excluded
from rag.understanding.filters import related
from rag.understanding.intents import METADATA_WORDS
from rag.understanding.question import Kind, Question, subject
from rag.understanding.references import of_those, positions, pronoun, without_places
from rag.understanding.targets import defined
from rag.understanding.turn import Reading, Talk

_TITLED = re.compile(
    r"\b(?:who (?:wrote|published|made|authored)|authors? of|written|published|venue of|journal of) (?:the )?(?:paper |article )?[\"“'‘]?"
    r"(?P<title>[^?\"”]{8,300}?)[\"”'’]?(?: published| written| by)?\s{0,3}[?.!]{0,3}$",
    re.IGNORECASE,
)
_CODE = re.compile(r"\b(?:code|repo(?:s|sitor(?:y|ies))?|github|open[- ]sourced?|implementations?)\b", re.IGNORECASE)
_SURVEYS = re.compile(r"\b(?:surveys?|review articles?|reviews)\b", re.IGNORECASE)
_TOPICAL = ("count", "code", "newest", "oldest", "authors_most", "authors_fewest", "unknown")
_COUNTED = re.compile(r"\b(?:how (?:many|much|often)|number of|count|share|fraction|percentage)\b", re.IGNORECASE)
_COMES_UP = re.compile(r"\b(?:come|comes|turn|turns|crop|crops|show|shows|pop|pops) up\b", re.IGNORECASE)


def about_collection(reading: Reading, about: str, talk: Talk) -> Question:
    """A question about the collection: what in particular, of which topic, under which filters, of which papers."""
    filters, text = reading.filters, _COMES_UP.sub(" ", reading.rest)
    goes_on = bool(talk) and talk.question.intent == "collection" and about == talk.question.about
    if goes_on and not filters:
        filters, text = related(text, talk.question.filters)
    no, text = excluded(text)
    words = [
        word for word in subject(without_places(text)).split() if word.lower().rstrip("?.!,") not in METADATA_WORDS and "'" not in word
    ]
    if about == "code":
        words = [word for word in words if not _CODE.fullmatch(word.strip("?.!,"))]
    counted = about == "count" or bool(_COUNTED.search(reading.words))
    if about == "count" and _CODE.search(reading.words):
        about, words = "code", [word for word in words if not _CODE.fullmatch(word)]
    if about == "count" and _SURVEYS.search(reading.words):
        words = ["survey"]
    of_it = about == "count" and bool(talk) and len(words) <= 1 and pronoun(reading.words) == "it" and talk.question.intent == "papers"
    if of_it:
        words = (defined(talk.question.text) or talk.question.text).split()  # "how many extend it?" counts what "it" is
    if goes_on and not words and not filters:
        words = talk.question.text.split()
    listed = (talk.told or talk.question.within or ()) if talk else ()
    told_of = listed and ((talk.told and _refers(reading, talk)) or (not words and not filters and _of_the_list(reading, talk)))
    within = listed if told_of and not of_it and about in (*_TOPICAL, "span") else None
    if about == "unknown":
        within, words = _asked_about(reading, talk), content_words(text)
    topic = " ".join(words) if about in _TOPICAL else ""
    if goes_on and filters and talk.question.about == "count":
        topic = topic or talk.question.text
    kind = Kind.NUMBER if counted and not re.search(r"\bwhich\b", reading.words, re.IGNORECASE) else Kind.LIST
    question = Question(reading.text, topic, kind, reading.given.over(filters), intent="collection", about=about)
    return replace(question, within=within, excluded=no, language=reading.language)


_WHOLE = re.compile(
    r"\b(?:collection|corpus|librar\w+|database|index|overall|in total|altogether|all|every|here|you|your|hold|held|exist|known?)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 7


def _of_the_list(reading: Reading, talk: Talk) -> bool:
    """Whether "how many?", "which is the newest?" after a list ask about that list: they name nothing else."""
    on_papers = talk.question.intent == "papers" or talk.question.within is not None
    return on_papers and len(reading.words.split()) <= _FEW_WORDS and not _WHOLE.search(reading.words)


def _refers(reading: Reading, talk: Talk) -> bool:
    """Whether "them" are the papers of the last answer; after a count, they are the papers of the collection."""
    if talk.question.intent == "collection" and talk.question.about not in ("newest", "oldest", "authors_most", "authors_fewest"):
        return False
    return of_those(reading.words) or bool(positions(reading.words, len(talk.told))) or pronoun(reading.words) != ""


def _asked_about(reading: Reading, talk: Talk) -> tuple[str, ...] | None:
    """Ids of the papers whose author names, venue or the like are asked for."""
    named = [paper_id for ids in talk.lexical.named(reading.text).values() for paper_id in ids]
    if title := _TITLED.search(reading.text):
        named += talk.lexical.by_titles([title["title"]]).values()
    if named or not talk or not talk.told:
        return tuple(named) or None
    at = positions(reading.words, len(talk.told), bare=True)
    if at:
        return tuple(talk.told[place] for place in at)
    goes_on = talk.question.about == "unknown" or pronoun(reading.words) or len(content_words(reading.rest)) <= 3
    return talk.told[:3] if goes_on and len(talk.told) <= 3 else None
