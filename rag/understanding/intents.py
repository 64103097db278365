"""What a turn is about: papers, the collection itself, or small talk. Whatever is unclear is about papers."""

import re

from rag.answer import Intent
from rag.index import Catalogue
from rag.text import content_words, named_like
from rag.understanding.bids import a_topic
from rag.understanding.corrections import meant
from rag.understanding.counter_evidence import TRUSTED, fits, of_people
from rag.understanding.exact import exact_intent, topical
from rag.understanding.exclusions import excluded
from rag.understanding.going_on import dates_on
from rag.understanding.leaving_out import leaves_out
from rag.understanding.listed import lists
from rag.understanding.marks import asks_code, defines_term, mashed, names_held, of_a_name
from rag.understanding.references import pronoun
from rag.understanding.resembling import resembling
from rag.understanding.terms import KNOWN_TALK, a_term, strange, written_as_one
from rag.understanding.turn import Reading, Talk

CHAT = ("thanks", "greeting", "bye", "help", "identity", "languages", "feedback", "outside")
COLLECTION = (
    "count", "topics", "newest", "oldest", "span", "authors_most", "authors_fewest", "organisations", "code", "unknown", "fields",
    "list_all",
)  # fmt: skip
_SURE = 0.5
_BY_MANY = ("topics", "span", "organisations")
"""What is asked of the collection in words that questions about papers have, too."""

_LIKELY = 0.4
"""How likely small talk or the collection is, below which a turn is about papers, however little speaks for that."""

_SOME = 0.2
"""How likely what is asked of the collection in particular is, below which nothing in particular is."""

_TOLD = 0.1
"""How likely the collection is, from which on a model that tells so is believed."""

_CERTAIN = 0.95
"""How likely a request is outside the job, whatever it names, from which on it is where it has no topic."""

_RARE, _CLEAR = 3, 0.4
"""Papers that make a word rare; below which probability no small talk is answered in kind: what can be asked is told."""
_UNKNOWN = 0.15
"""Enough for small talk where no word of the turn is one that the papers use, and for the collection where a model tells so."""

_OF_YOU = re.compile(
    r"\b(?:out of|from|with|use|using|talk to|talking to|trust|rely on|ask|about) (?:you|yourself|this (?:tool|bot|assistant|thing"
    r"|chat))\b[?.! ]*$",
    re.IGNORECASE,
)

_SUM = re.compile(r"\W*\d[\d.,]*(?:\s*[-+*/x×÷^]\s*\d[\d.,]*)+[\s=?]*(?<![-/]\d\d)", re.IGNORECASE)

_SMILE = re.compile(r"[:;=][-']?[)D\]]|[(]:|<3|^[!.]+$|\+1")


def intent_of(reading: Reading, talk: Talk, lexical: Catalogue) -> tuple[Intent, str]:
    """The intent and, for the collection and small talk, what in particular."""
    if not re.search(r"\w", reading.text):
        return "chat", "thanks" if _SMILE.search(reading.text) or not reading.text.isascii() else "help"
    if re.fullmatch(r"\W*[^\W\dkKyYnN]\W*", reading.text) and not lexical.named(reading.words) and reading.text.isascii():
        return "chat", "help"  # a single letter
    if _SUM.fullmatch(reading.text):
        return "chat", "outside"
    if found := exact_intent(reading, talk, lexical):
        return found
    if any(_held(name, lexical) for name in named_like(reading.words)) and not talk:
        return _of_names(reading, talk)
    if mashed(reading.words, lexical) and reading.sure("intent", _likeliest(reading, CHAT)) < KNOWN_TALK:
        return "chat", "help"
    if talk and talk.told and asks_code(reading.words):
        return "collection", "code"
    chat, collection, papers = (reading.sure("intent", *labels) for labels in (CHAT, COLLECTION, ("papers",)))
    label = _likeliest(reading, COLLECTION if collection > chat else CHAT)
    dated = bool(reading.filters) and not reading.subject(reading.rest)  # "anything new this week?"
    if reading.sure("intent", "outside") >= _CERTAIN and not (reading.filters or topical(reading, lexical)):
        return "chat", "outside"  # "should I buy NVIDIA shares?"
    outside = reading.sure("intent", "outside") >= _BEYOND
    if (
        chat > max(collection, papers, _LIKELY)
        and not names_held(reading.words, lexical, outside=outside)
        and not reading.filters.organisation
    ):
        talk_of = _likeliest(reading, CHAT)
        if not _about_papers_all_the_same(reading, talk, talk_of, dated):
            return "chat", talk_of if reading.sure("intent", talk_of) >= _CLEAR else "help"
    if chat >= _UNKNOWN and _OF_YOU.search(reading.words) and not lexical.named(reading.words):
        return "chat", _likeliest(reading, CHAT)
    if (
        collection > max(chat, papers, _LIKELY)
        and label in ("authors_most", "authors_fewest")
        and not of_people(reading, talk)
        and not topical(reading, lexical)
    ):
        return "collection", "unknown"  # "which is the largest?" does not say what of
    has_a_topic = label in _BY_MANY and reading.sure("intent", label) < _SURE and topical(reading, lexical)  # "which papers about Russian?"
    if dated and label in _BY_MANY and reading.sure("intent", label) < _SURE and _PAPERS.search(reading.words):
        return "papers", ""  # "list the papers of the first quarter of 2025"
    vague = reading.sure("intent", label) < _SOME  # a little of each is no question about the collection
    if collection > max(chat, papers, _LIKELY) and not (has_a_topic or vague) and fits(label, reading, talk):
        return "collection", label
    of_collection = bool(talk) and talk.question.intent == "collection" and not _shows(reading, talk)
    if of_collection and _goes_on(reading, talk) and not resembling(reading, talk):
        return _with_collection(reading, talk, _likeliest(reading, COLLECTION))
    unsure = max(_UNKNOWN, papers / 2) <= chat and papers < _SURE and not dated
    if (
        unsure
        and reading.sure("act", "standalone") > _SURE * bool(talk)
        and strange(reading.words, lexical)
        and not of_a_name(reading.words)
        and pronoun(reading.words) != "it"
    ):
        return "chat", _likeliest(reading, CHAT)
    return "papers", ""


def _with_collection(reading: Reading, talk: Talk, label: str) -> tuple[Intent, str]:
    """What a turn asks that goes on with a question about the collection."""
    about = talk.question.about
    if about in ("facts", "unknown") and reading.sure("intent", "papers") >= _SURE and not _FEW_WORDS.fullmatch(reading.words):
        return "papers", ""
    if about == "facts":
        return "collection", "unknown"
    own = reading.sure("intent", label) > _SURE / 2 and label not in ("count", "list_all", "unknown")
    return "collection", label if own and fits(label, reading, talk) else about


def _about_papers_all_the_same(reading: Reading, talk: Talk, talk_of: str, dated: bool) -> bool:
    """Whether what sounds like small talk asks about papers, by its exact words or by how little speaks for talk."""
    lexical = talk.lexical
    chat, papers = reading.sure("intent", *CHAT), reading.sure("intent", "papers")
    return bool(
        (talk_of in ("help", "outside", "identity") and _of_a_name(reading, talk_of))
        or (talk_of == "identity" and topical(reading, lexical) and not _WHO_YOU_ARE.search(reading.words))
        or (
            dated
            and (papers >= _HARDLY or reading.sure("intent", talk_of) < _SURE)
            and reading.sure("intent", talk_of) < (_SURELY_OUTSIDE if talk_of in _NOT_KIND else KNOWN_TALK)
        )
        or (
            talk_of == "outside"
            and (_of_the_field(reading, lexical) or _WANTED_OF_IT.match(reading.words) or defines_term(reading.words, lexical))
        )
        or (talk and talk_of in _UNLIKE and reading.sure("act", "correct") >= _SURE and _corrects(reading, lexical))
        or a_term(reading, talk_of, lexical)
        or written_as_one(reading.words)
        or (topical(reading, lexical) and reading.sure("intent", talk_of) < (_SURELY_OUTSIDE if papers >= _UNKNOWN else _SURE))
        or (talk_of in _NOT_KIND and chat < _OUTRIGHT and papers >= _UNKNOWN and len(reading.words.split()) > _FEW)
        or (talk and talk.told and reading.sure("act", "table", "shorter") >= _SURE and reading.sure("intent", talk_of) < KNOWN_TALK)
        or (excluded(reading.rest, reading.turn)[0] and topical(reading, lexical))
        or (talk_of in ("help", "outside") and _of_everyday(reading, talk_of, lexical))
        or (talk and talk_of == "languages" and len(talk.told) == 1 and reading.sure("act", "it") >= _OUTRIGHT)  # "how many does it know?"
        or (talk_of == "languages" and (_of_papers_in(reading, talk) or (topical(reading, lexical) and not _TO_YOU.search(reading.words))))
    )


def told_intent(told: str, reading: Reading, talk: Talk) -> tuple[Intent, str]:
    """The intent that a model tells (collection, chat, outside), and what in particular; papers where nothing of it is asked."""
    if told == "outside":
        return "chat", "outside"
    if told == "chat":
        return "chat", _likeliest(reading, tuple(label for label in CHAT if label != "outside"))
    label = _likeliest(reading, COLLECTION)
    likely = reading.sure("intent", *COLLECTION) >= _TOLD  # else a model that is wrong lists everything for a question about papers
    return ("collection", label) if told == "collection" and likely and fits(label, reading, talk) else ("papers", "")


def _held(name: str, lexical: Catalogue) -> bool:
    return all(0 < count <= _RARE for count in lexical.document_frequencies(lexical.terms(name)) or [0])


def _of_names(reading: Reading, talk: Talk) -> tuple[Intent, str]:
    """A turn that names what few papers hold is no small talk."""
    label = _likeliest(reading, COLLECTION)
    return ("collection", label) if reading.sure("intent", label) >= _SURE and fits(label, reading, talk) else ("papers", "")


_BEYOND = 0.7
"""How likely a request is outside the job, from which on a word of it is a name only where it is written as one."""

_OUTRIGHT, _FEW = 0.8, 3
"""How likely small talk is that asks for something, from which on it is no question for papers; turns of so few words say little."""

_NOT_KIND, _SURELY_OUTSIDE = ("help", "outside", "identity", "feedback"), 0.92
"""Small talk that a question with a date alone may sound like, and how surely it is that all the same ("who won the cup in 2018?")."""

_HARDLY = 0.1
"""How likely a turn is about papers, below which a date does not make it so ("wish me luck for Thursday")."""

_UNLIKE = ("outside", "feedback", "help", "identity", "languages")
"""Small talk that a correction may sound like."""


def _corrects(reading: Reading, lexical: Catalogue) -> bool:
    """Whether a turn says what was meant, not only that an answer was wrong: it has a topic, in a word that papers use."""
    words = reading.subject(meant(reading.rest, reading.topical)).split()
    return any(lexical.document_frequency(term) for word in words for term in lexical.terms(word))


def _of_a_name(reading: Reading, talk_of: str) -> bool:
    """Whether a turn asks of a name; a likely outside one ("how did the Lakers do?") only of a name written like a system's."""
    return of_a_name(reading.words) and (reading.sure("intent", talk_of) < _BEYOND or bool(named_like(reading.words)))


_WANTED_OF_IT = re.compile(
    r"^(?:my|our|a|an|the|some) (?!question)[^,.;?!]{2,40}? (?:should|must|has to|have to|needs? to|ought to) \w", re.IGNORECASE
)
"""What a system is to do, told as a wish: "my robot helper should ask when I am vague"."""

_WHO_YOU_ARE = re.compile(
    r"\b(?:you\w*|u|ur|(?:this|that|the) (?:tool|bot|thing|site|page|assistant|program|chat\w*|app|service|link))\b"
    r"|^\W*(?:who|what) (?:is|'s) this"
    r"|\b(?:human|person|robot|bot|machine|someone|somebody)\b[^.?!]{0,25}\b(?:typing|answering|replying|behind|there"
    r"|on the other (?:end|side))\b",
    re.IGNORECASE,
)
"""A word to us, or about us: without one, nobody asks who we are."""

_POLITELY = re.compile(
    r"\b(?:can|could|would|will|do|did) you (?:please |kindly )?(?:tell|show|give|find|list|explain|recommend|suggest|know|have)\b",
    re.IGNORECASE,
)
_TO_YOU = re.compile(r"\byou\b", re.IGNORECASE)
"""A word to us, beyond politeness: "so that you understand me"."""


def _of_everyday(reading: Reading, talk_of: str, lexical: Catalogue) -> bool:
    """Whether what sounds like a request outside the job wants something of the field, in everyday words ("make my model cheaper")."""
    if _TO_YOU.search(_POLITELY.sub("", reading.words)) and reading.sure("intent", talk_of) >= _SURE:
        return False
    sure, papers = reading.sure("intent", talk_of), reading.sure("intent", "papers") >= _SURE / 5
    return papers and ((sure < KNOWN_TALK and topical(reading, lexical)) or (talk_of == "outside" and a_topic(reading, lexical)))


_SPEAKS = re.compile(
    r"\b(?:speak|answer|repl(?:y|ies)|respond|write|talk|understand|ask|chat|translat\w*|languages?|you|in \w+|read)\b", re.IGNORECASE
)


_PAPERS = re.compile(r"\b(?:papers?|works?|articles?|research|stud(?:y|ies)|surveys?)\b", re.IGNORECASE)


def _of_papers_in(reading: Reading, talk: Talk) -> bool:
    """Whether a language is named as a topic ("and for Russian?"), not as one to speak."""
    of_papers = (bool(talk) and talk.question.intent == "papers") or bool(_PAPERS.search(reading.words))
    return of_papers and not _SPEAKS.search(reading.words)


def _of_the_field(reading: Reading, lexical: Catalogue) -> bool:
    """Whether a turn asks what a rare word of the papers means: then it is about them, however strange the word."""
    terms = [term for word in content_words(reading.words) for term in lexical.terms(word)]
    mine = re.search(r"\bmy\b", reading.words, re.IGNORECASE)
    counts = lexical.document_frequencies(terms) if terms and not mine and reading.likeliest("kind")[0] in ("definition", "one") else []
    return bool(counts) and 0 < min(counts) <= _RARE and len(counts) <= 3


def _likeliest(reading: Reading, labels: tuple[str, ...]) -> str:
    return max(labels, key=lambda label: reading.says["intent"].get(label, 0.0))


_LISTS = re.compile(
    r"^(?:and |ok |so )?(?:(?:of|among) (?:these|those|them)[, ]+)?(?:which|who|what|list|show"
    r"|(?:does|do|is|are|was|were|has|have) (?:there )?any\w*|anything)\b",
    re.IGNORECASE,
)


def _goes_on(reading: Reading, talk: Talk) -> bool:
    """Whether a turn after an answer about the collection goes on with it, rather than asks about papers."""
    if reading.sure("intent", "papers") >= TRUSTED and reading.filters.organisation:
        return False  # "and for NVIDIA?" after the list of organisations
    if talk.question.about in _OF_TEAMS and reading.filters.max_authors is not None and not _MOST.search(reading.words):
        return False  # "now those by two people" after the longest list of authors
    if _LISTS.search(reading.words) and (reading.filters or dates_on(reading, talk)[0]):
        return False  # "which were written by one person?", "which are from before that?" ask for those papers
    if reading.sure("act", "standalone") < 0.35:
        return True
    return not topical(reading, talk.lexical)


_OF_TEAMS = ("authors_most", "authors_fewest")
_MOST = re.compile(r"\b(?:most|fewest|least|\w{2,}est)\b", re.IGNORECASE)

_FEW_WORDS = re.compile(r"\W*(?:\w+\W+){0,5}\w+\W*")
"""A turn of so few words says too little to turn away from what was asked."""

_LISTED = ("code", "newest", "oldest", "listed")
"""What answers about the collection list papers for."""


def _shows(reading: Reading, talk: Talk) -> bool:
    """Whether a turn after an answer that named papers is about one of those papers ("sum that one up")."""
    acts = ("it", "items", "these", "why", "table", "shorter", *(("narrow", "refine", "more") * (talk.question.about in _LISTED)))
    on_them = reading.sure("act", *acts) >= _SURE or bool(leaves_out(reading.words))
    return bool(lists(talk)) and on_them and reading.sure("intent", "papers") >= _SURE
