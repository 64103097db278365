"""A turn that goes on with what was said: which papers, which topic, which filters it means."""

import re
from dataclasses import replace

from rag.index import Catalogue
from rag.text import content_words
from rag.understanding.afresh import act_of, asks_anew, asks_else, of_its_own, says_it_all
from rag.understanding.classifier import Typed
from rag.understanding.corrections import LEAD, Standalone, corrected, meant
from rag.understanding.earlier import MORE, asks_of_list, back, told_on, up_to
from rag.understanding.exclusions import excluded, lacking, to_judge
from rag.understanding.framing import asking_papers, widened
from rag.understanding.going_on import (
    dated_before,
    dates_on,
    new_topic,
    other_team,
    refined,
    same_kind,
    subject_of,
    topic_of,
)
from rag.understanding.leaning import COMPARES, asks_for_one, of_a_term
from rag.understanding.likened import by_name, called
from rag.understanding.listed import ANY_OF, beside, list_meant, lists, several
from rag.understanding.parts_of_years import part_of_year
from rag.understanding.question import Form, Kind, Question, kind_of
from rag.understanding.references import answer_meant, asks_of_it, of_those, positions, pronoun, without_places
from rag.understanding.remaining import means_rest, rest_of, without_rest
from rag.understanding.resembling import resembling
from rag.understanding.rivals import rival
from rag.understanding.turn import Reading, Talk
from rag.understanding.wishes import Wish, only_wishes, wish_of

_FORMS = {"shorter": Form.SHORTER, "table": Form.TABLE, "inlanguage": Form.LANGUAGE}
_WISHED = {Wish.TITLES: Form.TITLES, Wish.TABLE: Form.TABLE, Wish.SENTENCE: Form.SHORTER, Wish.BRIEF: Form.SHORTER}
_SURE, _FEW = 0.5, 3

_MAYBE = 0.25
"""Of an act that a turn with a filter and no topic can hardly be other than."""

_SHARE = 0.6
"""Of how likely the turn stands alone, that refining must be beside it."""

_ABSTRACT = re.compile(r"\b(?:abstracts?|full text|whole text)\b", re.IGNORECASE)
_THAT = re.compile(r"\b(?:it|that|this)(?: one| paper| work)?\b", re.I)
_SHOWING = frozenset(
    """more detail details tell explain describe summarise summarize summary abstract abstracts compare comparison difference differences
    differ common similar say says says do does work works please briefly short full whole text open read give about look information
    elaborate expand further main idea ideas result results contrast first second third simple words sentence sentences line lines
    titles title dates date sort order list them both again between each other see hear know like exactly actually thing things put next
    table tabular format ok okay""".split()
)


_PLURAL = re.compile(r"^(?:and |so |ok )*which (?:were|are|have|ones|papers|works)\b(?! (?:of|among)\b)", re.IGNORECASE)


def follow_up(reading: Reading, talk: Talk, lexical: Catalogue, standalone: Standalone) -> Question | None:
    """The question of a turn that goes on with the conversation; None of one that stands alone."""
    if (answer := answer_meant(reading.rest)) and (then := up_to(answer[0], talk)):
        words = answer_meant(reading.words)
        if act_of(reading, talk)[0] == "back" and asks_of_list(reading, answer[1]):
            return _narrowed(replace(reading, rest=answer[1]), then)
        about_it = follow_up(replace(reading, rest=answer[1], turn=Typed(words[1]) if words else reading.turn), then, lexical, standalone)
        return about_it or _items(replace(reading, rest=answer[1]), then, then.told, "these")
    act, sure = act_of(reading, talk)
    anew = asks_anew(reading, talk)
    if talk.told and rival(reading.words) and act not in ("standalone", "same", "correct"):
        return _narrowed(reading, talk, several(lists(talk)))  # "which one says it beats DeepSpeed-Ulysses?"
    if found := _in_its_words(reading, talk, act, standalone, anew):
        return found
    if act == "back" and of_those(reading.turn) and not _RETURNS.search(reading.words):
        act = "narrow"
    if len(talk.told) == 1 and reading.filters and _PLURAL.match(reading.words) and not new_topic(reading):
        return None  # "which were written by two people?" after one paper
    if anew or (act == "narrow" and len(talk.told) == 1 and asks_for_one(reading, talk) and not of_those(reading.turn)):
        return None  # "is there one that trains a model for it instead?"
    places = bool(talk.told) and bool(positions(reading.words, 99))
    if talk.told and not places and only_wishes(reading.words) and (form := _WISHED.get(wish_of(reading.words)[0])):
        return replace(subject_of(talk), asked=reading.text, intent="papers", within=talk.told, form=form, without=())
    named = {paper_id for ids in lexical.named(reading.words).values() for paper_id in ids}
    if named and not named & set(talk.told) and act != "back" and not of_those(reading.turn):
        if positions(reading.words, len(talk.told)) and COMPARES.search(reading.words):
            return _items(reading, talk, (*(talk.told[n] for n in positions(reading.words, len(talk.told))), *sorted(named)), act)
        if pronoun(reading.words) == "it" and COMPARES.search(reading.words) and 0 < len(talk.told) <= _FEW:
            return _items(reading, talk, (talk.told[0], *sorted(named)), act)  # "how is it different from SWIFT?"
        return None  # another system than those that were told of
    if other := _other_dates(reading, talk, standalone) or other_team(reading, talk, standalone) or _another_place(reading, talk, act):
        return other
    if act == "back" and (one := _back_to_place(reading, talk)):
        return one
    if act == "back" or (act == "correct" and sure >= _SURE):
        found = back(reading, talk) if act == "back" else corrected(reading, talk, standalone)
        if found:
            return found
    if talk.told and (like := _LIKE_BUT.search(reading.words)):
        return same_kind(replace(reading, turn=Typed(f"and {like['what']}"), rest=like["what"]), talk, standalone)
    if act == "more" and sure >= _SURE and not positions(reading.words, len(talk.told)):
        return _again(reading, talk, act)
    if len(talk.told) == 1 and _ATTRIBUTE.match(reading.words) and len(reading.words.split()) <= _BARE and not named:
        return _items(reading, talk, talk.told, "it")  # "speedup over the GPU?"
    if found := _among(reading, talk, lexical, act):
        return found
    if act in ("more", *_FORMS) and sure >= _SURE:
        return _again(reading, told_on(reading, talk) or talk if act in _FORMS else talk, act)
    return _in_general(reading, talk, lexical, standalone, (act, sure), bool(named))


def _in_general(
    reading: Reading, talk: Talk, lexical: Catalogue, standalone: Standalone, likeliest: tuple[str, float], named: bool
) -> Question | None:
    """The question of a turn that means no papers of the list in particular: by its act."""
    act, sure = likeliest
    if act == "refine" and reading.filters and widened(reading.rest) != reading.rest and len(new_topic(reading).split()) > 1:
        return standalone(replace(reading, rest=widened(LEAD.sub(" ", reading.rest).strip())))  # "now X in general, but only 2023"
    maybe = max(_MAYBE, _SHARE * reading.sure("act", "standalone"))
    refines = reading.sure("act", "refine") >= maybe and bool(reading.filters)
    if act == "refine" or ((refines or (reading.filters and act in ("same", "narrow", "it"))) and not new_topic(reading)):
        return refined(reading, talk, standalone)
    if 0 < len(talk.told) <= _FEW and asks_of_it(reading.words) and not named and not (reading.filters and not new_topic(reading)):
        return _items(reading, talk, list_meant(reading, talk), "it")
    if act in ("more", "same") and asks_else(reading) and not told_on(reading, talk):
        return None  # "what else is there on cheaper reasoning?" after another topic
    if MORE.search(reading.words) and (on := told_on(reading, talk)):
        return replace(_again(reading, on, "more"), without=tuple(i for ids in lists(talk) for i in ids))
    if act in ("same", "standalone", "correct") and widened(reading.rest) != reading.rest and new_topic(reading):
        return standalone(replace(reading, rest=widened(LEAD.sub(" ", reading.rest).strip())))
    if act == "same" and talk.told and talk.question.kind is Kind.METADATA and _ANY.match(reading.words) and not reading.filters:
        return _narrowed(reading, talk)  # "any for video?" after all of a month
    if act == "same" and (asks_for_one(reading, talk) or says_it_all(reading)):
        return None
    if act == "same" or (act in ("narrow", "it", "items", "these", "correct") and not talk.told):
        return same_kind(reading, talk, standalone)
    alone = act == "standalone" or sure < _UNSURE or (act == "narrow" and of_its_own(reading))
    return None if alone else _among(reading, talk, lexical, act, anyway=True)


def _another_place(reading: Reading, talk: Talk, act: str) -> Question | None:
    """Another paper of the list than was told of: "no, I meant the second"."""
    at = positions(reading.words, 99) if act == "correct" else ()
    if not at or new_topic(reading, without_places(meant(reading.rest, reading.topical))):
        return None
    ids = next((ids for ids in lists(talk) if len(ids) > max(at)), ())
    return _items(replace(reading, rest=""), talk, tuple(ids[place] for place in at), "items") if ids else None


def _other_dates(reading: Reading, talk: Talk, standalone: Standalone) -> Question | None:
    """The last question under dates that are told by its own: "and what came before that?", "and the second half of that year?"."""
    part, rest = part_of_year(reading.words, dated_before(reading, talk))
    if part and not (reading.filters.since or reading.filters.until) and not new_topic(reading, rest):
        return refined(replace(reading, filters=part, rest=rest), talk, standalone)
    dates, rest = dates_on(reading, talk)
    return refined(reading, talk, standalone) if dates and not reading.filters and not new_topic(reading, rest) else None


def _in_its_words(reading: Reading, talk: Talk, act: str, standalone: Standalone, anew: bool) -> Question | None:
    """A turn whose own words say which papers it means: like one, the rest, the next one, those it calls by what they are about."""
    if similar := resembling(reading, talk):
        return similar
    if means_rest(reading.words) and (ids := rest_of(talk)):
        return _of_rest(reading, talk, ids)
    if weighed := of_a_term(reading, talk):
        return standalone(replace(reading, rest=weighed))
    if neighbour := beside(reading, talk):
        return _items(replace(reading, rest=""), talk, neighbour, "it")
    those = () if anew else called(reading, talk, act)
    return _items(reading, talk, those, act) if those else None


_ANY = re.compile(r"^(?:and |is there |are there |ok |so )*any(?:thing|one|body)?(?: of (?:them|these|those))?\b", re.IGNORECASE)

_UNSURE = 0.35
"""How likely the likeliest act is, below which a turn stands alone."""

_BARE = 7
_ATTRIBUTE = re.compile(
    r"^(?:(?:and|ok|so|what about|how about|what|which|the|its|any)[ ,]+)*(?:speed-?ups?|accurac\w+|size|latency|throughput|perplexity"
    r"|param(?:eter)?s?|results?|costs?|memory(?: use| savings?)?|data ?sets?|benchmarks?|baselines?|limitations?|gains?|energy|hardware"
    r"|how (?:much|many|fast|big|large|long|well))\b(?!.*\b(?:papers?|works?|who|methods)\b)",
    re.IGNORECASE,
)
"""A quality of one paper, asked for without naming it."""

_LIKE_BUT = re.compile(
    r"\b(?:like (?:it|that|this|those|these|them)|similar|others?|the same|more|another(?: one)?)\b[^,.;]{0,20}?,? but (?:only )?"
    r"(?P<what>(?:for|on|with|about|in) [^,.;?!]+)",
    re.IGNORECASE,
)
"""Others of the kind, on another thing: "are there others like it but for images?"."""


def _back_to_place(reading: Reading, talk: Talk) -> Question | None:
    """Back to one paper of the list: "back to the first one, what does it show?"."""
    head, condition = ([*re.split(r"[:;,]", reading.rest, maxsplit=1), ""])[:2]
    ids = list_meant(reading, talk)
    at = positions(head, len(ids), bare=True)
    if not at or [word for word in content_words(without_places(head)) if word.lower() not in _BACK_WORDS]:
        return None
    return _items(replace(reading, rest=condition or head), talk, tuple(ids[place] for place in at), "items")


_RETURNS = re.compile(r"\b(?:back|again|return\w*|revisit|earlier|previous|first|before)\b", re.IGNORECASE)
_BACK_WORDS = frozenset("back go going return returning again let's lets once more ok now".split())

# --- the papers of the last answer


def _among(reading: Reading, talk: Talk, lexical: Catalogue, act: str, anyway: bool = False) -> Question | None:
    """Papers that the last answer cited: by number, by name, by a pronoun, or all of them under a condition."""
    ids = list_meant(reading, talk)
    if not ids:
        return None
    means = act in ("items", "these", "why", "it", "narrow")
    at = positions(reading.words, len(ids), bare=act in ("items", "why"))
    if at and (means or reading.sure("act", "standalone") < 0.8):
        meant = tuple(ids[place] for place in at)
        if len(meant) == len(talk.told) == 1 and meant != talk.told and COMPARES.search(reading.words) and _THAT.search(reading.words):
            meant = (*meant, *talk.told)  # "how does that differ from the first?"
        return _items(reading, talk, meant, act)
    if act in ("it", "items", "why", "narrow"):
        for listed in dict.fromkeys([ids, *lists(talk)]):
            if one := by_name(reading.words, listed, lexical, narrows=reading.sure("act", "narrow") >= _SURE):
                return _items(reading, talk, one, act)
    if act in _FORMS and reading.sure("act", act) >= _SURE and not _condition(reading.rest):
        return _again(reading, told_on(reading, talk) or talk, act)
    if of_those(reading.turn) or (act == "narrow" and not of_its_own(reading)):
        return _narrowed(reading, talk) if _condition(reading.rest) or reading.filters else _items(reading, talk, ids, act)
    if len(ids) == 1 and COMPARES.search(reading.words) and pronoun(reading.words) == "them" and (before := talk.earlier()) and before.told:
        return _items(reading, talk, (before.told[0], *ids), act)
    if act == "items" and (what := _THE_ONE.search(reading.rest)):  # of what none that was listed clearly is
        return _narrowed(replace(reading, rest=f"papers {what['what']}"), talk)
    if act == "these" and len(ids) == 1 and len(new_topic(reading).split()) > 1:
        return None  # "are LLM agents secure, going by these papers?" after one paper
    if act in ("these", "why") or (act == "it" and pronoun(reading.words)) or (anyway and means):
        return _items(reading, talk, ids[:1] if act == "why" and pronoun(reading.words) != "them" else ids, act)
    return None


_THE_ONE = re.compile(
    r"\bthe (?:one|paper|work|study) (?P<what>(?:that|which|on|about|with|for|using|concerned|concerning|dealing|treating) [^?.!]+)", re.I
)


def _of_rest(reading: Reading, talk: Talk, ids: tuple[str, ...]) -> Question:
    """Papers of a list that were not singled out: those that meet a condition, or all of them."""
    rest = replace(reading, rest=without_rest(LEAD.sub(" ", reading.rest)))
    return _narrowed(rest, talk, ids) if _condition(rest.rest) or reading.filters else _items(rest, talk, ids, "these")


def _condition(rest: str) -> str:
    """What is asked of papers beyond showing them."""
    return " ".join(word for word in content_words(LEAD.sub(" ", without_places(rest))) if word.lower() not in _SHOWING)


def _items(reading: Reading, talk: Talk, ids: tuple[str, ...], act: str) -> Question:
    """Papers to be told of, all of them."""
    if act == "why":
        return Question(reading.text, talk.question.text, Kind.LIST, reading.given, within=ids, form=Form.WHY, language=reading.language)
    condition = _condition(reading.rest)
    text = LEAD.sub(" ", without_places(reading.rest)) if condition else ""
    form = Form.ABSTRACT if _ABSTRACT.search(reading.words) else Form.PLAIN
    compares = bool(COMPARES.search(reading.words))
    kind = Kind.COMPARE if compares and len(ids) > 1 else Kind.NUMBER if _counts(reading) else Kind.ONE
    form = Form.TABLE if reading.sure("act", "table") > 0.4 else form
    return Question(reading.text, text, kind, reading.given, within=ids, form=form, about="items", language=reading.language)


def _counts(reading: Reading) -> bool:
    return reading.sure("kind", "number") > _SURE or kind_of(reading.rest, ()) is Kind.NUMBER


def _narrowed(reading: Reading, talk: Talk, ids: tuple[str, ...] = ()) -> Question:
    said = asking_papers(without_places(reading.rest).strip(" ,"), bool(ids) or bool(ANY_OF.search(reading.rest)))
    no, rest = excluded(said, reading.turn)
    filters = reading.given.over(reading.filters)
    kind, rest = (Kind.LIST, rest) if _condition(reading.rest) else (Kind.METADATA, "")
    return Question(
        reading.text, to_judge(said, rest, reading.turn),
        kind, filters, within=ids or list_meant(reading, talk), excluded=no, lacking=lacking(rest),
        about="narrow", language=reading.language, topic=topic_of(talk).text, at_most=1 if _WHICH_ONE.search(reading.words) else None,
    )  # fmt: skip


_WHICH_ONE = re.compile(r"\bwhich (?:one|paper|study|work)\b(?! (?:or|and)\b)", re.IGNORECASE)


def _again(reading: Reading, talk: Talk, act: str) -> Question:
    """The last answer once more: others of it, shorter, as a table, in another language."""
    before = subject_of(talk)
    if act == "more":
        again = "further" if talk.question.form is Form.MORE else before.about
        before = before if before.text else topic_of(talk)
        filters, told_of = reading.given.over(before.filters), talk.all_told()
        kind = Kind.LIST if before.within is not None and before.text else before.kind  # of a list that was narrowed: of its topic
        return replace(before, asked=reading.text, kind=kind, filters=filters, within=None, without=told_of, form=Form.MORE, about=again)
    about = before.about if before.intent == "papers" else ""
    return replace(before, asked=reading.text, intent="papers", about=about, within=talk.told or None, form=_FORMS[act], without=())
