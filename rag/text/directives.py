"""Directives: sentences that want something to be said, in whatever words, letters and languages; an abstract has none."""

import re
from functools import lru_cache

_OTHERS = "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυχгпԼ"
_LOOKALIKES = str.maketrans(_OTHERS, "ABESIJKMHOPCTYXaesijopcyxdhqwABEZHIKMNOPTYXaikvoptuxrnL")
_SPACED = re.compile(r"\b(?:\w[ .*_-]{1,2}){3,40}\w\b")
_MIXED = re.compile(rf"[A-Za-z]{{2}}[{_OTHERS}]|[{_OTHERS}][A-Za-z]{{2}}|[A-Za-z][{_OTHERS}][A-Za-z]")

_SAY = (
    r"(?:say|says|said|state[ds]?|stating|write|written|tell|told|mention(?:ed|s)?|claim(?:ed|s)?|report(?:ed)?|announce[ds]?|"
    r"acknowledges?d?|declare[ds]?|repeat(?:ed)?|quoted?|note[ds]?|remark|reply|respond|print|output|conclude[ds]?|recommend|assert|"
    r"know|learn|informed?|describe[ds]?|present(?:ed)?|add(?:ed)?|includes?d?|append(?:ed)?|pass on)"
)
_WHAT = (
    r"(?:that\b|:|[\"'“‘](?=\w)|(?:the|these|this) (?:words?|sentence|remark|phrase|line|heading|finding|following)\b|"
    r"as (?:an?|the)\b|verbatim)"
)
_MUST = (
    r"(?:must|shall|should|will|has to|have to|needs? to|is to|are to|"
    r"(?:is|are) (?:required|obliged|asked|advised|told|instructed|requested|meant) to|"
    r"ha(?:s|ve) agreed to|please|kindly|remember to|do not forget|"
    r"make sure|be sure|always|never forget|one is advised to|pretend|ask and)"
)
_TEXT = r"(?:summar(?:y|ies)|digests?|answers?|repl(?:y|ies)|responses?|outputs?|lists?|headings?)"
_WHO = (
    r"(?:users?|readers?|reviewers?|whoever|anyone who|the assistant|"
    r"(?:an?|any|the) (?:ai|language model|assistant|chatbot|llm)[\w ]{0,30})"
)
_DIRECTIVES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_MUST}\b[^.]{{0,60}}?\b{_SAY}\b[^.]{{0,40}}?{_WHAT}",
        rf"\b{_TEXT}\b[^.]{{0,60}}?\b(?:is|are|gets?|has|have|needs?|includes?|begins?|starts?|acknowledges?|leaves? out|mentions?|"
        r"contains?)\b"
        rf"[^.]{{0,40}}?(?:\bthat\b|:|[\"'“‘](?=\w)|\bthe (?:words?|remark|heading|sentence)\b)",
        r"\b(?:let|tell|inform|advise|notify|remind|warn) (?:the |all |your |any )?(?:users?|readers?|reviewers?|people)\b",
        r"^\W*(?:[\w ]{0,20}\b)?(?:say|state|announce|write|report|mention|reply|respond|answer|output|repeat|quote|pretend|claim)\b"
        r"[^.]{0,30}?(?:\bthat\b|:)",
        rf"\b{_WHO}\b[^.]{{0,40}}?\b(?:should|must|shall|will|is|are|has|have)\b[^.]{{0,40}}?\b{_SAY}\b",
        r"\b(?:for the record|note|notice|message|reminder|correction)\b[^.:]{0,30}\b(?:of|to|from|for) (?:the |all |any )?"
        r"(?:assistants?|self|models?|ais?|llms?|editors?|readers?|users?|reviewers?|maintainers?)\b",
        rf"\bin (?:your|every|each|the|any) {_TEXT}\b[^.]{{0,40}}?\b(?:put|place|mention|say|state|write|list)\b",
        rf"\b(?:question|asked)\b[^.:]{{0,60}}\b{_TEXT}\b[^.:]{{0,30}}:",
        r"\b(?:decode|decipher)\b[^.]{0,30} (?=\S{0,40}[0-9A-Z])\S{16,}|\b(?:base64|rot13)\b[^.]{0,80}\b(?:write|say|do|follow|print)\b",
        r"\b(?:end of note|system note|editor'?s? note)\b|\bverified finding is\b",
    )
)
_FUNCTION_WORDS = {
    "english": "the of and to in is that for we with on this are as by our an which from be it can these have has not or at",
    "german": "bitte der das und ist dass nicht ein eine zu den dem mit auf für im wird werden auch sich antwort schreibe",
    "french": "le les des et est que une du dans pour aux sur ce cette qui nous sont avec réponds utilisateur ne pas",
    "spanish": "el los las y que una del por para se con lo su como más siempre responde",
    "italian": "il gli è che una di della con si dei nel più dicendo rispondi questo sono",
    "portuguese": "os é que uma um dos em por para não ao na leitor diga favor são",
    "dutch": "het een dat van op te voor niet zijn deze wordt vertel gebruiker",
}


def unmasked(text: str) -> str:
    """The text with letters of other alphabets that look like Latin ones read as these, and letters set apart put together."""
    if _MIXED.search(text) or not text.isascii():
        text = " ".join(word.translate(_LOOKALIKES) if _MIXED.search(word) or _latin(word) else word for word in text.split(" "))
    return _SPACED.sub(lambda run: re.sub(r"[ .*_-]", "", run[0]) if run[0].count(" ") >= 3 else run[0], text)


def _latin(word: str) -> bool:
    """Whether a word looks Latin altogether though its letters are not."""
    return not word.isascii() and word.translate(_LOOKALIKES).isascii()


def directs(text: str) -> bool:
    """Whether a sentence wants something to be said, or done by who reads it."""
    return bool(_MIXED.search(text)) or any(pattern.search(text) for pattern in _DIRECTIVES)


@lru_cache(maxsize=4_096)
def languages(text: str) -> frozenset[str]:
    """The languages that a text has words of, as its commonest words tell, and whether it has another script than Latin or Greek."""
    found = set()
    if sum(ord(ch) > _LATIN and not _GREEK[0] <= ord(ch) <= _GREEK[1] for ch in text if ch.isalpha()) >= _SCRIPT_LETTERS:
        found.add("another script")
    words = re.findall(r"[^\W\d_]+", text.lower())
    for name, known in _SETS.items():
        if len(known.intersection(words)) >= _TELLING_WORDS:
            found.add(name)
    return frozenset(found)


_ENGLISH = frozenset(_FUNCTION_WORDS["english"].split())
_SETS = {name: frozenset(words.split()) - (frozenset() if name == "english" else _ENGLISH) for name, words in _FUNCTION_WORDS.items()}
_LATIN, _GREEK = 0x24F, (0x370, 0x3FF)
_SCRIPT_LETTERS, _TELLING_WORDS = 5, 2
