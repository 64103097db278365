"""A question, read without a model: the filters its wording implies, its kind, its content words."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, NotRequired, TypedDict

from rag.errors import QuestionError
from rag.filters import Filters
from rag.index import Catalogue, folded_key
from rag.text import content_words, named_like
from rag.understanding.filters import implied

MAX_CHARACTERS = 4_000


class Message(TypedDict):
    """One turn of a conversation, as Gradio and the OpenAI protocol write it.

    `citations` are the ids of the papers that an answer cited, in the order of their numbers, where a
    surface can carry them; elsewhere they are read from the text.
    """

    role: Literal["user", "assistant"]
    content: str
    citations: NotRequired[Sequence[str]]


class Kind(StrEnum):
    """What a question asks for."""

    LIST = "list"
    ONE = "one"
    COMPARE = "compare"
    NUMBER = "number"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as understood.

    `text` is what to retrieve by, `filters` those given and those implied by the wording,
    `context` what a follow-up refers back to, `within` the ids of "those" papers, `without`
    the ids of papers already told of, where the follow-up asks for others; `excluded` the phrases
    of what no paper may be about.
    """

    asked: str
    text: str
    kind: Kind
    filters: Filters = Filters()
    context: str = ""
    within: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]+")


def checked(question: str) -> str:
    """The question on one line, without control characters. Raises QuestionError."""
    if not isinstance(question, str):
        raise QuestionError(f"a question is text, not {type(question).__name__}")
    text = " ".join(_CONTROL.sub(" ", question.encode("utf-8", "replace").decode()).split())
    if not text:
        raise QuestionError('the question is empty; ask, for example, "which papers speed up dLLM decoding?"')
    if len(text) > MAX_CHARACTERS:
        raise QuestionError(f"the question has {len(text):,} characters; shorten it to {MAX_CHARACTERS:,}")
    return text


# --- kind

_COMPARE = re.compile(r"\b(?:vs\.?|versus|compar(?:e|ed|ison|ing)|differ(?:s|ence|ences|ent from)?|contrast)(?!\w)", re.IGNORECASE)
_EITHER = re.compile(r"\w[\w-]{0,40} (?:and|or) \w[^?]{0,300}\b(?:each|both|either|agree|do they|treat|handle)\b|\bboth\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"\b(?:how (?:many|much|fast|big|large|long|small|far)|what (?:accuracy|score|speed-?up|percentage|size|fraction|share|number)"
    r"|(?:accuracy|score|speed-?up|savings?|throughput|latency|tokens per \w+|number of \w+|percentage) (?:of|does|do|is|on|and|vs)"
    r"|from how many|by how much|per second|per joule)\b",
    re.IGNORECASE,
)
_MANY = re.compile(
    r"\b(?:papers|works|ones|studies|methods|approaches|articles|surveys|benchmarks|techniques|models)\b|^list\b|\blist (?:the|all|of)\b",
    re.IGNORECASE,
)
_ONE = re.compile(
    r"\b(?:what does|what do|what is|what's|whats|who|how does|explain|describe|tell me about|summar\w+|the one"
    r"|which paper|which study"
    r"|is there an? (?:paper|study|work)|a paper|paper (?:showing|that|where|which))\b",
    re.IGNORECASE,
)


def kind_of(text: str, names: Collection[str]) -> Kind:
    """What the question asks for, by its wording and by the systems that it names."""
    sides = {*names, *(name.lower() for name in named_like(text))}
    if len(sides) > 1 and (_COMPARE.search(text) or _EITHER.search(text)):
        return Kind.COMPARE
    if _NUMBER.search(text) and not re.search(r"\b(?:which|what|any|how many) (?:papers|works|ones|studies)\b", text, re.IGNORECASE):
        return Kind.NUMBER
    if _MANY.search(text):
        return Kind.LIST
    return Kind.ONE if _ONE.search(text) or names else Kind.LIST


# --- follow-ups

_BACK = re.compile(
    r"\b(?:those|these|them|they|their|it|its|that|this|one|ones|same|instead|others?)\b"
    r"|^(?:and|but|so|or|also|what about|how about|only|just)\b",
    re.IGNORECASE,
)
_OF_THOSE = re.compile(
    r"\b(?:of|among|from|in) (?:those|these|them|the above)\b|\b(?:which|what|do any|any) (?:ones|of them)\b|^(?:those|these)\b",
    re.IGNORECASE,
)
_OTHERS = re.compile(r"\b(?:what about|how about|another|others?|else|instead|more)\b(?! about)", re.IGNORECASE)
_IT = re.compile(r"\b(?:it|its|them|they|their|the ones)\b", re.IGNORECASE)
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
_ORDINAL = re.compile(rf"\bthe ({'|'.join(_ORDINALS)})(?= one| paper| of|[?.! ]*$)", re.IGNORECASE)
_ABOUT_THEM = re.compile(
    r"\b(?:compare|summari[sz]e|list|sort|order|date|explain|detail|details|difference|differences|between|abstracts?|by"
    rf"|{'|'.join(_ORDINALS)})\b",
    re.IGNORECASE,
)
_CONTEXT_CHARACTERS = 300


def _last(history: Sequence[Message], role: str) -> str:
    return next(iter(_turns(history, role)), "")


def _turns(history: Sequence[Message], role: str) -> list[str]:
    """What one side said, the last first."""
    if not all(isinstance(message, Mapping) for message in history or ()):
        raise QuestionError('history is a sequence of {"role": "user" or "assistant", "content": text}')
    said = [message.get("content") for message in reversed(history or ()) if message.get("role") == role]
    return [content for content in said if isinstance(content, str) and content.strip()]


def _papers_in(text: str, lexical: Catalogue) -> tuple[str, ...]:
    """Ids of the papers that an earlier answer named, by title or by a system's name."""
    titles = re.findall(r"\*\*(.+?)\*\*", text)
    held = lexical.by_titles(titles)
    found = [held[key] for key in map(folded_key, titles) if key in held]
    if found:
        # An answer of ours names each paper in bold; what it quotes may name others.
        return tuple(dict.fromkeys([*found, *(i for ids in lexical.named(" ".join(titles)).values() for i in ids)]))
    for ids in lexical.named(text).values():
        found += ids
    for name in named_like(text):
        rare = [term for term in lexical.terms(name) if 0 < lexical.document_frequency(term) <= 3]
        found += [paper_id for term in rare for paper_id, _ in lexical.search([(term, 1.0)], 3)]
    return tuple(dict.fromkeys(found))


def cited_before(history: Sequence[Message], lexical: Catalogue) -> tuple[str, ...]:
    """Ids of the papers that the last answer of a conversation named."""
    return _papers_in(_last(history, "assistant"), lexical)


def _carried(new: Filters, old: Filters) -> Filters:
    """The new filters, and of the old ones those on other fields: a new date replaces both ends of the old."""
    if new.since or new.until:
        old = replace(old, since=None, until=None)
    return new.over(old)


def _topic(turns: Sequence[str], organisations: Sequence[str]) -> tuple[str, Filters]:
    """What the conversation is about: the last turn that says so, and the filters given since."""
    filters, topic = Filters(), ""
    for turn in turns:
        wording, topic = implied(" ".join(turn.split())[:MAX_CHARACTERS], organisations)
        filters = _carried(filters, wording)
        if content_words(topic):
            break
    return topic, filters


def _told(text: str, history: Sequence[Message], topic: str, lexical: Catalogue) -> tuple[str, ...]:
    """The papers that a follow-up may mean: of the last answer, or for a comparison of the last two."""
    answers = _turns(history, "assistant")
    told = _papers_in(answers[0] if answers else "", lexical) or _papers_in(topic, lexical)
    if len(told) < 2 and len(answers) > 1 and _COMPARE.search(text):
        told = tuple(dict.fromkeys([*_papers_in(answers[1], lexical)[:1], *told]))
    return told


def understand(asked: str, history: Sequence[Message], given: Filters | None, lexical: Catalogue) -> Question:
    """The question as its wording and the conversation give it. Raises QuestionError."""
    text, organisations = checked(asked), lexical.organisations()
    wording, rest = implied(text, organisations)
    words = content_words(rest)
    turns = _turns(history, "user")
    if not turns or not (_BACK.search(text) or _ORDINAL.search(text) or len(words) <= 2):
        filters = (given or Filters()).over(wording)
        kind = kind_of(rest, lexical.named(rest))
        return Question(text, rest, Kind.METADATA if filters and not words else kind, filters)
    topic, before = _topic(turns, organisations)
    filters = (given or Filters()).over(_carried(wording, before))
    told, others = _told(text, history, topic, lexical), bool(_OTHERS.search(text))
    if ordinal := _ORDINAL.search(text):
        told = told[_ORDINALS[ordinal[1].lower()] :][:1]
    within = told if ordinal or _OF_THOSE.search(text) or (_IT.search(text) and not others) else ()
    if within and not content_words(_ABOUT_THEM.sub(" ", rest)):
        return Question(text, "", kind_of(rest, ()), (given or Filters()).over(wording), within=within)
    if not words:
        return Question(text, topic, kind_of(topic, lexical.named(topic)), filters, without=told if others else ())
    context = f"{topic} {_last(history, 'assistant')[:_CONTEXT_CHARACTERS]}"
    return Question(text, rest, kind_of(rest, lexical.named(rest)), filters, context, within or None, told if others else ())
