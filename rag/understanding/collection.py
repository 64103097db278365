"""A question about the collection: what in particular, of which topic, under which filters, of which papers."""

import re
from dataclasses import replace

from rag.filters import Filters
from rag.text import content_words, named_like
from rag.understanding.exclusions import excluded
from rag.understanding.facts import ITS_ADDRESS, LACK_IT, THE_ONE, asks_average, counts_mentions, fact_asked
from rag.understanding.framing import as_said
from rag.understanding.going_on import dated_before
from rag.understanding.likened import all_meant, descriptions
from rag.understanding.listed import list_meant, lists
from rag.understanding.marks import CODE_WORDS, METADATA_WORDS
from rag.understanding.places import step_asked
from rag.understanding.question import Kind, Question
from rag.understanding.ranks import rank_asked
from rag.understanding.references import of_those, positions, pronoun, without_places
from rag.understanding.related_dates import THAT_TIME, related
from rag.understanding.targets import defined
from rag.understanding.team_size import counted as counted_authors
from rag.understanding.turn import Reading, Talk

_TITLED = re.compile(
    r"\b(?:who (?:wrote|published|made|authored)|authors? of|written|published|venue of|journal of) (?:the )?(?:paper |article )?[\"“'‘]?"
    r"(?P<title>[^?\"”]{8,300}?)[\"”'’]?(?: published| written| by)?\s{0,3}[?.!]{0,3}$",
    re.IGNORECASE,
)
_CODE = re.compile(r"\b(?:code|repo(?:s|sitor(?:y|ies))?|github|open[- ]sourced?|implementations?)\b", re.IGNORECASE)
_NO_CODE = re.compile(
    r"(?:\b(?:without|w/o|no|lack\w*|missing|not|never)|n't)\b[^.?!,]{0,30}?\b(?:code|repo(?:s|sitor(?:y|ies))?|github|implementations?)\b",
    re.IGNORECASE,
)
_SURVEYS = re.compile(r"\b(?:surveys?|review articles?|reviews)\b", re.IGNORECASE)
_TOPICAL = ("count", "code", "newest", "oldest", "authors_most", "authors_fewest", "unknown")
_COUNTED = re.compile(
    r"\b(?:how (?:many|much|often)|number of|count|(?:the|what|which|a) share|share of|fraction|percentage)\b", re.IGNORECASE
)
_COUNTED_ON = re.compile(
    r"\bhow many\b[^,.;?!]*? (?:(?:on|about) (?P<what>[^,.;?!]+)|(?:is|are|was|were) (?P<said>[^,.;?!]+?) (?:mentioned|named|brought up"
    r"|referred to"
    r"|discussed))",
    re.IGNORECASE,
)
_COMES_UP = re.compile(r"\b(?:come|comes|turn|turns|crop|crops|show|shows|pop|pops) up\b", re.IGNORECASE)


_STANDS_OUT = ("newest", "oldest", "authors_most", "authors_fewest")
_OF_ALL = re.compile(r"\b(?:papers?|abstracts?|articles?|publications?|works)\b", re.IGNORECASE)
_RECORDED = re.compile(
    r"\b(?:un)?dated?\b|\bdates\b|\bauthors?\b|\borgani[sz]ations?\b|\bcompan(?:y|ies)\b|\baffiliations?\b", re.IGNORECASE
)


_WHOSE = re.compile(r"\b(?:organi[sz]ations?|compan(?:y|ies)|labs?|institut\w+|universit(?:y|ies)|affiliations?|firms?)\b", re.IGNORECASE)


def _listed(reading: Reading, talk: Talk) -> Question:
    """The papers that were just counted, to be listed."""
    before = talk.question
    filters = reading.given.over(before.filters)
    kept = replace(before, asked=reading.text, filters=filters, kind=Kind.LIST)
    if before.text and counts_mentions(before.asked):
        return replace(kept, about="mentions")
    if not before.text and before.within is None and not before.filters:
        return replace(kept, about="organisations" if _WHOSE.search(before.asked) else "list_all")
    return replace(kept, intent="papers", about="", kind=Kind.LIST if before.text else Kind.METADATA)


_GOES_ON = re.compile(
    r"(?:and|then|ok|so|now|what about|how about|which (?:one|is|was|came)|the (?:newest|oldest|latest|first|last)) ?\b", re.IGNORECASE
)


def _set_before(reading: Reading, talk: Talk, about: str) -> Question | None:
    """The question whose papers a superlative goes on with: "and the newest?" after a count, or after "which is the oldest?"."""
    before = talk.question if talk else None
    if (
        before is None
        or before.intent != "collection"
        or about not in _STANDS_OUT
        or before.about not in ("count", "mentions", *_STANDS_OUT)
    ):
        return None
    leans = of_those(reading.turn) or (len(reading.words.split()) <= _FEW_WORDS and bool(_GOES_ON.match(reading.words)))
    return before if leans and not _WHOLE.search(reading.words) and pronoun(reading.words) != "it" else None


def about_collection(reading: Reading, about: str, talk: Talk) -> Question:
    """A question about the collection: what in particular, of which topic, under which filters, of which papers."""
    if about == "listed":
        return _listed(reading, talk)
    about = "count" if about.startswith("authors") and asks_average(reading.words) else about
    goes_on = bool(talk) and talk.question.intent == "collection" and about == talk.question.about
    filters, text = _limits(reading, talk, about, goes_on=goes_on)
    no, text = excluded(text, reading.turn)
    words = _topic_words(reading, about, text)
    steps = about in _STANDS_OUT and goes_on and bool(step_asked(reading.words))  # "the one right after it": of the same papers
    # "X has the longest author list, I gather. Who comes second?"
    after_one = about in _STANDS_OUT and rank_asked(reading.words) > 1 and bool(talk.lexical.named(reading.words))
    of_field = about == "count" and bool(talk) and talk.question.about in _FIELDS and bool(_THAT_FIELD.search(reading.words))
    words = [] if steps or after_one or of_field else words
    counted = about == "count" or bool(_COUNTED.search(reading.words))
    if about == "count" and _CODE.search(reading.words):
        about, words = "code", [word for word in words if not _CODE.fullmatch(word)]
    if about == "count" and _SURVEYS.search(reading.words):
        words = ["survey"]
    of_it = about == "count" and bool(talk) and len(words) <= 1 and pronoun(reading.words) == "it" and talk.question.intent == "papers"
    if of_it:
        words = (defined(talk.question.text) or talk.question.text).split()  # "how many extend it?" counts what "it" is
    leans = not _OF_ALL.search(reading.words) or of_those(reading.turn)
    if goes_on and not words and not filters and leans and not (_RECORDED.search(reading.words) or _IN_ALL.search(reading.words)):
        words = talk.question.text.split()
    goes_with = None if words else _set_before(reading, talk, about)
    if goes_with:
        words, filters = goes_with.text.split(), filters.over(goes_with.filters)
    listed = (talk.told or talk.question.within or ()) if talk else ()
    listed = list_meant(reading, talk) if len(listed) == 1 and _OF_SEVERAL.search(reading.words) else listed
    bare = leans and not (words or filters)
    told_of = not steps and _of_those_told(reading, talk, about, listed, counted=counted, bare=bare)
    within = listed if told_of and not of_it and about in (*_TOPICAL, "span") else None
    if about == "code" and (whose := _code_of(reading, talk, listed, counted=counted)):
        within, words = whose, []
    elif within and about == "code":
        within = _of_them(reading, within)
    if about in ("unknown", "facts"):
        within, words = _asked_about(reading, talk), content_words(text)
    topic = as_said(words, text) if about in _TOPICAL else ""
    if goes_with and goes_with.within is not None:
        within = goes_with.within
    elif goes_with and words:
        within = None
    whole = reading.sure("act", "standalone") >= _WHOLE_TURN and len(reading.words.split()) > _ELLIPTIC and not of_those(reading.turn)
    if goes_on and filters and leans and talk.question.about == "count" and not whole:
        topic = topic or talk.question.text
    kind = Kind.NUMBER if counted and not re.search(r"\bwhich\b", reading.words, re.IGNORECASE) else Kind.LIST
    filters = Filters() if about == "facts" else filters
    same = about == "facts" and bool(talk) and talk.question.about == "facts" and not fact_asked(reading.words)
    asked = talk.question.asked if same else reading.text  # "same question for MobileLLM"
    asked = f"{asked} ({_FIELDS[talk.question.about]})" if of_field else asked
    if within and within == listed and not filters and about == "code":
        filters = talk.question.filters  # the list keeps what it was asked under
    question = Question(asked, topic, kind, reading.given.over(filters), intent="collection", about=about)
    rank = rank_asked(reading.words, talk.question.rank if talk and talk.question.about == about else 0) or 1
    lacks = _NO_CODE.search(reading.words) or (goes_on and LACK_IT.search(reading.words))
    no = ("code",) if about == "code" and lacks else no
    question = replace(question, within=within, excluded=no, language=reading.language, rank=rank if about in _STANDS_OUT else 1)
    return _to_list(question) if goes_on and _LISTS.match(reading.words) and not _COUNTED.search(reading.words) else question


def _code_of(reading: Reading, talk: Talk, listed: tuple[str, ...], *, counted: bool) -> tuple[str, ...]:
    """The papers whose code is asked for: the one just told of ("the GitHub address, if you have that much"), or those named."""
    if len(listed) == 1 and ITS_ADDRESS.search(reading.words) and not counted:
        return listed
    return tuple(paper_id for ids in talk.lexical.named(reading.words).values() for paper_id in ids)


def _to_list(question: Question) -> Question:
    """A count of what passes a filter as the list of it: "list those with more than twelve" after a count by team."""
    passes = question.about == "count" and question.filters and not (question.text or question.within)
    return replace(question, intent="papers", about="", kind=Kind.METADATA) if passes else question


_LISTS = re.compile(r"(?:and|so|ok|now|then|please|just|only)?\b[ ,]*(?:list|show|give me|name|which)\b", re.IGNORECASE)
_TEAM_ALONE = re.compile(
    r"(?:(?:and|or|so|ok|what about|how about|how many|those|the ones|list|show(?: me)?|give me|only|just|papers|ones|teams)\b[ ,]*)*"
    r"(?:by|with|of|from|having) [\w -]{2,30}\W*",
    re.IGNORECASE,
)


def _limits(reading: Reading, talk: Talk, about: str, *, goes_on: bool) -> tuple[Filters, str]:
    """The filters of a turn, those too that lean on what was asked before, and the turn without them."""
    filters, text = reading.filters, _COMES_UP.sub(" ", reading.rest)
    if talk and not filters and (goes_on or (talk.question.about in _STANDS_OUT and about in _STANDS_OUT)):
        filters, text = related(text, dated_before(reading, talk))
    if talk and not filters and _TEAM_ALONE.fullmatch(text.strip()) and _by_team(talk):
        return counted_authors(f"{text.rstrip(' ?.!')} authors")  # "by exactly two?"
    return filters, text


def _by_team(talk: Talk) -> bool:
    """Whether the last question was on the number of authors."""
    return talk.question.filters.min_authors is not None or talk.question.filters.max_authors is not None


def _of_those_told(reading: Reading, talk: Talk, about: str, listed: tuple[str, ...], *, counted: bool, bare: bool) -> bool:
    """Whether it is asked of the papers just told of, which are `listed`; `bare`: it names no topic and no filter of its own."""
    if len(listed) <= (about in _STANDS_OUT or (counted and not pronoun(reading.words))) or THAT_TIME.search(reading.words):
        return False  # of one paper none stands out
    if about == "span" and _YEARS.search(reading.words) and not of_those(reading.turn):
        return False  # which year has fewest is asked of all
    of_records = about == "count" and bool(_RECORDED.search(reading.words)) and not of_those(reading.turn)  # "how many have no date?"
    if of_records and _WHOLE.search(reading.words):
        return False
    narrows = about == "code" and reading.sure("act", "narrow") >= _NARROWS  # "keep just the ones that come with code"
    return bool(talk.told and (_refers(reading, talk) or narrows)) or (bare and _of_the_list(reading, talk))


_YEARS = re.compile(r"\b(?:which|what|the) year\b", re.IGNORECASE)
_HEADING = re.compile(r"^(?P<what>[\w-]+(?: [\w-]+){0,2})\s*[:–-]\s+.*\bit\b", re.IGNORECASE)


def _topic_words(reading: Reading, about: str, text: str) -> list[str]:
    """The words by which a question about the collection names a topic."""
    words = [
        word
        for word in reading.subject(without_places(text)).split()
        if word.lower().rstrip("?.!,") not in METADATA_WORDS and "'" not in word
    ]
    if about == "count" and not words and (said := _COUNTED_ON.search(text)):
        words = [
            word for word in content_words(said["what"] or said["said"]) if word.lower() not in METADATA_WORDS
        ]  # "how many on Russian?"
    if about == "count" and not words and counts_mentions(text):
        heading = _HEADING.match(text)
        words = [heading["what"]] if heading else named_like(text)  # "Mistral: how many bring it up?", "GSM8K - papers that mention it?"
    if about == "code":
        words = [word for word in words if not _CODE.fullmatch(word.strip("?.!,")) and not CODE_WORDS.fullmatch(word.strip("?.!,"))]
    return words


_THAT_FIELD = re.compile(
    r"\b(?:that|this|such) (?:(?:piece|bit|kind) of )?(?:information|info|details?|data|facts?|fields?|figure|number|value|entry)\b", re.I
)
_FIELDS = {"organisations": "organisation", "newest": "date", "oldest": "date", "span": "date"} | dict.fromkeys(
    ("authors_most", "authors_fewest"), "author"
)
"""What an answer about the collection is told by: "what share of them has that piece of information?"."""

_WHOLE = re.compile(
    r"\b(?:collection|corpus|librar\w+|database|index|overall|in total|altogether|all|every|here|you|your|hold|held|exist|known?)\b",
    re.IGNORECASE,
)
_IN_ALL = re.compile(r"\b(?:whole|entire|full|all (?:of )?(?:your|the)|overall|in total|altogether)\b", re.IGNORECASE)
_NARROWS = 0.8
"""How likely a turn goes on with the list just told, from which on what it counts are papers of that list."""

_FEW_WORDS = 7
_WHOLE_TURN, _ELLIPTIC = 0.9, 5
"""How likely a count of some time stands alone, and words up to which it goes on all the same ("and how many in 2025?")."""


def _of_the_list(reading: Reading, talk: Talk) -> bool:
    """Whether "how many?", "which is the newest?" after a list ask about that list: they name nothing else."""
    on_papers = talk.question.intent == "papers" or talk.question.within is not None
    return on_papers and len(reading.words.split()) <= _FEW_WORDS and not _WHOLE.search(reading.words)


def _refers(reading: Reading, talk: Talk) -> bool:
    """Whether "them" are the papers of the last answer; after a count, they are the papers of the collection."""
    if talk.question.intent == "collection" and talk.question.about not in (*_STANDS_OUT, "code"):
        return False
    return of_those(reading.turn) or bool(positions(reading.words, len(talk.told))) or pronoun(reading.words) != ""


def _of_them(reading: Reading, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a list that a turn means by place, or as "it"; all of them elsewhere."""
    at = positions(reading.words, len(ids), bare=True)
    if not at and pronoun(reading.words) == "it" and not of_those(reading.turn):
        at = (0,)
    return tuple(ids[place] for place in at) or ids


def _described(text: str, talk: Talk) -> tuple[str, ...]:
    """Ids of the few papers, of all, that hold every word by which a turn calls one ("the LinkedIn ranking paper")."""
    said = " ".join(descriptions(text))
    ids, count = talk.lexical.page(said, Filters(), "best", 0, _FEW) if said else ([], 0)
    return tuple(ids) if 0 < count <= _FEW else ()


_OF_SEVERAL = re.compile(r"\b(?:of|among|from) (?:them|these|those)\b", re.IGNORECASE)
"""A list, though the last answer was on one paper."""

_FEW = 3
"""Papers that a description may fit."""


def _asked_about(reading: Reading, talk: Talk) -> tuple[str, ...] | None:
    """Ids of the papers whose author names, venue or the like are asked for."""
    named = [paper_id for ids in talk.lexical.named(reading.text).values() for paper_id in ids]
    if title := _TITLED.search(reading.text):
        named += talk.lexical.by_titles([title["title"]]).values()
    if one := THE_ONE.fullmatch(reading.words.strip()):
        named += talk.lexical.by_titles([one["what"]]).values()
    if named:
        return tuple(named)
    if talk and (called := all_meant(reading.words, lists(talk), talk.lexical)):
        return called  # "how big is the team behind the 101B one?"
    held = _described(reading.words, talk)
    if not talk or not talk.told or (held and not set(held) & set(talk.told)):
        return held or None
    at = positions(reading.words, len(talk.told), bare=True)
    if at:
        return tuple(talk.told[place] for place in at)
    goes_on = talk.question.about in ("unknown", "facts") or pronoun(reading.words) or len(content_words(reading.rest)) <= 3
    return talk.told[:3] if goes_on and len(talk.told) <= 3 else None
