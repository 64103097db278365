"""A turn that only takes papers away from the last answer: "not the ones with LoRA", "drop everything on pruning"."""

import re
from dataclasses import replace

from rag.text import content_words
from rag.understanding.classifier import Typed
from rag.understanding.exclusions import excluded
from rag.understanding.question import Form, Kind, Question
from rag.understanding.references import positions
from rag.understanding.tagged_out import may_be_tagged
from rag.understanding.turn import Reading, Talk

_LEAD = re.compile(
    r"^(?:(?:and|but|or|so|ok|okay|also|now|then|well|please|just|actually|great|thanks|sorry|hm+|(?:can|could|would) you|i'd rather"
    r"|let's|you (?:can|may))\b[\s,.:;-]*)+|[\s,]*\b(?:please|thanks|thank you|though|instead|as well|too|also|this time|for now"
    r"|(?:from|of|off) (?:the|that|this|your) (?:list|answer|results?|lot|set)"
    r"|from (?:these|those|them)|from it|in (?:the|that|this) list|of (?:these|those|them))(?=[\s.!?]*$)",
    re.IGNORECASE,
)
_BIDS = (
    r"(?:drop|skip|remove|exclude|omit|hide|delete|discard|ignore|lose"
    r"|(?:cut|strip)(?! (?:\w+ ){0,2}?(?:down|back|to)\b)|get rid of|leave out"
    r"|filter out|rule out|take out"
    r"|take away|throw out|weed out|forget(?: about)?|excluding|without|w/o|minus|sans|except(?: for)?|apart from|other than"
    r"|anything but|all but|everything but|nothing (?:on|about|with)|none (?:on|about|with|of the)|not|no(?! (?:one|i|we|you|it"
    r"|that|this|sorry|wait|hold|hang|what|my|but|actually|please)\b))"
)
_ONLY = re.compile(rf"^(?:{_BIDS}) (?P<what>[^,.;:?!]+?)[\s.!?]*$", re.IGNORECASE)
_SET_ASIDE = re.compile(
    r"^(?:leave|take|filter|throw|cut|rule|weed|keep|put|set) (?P<what>[^,.;:?!]+?) (?:out|aside|away)[\s.!?]*$", re.IGNORECASE
)
_ALL = re.compile(r"^(?:everything|anything|all|any|every(?: paper)?) (?!of\b)(?:that(?:'s| is| are| has)? )?", re.IGNORECASE)
_KEPT = re.compile(
    r"^(?:only |just |keep |show me |show |give me |i want |list )*(?:only )?(?:the |those |all )?"
    r"(?:other )?(?:ones?|papers?|works?|rest|others)? ?"
    r"(?:that |which )?(?:without|not using|(?:do not|don't) (?:use|involve|mention|concern|deal with)|(?:are not|aren't) (?:about|on))"
    r" (?P<what>[^,.;:?!]+?)[\s.!?]*$",
    re.IGNORECASE,
)
_OF_THE_ANSWER = frozenset(
    """details detail abstract abstracts titles title dates date year years filter filters limit limits restriction restrictions quotes
    quote intro introduction explanation explanations table list lists summary summaries numbers previous instructions question
    questions everything anything that this it them these those last first rest others other same more fewer less short
    long longer shorter idea way need thanks worries problem sure yet now only just really quite""".split()
)
_ASKS_WHICH = re.compile(
    r"(?:which|who|what|does|do|is|are|any|how)\b(?! (?:about|is left|remains|if|of (?:them|these|those) (?:are|is) not)\b)", re.I
)
_WHAT_IT_DOES = re.compile(r"\b(?:[\w-]*(?:train|tun|label)\w*|data|gradients?|gpus?|supervision)$", re.IGNORECASE)
_LACKS = re.compile(r"\b(?:without|w/o|not using|use|involve)\b", re.IGNORECASE)


def leaves_out(text: str) -> tuple[str, ...]:
    """The phrases that a turn takes away, where it says nothing else; empty where it asks for something."""
    before, said = "", text
    while text != before:
        before, text = text, _LEAD.sub("", text.strip()).strip(" ,")
    if _ASKS_WHICH.match(text):
        return ()  # "which one gets rid of momentum?"
    match = _SET_ASIDE.match(text) or _ONLY.match(text) or _KEPT.match(text)
    if match and _WHAT_IT_DOES.search(match["what"]) and _LACKS.search(text[: match.start("what")]):
        return ()  # "without training": what a method does without is read in its abstract
    taken = f"papers, but not {_ALL.sub('', match['what'])}" if match else f"papers, {text}"
    phrases, rest = excluded(taken, Typed(said), bool(match) or may_be_tagged(Typed(said)))  # the turn's own tags are read in any case
    if rest.strip(" ,.!?").lower() != "papers":
        return ()
    return tuple(phrase for phrase in phrases if any(word.lower() not in _OF_THE_ANSWER for word in content_words(phrase) or [phrase]))


_SEVERAL = re.compile(r"\b(?:everything|anything|all|any|ones|those|papers|works|whatever)\b", re.IGNORECASE)


def _listing(talk: Talk) -> Talk:
    """The conversation up to the last answer that listed several papers; as it is where none did."""
    at = talk
    while at and len(at.told) < 2:
        at = at.earlier()
    return at or talk


_LEFT = r"what(?:'s| is| else is| would be| remains)? ?(?:left|remains?|then)?\b"
_FIRST = re.compile(rf"^(?P<bid>[^.;:?!]+?)(?:[.;:!]\s+|,? (?:so |and |then )*(?=(?:{_LEFT}|i\b|we\b)))(?P<rest>.+)$", re.IGNORECASE)
_CORRECTS = 0.5
_SAYS_WHY = re.compile(rf"^(?:and |so |then )*(?:(?:i|we)\b|{_LEFT})", re.IGNORECASE)


def _first_of_all(reading: Reading) -> tuple[str, ...]:
    """What a turn takes away first, and then says why, or asks what is left: "leave out the surveys. I want systems."."""
    match = _FIRST.match(reading.words.strip()) if reading.sure("act", "correct") < _CORRECTS else None
    return leaves_out(match["bid"]) if match and _SAYS_WHY.match(match["rest"]) else ()


def left_out(reading: Reading, talk: Talk) -> Question | None:
    """The last answer's papers without those on what a turn takes away; its topic, where it cited none."""
    act, sure = reading.likeliest("act")
    if talk.question.intent == "chat" or (act == "correct" and sure > 0.9) or positions(reading.words, len(talk.told)):
        return None
    if reading.filters and not reading.subject(reading.rest):
        return None  # "drop everything from before 2025"
    phrases = leaves_out(reading.words) or _first_of_all(reading)
    if not phrases:
        return None
    if len(talk.told) == 1 and _SEVERAL.search(reading.words):
        talk = _listing(talk)
    before = talk.question
    if not talk.told:
        asks = replace(before, asked=reading.text, form=Form.PLAIN, excluded=(*before.excluded, *phrases))
        return asks if before.text and before.intent == "papers" else None
    return Question(
        reading.text, before.text, Kind.METADATA, reading.given, within=talk.told, excluded=phrases, about="narrow",
        language=reading.language,
    )  # fmt: skip
