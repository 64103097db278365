"""A turn of a conversation -> what is asked, without a model: learned where wording is open, exact where meaning is.

The classifier says the intent, the act and the kind; dates, counts, names, numbers of a list and
exclusions are read by rule. Whatever is unclear is a question about papers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from rag.errors import QuestionError
from rag.filters import Filters
from rag.index import Catalogue
from rag.text import content_words, named_like
from rag.understanding.asides import may_remain, without_asides
from rag.understanding.authors import named_author
from rag.understanding.classifier import NAMES, WORD, Typed, classified
from rag.understanding.collection import about_collection
from rag.understanding.conversation import exchanges
from rag.understanding.date_wordings import of_time_away
from rag.understanding.dates import impossible
from rag.understanding.everyday import respelt_words
from rag.understanding.exact import asks_of_record
from rag.understanding.exclusions import excluded, lacking, to_judge
from rag.understanding.filters import date_named, implied, organisation_named
from rag.understanding.follow_ups import follow_up
from rag.understanding.framing import purely, topic_said, without_fillers
from rag.understanding.intents import CHAT, intent_of, told_intent
from rag.understanding.languages import in_english, language_of, translated
from rag.understanding.leaning import leaning
from rag.understanding.leaving_out import left_out
from rag.understanding.listed import ANY_OF, first_list
from rag.understanding.manners import changes_topic
from rag.understanding.parts import continued, parts_of
from rag.understanding.pasted import pasted, respelt
from rag.understanding.question import MAX_CHARACTERS, Form, Kind, Message, Question, at_most, checked, kind_of, subject
from rag.understanding.references import listed_at_first
from rag.understanding.remembered import Remembered
from rag.understanding.sides import sides_of, wants_verdict
from rag.understanding.taking_back import taken_back
from rag.understanding.targets import defined, name_asked, of_name_before, title_asked, typed_as_name
from rag.understanding.turn import Reading, Talk
from rag.understanding.wishes import Wish, wish_of

_SURE = 0.5
_SURELY_KIND, _CERTAINLY_NUMBER = 0.6, 0.9
_ASKS_PAPERS = re.compile(r"\b(?:papers?|works?|stud(?:y|ies)|articles?|who|anyone|anybody)\b", re.IGNORECASE)
"""How likely a kind is from which on it is taken, whatever the wording says."""

_PERHAPS = 0.3
"""How likely a word names a topic, from which on a question that only leaves something out does not ask for all else."""

_SHOUTED = 12
_OFTEN = 8
"""Papers with a word from which on it is a topic, though one of them is named so."""

_WRITTEN_BY_HAND = 300
"""Characters of a question that was typed; in longer ones, pasted from somewhere, odd dates may stand."""

_LOOKED_AT = 12
"""Earlier turns looked at, at least; they begin at every twelfth, so that a turn goes on with the same ones as the turn before."""

_WHAT_IS = re.compile(r"what (?:is|are)\b", re.IGNORECASE)
_ONE_PAPER = re.compile(r"\b(?:which|what|the|a) (?:paper|study|work|one)\b(?! (?:on|about) \w+ (?:and|or))", re.IGNORECASE)


_ASKS_OF_IT = frozenset(
    "explain describe define tell work works exactly actually what's whats summarise summarize paper method idea".split()
)


def _less(text: str, name: str) -> str:
    """The text without a name of several words, however these are joined."""
    return re.sub(r"[\W_]+".join(map(re.escape, name.split())), " ", text, flags=re.IGNORECASE)


def _unless_on(topical: Mapping[str, float], named: tuple[Filters, str], filters: Filters, rest: str) -> tuple[Filters, str]:
    """The filters and the rest of a turn with what it names, unless the rest names a topic."""
    on_topic = any(topical.get(word[0].lower(), 0.0) >= NAMES for word in WORD.finditer(named[1]))
    return (named[0].over(filters), named[1]) if named[0] and not on_topic else (filters, rest)


_GOES_ON = ("refine", "narrow", "these", "same")
"""Acts by which a date that is named is one that the papers are to have."""


class Reader:
    """Reads turns against what is held. What turns were read as is kept for speed alone: a conversation is what its history says."""

    def __init__(self, lexical: Catalogue, remembered: Remembered | None = None) -> None:
        self._lexical, self._remembered = lexical, remembered or Remembered()

    def read(self, asked: str, history: Sequence[Message] = (), given: Filters | None = None, told: str = "") -> Question:
        """What a turn asks, given the conversation so far; `told` is the intent where a model has read it. Raises QuestionError."""
        said = exchanges(history)
        talk = Talk(said[max(0, len(said) // _LOOKED_AT - 1) * _LOOKED_AT :], self._lexical, self._before)
        text = checked(asked)
        if len(text) <= _WRITTEN_BY_HAND and (wrong := impossible(text)):
            raise QuestionError(f"{wrong!r} is not a date; write YYYY, YYYY-MM or YYYY-MM-DD")
        return self._known(text, talk, given or Filters(), told)

    def _known(self, text: str, talk: Talk, given: Filters, told: str = "") -> Question:
        """A turn as it was read before, or as it is read now."""
        depends = (text, talk.exchanges, given, told, date.today())
        return self._remembered(depends, self._lexical.state, lambda: self._read(text, talk, given, told))

    def _before(self, talk: Talk) -> Question:
        """The last question of a conversation, read as it was when it was asked."""
        try:
            last = checked(talk.exchanges[-1].asked[:MAX_CHARACTERS])
        except QuestionError:  # a turn of nothing that can be read
            last = "papers"
        return self._known(last, talk.earlier(), Filters())

    def _read(self, text: str, talk: Talk, given: Filters, told: str = "") -> Question:
        if (found := pasted(text, self._lexical)) and not asks_of_record(text):
            return replace(found, filters=given)
        talk = talk.empty() if talk and changes_topic(text) else talk
        language = language_of(text)
        text = text.lower() if text.isupper() and len(text) > _SHOUTED else text
        words = respelt(in_english(text, language) if language else text, self._lexical)
        words = of_time_away(of_name_before(without_fillers(words if language else respelt_words(words, self._lexical))))
        whole = words if language else without_asides(Typed(words, bool(talk)), self._lexical.organisations())
        wish, words = wish_of(whole)
        if wish and talk and self._shows_again(whole):
            wish, words = Wish.NONE, whole
        if language and (not self._readable(words) or not (translated(language) or self._lexical.named(words))):
            return Question(text, "", Kind.LIST, given, language=language)
        if talk and (again := listed_at_first(words)) and (first := first_list(talk)):
            words, talk = again, first
        turn = Typed(words, bool(talk))
        said = classified(turn)
        filters, rest = implied(words, self._lexical.organisations())
        if not given.author:
            author, rest = named_author(rest, self._lexical)
            filters = filters.over(Filters(author=author))
        topical = said.topical(words)
        if sum(said.heads["intent"].get(label, 0.0) for label in CHAT) < _SURE:
            filters, rest = self._of_named(
                filters, rest, topical, bool(talk) and sum(said.heads["act"].get(act, 0.0) for act in _GOES_ON) >= _SURE
            )
        reading = Reading(text, turn, rest, filters, given, said.heads, language, topical)
        question = self._understood(reading, talk, told)
        return replace(question, wish=wish) if wish and question.intent == "papers" else question

    def _of_named(self, filters: Filters, rest: str, topical: Mapping[str, float], goes_on: bool) -> tuple[Filters, str]:
        """The filters with the organisations that a turn names, and with the date of one that goes on with what was said, where it
        names no topic beside them ("let's drill into NVIDIA", "restrict that to 2025")."""
        if not (filters.organisation or filters.author):
            filters, rest = _unless_on(topical, organisation_named(rest, self._lexical.organisations()), filters, rest)
        if goes_on and not (filters.since or filters.until):
            filters, rest = _unless_on(topical, date_named(rest), filters, rest)
        return filters, rest

    def _shows_again(self, words: str) -> bool:
        """Whether a turn asks for what was told in another form ("arrange them in a table, with the dates")."""
        act, sure = next(iter(classified(Typed(words)).heads["act"].items()))
        return act in ("table", "shorter") and sure >= _SURE

    def _readable(self, words: str) -> bool:
        """Whether the papers, or the talk about them, use any of these words."""
        return bool(re.search(r"[A-Za-z]{2}", words))

    def _understood(self, reading: Reading, talk: Talk, told: str) -> Question:
        if not told and (parts := self._parts(reading, talk)):
            return replace(self.standalone(reading), parts=parts)
        if talk and not told and (found := taken_back(reading, talk)):
            return found
        intent, about = told_intent(told, reading, talk) if told else intent_of(reading, talk, self._lexical)
        named = reading.filters.author and about not in ("count", "facts")
        if named or (reading.filters.organisation and about in ("unknown", "organisations")):  # "papers by ...", of a name that is held
            return self.standalone(reading)
        if intent == "chat":
            return Question(reading.text, "", Kind.LIST, reading.given, intent="chat", about=about, language=reading.language)
        if intent == "collection":
            return about_collection(reading, about, talk)
        if talk and (found := left_out(reading, talk) or follow_up(reading, talk, self._lexical, self.standalone)):
            return found
        alone = self.standalone(reading)
        return leaning(reading, talk, alone) if talk else alone

    def standalone(self, reading: Reading) -> Question:
        """A question that refers back to nothing."""
        no, rest = excluded(reading.rest, reading.turn)
        filters = reading.given.over(reading.filters)
        kind = self._kind(reading, rest)
        if (filters and not self._has_subject(reading, rest)) or (no and not filters and not reading.subject(rest, _PERHAPS)):
            kind = Kind.METADATA
        sides = sides_of(rest)
        held = sum(len(self._lexical.named(side)) > 0 for side in sides)
        if sides:
            kind, sides = Kind.COMPARE, () if held == len(sides) and not wants_verdict(rest) else sides
        plain = kind is not Kind.COMPARE and not (filters or no)
        topical = {} if reading.language else reading.topical  # a glossary's order is no wording
        text = topic_said(to_judge(reading.rest, rest, reading.turn), topical)
        text = purely(text) if no else text
        if kind is Kind.DEFINITION and (what := defined(rest)) and not _WHAT_IS.match(text):
            text = f"what is {what}?"  # "explain LoRA to me in a few words"
        return Question(
            reading.text, text, kind, filters, excluded=no, lacking=lacking(rest), sides=sides,
            name=self._name(reading.words) if plain else "", title=title_asked(reading.words) if plain else "",
            language=reading.language, at_most=at_most(reading.words),
        )  # fmt: skip

    def _has_subject(self, reading: Reading, rest: str) -> bool:
        """Whether a topic is left without what is said aside, which is read only where that matters."""
        left = {bool(reading.subject(one)) for one in may_remain(rest)}
        return left.pop() if len(left) == 1 else bool(reading.subject(without_asides(Typed(rest, reading.turn.follows))))

    def _name(self, text: str) -> str:
        """The name that a question is about: as the papers have it, where it is one of several words ("text to lora")."""
        several = (held for held in self._lexical.named(text) if " " in held)
        alone = (held for held in several if all(word.lower().strip("?.!,") in _ASKS_OF_IT for word in content_words(_less(text, held))))
        return next(alone, "") or name_asked(text)

    def _kind(self, reading: Reading, rest: str) -> Kind:
        named = self._lexical.named(rest)
        kind = kind_of(rest, named)
        what = defined(rest)
        if what and kind is not Kind.COMPARE and not self._presented(what, reading.words):
            return Kind.DEFINITION
        label, sure = next(iter(reading.says["kind"].items()))
        if label == "number" and sure >= _CERTAINLY_NUMBER and kind in (Kind.ONE, Kind.LIST) and not _ASKS_PAPERS.search(rest):
            return Kind.NUMBER  # "what precision does GPT-4 reach according to TrustLLM?"
        if sure < _SURELY_KIND or kind is Kind.COMPARE or named or named_like(rest):
            return kind
        if label in ("definition", "overview") and not _ONE_PAPER.search(rest):
            return Kind(label)
        if label == "list" and kind is Kind.ONE and not _ONE_PAPER.search(rest):
            return Kind.LIST
        return kind

    def _presented(self, what: str, text: str) -> bool:
        """Whether a word is a system's name, and not what many papers speak of by now ("LoRA")."""
        terms = self._lexical.terms(what)
        if len(what.split()) > 1 and what.lower().replace("-", " ") in self._lexical.named(what):
            return True  # a title's name of several words
        often = bool(terms) and min(self._lexical.document_frequencies(terms)) > _OFTEN
        return not often and (bool(self._lexical.named(what)) or typed_as_name(text, what))

    def _parts(self, reading: Reading, talk: Talk) -> tuple[Question, ...]:
        """The questions of a message that asks two or three, each as understood; none where a part of it is small talk."""
        found = list[Question]()
        for part in parts_of(reading.words):
            read = self._read(f"{part}?", talk.empty() if found and not ANY_OF.search(part) else talk, reading.given)
            if read.intent == "chat" or read.parts:
                return ()
            found.append(continued(read, found[0]) if found else read)
        return tuple(found)


__all__ = ["Form", "Reader", "subject"]
