"""The topic of a question without the wording that only asks for papers on it: "what has come out on X?" -> "X"."""

import re
from collections.abc import Mapping

from rag.text import content_words
from rag.understanding.asking import asking_words
from rag.understanding.classifier import WORD
from rag.understanding.manners import without_hearer, without_manners

_WORKS = (
    r"(?:(?:good |recent |new |other |further |relevant |interesting |existing |more )?(?:papers?|works?|articles?|publications?"
    r"|stud(?:y|ies)|abstracts?|research"
    r"|literature|stuff|things?|material|results|contributions|entries|ones?|preprints?))"
)
_ANY = r"(?:any ?thing|something|any(?: of)?|some|one|all|everything|what|stuff|much|a few|several|the|those|these|your|all the)"
_POLITE = (
    r"(?:(?:please|ok(?:ay)?|so|hi|hello|hey|and|also|now|well|then|great|thanks|sorry|hm+|i wonder(?:ed)?(?: if| whether)?"
    r"|(?:can|could|would|will) you(?: please)?)[ ,.:!]+)*"
)
_ON = (
    r"(?:on|about|concerning|regarding|around|in the (?:area|field) of|(?:that |which )?(?:is |are |were |was )?(?:dealing|deals?) with"
    r"|(?:that |which )?(?:is |are )?(?:on|about"
    r"|concerned with|related to|relating to|devoted to|dedicated to)|(?:that |which )?(?:talks?|talking) about|on the (?:topic|subject) of"
    r"|(?:that |which )?(?:concerns?|covers?|covering|discuss(?:es|ing)?|treats?|treating|address(?:es|ing)?|stud(?:y|ies|ying)"
    r"|tackl(?:e|es|ing)|looks? (?:at|into)|looking (?:at|into)))"
)
_HAVE = r"(?:do|have|has|did) (?:you|we|they)(?: guys)? (?:have|hold|know|got|see|find|offer|keep)?(?: of)?"
_OUT = (
    r"(?:what(?:'s| is| has| have| was| were)?(?: new| recent)? (?:been )?(?:come|came|coming|gone|put|brought|published|released"
    r"|written|done|posted|appeared|appearing|said|out|there|known|happened|happening|new)"
    r"(?: out| up| here| recently| so far| lately)*)"
)
_FRAMES = (
    r"how (?:do|can|could|should|did|does) (?:the )?(?:people|researchers?|scientists?|authors|folks|engineers|practitioners|others"
    r"|companies|labs)"
    r"(?: here| usually| currently| typically| actually| nowadays)?",
    rf"{_HAVE}(?: (?:{_ANY}|{_WORKS}))*(?: here)? {_ON}",
    rf"(?:is|are|was|were) there(?: also)?(?: (?:{_ANY}|{_WORKS}))*(?: here| in (?:here|the collection|this collection))? {_ON}",
    rf"{_OUT} {_ON}",
    rf"(?:who|what|any ?(?:thing|one)|some ?(?:thing|one)) else(?: (?:is|are|there|do|you|we|have|got|held|here|that's))* {_ON}",
    rf"(?:which|what|any|some|all|list|show(?: me)?|find(?: me)?|give(?: me)?|get(?: me)?|tell me|looking for|look for|search(?: for)?"
    rf"|i(?:'m| am) (?:looking for|after|searching for|interested in)"
    rf"|i (?:need|want|seek|would like|'d like)|got|know)(?: of)?(?: (?:{_ANY}|{_WORKS}))+ {_ON}",
    rf"(?!what about)(?:{_ANY}|{_WORKS})(?: {_WORKS})? (?:on|about|concerning|regarding|dealing with)",
    rf"(?:what|which) (?:{_WORKS} )?(?:do|did|does|have|can) (?:you|they|people|researchers|authors|the papers)(?: here)? (?:have|say"
    rf"|know|write|hold|find|report)(?: here)? {_ON}",
)
_FRAME = re.compile(rf"^{_POLITE}(?:{'|'.join(_FRAMES)})\s+(?=\w)", re.IGNORECASE)
_AFTER = re.compile(
    r"\s*(?:[,;]\s*)?(?:i mean|please|thanks|thank you|if any|in here|in your collection|in the collection)?\s*[?.!]*$", re.IGNORECASE
)


_THEN = (
    r"(?:which|what|who|whose|how|why|when|where|does|do|did|is|are|was|were|can|could|any|anything|anyone|show|list|tell|give|compare|find"
    r"|summari[sz]e|explain|back to)\b"
)
_FILLERS = re.compile(
    r"^(?:(?:hi|hello|hey|alright|all right|ok(?:ay)?|oh|ah|hm+|right|cool|great|nice|fine|sure|perfect|awesome|thanks|thank you|thx|btw"
    r"|(?:now )?(?:switching|back|changing) to english|by the way|while (?:you|we)(?:'re| are) at it"
    r"|(?:and )?(?:just )?one (?:more|other|last) (?:thing|question)|scrap that|never ?mind|forget (?:it|that))\b[\s,.:;!–-]*)+"
    rf"(?={_THEN})",
    re.IGNORECASE,
)


_SPOKEN = {
    "em": "them", "'em": "them", "ppl": "people", "u": "you", "ur": "your", "gimme": "give me", "lemme": "let me", "wanna": "want to",
    "gonna": "going to", "whats": "what is", "wheres": "where is", "hows": "how is", "whos": "who is", "cuz": "because", "w/": "with",
    "n": "and", "r": "are", "bout": "about", "y": "why", "tho": "though", "thru": "through", "abt": "about",
    "sth": "something", "smth": "something", "pls": "please",
    "plz": "please", "thx": "thanks", "w/o": "without", "b4": "before", "hw": "how", "ppr": "paper", "pprs": "papers",
    "wat": "what", "wats": "what is", "wut": "what", "dat": "that",
    "gotta": "got to", "some1": "someone", "any1": "anyone", "every1": "everyone", "esp": "especially", "incl": "including",
    "excl": "excluding", "whens": "when is", "rly": "really", "srsly": "seriously", "tmrw": "tomorrow", "bc": "because", "coz": "because",
}  # fmt: skip
"""Everyday shorthand of small words: what else is written short is read by the corpus (rag/retrieval/spelling.py)."""

_IN_SHORT = re.compile(rf"(?<![\w'/-])(?:{'|'.join(map(re.escape, sorted(_SPOKEN, key=len, reverse=True)))})(?![\w'-])")
_DROPS = re.compile(
    r"^(?:(?:nah|no|ok(?:ay)?|hm+|well|ugh|fine|bummer|lol|right|so)\b[ ,.!]+)*(?:"
    r"(?:forget(?: about)?|never ?mind|enough (?:of|about|with)|leave|drop|skip|scratch|scrap|ditch) [\w -]{2,40}[.;!]"
    r"|(?:forget(?: about)?|never ?mind|scratch|scrap|ditch|drop) [\w -]{2,40}?"
    r"(?:,| (?:part|bit|thing|stuff|angle|side|requirement|condition)(?: then| for now)?\b[,.;!:–-]*))\s+(?=\w+ \w)",
    re.IGNORECASE,
)
"""What one is done with, said before another topic: "forget graphs. point clouds?", "scratch the voice part, images will do"."""


_ON_EARTH = re.compile(
    r"\b(what|who|how|why|where) (?:on earth|in the world|the (?:heck|hell|devil|deuce)|in (?:god|heaven)'s name)(?= )", re.IGNORECASE
)
"""What only stresses a question: "what on earth is a hypernetwork?"."""


def without_fillers(text: str) -> str:
    """A turn without what is said around a question ("alright, which ..."), its small words written out."""
    text = _ON_EARTH.sub(r"\1", text)
    text = without_hearer(without_manners(_IN_SHORT.sub(lambda short: _SPOKEN[short[0]], text)))
    return _DROPS.sub("", _FILLERS.sub("", text, count=1), count=1)


_ASKS_OF_ANY = re.compile(
    rf"^{_POLITE}(?:do|does|did|is|are|was|were|has|have|can|could|which|what|who)"
    rf"(?: (?:any|some|one|also|of|they|these|those))*\s+(?=(?!there\b)\w)",
    re.IGNORECASE,
)


_KEEPS = re.compile(
    r"^(?:(?:and|but|now|ok|please|just|only|keep|show(?: me)?|give me|list|take|leave|i (?:only )?want"
    r"|(?:narrow|limit|filter|restrict|cut)(?: (?:it|this|that|them|these|those|the list))?(?: down)?(?: to| for)?)\b[ ,]*)+"
    r"(?:the |those |these )?(?:ones?|papers?|works?|those|studies)\b ?(?=(?:that|which|about|on|with|for|using|from|in|of|where|whose)\b)",
    re.IGNORECASE,
)


def asking_papers(text: str, said_of_any: bool = False) -> str:
    """A condition on papers that were told of, as a question for papers: "does any of them build on X?" -> "which papers build on X?".

    `said_of_any` tells that "which of them" was its subject, and is gone.
    """
    if keeps := _KEEPS.match(text):
        return f"papers {text[keeps.end() :]}"
    match = _ASKS_OF_ANY.match(text)
    rest = text[match.end() :] if match else text if said_of_any else ""
    rest = _ONE_DOES.sub(lambda verb: _MANY_DO[verb[0].lower()], rest, count=1)
    return f"which papers {rest}" if content_words(rest) else text


_MANY_DO = {"is": "are", "was": "were", "has": "have", "does": "do"}
_ONE_DOES = re.compile(r"^(?:is|was|has|does)\b", re.IGNORECASE)


_LEADING = re.compile(r"^(?:(?:and|alright|ok(?:ay)?|so|now|also|then|cool|great|oh|well)\b[ ,.:;]+)+(?=\w+ \w)", re.IGNORECASE)


_PURELY = re.compile(
    r"^(?:pure(?:ly)?|proper|actual|real|strictly|just|only)\s+(?=\w)|\s+(?:stuff|things|material)(?=[\s?.!,]*$)", re.IGNORECASE
)


_LOOSE_END = re.compile(r"(?:[\s,.;:–-]*\b(?:please|pls|thanks|ones?(?=\W*$)))*(?:[\s,.;:?!–-]|(?<=\s)[()])+$", re.IGNORECASE)
"""What is left at the end of a topic when what it leaves out is gone."""


def purely(text: str) -> str:
    """A topic without what only says that it is meant without what is left out ("pure GNN stuff, no LLMs")."""
    return _LOOSE_END.sub("", _PURELY.sub("", text.strip())) or text


_WIDENS = re.compile(
    r",?\s+(?:at all|in general|generally|overall|more (?:broadly|generally|widely)|as a whole|of any (?:kind|sort|type)"
    r"|in any (?:form|way))(?: (?:then|please|instead|now))*(?=[\s?.!,]*$|[,.;:]\s)",
    re.IGNORECASE,
)


def widened(text: str) -> str:
    """A topic without the words that say that all of it is meant ("federated learning in general")."""
    return _WIDENS.sub("", text, count=1)


_SMALL = r"[\s-]+(?:(?:of|in|for|to|the|and|on|with|by|from|a|an|as)[\s-]+){0,2}"


def as_said(words: list[str], text: str) -> str:
    """A topic's words with the small ones that stand between them in a text: "mixture of experts"; joined where they stand apart."""
    found = re.search(_SMALL.join(map(re.escape, words)), text) if words else None
    return found[0] if found else " ".join(words)


_KINDS = r"(?:variants|variations|varieties|flavou?rs|offshoots|spin-?offs|derivatives)"
_A_KIND = re.compile(rf"\b{_KINDS}\b", re.IGNORECASE)
_KINDS_OF = re.compile(
    rf"\b(?:the |different |various |all |some |other )*{_KINDS} (?:of|on) (?P<of>[\w-]+(?: [\w-]+){{0,2}}?)(?=[\s?.!]*$)", re.I
)
_OF_KINDS = re.compile(rf"(?P<of>\b[\w-]+) {_KINDS}\b", re.IGNORECASE)


def _by_their_name(text: str) -> str:
    """Kinds of a thing as abstracts have them: each has a name of its own there, and none calls itself a variant."""
    if not _A_KIND.search(text):
        return text
    return _OF_KINDS.sub(lambda kinds: f"{kinds['of']} approaches", _KINDS_OF.sub(lambda kinds: f"{kinds['of']} approaches", text))


_FOR_PAPERS = re.compile(
    r"\b(?:papers?|works?|articles?|publications?|stud(?:y|ies)|abstracts?|research|literature|stuff|holdings?|writings?|texts?|material"
    r"|(?:some|any)(?:thing|one|body)|collection|library|database|corpus|folks|people|in t?here)\b",
    re.IGNORECASE,
)
_LEADS_ON = frozenset("on about of with to regarding concerning around into upon".split())
_NAMES = 0.4
"""How likely a word names a topic, from which on it begins one."""

_OFTEN = 4
"""How often a word by which people ask occurs in wordings without a topic."""

_IN_HASTE = re.compile(
    r",? (?:asap|a\.s\.a\.p\.?|urgent(?:ly)?|quick(?:ly)?|(?:right )?now|today|tonight|lol|haha|thx)(?=\W*$)", re.IGNORECASE
)
"""Haste, said after a topic."""

_MATTERS = re.compile(
    r"\b(?:surveys?|reviews?|overviews?|benchmarks?|datasets?|tutorials?|no|not|without|only|all but|except|other|than|most"
    r"|least|\w+n't|\d+)\b",
    re.IGNORECASE,
)


_TREATS = re.compile(
    r"\b(?:treat|concern|regard|cover|discuss|tackle|touch|speak|talk)(?:s|ing|ed)?(?: (?:the|of|on|with|about|upon))*\s*$", re.IGNORECASE
)
"""A verb by which a paper treats of its topic, right before that: "articles who treat the ..."."""


def _after_lead(text: str, topical: Mapping[str, float]) -> str:
    """The text from its topic on, where what stands before it only asks for papers: "which of your holdings treat of X" -> "X"."""
    leads_to, before = 0, ""
    for word in WORD.finditer(text):
        likely = 0.0 if before == "your" else topical.get(word[0].lower(), 1.0)  # what is ours is no topic: "in your holdings"
        leads_on = word[0].lower() in _LEADS_ON
        if likely >= _NAMES and not leads_on:
            break
        before = word[0].lower()
        leads_to = word.end() if leads_on else leads_to
    else:
        return text  # nothing in it names a topic
    to_topic = text[: word.start()]
    if _TREATS.search(to_topic) and all(_asks(one[0]) for one in WORD.finditer(to_topic)):
        leads_to = word.start()
    lead = text[:leads_to]
    tells = sum(word.lower() not in asking_words() and "'" not in word for word in content_words(_FOR_PAPERS.sub(" ", lead)))
    asks = _FOR_PAPERS.search(lead) and not _MATTERS.search(lead) and tells <= 1
    return text[leads_to:].strip() if asks else text  # "did anyone stretch the context window of LLMs" asks for more than LLMs


def _asks(word: str) -> bool:
    """Whether a word is often one of those by which people ask."""
    return asking_words().get(word.lower(), 0) >= _OFTEN


_HEADING = re.compile(rf"^(?P<said>[\w' -]{{3,40}}?)\s*[:–—]\s+(?={_THEN})", re.IGNORECASE)
_HARDLY = 0.15
"""What is said before a question, and how likely a word of it is to name the topic, below which none does."""


def topic_said(text: str, topical: Mapping[str, float] | None = None) -> str:
    """What a question asks for papers on; the question as it is where it asks more than that."""
    text = _by_their_name(_LEADING.sub("", text.strip(), count=1))
    heading = _HEADING.match(text)
    if heading and topical and all(topical.get(word.lower(), 0.0) < _HARDLY for word in content_words(heading["said"])):
        text = text[heading.end() :]  # "Different angle: what do you have on X?"
    match = _FRAME.match(text)
    if not match:
        return _after_lead(_IN_HASTE.sub("", text), topical or {})
    rest = _IN_HASTE.sub("", _AFTER.sub("", text.strip()[match.end() :]))
    return rest if content_words(rest) else text
