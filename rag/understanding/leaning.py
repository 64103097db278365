"""A turn that is a question of its own but leans on what was said: "and is there one that does it by search instead?"."""

import json
import re
from dataclasses import replace

from rag.text import content_words
from rag.understanding.question import Kind, Question
from rag.understanding.targets import defined
from rag.understanding.turn import Reading, Talk

_ELSE = r"\b(?:who|what|anyone|anybody|someone|which (?:\w+ )?(?:papers|works|methods)) else\b|\bwhich other\b"
_LEANS = re.compile(
    rf"^(?:and|but|or)\b|\binstead\b(?! of\b)|\bone (?:that|which)\b|\b(?:do|does|doing) (?:that|so)\b|{_ELSE}", re.IGNORECASE
)
_ASKS_ELSE = re.compile(_ELSE, re.IGNORECASE)
_OTHER = re.compile(r"\b(?:instead(?! of\b)|another|other|else|different|rather)\b", re.IGNORECASE)
_ONE = re.compile(
    r"\b(?:is there|do you (?:have|know)|have you got|got|know)(?: also| maybe| perhaps)? (?:of )?(?:one|a paper|another|any paper)\b"
    r"|^(?:and |but |or )?(?:does|can|could|did) (?:any|some)(?:thing|body|one)\b",
    re.IGNORECASE,
)
"""Wording that asks for one paper, not for all."""

_MANY = re.compile(r"\b(?:papers|ones|works|methods|studies|others)\b", re.IGNORECASE)
_WRAP = re.compile(
    r"^(?:(?:and|but|or|so|is there|do you (?:have|know)|have you got|does (?:any|some)(?:thing|body|one)|also|maybe|perhaps"
    r"|another(?: one| paper)?|one"
    r"|a paper|any paper|that|which|of)\b\s*)+|\b(?:instead|rather|too|as well|in its place)(?=[\s?.!]*$)|\b(?:that|this|it"
    r"|so)(?=\s*[?.!]*$)",
    re.IGNORECASE,
)
_CONTEXT_CHARACTERS, _TOLD = 300, 3


def leaning(reading: Reading, talk: Talk, alone: Question) -> Question:
    """The question with what it leans on; as it is where it leans on nothing."""
    if not (_LEANS.search(reading.words) and talk.question.intent == "papers") or alone.filters or alone.sides:
        return alone
    without = talk.told if _OTHER.search(reading.words) else ()
    own = _own(alone.text)
    if (
        not _ASKS_ELSE.search(reading.words)
        and (without or _ONE.search(reading.words))
        and not _MANY.search(reading.words)
        and 0 < len(talk.told) <= _TOLD
        and content_words(own)
    ):
        own_and = f"{own}, {_what_it_is(talk)}"
        return replace(alone, text=own_and, about="one", without=talk.told, alternatives=(own,))
    if _ASKS_ELSE.search(reading.words) and len(content_words(own)) > _TOLD:
        return replace(alone, without=without)  # it says itself what others are to do
    context = f"{talk.question.text} {talk.exchanges[-1].answered[:_CONTEXT_CHARACTERS]}"
    return replace(alone, context=context, without=without)


def asks_for_one(reading: Reading, talk: Talk) -> bool:
    """Whether a turn asks for another paper of the same line that does what it says ("is there one that trains a model for it?")."""
    words = reading.words
    wanted = _ONE.search(words) and not _MANY.search(words) and not _ASKS_ELSE.search(words)
    return bool(wanted) and 0 < len(talk.told) <= _TOLD and len(content_words(_own(words))) > _TOLD


def _own(text: str) -> str:
    """What a turn itself asks for, without the words that tie it to what was said."""
    before = ""
    while text != before:
        before, text = text, _WRAP.sub("", text.strip(" ?.!,")).strip(" ?.!,")
    return text


def _what_it_is(talk: Talk) -> str:
    """The title of the paper told of first, without its system's name: the line of work that a turn goes on with."""
    records = talk.lexical.records_of(talk.told[:1])
    title = str(json.loads(records[talk.told[0]])["title"]) if records else ""
    name, _, rest = title.partition(": ")
    work = rest if rest and len(name.split()) <= _TOLD else title
    return re.split(r" (?:via|through|by means of|using) ", work)[0]  # what it is for; how is what the turn wants otherwise


COMPARES = re.compile(
    r"\b(?:compar\w+|differ\w*|contrast|vs\.?|versus|better|faster|in common|side by side|head to head"
    r"|(?:next to|against|alongside) (?:each other|one another|the|number|no))\b",
    re.IGNORECASE,
)
_AS_SUBJECT = re.compile(
    r"^(?P<lead>(?:(?:so|and|but|ok(?:ay)?|then|now|well)\b[ ,]+)*(?:(?:how|why|when|where) )?(?:is|are|does|do|can|could|would|will) )"
    r"(?:it|one|they|this|that|these)\b",
    re.IGNORECASE,
)


_OF_IT = re.compile(
    r"^(?:(?:so|and|but|ok(?:ay)?|then|now|well)\b[ ,]+)*(?:who|anyone|anybody|which (?:papers|works|methods|approaches|ones)|(?:what|any)"
    r" (?:papers|works?|methods|research)|how (?:do|can|could) (?:people|they|you|we|one)|papers)\b(?! (?:wrote|made|is|are|was|were)\b)",
    re.IGNORECASE,
)
_IT = re.compile(r"\b(?:it|this|that|them|those)\b(?=[\s?.!,]*$|[ ,]+(?:in|for|on|with|by|without|from|and|or|at)\b)", re.IGNORECASE)


def of_a_term(reading: Reading, talk: Talk) -> str:
    """A comparison of what was just defined, or a question for papers on it, by its name: "what is MoE?", "so is one better than a dense
    model?", "and who tries to avoid it?"; empty elsewhere."""
    term = defined(talk.question.text) if talk.question.kind is Kind.DEFINITION else ""
    if term and _OF_IT.match(reading.rest) and _IT.search(reading.rest):
        return _IT.sub(lambda _: term, reading.rest, count=1)
    found = _AS_SUBJECT.match(reading.rest) if term and COMPARES.search(reading.rest) else None
    return f"{found['lead']}{term}{reading.rest[found.end() :]}" if found else ""
