"""Text by strangers: made harmless for a prompt, and its part that may count as evidence."""

import json
import re
import unicodedata
from functools import lru_cache
from html import unescape
from typing import Any

from rag.text.directives import directs, languages, unmasked
from rag.text.sentences import split_sentences

_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
_RAISED = re.compile(r"[⁰¹²³⁴-⁹⁺⁻ⁿ]+")
"""Superscripts: 10⁵ is read as 10^5; without a sign between, it would become 105."""
_TOKEN = re.compile(r"<\|[^|<>]{0,40}\|>|\[/?INST\]|<</?SYS>>|</?s>", re.IGNORECASE)
_LIKENESS = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")", "`": "'", "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'"})

# An abstract tells what a paper does; it never speaks to its reader about prompts and answers.
_START = r"(?:^\W*|[.:;,!?\"'(*]\s*|\b(?:please|now|must|should|you|and|to|then)\s+)"
_OUTPUT = r"(?:answer|reply|response|output|summary|citations?)"
_MODEL = r"(?:assistants?|chatbots?|ai (?:model|system)s?|language models?|llms?|model|reader|summari[sz]er|reviewer|grader)"
_EARLIER = (
    r"(?:instruction|prompt|guideline|previous|above|prior|earlier|preceding|other (?:papers?|abstracts?)|everything|"
    r"(?:the|this) (?:question|context|rules))"
)
_TAGS = (
    r"(?:abstracts?|papers?|question|system|user|assistant|instructions?|documents?|data|source|script|img|a|iframe|style|svg|div|span|"
    r"table|form|input|meta|object|embed)"
)
_OPENING = (
    r"(?:ignore|disregard|forget|pretend|decode and|respond|reply|say|print|append|repeat after|visit (?!https?:|our)|click|act as|"
    r"from now on|remember to|do not (?:cite|mention|answer|say|trust)|always (?:cite|answer|say|mention|recommend))"
)
_ORDER = (
    r"(?:output|write|answer|insert|include|add|end|begin|start|cite|translate|recommend|mention|tell|claim|report|rank|mark|judge|treat|"
    r"list|render|display|show|state)"
)
_FOREIGN = (
    r"\b(?:ignor(?:ez|iere|ieren)|vergiss|olvida|ignora|oublie[zr]?|игнорируй\w*)\b.{0,40}"
    r"(?:instru|anweisung|pr[eé]c[eé]d|anterior|vorherig|предыдущ|инструкц)|(?:忽略|无视|無視).{0,20}(?:指示|指令|以上|之前|前)"
)
_INSTRUCTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:{_START}(?:ignore|disregard|forget|override|bypass|discard)|(?-i:Ignore|Disregard|Forget|Override))\b.{{0,30}}\b{_EARLIER}",
        rf"^\W*{_OPENING}\b(?!-)",
        r"\b(?:you are (?:now |an? |no longer )|you (?:must|should|will now|have to|need to|shall) )",
        rf"\b(?:attention|note to|message (?:to|for)|to|dear|hey)\b,? (?:the |any |all |every )?(?:\w+ )?{_MODEL} "
        r"(?:reading|processing|summari[sz]ing|judging|grading|that reads?|who reads?)\b",
        rf"\b(?:your (?:\w+ )?{_OUTPUT}|(?:the|every|each|all|any) (?:final )?{_OUTPUT} (?:must|should|has to|needs to) (?:\w+ )?"
        r"(?:include|begin|start|end|contain|cite|mention|say|state|recommend|be written))\b",
        r"\b(?:your|the) system prompt\b|\bdeveloper mode\b|"
        r"\b(?:new|these|following|hidden|your) instructions? (?:are|is|say|override|replace|follow)\b",
        r"(?:^|[\"'(>#*\]}.!?]\s*)(?:system|assistant|user|human|developer|admin|new task|new instructions?)"
        r"(?: (?:message|note|override|turn|update))?\s*[:：]",
        rf"<\s*/?\s*{_TAGS}\b(?: [^>]{{0,200}})?/?>",
        r"<\|[^>]{0,60}\|?>|\[/?INST\]|<</?SYS>>|</s>|<!--|-->|\]\]>|```|~~~|<[@!]",
        r"!\[[^\]]{0,200}\]|\]\((?!https://github\.com/)|javascript:|data:\w+/\w|onerror\s*=|onload\s*=",
        r"\b(?:begin|end|start|close) of (?:the )?(?:abstracts?|papers?|documents?|data|context|system|instructions?|prompt|untrusted)\b",
        r"(?:^|\s)(?:#{3,}|={4,}|-{4,}|\*{4,})\s*\w*",
        r"[\"'](?:verdicts?|role|quote|content)[\"']\s*:",
        rf"^\W*{_ORDER}\b.{{0,60}}\b(?:{_OUTPUT}|the user|marker|verbatim|as relevant|this paper|"
        r"the (?:words?|phrase|sentence|line|link|token|website|site))\b",
        _FOREIGN,
    )
)


@lru_cache(maxsize=8_192)
def visible(text: str) -> str:
    """The text as a reader sees it: entities resolved, hidden characters gone, likenesses of letters united."""
    raised = _RAISED.sub(lambda run: "^" + run[0], unescape(_HIDDEN.sub("", text)))
    return _HIDDEN.sub("", unicodedata.normalize("NFKC", raised)).replace("^\u2212", "^-")


@lru_cache(maxsize=8_192)
def neutral(text: str) -> str:
    """Text for a prompt: it can open or close no delimiter, and forge no marker, tag or turn."""
    return " ".join(_TOKEN.sub(" ", visible(text)).translate(_LIKENESS).split())


def instructs(text: str) -> bool:
    """Whether a text speaks to the model that reads it, or imitates what surrounds it in a prompt."""
    seen = visible(text)
    return _instructs(text, seen, unmasked(seen))


def _instructs(text: str, seen: str, bare: str) -> bool:
    """`seen` is the text as a reader sees it, `bare` is that with its letters unmasked."""
    return len(seen) < len(text) - 8 or any(pattern.search(bare) for pattern in _INSTRUCTS)


@lru_cache(maxsize=8_192)
def trusted(abstract: str) -> str:
    """The abstract up to the first sentence that instructs, wants something said, or is in a language that the beginning is not in."""
    end = 0
    sentences = split_sentences(abstract)
    own = languages(visible(sentences[0])) if sentences else frozenset()
    for sentence in sentences:
        seen = visible(sentence)
        bare = unmasked(seen)
        directed = directs(bare) or (bare != seen and directs(seen))
        if directed or _instructs(sentence, seen, bare) or (own and languages(seen) - own):
            break
        end = abstract.index(sentence, end) + len(sentence)
    return abstract[:end]


def as_data(value: dict[str, Any]) -> str:
    """One record on one line of JSON, its texts neutral."""
    return json.dumps({name: neutral(v) if isinstance(v, str) else v for name, v in value.items()}, ensure_ascii=False)
