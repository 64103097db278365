"""How an answer is to look, where a question says so: yes or no, one sentence, short, titles alone, a table."""

import re
from enum import StrEnum
from functools import lru_cache

from rag.text import content_words

_KEPT = 500


class Wish(StrEnum):
    """A form that a question asks its answer to have."""

    NONE = ""
    YES_NO = "yes or no"
    SENTENCE = "one sentence"
    BRIEF = "brief"
    TITLES = "titles"
    TABLE = "table"


_PLEASE = (
    r"(?:(?:please|just|only|simply|but|and|answer|say|reply|respond|tell me|give me|with|in|as|by|keep|a|an"
    r"|the|i want|i need|show)[ ,:]+)*"
)
_ANSWER = r"(?: (?:answer|reply|response|version|summary|form|explanation|description))?"
_PATTERNS: tuple[tuple[Wish, str], ...] = (
    (
        Wish.YES_NO,
        rf"{_PLEASE}(?:a )?(?:clear |plain |simple )?(?:yes ?(?:or|/|-|,) ?no|y/n|(?:one"
        rf"|single)[- ]word)\b{_ANSWER}(?: only| will do| please)?",
    ),
    (
        Wish.SENTENCE,
        rf"{_PLEASE}(?:one|single|1)[- ](?:short )?(?:sentence|line|liner)s?\b{_ANSWER}(?: each| only| please"
        rf"| per paper| for each)*(?: (?:of|on|about))?"
        rf"|{_PLEASE}\btl;?dr\b:?(?: (?:of|on|for))?",
    ),
    (
        Wish.BRIEF,
        rf"{_PLEASE}(?:(?:very|really|as) )?(?:short(?:est)?|brief(?:est)?|concise|terse|quick(?:est)?|minimal|compact) (?:possible )?"
        r"(?:answers?|reply|replies|response|version|form)(?: possible| please| only)*"
        r"|\b(?:please )?(?:keep|make) (?:it|this|them|the answer) (?:very |really |as )?(?:short|brief|concise|terse"
        r"|crisp)(?: as possible| please)*"
        r"|(?<=[,;:.!?] )(?:in short|in brief|briefly|short|brief|concisely|in a nutshell|in a few words|as (?:short"
        r"|briefly) as possible)(?: please)?(?=\W*$)"
        r"|^(?:in short|in brief|briefly|concisely|in a nutshell)\b|\b(?:briefly|concisely|in brief|in a nutshell)(?=[ ?.!]*$)",
    ),
    (
        Wish.TITLES,
        rf"{_PLEASE}(?:(?:just|only|nothing but|merely|list|show me|give me) )+(?:list )?(?:the |their )?(?:titles?"
        rf"|names(?! of (?:[\w-]+ ){{0,3}}(?:teams?|pairs?|people|authors?|persons?|researchers?)))\b(?: only)?(?: of(?: the)?)?"
        r"|\b(?:the )?(?:titles?|names)(?: of (?:the )?(?:papers|works))? (?:only|alone|suffice|will do|are enough|is enough)\b(?: please)?"
        r"|\btitles?\b,? (?:and )?(?:nothing (?:else|more)|no (?:more|quotes|abstracts|details|text|summaries))\b"
        r"|\b(?:no|without) (?:explanations?|quotes|quotations|sentences|details|summaries"
        r"|descriptions)(?: please)?(?=\W*$|[,;] ?(?:just |only )?titles?)",
    ),
    (
        Wish.TABLE,
        rf"{_PLEASE}(?:as|in|into|in the form of|using) (?:a |the )?(?:small |short )?(?:table|tabular form"
        rf"|table form|markdown table)\b(?: form)?(?: please)?",
    ),
)
_WISHES = tuple((wish, re.compile(rf"(?<![\w-])(?:{pattern})", re.IGNORECASE)) for wish, pattern in _PATTERNS)
_TITLES_OF = re.compile(r"\btitles? of (?:the )?(?:papers|works|articles|studies)\b", re.IGNORECASE)
_EDGES = re.compile(
    r"^(?:\s*[,;:.–-]+)+\s*|^\s*(?:and|but|nothing else|nothing more)\b[ ,:]*|(?:\s*[,;:–-]+\s*(?:and"
    r"|but|please|nothing (?:else|more))?)+\s*$",
    re.I,
)


def wish_of(text: str) -> tuple[Wish, str]:
    """The form that is wished for, and the text without that wording; the text as it is where it wishes for none.

    A turn that says nothing but the wish ("shorter", "just the titles") keeps its text: it goes on with what was said.
    """
    wish, rest = _without_wishes(text)
    if not wish:
        return (Wish.TITLES, text) if _TITLES_OF.search(text) else (wish, text)
    return wish, rest if _asks(rest) else text


def only_wishes(text: str) -> bool:
    """Whether a turn says nothing but how the answer is to look."""
    wish, rest = _without_wishes(text)
    return bool(wish) and not _asks(rest)


def _asks(rest: str) -> bool:
    """Whether what is left asks for anything beyond showing what was told ("put that")."""
    return bool(content_words(_SHOWS.sub(" ", rest)))


_SHOWS = re.compile(
    r"\b(?:put|show|give|list|make|turn|present|format|render|display|have|see|write|print|lay|arrange|convert|repeat"
    r"|again|once|more|now|out|down"
    r"|answer|that|this|it|them|these|those|all|as|i'd|like|want|into|each|per|paper|papers)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=_KEPT)
def _without_wishes(text: str) -> tuple[Wish, str]:
    first, rest = Wish.NONE, text
    if len(text) > _LONGEST:
        return first, rest
    for wish, pattern in _WISHES:
        while found := next((match for match in pattern.finditer(rest) if _apart(wish, match, rest)), None):
            first = first or wish
            rest = _trimmed(f"{rest[: found.start()]} {rest[found.end() :]}")
    return first, rest


def _apart(wish: Wish, found: re.Match[str], text: str) -> bool:
    """Whether a wish stands apart: before the question, or after it. Within a sentence the same words tell of its topic."""
    before, after = text[: found.start()].rstrip(), text[found.end() :].lstrip()
    if not before:
        of = _OF.match(after) and (wish is not Wish.BRIEF or not after.lower().startswith(("of", "on", "about", "for")))
        return not after or after[0] in ",:;-–?." or bool(of) or bool(_OF.search(found[0]))
    set_off = before[-1] in ",;:.?!–-"
    short = len(text.split()) <= _SHORT and wish not in (Wish.BRIEF, Wish.YES_NO)
    return (set_off or short) and (not after.strip(" .?!") or after[0] in ",:;." or (set_off and after[0] in "-–"))


def _trimmed(text: str) -> str:
    before = ""
    while before != text:
        before, text = text, _EDGES.sub("", " ".join(text.split()))
    return re.sub(r"\s+([?.!,])", r"\1", text)


_OF = re.compile(
    r"\b(?:of|on|about|for|what|how|why|which|is|are|do|does)$|^(?:of|on|about|for|what|how|why|which|is|are|do|does)\b|:$", re.IGNORECASE
)
_SHORT = 9
_LONGEST = 300
"""Characters of a turn that is read for wishes: a pasted text has none, and the patterns' time grows with the text's square."""
