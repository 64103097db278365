"""Authors in a question's wording: "papers by Jane Doe", "what has the Doe group written on pruning", "Doe's work".

A name counts where the corpus has such an author, or where the wording can mean nothing but a
person: then the answer says that there is none, and never tells of something else.
"""

import re
from collections.abc import Iterator

from rag.index import Catalogue

_WORD = r"[^\W\d_][\w.'’-]{0,30}"
_NAME = rf"(?P<name>{_WORD}(?:,? {_WORD}){{0,4}})"
_WORKS = (
    r"(?:papers?|works?|articles?|publications?|stud(?:y|ies)|abstracts?|anything|everything|something|ones?|research|preprints?|stuff)"
)
_TITLE = r"(?:(?:the )?(?:authors?|researchers?|prof(?:essor)?\.?|dr\.?) )?"
_WRITE = r"(?:write|written|wrote|publish(?:ed)?|author(?:ed)?|co-?author(?:ed)?|contributed?|done|put out)"
_END = (
    r"(?=[?.!,;:]|$| (?:on|about|in|from|since|that|which|for|with|here|this|before|after|until|between|published|say|says|have|has"
    r"|is|are|held|so)\b)"
)
_GROUP = r"(?:group|lab|laboratory|team)(?:'s)?"
_MADE = r"(?: (?:that (?:was|were|is|are) )?(?:written|authored|co-?authored|published|made))?"
_EVER = r"(?:ever |already |also )?"


def _patterns(*wordings: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(wording, re.IGNORECASE) for wording in wordings)


_SURE = _patterns(
    rf"\b{_WORKS}{_MADE} by {_TITLE}{_NAME}{_END}",
    rf"\b(?:written|authored|co-?authored) by {_TITLE}{_NAME}{_END}",
    rf"\b(?:has|have|had|did|does) (?:the )?{_TITLE}{_NAME}(?: {_GROUP})? {_EVER}{_WRITE}(?: (?:anything|something))?\b",
    rf"^(?:and |only |just |what about |anything |author: ?)*by {_TITLE}{_NAME}{_END}",
)
"""Wordings in which the name is a person's or a body's."""

_MAYBE = _patterns(
    rf"\b(?:(?:from|by|of|at|in) )?the {_NAME} {_GROUP}(?! of\b)",
    rf"\b(?:from |by |of )?(?:the )?(?:group|lab|team) of {_TITLE}{_NAME}{_END}",
    rf"(?:^|\b(?:of|by|from|list|show|are|is|find|give|all) ){_NAME}(?:'s|’s|s'|s’) (?:own |other |latest |recent )?{_WORKS}\b",
    rf"\b{_WORKS} (?:from|of|with) {_TITLE}{_NAME}{_END}",
    rf"^(?:list |show |find |give me )?(?:all |the )*{_NAME} {_WORKS}{_END}",
    rf"\bby {_TITLE}{_NAME}{_END}",
)
"""Wordings that count where the corpus has such an author."""

_BODY = set(
    """ai lab labs research university institute inc google meta microsoft openai nvidia deepmind company companies group groups team
    teams crew crews colleagues collaborations consortium consortia folks author authors
    people one two three several many more most fewer only least exactly just same them him her date year title topic name""".split()
)
_SMALL = set(
    """the a an and or any some all of on in by other same this that these those it its what which who how new recent latest there
    they he she i we you whom is are was were be been did does do got something anything someone anyone nothing smth""".split()
)
_OFTEN = 8
"""Papers that have a word, above which it is no name that is written small."""

_JOINED = re.compile(r",? (?:or|and) ", re.IGNORECASE)


def named_author(text: str, lexical: Catalogue) -> tuple[str, str]:
    """The author that a question names, and the question without that wording; no author, and the question as it is, without one."""
    for patterns, sure in ((_SURE, True), (_MAYBE, False)):
        for pattern in patterns:
            for match in pattern.finditer(text):
                for name in _names(match["name"]):
                    if _held(name, lexical) or (sure and _is_person(name, lexical)):
                        return name, _without(text, match, name)
    return "", text


def _names(written: str) -> Iterator[str]:
    """The name, and what is left of it without words at its end or beginning that belong to the sentence."""
    words = [word for word in re.sub(r"(?:'s|’s)$", "", written).strip(" .,").split(" ") if word]
    for size in range(len(words), 0, -1):
        for start in range(len(words) - size + 1):
            part = words[start : start + size]
            if part[0].lower().strip(",.") not in _SMALL and part[-1].lower().strip(",.") not in _SMALL:
                yield " ".join(part).strip(",")


def _held(name: str, lexical: Catalogue) -> bool:
    parts = [part for part in _JOINED.split(name) if part]
    if not parts or not lexical.authored():
        return False
    return all(len(part) > 1 and lexical.authors(part, limit=1) for part in parts)


def _is_person(name: str, lexical: Catalogue) -> bool:
    """Whether a name that no author here has can only be a person's: written as one, or of words that the papers don't use."""
    words = name.replace(",", " ").split()
    bare = {re.sub(r"['’]s$", "", word.lower().strip(".")) for word in words}
    if not 1 <= len(words) <= 4 or bare & (_SMALL | _BODY) or lexical.named(name):
        return False
    initials = [word for word in words if len(word.strip(".")) == 1]
    whole = [word for word in words if len(word.strip(".")) > 1]
    if all(word[:1].isupper() and (word in initials or word[1:].islower() or "-" in word or "'" in word) for word in words):
        return bool(whole)
    often = any(max(lexical.document_frequencies(lexical.terms(word)) or [0]) > _OFTEN for word in whole)
    strange = [] if often else [not any(lexical.document_frequencies(lexical.terms(word)) or [0]) for word in whole]
    return len(words) > 1 and any(strange)


def _without(text: str, match: re.Match[str], name: str) -> str:
    """The text without the wording; what was taken for a part of the name and is none stays."""
    kept = re.match(rf"{_WORKS}\b", match[0], re.I)
    before, _, after = match["name"].partition(name)
    rest = " ".join(part for part in (kept[0] if kept else "papers", before, after.removeprefix("'s").removeprefix("’s")) if part.strip())
    return " ".join(f"{text[: match.start()]} {rest} {text[match.end() :]}".split())
