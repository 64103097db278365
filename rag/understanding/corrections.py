"""A turn that corrects the one before: "no, I meant ..." -> what was meant."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from rag.text import content_words
from rag.understanding.classifier import WORD
from rag.understanding.kin import instead, put_for
from rag.understanding.question import Kind, Question
from rag.understanding.turn import Reading, Talk

Standalone = Callable[[Reading], Question]
LEAD = re.compile(
    r"^(?:(?:and|but|or|so|ok|okay|alright|also|now|then|next|well|no|nope|nah|oh|ah|oops|wait|sorry|actually|hm+|hey|please|likewise"
    r"|similarly|cool|great|nice"
    r"|instead"
    r"|(?:what|how) (?:about|of)|(?:the )?same(?: thing| question| again)?|(?:is|are) there (?:anything|something|any|some|one|ones)"
    r"|do you have (?:anything|something|any|some)|for|on|with|in|about|of)\b[\s,.:;-]*)+"
    r"|\b(?:as well|too|either|instead|then|please|in mind|rather|actually)(?=[?.! ]*$)",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"^(?:(?:no|nope|nah|ah|oh|oops|wait|sorry|well|hm+|actually|rather|better|correction|to clarify|typo|excuse me|pardon(?: me)?"
    r"|(?:scratch|scrap|strike|forget) that"
    r"|let me rephrase(?: that)?|let me (?:correct|put) .*?(?=:)|to be (?:clear|precise|more precise)|my (?:bad|mistake)"
    r"|(?:that was )?(?:a |the )?(?:typo|wrong \w+)"
    r"|that(?:'s| is| was)? (?:not (?:it|right|what i (?:meant|asked)(?: for)?)|wrong|a typo)|you (?:misunderstood|misread)(?: me)?"
    r"|more (?:like|precisely)|not that(?: one| kind)?"
    r"|i (?:made a typo|misspoke|mistyped|misspel(?:t|led)(?: (?:it|that))?|was unclear)|(?:what )?i (?:actually |really "
    r"|rather )?(?:meant|mean|wanted|want|said|asked|intended"
    r"|should have (?:said|asked|written)|was (?:actually |really )?(?:asking|looking|thinking|talking)|am (?:after|asking|looking)"
    r"|wanted to)(?: was| is)?"
    r"|i'm (?:asking|looking|after|interested)|make that|change that to|it should be|that should (?:be|say))\b"
    r"(?: (?:to (?:ask|say|write)|about|for|of|in|more of|something else|papers (?:on|about)|that|the ones? (?:on|about)|those (?:on"
    r"|about)|rather|instead)\b)*[\s,:;.!-]*)+",
    re.IGNORECASE,
)
_NOT_BUT = re.compile(r"^not (?P<no>[^,:.!]+?)(?:,| but|:|\.|!) ?(?:but )?(?P<yes>.+)$", re.IGNORECASE)


_NAMES = 0.1
"""How likely a word names a topic, from which on what was meant begins with it."""


def meant(text: str, topical: Mapping[str, float]) -> str:
    """What a correction says was meant, without the words that correct, however it does so ("my meaning was the defending side")."""
    rest = " ".join(_CORRECTS.sub("", text, count=1).split()) or text
    words = list(WORD.finditer(rest))
    first = next((word.start() for word in words if topical.get(word[0].lower(), 1.0) >= _NAMES), 0)
    return rest if _MATTERS.search(rest[:first]) else rest[first:]


_MATTERS = re.compile(r"\b(?:not?|without|only|except|than|instead|\w+n't)\b", re.IGNORECASE)


def corrected(reading: Reading, talk: Talk, standalone: Standalone) -> Question | None:
    """What was meant instead: in the place of what was misread, where the turn says of what, or names something of its kind."""
    rest, no = meant(reading.rest, reading.topical), ""
    if match := _NOT_BUT.match(rest):
        no, rest = match["no"], meant(match["yes"].strip(), reading.topical)
    parts = re.split(r",? (?:not|instead of|rather than) ", rest)
    no = no or (parts[1] if len(parts) > 1 else "")
    rest = LEAD.sub(" ", parts[0]).strip()
    if not content_words(rest):
        return None
    before = talk.question
    asked = before.text if before.intent == "papers" and before.within is None else ""
    short = len(rest.split()) <= _SHORT
    replaced = (put_for(asked, no, rest) if no else "") or (instead(asked, rest) if short else "")
    found = standalone(replace(reading, rest=replaced or rest))
    if found.kind is Kind.DEFINITION and before.intent == "papers" and before.kind is not Kind.DEFINITION:
        found = replace(found, kind=before.kind if before.kind is Kind.OVERVIEW else Kind.LIST, name="")
    beside = f"{rest}, {asked}" if short and asked and not no else ""  # "the defending side" is one of what was asked about
    return replace(found, alternatives=(rest,) if replaced else (beside,) if beside else ())


_SHORT = 3
"""Words of what was meant that may take another's place."""
