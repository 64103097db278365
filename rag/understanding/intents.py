"""What a turn is about: papers, the collection itself, or small talk. Whatever is unclear is about papers."""

import re

from rag.answer import Intent
from rag.index import Catalogue
from rag.text import content_words, named_like
from rag.understanding.bids import a_topic
from rag.understanding.corrections import meant
from rag.understanding.exact import exact_intent, topical
from rag.understanding.exclusions import excluded
from rag.understanding.leaving_out import leaves_out
from rag.understanding.marks import asks_code, mashed, of_a_name
from rag.understanding.references import positions, pronoun
from rag.understanding.terms import KNOWN_TALK, a_term, strange
from rag.understanding.turn import Reading, Talk

CHAT = ("thanks", "greeting", "bye", "help", "identity", "languages", "feedback", "outside")
COLLECTION = (
    "count", "topics", "newest", "oldest", "span", "authors_most", "authors_fewest", "organisations", "code", "unknown", "list_all",
)  # fmt: skip
_SURE = 0.5

_BY_MANY = ("topics", "span", "organisations")
"""What is asked of the collection in words that questions about papers have, too."""

_RARE, _CLEAR = 3, 0.4
"""Papers that make a word rare; below which probability no small talk is answered in kind: what can be asked is told."""
_UNKNOWN = 0.15
"""Enough for small talk where no word of the turn is one that the papers use, and for the collection where a model tells so."""

_OF_PAPERS = re.compile(
    r"\b(?:how (?:many|much|often)|number of|count(?: of| the)?|total|share|fraction|percentage|in how many|size of|how (?:big"
    r"|large))\b.*\b"
    r"(?:papers?|abstracts?|articles?|works?|publications?|stud(?:y|ies)|documents?|entries|records?|titles?|them|these|those|ones"
    r"|surveys?|reviews?"
    r"|benchmarks?|collection|corpus|librar(?:y|ies)|database|index|literature|you|here|there|total|all)\b"
    r"|^(?:and )?(?:how many|total|number|count)\b[^a-z]*$|^count\b|^(?:paper )?count|\bhow many (?:are|have|come|use|mention|release"
    r"|date|contain|were|deal|talk|came|appeared|lack)\b",
    re.IGNORECASE,
)
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
    if talk and talk.told and asks_code(reading.words):
        return "collection", "code"
    chat, collection = reading.sure("intent", *CHAT), reading.sure("intent", *COLLECTION)
    label = _likeliest(reading, COLLECTION if collection > chat else CHAT)
    dated = bool(reading.filters) and not reading.subject(reading.rest)  # "anything new this week?"
    if chat >= _SURE and not lexical.named(reading.words) and not reading.filters.organisation:
        talk_of = _likeliest(reading, CHAT)
        if mashed(reading.words, lexical) and reading.sure("intent", talk_of) < KNOWN_TALK:
            return "chat", "help"
        if not (
            (talk_of in ("help", "outside", "identity") and of_a_name(reading.words))
            or (dated and reading.sure("intent", talk_of) < (_SURELY_OUTSIDE if talk_of in _NOT_KIND else KNOWN_TALK))
            or (talk_of == "outside" and _of_the_field(reading, lexical))
            or (talk and talk_of in _UNLIKE and reading.sure("act", "correct") >= _SURE and _corrects(reading, lexical))
            or a_term(reading, talk_of, lexical)
            or (talk and talk.told and reading.sure("act", "table", "shorter") >= _SURE and reading.sure("intent", talk_of) < KNOWN_TALK)
            or (excluded(reading.rest)[0] and topical(reading, lexical))
            or (talk_of in ("help", "outside") and _of_everyday(reading, talk_of, lexical))
            or (talk_of == "languages" and _of_papers_in(reading, talk))
        ):
            return "chat", talk_of if reading.sure("intent", talk_of) >= _CLEAR else "help"
    if chat >= _UNKNOWN and _OF_YOU.search(reading.words) and not lexical.named(reading.words):
        return "chat", _likeliest(reading, CHAT)
    if (
        collection >= _SURE
        and label in ("authors_most", "authors_fewest")
        and not _of_people(reading, talk)
        and not topical(reading, lexical)
    ):
        return "collection", "unknown"  # "which is the largest?" does not say what of
    has_a_topic = label in _BY_MANY and reading.sure("intent", label) < _SURE and topical(reading, lexical)  # "which papers about Russian?"
    if collection >= _SURE and not has_a_topic and _fits(label, reading, talk):
        return "collection", label
    if talk and talk.question.intent == "collection" and not _shows(reading, talk) and _goes_on(reading, lexical):
        if talk.question.about == "facts":
            return "collection", "unknown"
        own = reading.sure("intent", label) > _SURE / 2 and label not in ("count", "list_all", "unknown")
        return "collection", label if own and _fits(label, reading, talk) else talk.question.about
    unsure = chat >= _UNKNOWN and reading.sure("intent", "papers") < _SURE and not dated
    if (
        unsure
        and reading.sure("act", "standalone") > _SURE * bool(talk)
        and strange(reading.words, lexical)
        and not of_a_name(reading.words)
    ):
        return "chat", _likeliest(reading, CHAT)
    return "papers", ""


def told_intent(told: str, reading: Reading, talk: Talk) -> tuple[Intent, str]:
    """The intent that a model tells (collection, chat, outside), and what in particular; papers where nothing of it is asked."""
    if told == "outside":
        return "chat", "outside"
    if told == "chat":
        return "chat", _likeliest(reading, tuple(label for label in CHAT if label != "outside"))
    label = _likeliest(reading, COLLECTION)
    likely = reading.sure("intent", *COLLECTION) >= _UNKNOWN  # else a model that is wrong lists everything for a question about papers
    return ("collection", label) if told == "collection" and likely and _fits(label, reading, talk) else ("papers", "")


def _held(name: str, lexical: Catalogue) -> bool:
    return all(0 < count <= _RARE for count in lexical.document_frequencies(lexical.terms(name)) or [0])


def _of_names(reading: Reading, talk: Talk) -> tuple[Intent, str]:
    """A turn that names what few papers hold is no small talk."""
    label = _likeliest(reading, COLLECTION)
    return ("collection", label) if reading.sure("intent", *COLLECTION) >= _SURE and _fits(label, reading, talk) else ("papers", "")


_NOT_KIND, _SURELY_OUTSIDE = ("help", "outside", "identity", "feedback"), 0.95
"""Small talk that a question with a date alone may sound like, and how surely it is that all the same ("who won the cup in 2018?")."""

_UNLIKE = ("outside", "feedback", "help", "identity", "languages")
"""Small talk that a correction may sound like."""


def _corrects(reading: Reading, lexical: Catalogue) -> bool:
    """Whether a turn says what was meant, not only that an answer was wrong: it has a topic, in a word that papers use."""
    words = reading.subject(meant(reading.rest, reading.topical)).split()
    return any(lexical.document_frequency(term) for word in words for term in lexical.terms(word))


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


def _of_papers_in(reading: Reading, talk: Talk) -> bool:
    """Whether a language is named as a topic ("and for Russian?"), not as one to speak."""
    return bool(talk) and talk.question.intent == "papers" and not _SPEAKS.search(reading.words)


def _of_the_field(reading: Reading, lexical: Catalogue) -> bool:
    """Whether a turn asks what a rare word of the papers means: then it is about them, however strange the word."""
    terms = [term for word in content_words(reading.words) for term in lexical.terms(word)]
    mine = re.search(r"\bmy\b", reading.words, re.IGNORECASE)
    counts = lexical.document_frequencies(terms) if terms and not mine and reading.likeliest("kind")[0] in ("definition", "one") else []
    return bool(counts) and 0 < min(counts) <= _RARE and len(counts) <= 3


def _likeliest(reading: Reading, labels: tuple[str, ...]) -> str:
    return max(labels, key=lambda label: reading.says["intent"].get(label, 0.0))


_LISTS = re.compile(r"^(?:and |ok |so )?(?:which|who|what|list|show)\b", re.IGNORECASE)
_KNOWN = re.compile(r"\b(?:know|known|sure|recorded|tell|that|it)\b", re.IGNORECASE)
_FIELD = re.compile(r"\b(?:dates?|dated|authors?|organi[sz]ations?|compan(?:y|ies)|affiliations?|code|years?)\b", re.IGNORECASE)
_FIELDS = ("organisations", "authors_most", "authors_fewest", "newest", "oldest", "span")
_SUPERLATIVE = re.compile(
    r"\b(?:\w+est|most (?:recent|up[- ]to[- ]date|dated|ancient)|first|last|least recent|how (?:old|new|recent))\b", re.IGNORECASE
)
_RELEASED = re.compile(
    r"\b(?:releas\w*|availab\w*|links?|github|repo\w*|publish\w*|open\w*|public\w*|shar\w*|(?:with|have|has|having|offer\w*|includ\w*|name"
    r"|names|give|gives) (?:\w+ ){0,2}(?:code|implementations?)|code (?:for|of|from) (?:it|this|that|them|these|those|the)|come|comes"
    r"|provid\w*"
    r"|implementations?|where|download|run|try|get|find|(?<!source )code\W*$)\b",
    re.IGNORECASE,
)
_NOT_HELD = re.compile(
    r"\b(?:authors?|who (?:wrote|is behind|are behind|made)|written by|wrote|(?-i:by [A-Z])|names?|conferences?|venues?|journals?|accepted"
    r"|(?:published|printed|appear(?:s|ed)?) (?:at|in|where)|where\b.* (?:published|printed|appear(?:s|ed)?)|appear(?:ed)? (?:at|in)"
    r"|presented|proceedings|cit(?:ed?|es|ing|ations?)|arxiv|doi|isbn|identifier|pdf|link|url|download|full (?:text|paper)|figures?"
    r"|tables?|sections?|appendix"
    r"|references|bibliography|reviews?|reviewers?|stars|award|h-index|influential|popular|retracted|upvotes|e-?mail|affiliations?"
    r"|universit(?:y|ies)|country|licen[cs]e"
    r"|fund(?:ed|ing|s|er)?|sponsor\w*|grants?|budget|paid for|pays for|open access|impact factor|openreview|pages|publishers?"
    r"|neurips|icml|iclr|acl|emnlp|cvpr|aaai|naacl|nature|interspeech|peer[- ]reviewed|took it|anything by|papers by|works? (?:by|of)"
    r"|(?-i:did [A-Z]\w+ [A-Z]))",
    re.IGNORECASE,
)


_PEOPLE = re.compile(
    r"\b(?:co-?)?(?:authors?|authored|people|persons?|teams?|researchers?|writers?|contributors?|collaborat\w*|names"
    r"|hands|group|groups|crew"
    r"|scientists|bylines?|wrote|written|writing|signed|folks|solo|alone|single|one[- ](?:man|person|author))\b",
    re.IGNORECASE,
)


def _of_people(reading: Reading, talk: Talk) -> bool:
    """Whether a turn asks for the most or the fewest people, or goes on with that."""
    return bool(_PEOPLE.search(reading.words) or (talk and talk.question.about in ("authors_most", "authors_fewest")))


def _fits(label: str, reading: Reading, talk: Talk) -> bool:
    """Whether what is exact does not speak against a reading: "how many tokens" counts no papers."""
    of_a_team = reading.filters.min_authors is not None or reading.filters.max_authors is not None
    if of_a_team and label in ("unknown", "authors_most", "authors_fewest"):
        return False  # how many authors is known of some; those with so many are asked for
    if label == "unknown":
        told_of = bool(talk) and bool(talk.told or talk.question.about == "unknown") and reading.sure("intent", label) >= KNOWN_TALK
        return bool(_NOT_HELD.search(reading.words) or told_of or (talk and talk.question.about == "unknown"))
    if label in ("authors_most", "authors_fewest") and not _of_people(reading, talk):
        return False
    if label == "count" and talk and talk.question.about in _FIELDS and _KNOWN.search(reading.words) and not _FIELD.search(reading.words):
        return False  # "for how many do you know that?" goes on with what was asked
    if label == "count":
        return bool(_OF_PAPERS.search(reading.words) or (talk and talk.question.intent == "collection"))
    if label in ("newest", "oldest") and reading.subject(reading.rest) and not _SUPERLATIVE.search(reading.words):
        return False  # "a new benchmark" is not the newest paper
    if (
        label == "code"
        and not _RELEASED.search(reading.words)
        and (reading.sure("intent", label) < KNOWN_TALK or topical(reading, talk.lexical))
    ):
        return False  # "bugs in source code" is a topic
    if label == "list_all" and (reading.given or topical(reading, talk.lexical)):
        return False  # filters set by hand: what passes is listed; "moe papers" has a topic
    if label in ("newest", "oldest", "span", "list_all") and reading.filters:
        superlative = bool(_SUPERLATIVE.search(reading.rest))  # "what's new this week?" asks for all of them
        return label in ("newest", "oldest") and superlative and reading.sure("intent", label) > 0.7
    return not (label == "code" and talk and talk.told and (pronoun(reading.words) == "it" or positions(reading.words, len(talk.told))))


def _goes_on(reading: Reading, lexical: Catalogue) -> bool:
    """Whether a turn after an answer about the collection goes on with it, rather than asks about papers."""
    if reading.sure("act", "standalone") < 0.35:
        return True
    if reading.filters and _LISTS.search(reading.words):
        return False  # "which were written by one person?" asks for those papers
    return not topical(reading, lexical)


_LISTED = ("code", "newest", "oldest", "listed")
"""What answers about the collection list papers for."""


def _shows(reading: Reading, talk: Talk) -> bool:
    """Whether a turn after an answer that named papers is about one of those papers ("sum that one up")."""
    acts = ("it", "items", "these", "why", "table", "shorter", *(("narrow", "refine", "more") * (talk.question.about in _LISTED)))
    on_them = reading.sure("act", *acts) >= _SURE or bool(leaves_out(reading.words))
    return bool(talk.told) and on_them and reading.sure("intent", "papers") >= _SURE
