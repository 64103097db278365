"""What is exact in a turn that speaks for or against its being about the collection, as the classifier has it."""

import re

from rag.understanding.exact import topical
from rag.understanding.going_on import dates_on
from rag.understanding.references import pronoun
from rag.understanding.terms import KNOWN_TALK
from rag.understanding.turn import Reading, Talk

_OF_PAPERS = re.compile(
    r"\b(?:how (?:many|much|often)|number of|count(?: of| the)?|total|share|fraction|percentage|in how many|size of|how (?:big"
    r"|large))\b.*\b"
    r"(?:papers?|abstracts?|articles?|works?|publications?|stud(?:y|ies)|documents?|entries|records?|titles?|them|these|those|ones"
    r"|surveys?|reviews?"
    r"|benchmarks?|collection|corpus|librar(?:y|ies)|database|index|literature|you|here|there|total|all)\b"
    r"|^(?:and )?(?:how many|total|number|count)\b[^a-z]*$|^count\b|^(?:paper )?count|\bhow many (?:on|about|from|is that|are|have|come|use"
    r"|mention|release|date|contain|were|deal|talk|came|appeared|lack)\b",
    re.IGNORECASE,
)
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


def of_people(reading: Reading, talk: Talk) -> bool:
    """Whether a turn asks for the most or the fewest people, or goes on with that."""
    return bool(_PEOPLE.search(reading.words) or (talk and talk.question.about in ("authors_most", "authors_fewest")))


_OF_A_METHOD = re.compile(
    r"\bhow many (?:\w+ )?(?:tokens?|param(?:eter)?s?|layers?|gpus?|frames?|epochs?|languages?|bits?|steps?|examples?|samples?|experts?"
    r"|tasks?|datasets?|models?|images?|hours?|days?|heads?)\b",
    re.IGNORECASE,
)
_SOME = 0.3

_TO_CITE = re.compile(r"\b(?:should|can|could|to|must|may|shall|would|might|worth)(?: (?:i|we|you|one))? cit(?:e|ing)\b", re.IGNORECASE)
"""What one would cite: papers, not citations."""

_ON_CODE = re.compile(
    r"\b(?:for|on|about|regarding|understand\w*|writ\w+|generat\w+) (?:source |program |computer )?code\b(?! (?:repo|link|for))", re.I
)
_CERTAIN = 0.97
"""How likely what sounds like a topic, or like a paper, is about the collection all the same."""

_WITHOUT_A_TRACE, TRUSTED = ("unknown", "count", "authors_most", "authors_fewest"), 0.65
"""What is asked of the collection in so many ways that no word need tell; and how likely it is then."""


_ITS_PAPERS = re.compile(r"\b(?:its|the|your) (?:papers|abstracts|entries|contents?)\b", re.IGNORECASE)
_WHAT_IS_AND = re.compile(r"\W*what(?:['’]s| is) [\w-]+ and\b", re.IGNORECASE)
_OF_CODE = re.compile(r"\b(?:cod(?:e|es|ing)|repo\w*|git\w*|open[- ]?sourc\w*|source|implement\w*|link\w*)\b", re.IGNORECASE)


def fits(label: str, reading: Reading, talk: Talk) -> bool:
    """Whether what is exact does not speak against a reading: "how many tokens" counts no papers."""
    if label == "unknown" and _WHAT_IS_AND.match(reading.words):
        return False  # "what's BlockRank and who is it from?"
    if label == "unknown" and _TO_CITE.search(reading.words):
        return False
    of_a_team = reading.filters.min_authors is not None or reading.filters.max_authors is not None
    if of_a_team and label in ("organisations", "unknown", "authors_most", "authors_fewest"):
        return False  # how many authors is known of some; those with so many are asked for
    if label == "count" and talk and talk.told and _OF_A_METHOD.search(reading.words) and reading.sure("act", "it", "items") >= _SOME:
        return False  # "on how many tokens?"
    if label in _WITHOUT_A_TRACE and reading.sure("intent", label) >= TRUSTED and not talk.lexical.named(reading.words):
        return True  # but "how many functions are in DiverseVul?" counts no papers
    if label == "span" and talk and dates_on(reading, talk)[0]:
        return False  # "which are dated before that year?" asks for papers
    if label in ("topics", "span") and talk.lexical.named(reading.words):
        return False  # "what's Progent about?"
    if (
        label == "topics"
        and pronoun(reading.words) == "it"
        and not (_ITS_PAPERS.search(reading.words) and not talk)
        and reading.sure("intent", label) < _CERTAIN
    ):
        return False  # "what is it about?"
    if label == "fields" and _NOT_HELD.search(reading.words) and reading.sure("intent", "unknown") >= _SOME / 2:
        return False
    if label == "unknown":
        told_of = bool(talk) and bool(talk.told or talk.question.about == "unknown") and reading.sure("intent", label) >= KNOWN_TALK
        return bool(_NOT_HELD.search(reading.words) or told_of or (talk and talk.question.about == "unknown"))
    if label in ("authors_most", "authors_fewest") and not of_people(reading, talk):
        return False
    if label == "count" and talk and talk.question.about in _FIELDS and _KNOWN.search(reading.words) and not _FIELD.search(reading.words):
        return False  # "for how many do you know that?" goes on with what was asked
    if label == "count":
        return bool(_OF_PAPERS.search(reading.words) or (talk and talk.question.intent == "collection"))
    if label in ("newest", "oldest") and reading.subject(reading.rest) and not _SUPERLATIVE.search(reading.words):
        return False  # "a new benchmark" is not the newest paper
    if label == "code" and reading.filters.organisation and not _OF_CODE.search(reading.words):
        return False  # "what has NVIDIA released?"
    if label == "code" and _ON_CODE.search(reading.words) and reading.sure("intent", label) < _CERTAIN:
        return False  # "what datasets for code are there?"
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
    return True
