"""A question as understood: what is asked, of what kind, by which filters, referring to what."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NotRequired, TypedDict

from rag.answer import Intent
from rag.errors import QuestionError
from rag.filters import Filters
from rag.text import NUMBERS, content_words, named_like
from rag.understanding.wishes import Wish

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
    DEFINITION = "definition"
    OVERVIEW = "overview"


class Form(StrEnum):
    """How papers that were told of are to be shown again."""

    PLAIN = ""
    SHORTER = "shorter"
    TABLE = "table"
    TITLES = "titles"
    WHY = "why"
    ABSTRACT = "abstract"
    LANGUAGE = "language"
    MORE = "more"
    SIMILAR = "similar"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as understood.

    `text` is what to answer (without what is excluded), `alternatives` what to ask where that finds nothing, `filters` those given and
    those implied by the wording,
    `context` what a follow-up refers back to, `within` the ids of "those" papers, `without`
    the ids of papers already told of, where the follow-up asks for others; `excluded` the phrases
    of what no paper may be about, `lacking` of what a method is to do without. `intent` says what the turn
    is about, `about` what in particular ("count", "thanks"); `form` how papers already told of are to be
    shown; `sides` are the things that are weighed against each other; `name` is the one thing that is asked about by its
    name, `title` the title of the paper that is asked for, `wish` the form that the answer is to have, `must` the
    topic before, of which a part is asked for, `line` what of it papers found by an alternative are to speak of, `root` the question that
    a row of "and for X?" began with, `topic` what the
    papers `within` were listed for; `language` is the one that the
    turn is in, where that is not English; `at_most` is how many papers are asked for,
    `rank` which place after a superlative ("the second oldest": 2); `parts` are the questions that one message asks.
    """

    asked: str
    text: str
    kind: Kind
    filters: Filters = Filters()
    context: str = ""
    within: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    intent: Intent = "papers"
    about: str = ""
    form: Form = Form.PLAIN
    sides: tuple[str, ...] = ()
    name: str = ""
    title: str = ""
    wish: Wish = Wish.NONE
    must: str = ""
    line: str = ""
    root: str = ""
    topic: str = ""
    at_most: int | None = None
    rank: int = 1
    language: str = ""
    parts: "tuple[Question, ...]" = ()


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]+")

_SPACED = r"[^\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\U0010ffff]"
_LONG_WORD = re.compile(rf"(?P<kept>{_SPACED}{{100}}){_SPACED}+")
"""More signs in a row than any word has, but in scripts that are written without blanks."""


def without_long_words(text: str) -> str:
    """The text with whatever is too long for a word cut: rows of commas, of capitals; some rules take their length by its cube."""
    return _LONG_WORD.sub(r"\g<kept>", text) if len(text) > 100 else text


_FULL_WIDTH = {0xFEE0 + sign: sign for sign in range(0x21, 0x7F)}
"""Letters and signs as keyboards of East Asia write them wide."""

_OVERLAID = re.compile("[\u0300-\u036f\u20d0-\u20ff]+")
"""Signs set over or through a letter which make no letter of their own with it."""


def _plainly(text: str) -> str:
    """The text without halves of signs, without strokes through its letters, and with none of them wide."""
    if text.isascii():
        return text
    return _OVERLAID.sub("", unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode())).translate(_FULL_WIDTH)


def checked(question: str) -> str:
    """The question on one line, without control characters. Raises QuestionError."""
    if not isinstance(question, str):
        raise QuestionError(f"a question is text, not {type(question).__name__}")
    text = " ".join(_CONTROL.sub(" ", _plainly(question)).split())
    if not text:
        raise QuestionError('the question is empty; ask, for example, "which papers speed up dLLM decoding?"')
    if len(text) > MAX_CHARACTERS:
        raise QuestionError(f"the question has {len(text):,} characters; shorten it to {MAX_CHARACTERS:,}")
    return without_long_words(text)


# --- how many

_AT_MOST = re.compile(
    r"(?:^|\b(?:give|show|list|name|find|get|recommend|suggest|tell|only|just|top|best|exactly|at most|up to|no more than|wants?|needs?)"
    r"(?: me| us)?(?: (?:the|your|only|just|top|best|exactly|at most|up to))*) *"
    r"(?P<count>one|two|three|four|five|six|seven|eight|nine|ten|[1-9]|[1-4]\d) (?:[\w-]+ ){0,2}?"
    r"(?:papers?|surveys?|articles?|works|studies|methods?|examples|approaches|references|reviews|benchmarks|sources|techniques)\b",
    re.IGNORECASE,
)


def at_most(text: str) -> int | None:
    """How many papers are asked for ("give me two papers on ..."); None where no number is said."""
    found = _AT_MOST.search(text)
    return NUMBERS.get(found["count"].lower()) or int(found["count"]) if found else None


# --- kind

_COMPARE = re.compile(
    r"\b(?:vs\.?|versus|compar(?:e|ed|ison|ing)|differ(?:s|ence|ences|ent from)?|contrast|side by side"
    r"|next to (?:each other|one another)|against (?:each other|one another)|head to head)(?!\w)",
    re.IGNORECASE,
)
_EITHER = re.compile(r"\w[\w-]{0,40} (?:and|or) \w[^?]{0,300}\b(?:each|both|either|agree|do they|treat|handle)\b|\bboth\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"\b(?:how (?:many|much|fast|big|large|long|small|far)|what (?:accuracy|score|speed-?up|percentage|size|fraction|share|number)"
    r"|(?:accuracy|score|speed-?up|savings?|throughput|latency|tokens per \w+|number of \w+|percentage) (?:of|does|do|is|on|and|vs|over"
    r"|against|compared|versus|relative)"
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


# --- topic

_PUBLISHING = frozenset(
    """posted post published publish publishes released release releases appeared appear appears came come comes out written write wrote
    got new date dated dates added add adds year years month months week weeks submitted titles title abstracts abstract released put done
    folks guys crew crews
    people person persons researchers team teams author authors co-author co-authors coauthors organisation organisations company show
    see everything anything stuff entries entry ones available collection corpus library database sort sorted order together alone
    only online uploaded public available up went go goes live launched print surfaced emerged arrived dropped landed put made produced
    contributed anybody anyone exactly least most fewer exclusively entirely far ago days day since until whatever whichever whoever else
    thing things item items name others rest something somebody someone saw light you've we've i've they've there's mean
    meant i.e i.e. ie e.g namely specifically precisely fortnight""".split()
)


def subject(text: str) -> str:
    """The words that name a topic: content words, those on publishing aside."""
    return " ".join(word for word in content_words(text) if word.lower() not in _PUBLISHING)
