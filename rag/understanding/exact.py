"""What a turn is about where its wording leaves no doubt: facts of a paper, a list of what was counted, the place after the first."""

import re

from rag.answer import Intent
from rag.index import Catalogue
from rag.text import content_words
from rag.understanding.classifier import NAMES
from rag.understanding.date_wordings import CLOSES, OPENS
from rag.understanding.dates import MONTH
from rag.understanding.facts import ITS_ADDRESS, LACK_IT, THE_ONE, asks_average, came_first, fact_asked, lists_those, of_a_paper
from rag.understanding.going_on import COMPARED
from rag.understanding.likened import all_meant
from rag.understanding.listed import lists
from rag.understanding.parts_of_years import part_of_year
from rag.understanding.places import only_a_place, step_asked
from rag.understanding.ranks import rank_asked, runner_up
from rag.understanding.references import of_those, positions
from rag.understanding.related_dates import THAT_TIME
from rag.understanding.turn import Reading, Talk

STANDS_OUT = ("newest", "oldest", "authors_most", "authors_fewest")
_FEW = 7
_BY_PLACE = 0.9
"""How likely a turn is about papers of the list, from which on a place there is one."""


def exact_intent(reading: Reading, talk: Talk, lexical: Catalogue) -> tuple[Intent, str] | None:
    """The intent, and what in particular; None where the wording leaves it open."""
    if _OF_US.search(reading.words) or (_DO_IT.search(reading.words) and reading.sure("intent", "outside") >= _MAYBE):
        return "chat", "outside"
    if _NEVER_MIND.fullmatch(reading.text.strip()):
        return "chat", "dismissed"
    if (asks_average(reading.words) and not topical(reading, lexical)) or _COUNTS.search(reading.words):
        return "collection", "count"
    if _named_unknown(reading, talk, lexical) or _NOT_RECORDED.search(reading.words):
        return "collection", "unknown"
    if _BY_TIME.search(reading.words) and not topical(reading, lexical):
        return "collection", "span"  # "split those by year", "which month of 2025 was the busiest?"
    if _WRITES_ON.search(reading.words):
        return "papers", ""  # "who writes on copyright?"
    if talk and talk.question.about == "count" and lists_those(reading.words):
        return "collection", "listed"
    ends = _THE_ONE_AT.search(reading.words) or _FIRST_OF.search(reading.words) or _OPENS_OR_CLOSES.search(reading.words)
    if talk and talk.question.about == "code" and reading.filters and _THOSE.search(reading.words) and not topical(reading, lexical):
        return "collection", "code"  # "list those of 2023" after a count of those with code
    if reading.filters and ends and not topical(reading, lexical):
        return "collection", "newest" if ends["new"] else "oldest"  # "and the latest one from 2024?"
    if (
        talk
        and talk.question.about in ("newest", "oldest")
        and THAT_TIME.search(reading.words)
        and (at := _FIRST_OR_LAST.search(reading.words))
    ):
        return "collection", "newest" if at["new"] else "oldest"  # "and the last one of that same year?"
    return _of_the_last(reading, talk, lexical)


def _of_the_last(reading: Reading, talk: Talk, lexical: Catalogue) -> tuple[Intent, str] | None:
    """The same, of a turn that goes on with the answer before it, or asks for code or facts of a paper."""
    if _asks_code(reading, talk, lexical):
        return "collection", "code"
    if talk and talk.question.about in ("facts", "unknown") and lexical.named(reading.words) and _SAME_QUESTION.search(reading.words):
        return "collection", talk.question.about  # "same question for MobileLLM"
    one = THE_ONE.fullmatch(reading.words.strip()) if talk and talk.question.about in ("facts", "unknown") else None
    if one and lexical.by_titles([one["what"]]):
        return "collection", talk.question.about  # "and the HyperNetworks one?"
    if talk and talk.question.about in STANDS_OUT and _FOR_ALL.search(reading.words):
        return "collection", talk.question.about  # "do you know that number for every paper?"
    if talk and talk.question.about == "count" and talk.question.text and _BARE_NAME.fullmatch(reading.words.strip()):
        return "collection", "count"  # "MMLU?" after "how many mention GSM8K?"
    if talk and _OF_HOW_MANY.search(reading.words):
        return "collection", "count"
    if talk and only_a_place(reading.words) and lists(talk):
        return "papers", ""
    if talk and talk.question.about in STANDS_OUT and (other := _other_end(reading.words, talk.question.about)):
        return "collection", other
    if talk and talk.told and _HAS_CODE.search(reading.words) and len(reading.words.split()) <= _FEW + 1 and not topical(reading, lexical):
        return "collection", "code"
    ranked = bool(talk) and talk.question.about in STANDS_OUT and rank_asked(reading.words, talk.question.rank)
    if ranked and (step_asked(reading.words) or runner_up(reading.words) or not topical(reading, lexical)):
        return "collection", talk.question.about
    if talk and talk.told and part_of_year(reading.words, talk.question.filters)[0]:
        return "papers", ""
    if talk and (first := came_first(reading.words)) and of_those(reading.turn):
        return "collection", first
    if fact_asked(reading.words) and (of_a_paper(reading, talk, lexical) or (talk and all_meant(reading.words, lists(talk), lexical))):
        return "collection", "facts"
    of_items = reading.sure("act", "items") >= _BY_PLACE or reading.likeliest("intent")[0] == "list_all"
    if talk and of_items and positions(reading.words, len(talk.told)):
        return "papers", ""  # "print the full abstract of the last one"
    if talk and talk.told and COMPARED.search(reading.words) and len(reading.words.split()) <= _FEW and not topical(reading, lexical):
        return "papers", ""  # "anything older?"
    return None


def _asks_code(reading: Reading, talk: Talk, lexical: Catalogue) -> bool:
    """Whether a turn asks for code by its exact words."""
    named = bool(lexical.named(reading.words))
    if named and _ADDRESS.search(reading.words):
        return True  # "what is the repo address of SPAM?"
    if not talk:
        return False
    if len(talk.told) == 1 and ITS_ADDRESS.search(reading.words) and len(reading.words.split()) <= _FEW + 3:
        return True  # "fine, the GitHub address if you have that much"
    if talk.question.about != "code":
        return False
    # "DiffusionLane, does that have one?"; "meaning how many lack one?" after those with code
    return (named and bool(_SAME_OF.search(reading.words))) or (bool(LACK_IT.search(reading.words)) and not topical(reading, lexical))


_FIRST_OF = re.compile(
    rf"\bthe (?:very )?(?:(?P<new>last)|(?P<old>first)) (?:(?:one|paper|entry|work|article)(?: \w+){{0,3}}? (?:of|in|from|during)"
    rf" (?:(?:the )?year )?(?:{MONTH} ?)?(?:(?:19|20)\d\d)?|(?:19|20)\d\d (?:one|paper|entry|work|article))(?<! )(?=\W|$)",
    re.IGNORECASE,
)
_FIRST_OR_LAST = re.compile(r"\b(?:(?P<new>last|latest|newest|most recent)|first|earliest|oldest)\b", re.IGNORECASE)
_THE_ONE_AT = re.compile(
    r"(?:\bthe |^(?:(?:and|so|ok|now|then|what about)\b[ ,]*)*)(?:very )?(?:(?P<new>latest|newest|most recent)|(?P<old>oldest|earliest))"
    r" (?:one|paper|entry|work|article)\b",
    re.IGNORECASE,
)
_OPENS_OR_CLOSES = re.compile(
    rf"\b(?:(?P<new>{CLOSES})|(?P<old>{OPENS}))\b(?: (?:up|off|out))?(?: (?:the )?(?:year|month|quarter)\b| (?:19|20)\d\d)", re.IGNORECASE
)
_THOSE = re.compile(r"\b(?:those|them|these|the ones)\b", re.IGNORECASE)
_SAME_OF = re.compile(
    r"\b(?:does|has|have|is there|got)\b[^?.!]{0,20}\b(?:one|any|some|it|that|too|as well|also)\W*$|^(?:and|what about"
    r"|how about)\b[^,;:]{0,40}$",
    re.I,
)
_SAME_QUESTION = re.compile(
    r"\bsame (?:question|thing|again|for|with|about)\b|^(?:and|what about|how about|and for|and of)\b", re.IGNORECASE
)
_ADDRESS = re.compile(
    r"\b(?:repo(?:sitory)?|github|code|implementation)(?:'s)? (?:address|links?|url|page|location)\b"
    r"|\b(?:address|links?|url|location) (?:of|to|for) (?:the |its )?(?:code|repo(?:sitory)?|github|implementation)\b",
    re.IGNORECASE,
)
_BARE_NAME = re.compile(r"(?:(?:and|or|what about|how about)\b[ ,]*)?(?-i:[A-Z][\w-]*[A-Z\d][\w-]*)\W*", re.IGNORECASE)
_BY_TIME = re.compile(
    r"\b(?:split|break|broken|group|sort(?:ed)? into|divide|count|breakdown|distribut\w+|how many)\b[^.?!]{0,40}\b(?:by|per|each"
    r"|over the|for each|every)"
    r" (?:years?|months?)\b|\b(?:which|what) (?:year|month)\b[^.?!]{0,30}\b(?:busiest|fullest|richest|quietest|thinnest|leanest"
    r"|emptiest|(?:most|fewest|least)(?: papers| entries| works| of them)?|(?:best|worst|least) represented)\b"
    r"|\b(?:busiest|fullest|quietest|thinnest|leanest|emptiest) (?:year|month)\b"
    r"|\b(?:year|month) (?:with|that has) (?:the )?(?:most|fewest|least)\b",
    re.IGNORECASE,
)
_NEVER_MIND = re.compile(
    r"(?:(?:oh|ok(?:ay)?|hm+|no|nah|ah|actually|well|sorry|so)\W+)*(?:never ?mind|nvm|forget (?:it|about it)|(?:it )?(?:doesn't"
    r"|does not) matter"
    r"|not important|no worries|all good|let it be|don't bother)(?:,? (?:then|thanks|thank you|for now|please))?\W*",
    re.IGNORECASE,
)
_WRITES_ON = re.compile(
    r"^(?:(?:and|so|ok|but|now)\b[ ,]*)*who (?:else )?(?:writes?|works?|publish(?:es)?|is (?:writing|working|publishing)|has (?:written"
    r"|worked"
    r"|published)|does (?:research|work)) (?:on|about)\b(?! (?:it|this|that|these|those|them)\b)",
    re.IGNORECASE,
)
_OF_US = re.compile(
    r"\b(?:show|reveal|print|tell|repeat|give|what(?:'s| is| are)|output|leak|display|ignore)\b[^.?!]{0,30}"
    r"\b(?:(?:your|the|all) )?(?:hidden|system|secret|internal|initial|previous|own) (?:prompts?|instructions?)\b"
    r"|\b(?:repeat|print|show|output|copy|recite|give me) (?:me )?(?:the |all (?:of )?the |every )?(?:text|words?|lines?|messages?|content)"
    r" (?:above|before this|preceding)\b"
    r"|\bfrom now on,? you(?:['’]re| are| will| must| act)\b|\byou are now \w+(?:gpt|bot)?,? (?:an? |without|with no|who|that)\b",
    re.IGNORECASE,
)
"""What is asked of how we were told to answer, which is nobody's business."""

_DO_IT = re.compile(
    r"\b(?:can|could|would|will) you (?:please )?(?:do|write|fix|make|build|code|finish|solve|sort) (?:it|this|that|one)(?: out)?"
    r"(?: for (?:me|us))?\b",
    re.IGNORECASE,
)
_MAYBE = 0.4
"""A request to do something, and how likely it is outside the job, from which on it is."""

_COUNTS = re.compile(
    r"(?:^|[.?!] )(?:(?:a |the |please )*count of|(?:please |just )?count)"
    r" (?:all |up |the |those |these )*(?:papers|abstracts|works|articles)\b",
    re.IGNORECASE,
)
"""A count asked for by that word."""

_FOR_ALL = re.compile(r"\b(?:that|this|the) (?:number|count|date|figure)\b.{0,20} (?:for|of) (?:every|each|all)\b", re.IGNORECASE)
_OF_HOW_MANY = re.compile(
    r"\bhow many of (?:them|these|those)\b|^(?:and |so |ok )*how many (?:papers |works )?(?:on|about)\b", re.IGNORECASE
)
_HAS_CODE = re.compile(
    r"\b(?:does|do|did|has|have|is there|are there|got|any|where(?: is|'s)?|open[- ]sourc\w+)\b[^?.!]{0,30}"
    r"\b(?:code|repo(?:s|sitor(?:y|ies))?|github|implementations?)\W*$",
    re.IGNORECASE,
)
"""Code of papers told of."""

_ENDS = {
    "authors_most": (re.compile(r"fewest|least|smallest|shortest", re.I), "authors_fewest"),
    "authors_fewest": (re.compile(r"most|largest|biggest|longest", re.I), "authors_most"),
    "newest": (re.compile(r"oldest|earliest|first|least recent", re.I), "oldest"),
    "oldest": (re.compile(r"newest|latest|youngest|most recent|last", re.I), "newest"),
}
"""The other end of an order, after one was told."""

_BARE_END = re.compile(
    r"(?:(?:and|ok|so|now|then|what about|how about|what is|what's|which|which one|who|whose|is|has|the|with)\b[ ,]*)*"
    r"(?P<end>[\w ]+?)(?: (?:one|paper|list|team))?(?: (?:(?:in|of|for|from) )?(?:that|the same|this) (?:year|month|time|period))?\W*",
    re.IGNORECASE,
)


def _other_end(words: str, about: str) -> str:
    """What stands out at the other end, where a turn asks for nothing else ("and the fewest?")."""
    said, (end, other) = _BARE_END.fullmatch(words.strip()), _ENDS[about]
    return other if said and end.fullmatch(said["end"]) else ""


def topical(reading: Reading, lexical: Catalogue) -> bool:
    """Whether a turn has a word that names a topic and that papers use."""
    words = [word for word in content_words(reading.rest) if reading.topical.get(word.lower(), 0.0) >= NAMES]
    return any(lexical.document_frequency(term) for word in words for term in lexical.terms(word))


_BEHIND = re.compile(
    r"^(?:and |so )?(?:who (?:is|are|was|were) (?:the )?(?:\w+ )?(?:people|team|persons?|authors?|researchers?|folks?|group|guys?|minds?"
    r"|names?)?\s*"
    r"(?:behind|that (?:wrote|made)|of)|who (?:wrote|authored|co-?authored|came up with|is behind)|(?:what|which) are the (?:author )?names"
    r"|who made (?=the |it|that|this|number|no\b|#)|(?:it(?:'s| is| was) )?by whom"
    r"|whose (?:work|paper) is|who are the (?:co-?)?authors)\b|\b(?:doi|isbn|h-index"
    r"|arxiv (?:id|number|identifier|link)|citation count"
    r"|where (?:was|were|is|are|did|has|have)\b.* (?:published|printed|appear(?:ed)?|presented)|(?:published|printed|appeared) where"
    r"|(?:which|what|the|its) (?:journal|conference|venue|workshop|publisher)|peer[- ]review(?:ed)?|(?:first|last|senior|corresponding"
    r"|lead) author)\b",
    re.IGNORECASE,
)


_PEOPLE = r"(?:teams?|pairs?|groups?|people|persons?|authors?|co-?authors?|researchers?|scientists?|writers?|folks)"
_NOT_RECORDED = re.compile(
    r"\b(?:number of|how many|count of|total) (?:citations|downloads|stars|views|likes|readers|reads)\b"
    r"|\bhow (?:often|many times|frequently)\b[^?.!]*\b(?:cited|downloaded|viewed|quoted by others)\b|"
    r"\b(?:sort|order|rank|arrange)\w*\b.*\b(?:cit(?:ed?|ations?)|popular\w*|influen\w+|impact|stars|downloads)\b"
    rf"|\bnames? of (?:the |those |these |their |its |all )*(?:[\w-]+ ){{0,2}}{_PEOPLE}\b|\bauthor(?:s|'s|s')? names?\b"
    rf"|\bwhat (?:are|were) (?:those|these|the|all|its) (?:[\w-]+ ){{0,2}}{_PEOPLE} (?:called|named)\b"
    r"|^(?:and |so |ok |what are |tell me )*their names\W*$",
    re.IGNORECASE,
)
"""What nobody's records here hold, asked of whatever papers."""


def asks_of_record(text: str) -> bool:
    """Whether a turn that holds a title asks for the paper's people, date or the like ("who wrote TITLE?")."""
    return bool(_BEHIND.search(text) or fact_asked(text))


def _named_unknown(reading: Reading, talk: Talk, lexical: Catalogue) -> bool:
    """Whether a turn asks of a paper that is named, or was just told of, what no abstract holds: its people, its DOI."""
    behind = _BEHIND.search(reading.words)
    if not behind:
        return False
    if lexical.by_titles([reading.words[behind.end() :].strip(" ?.!\"“”'")]):
        return True  # "who wrote TITLE?"
    return bool(lexical.named(reading.words)) or (bool(talk) and bool(talk.told) and len(content_words(reading.words)) <= 5)
