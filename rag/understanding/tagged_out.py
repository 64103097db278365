"""What a turn leaves out, in whatever words it does so: as the classifier tags it. Read where no wording that is known says so."""

import re
from dataclasses import replace
from difflib import SequenceMatcher

from rag.text import content_words
from rag.understanding.classifier import NAMES, WORD, Tagged, Typed, classified

_LEAVES = 0.7
"""How likely a token is of what is left out, from which on it is."""

_ASKED_OUT = 0.45
"""How likely one is after words that say so outright ("spare me", "I refuse to read about"), or listed beside one that is."""

_MAY_LEAVE = 0.02
"""How likely one is in a turn, below which it never was left out of the same turn with a word more."""

_SURELY = 0.9
"""How likely one is, from which on it is without a word that denies, too."""

_DENIES = re.compile(
    r"\b(?:no|not|non|nor|none|never|nothing|without|w/o|except\w*|exclud\w*|minus|sans|skip\w*|drop\w*|leav\w*|omit\w*|ignor\w*|avoid\w*"
    r"|forget|remov\w*|filter\w*|cut|lose|hide|bar|barring|but|besides|beyond|instead|rather|other|apart|aside|away|outside|less|free"
    r"|refus\w*|reject\w*|hat\w*|tired|sick|enough|spare|unrelated|bored?|allerg\w*|ban\w*|out(?! of\b)|off|anything|scratch|ditch\w*"
    r"|kick\w*"
    r"|throw\w*|strip\w*|\w+n['’]?t|can ?not)\b",
    re.IGNORECASE,
)
"""Some word that denies or takes away: without one in its clause nothing is left out, whatever the tags say."""

_OUTRIGHT = re.compile(
    r"\b(?:spare (?:me|us)|refus\w* to|(?:no|not|n['’]t|zero|little|never) (?:any )?(?:interest|interested|need|want|care|wish)\w*"
    r"|(?:sick|tired|enough) of"
    r"|allergic to|(?:leave|leaving|keep|keeping) (?:out|away)|exclud\w+|unrelated to|steer\w* clear of|stay\w* away from)\b",
    re.IGNORECASE,
)
_LISTED = re.compile(r"\s*(?:,|/|&)?\s*(?:(?:and|or|nor)\s+)?(?:(?:a|an|the|any)\s+)?", re.IGNORECASE)
_STOP = re.compile(r"[.,;:?!()]\s")

_BREAK = re.compile(r"[.,;:?!()]\s|\s[-–—]+\s")


def may_be_tagged(turn: Typed) -> bool:
    """Whether a part of a turn may be tagged as left out, in other surroundings too."""
    return any(token.excluded >= _MAY_LEAVE for token in classified(turn).tokens)


def tagged_out(text: str, said: str, spared: tuple[str, ...] = (), turn: Typed | None = None) -> tuple[tuple[str, ...], str]:
    """The phrases of what is left out, and the text without them and the words that do so; `said` is it without what only looks so,
    `spared` are phrases that stay, `turn` is the turn that the text is a part of."""
    tokens = _tagged(text, turn)
    spans = list[tuple[int, int]]()
    for span in _spans(text, tokens):
        goes_on = bool(spans) and bool(_LISTED.fullmatch(text[spans[-1][1] : span[0]]))
        if said[slice(*span)] != text[slice(*span)]:
            continue  # what a paper found, which leaves none out
        if any(phrase in text[slice(*span)] or text[slice(*span)] in phrase for phrase in spared):
            continue
        if _WHOSE.search(text[: span[0]]) and _IS.match(text[span[1] :]):
            continue  # "those whose backbone is diffusion"
        if _BUT.search(text[: span[0]]) and _PLEASE.match(text[span[1] :]):
            continue  # "but autoregressive, please" asks for it
        if _INCLUDED.match(text[span[1] :]):
            continue  # "security, attacks included"
        if _MADE_OF.search(text[: span[0]]) and not _DENIES.search(_clause(text[: span[0]], (span[0], span[0]))):
            continue  # "embedding models made out of LLMs"
        denied = goes_on or (_may_be_denied(said, span) and (_DENIES.search(_clause(said, span)) or _surely(span, tokens)))
        if denied and not _within_topic(text, span, tokens):
            spans.append(span)
    phrases, rest = list[str](), text
    for start, end in reversed(spans):
        phrases.insert(0, text[start:end])
        begins = max([0, *(token.end for token in tokens if token.end <= start and token.topic >= NAMES)])
        begins = max([begins, *(begins + stop.end() for stop in _BREAK.finditer(text[begins:start]))])
        denies = [*_DENIES.finditer(rest, begins, start)]
        while len(denies) > 1 and not content_words(rest[denies[-2].end() : denies[-1].start()]):
            denies.pop()  # "leave out"
        begins = denies[-1].start() if denies and content_words(rest[begins : denies[-1].start()]) else begins
        rest = f"{rest[:begins].rstrip()} {rest[end:].lstrip()}"
    return tuple(dict.fromkeys(phrases)), " ".join(rest.split()).strip(" ,;")


def _tagged(text: str, turn: Typed | None) -> tuple[Tagged, ...]:
    """The tags of a text: those that its words have in the turn where there is one, which is read in any case; words that were put
    beside them, as those of an earlier question, leave nothing out."""
    if not turn or turn.text == text:
        return classified(turn or Typed(text)).tokens
    own, theirs = list(WORD.finditer(text)), list(WORD.finditer(turn.text))
    alike = SequenceMatcher(None, [word[0].lower() for word in own], [word[0].lower() for word in theirs], autojunk=False)
    pairs = [(own[block.a + n], theirs[block.b + n]) for block in alike.get_matching_blocks() for n in range(block.size)]
    return tuple(
        replace(token, start=token.start + word.start() - there.start(), end=token.end + word.start() - there.start())
        for word, there in pairs
        for token in classified(turn).tokens
        if there.start() <= token.start and token.end <= there.end()
    )


_MADE_OF = re.compile(
    r"\b(?:made|built|created|formed|developed|constructed|derived|obtained|turned|distilled) (?:out of|from|of|on|upon|with)"
    r" (?:the |an? |existing |pre-?trained )*$",
    re.IGNORECASE,
)
_WHOSE, _IS = re.compile(r"\bwhose (?:[\w-]+ )?$", re.IGNORECASE), re.compile(r" (?:is|are|was|were)\b", re.IGNORECASE)
_INCLUDED = re.compile(r",? (?:included|too|as well|also|welcome|allowed|are fine|is fine)\b", re.IGNORECASE)
_BUT = re.compile(r"\bbut (?:(?:only|just|with|in) )?$", re.IGNORECASE)
_PLEASE = re.compile(r",? (?:please|pls|only|instead)\b", re.IGNORECASE)
_BEFORE_ONLY = re.compile(
    r"\b(?:minus|without|w/o|excluding|except(?: for)?|barring|sans|other than|rather than|instead of|but not)\b", re.I
)
"""What denies only what comes after it."""


def _may_be_denied(text: str, span: tuple[int, int]) -> bool:
    """Whether a span does not just stand before what denies other things: "tool use of LLMs minus agents"."""
    clause, before = _clause(text, span), _clause(text[: span[0]], (span[0], span[0]))
    return bool(_DENIES.search(before)) or not _BEFORE_ONLY.search(clause)


def _surely(span: tuple[int, int], tokens: tuple[Tagged, ...]) -> bool:
    """Whether a span is so likely left out that no word need say so."""
    return max(token.excluded for token in tokens if span[0] <= token.start < span[1]) >= _SURELY


def _clause(text: str, span: tuple[int, int]) -> str:
    """The clause that a span stands in."""
    start = max([0, *(stop.end() for stop in _STOP.finditer(text, 0, span[0]))])
    stop = _STOP.search(text, span[1])
    return text[start : stop.start() if stop else len(text)]


def _within_topic(text: str, span: tuple[int, int], tokens: tuple[Tagged, ...]) -> bool:
    """Whether the topic goes on right beside it: "smart contracts" is one thing."""
    topics = [token for token in tokens if token.topic >= NAMES]
    before = any(token.end <= span[0] and not text[token.end : span[0]].strip(" -") for token in topics)
    return before or any(span[1] <= token.start and not text[span[1] : token.start].strip(" -") for token in topics)


def _spans(text: str, tokens: tuple[Tagged, ...]) -> list[tuple[int, int]]:
    """Where whole words that are left out stand, runs of them as one."""
    words = list[tuple[int, int]]()
    for word in WORD.finditer(text):
        start, end = word.span()
        if not _is_out((start, end), tokens, _ASKED_OUT):
            continue
        listed = bool(words) and bool(_LISTED.fullmatch(text[words[-1][1] : start]))
        if listed or _is_out((start, end), tokens, _LEAVES) or _OUTRIGHT.search(_clause(text[:start], (start, start))):
            words.append((start, end))
    spans = list[tuple[int, int]]()
    for start, end in words:
        if spans and re.fullmatch(r"[\s/+-]*", text[spans[-1][1] : start]):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _is_out(word: tuple[int, int], tokens: tuple[Tagged, ...], least: float) -> bool:
    """Whether a word is left out, by the mean of its tokens."""
    own = [token for token in tokens if word[0] < token.end and token.start < word[1]]
    out = sum(token.excluded for token in own)
    return out >= least * len(own) > 0 and out > sum(token.topic for token in own)
