"""What a question excludes: "but not LoRA", "surveys aside", "without training"; and the question without it.

What may look like it ("not only", "no more than ten", "why not") is set aside first.
"""

import re
from functools import lru_cache

from rag.understanding.classifier import Typed
from rag.understanding.dates import MONTH
from rag.understanding.tagged_out import tagged_out

_KEPT = 500
"""Wordings whose reading is kept: a turn is looked at from several sides."""

_HARMLESS = re.compile(
    r"\bnot (?:only|just|merely|simply|solely|necessarily|sure|certain|clear|yet|all|every\w*|always|really|quite|too|so|that|to"
    r"|enough|much|many|bad|sure|know)\b(?! (?:the (?:ones|papers)|papers|about|on|those)\b)"
    r"|\b(?:\w+n't|not) (?:limited|restricted|confined|only) to\b"
    r"|\b(?:not|no) (?:more|less|fewer|later|earlier|older|newer|before|after|sooner|longer|further|other|since|until)\b"
    r"|\b(?:whether or|why|if|or|do i|do you|do we|did you|are you|can you|could you|would you|i do|i am|i'm|we do) not(?! (?:interested"
    r"|looking|after)\b)\b"
    r"|\b(?:do|does|did|can|could)(?: ?not|n't) (?:beat|outperform|match|reach|surpass|exceed|improve|help|work|hold|scale|generali[sz]e"
    r"|converge|fit|agree|know|understand|learn|remember|answer|solve)\b"
    r"|\bor not(?=\s*[?.!]*$)|\b(?:i|we|you) (?:don't|didn't|can't|won't|couldn't|am not|are not|do not|did not)(?! (?:want|care|need"
    r"|interested|looking)\b)\b"
    r"|\b(?:i|we|you|they) (?:have|had) no\b"
    r"|\bisn't (?:it|that|there)\b|\b(?:don't|doesn't|didn't|isn't|aren't) (?:they|it|you|we|there)\b"
    r"|\b(?:tell\w*|told|distinguish\w*) [^,.;?!]{1,60}? apart from\b|\bwith (?:or|and) without\b|\bno (?:matter|doubt|wait|idea|problem"
    r"|worries|one|way|thanks?)\b|\bno-one\b"
    r"|\bby (?:not|never) \w+ing\b[^,.;:?!]*"
    r"|\bnothing (?:but|else|more)\b|\bexcept that\b|\bother than that\b|\brather not\b|\bwithout (?:a )?doubt\b",
    re.IGNORECASE,
)
_END = (
    r"(?=[.;:?!()\[\]]|,(?! ?[^,.;:?!]{1,40}(?: or| nor) )|$| (?:but|though|please|thanks|that|which|who|whose|and (?:also|which|who"
    r"|that|then)"
    r"|what|instead|such as|like|for example|including|when|while|since|because|as|(?:from|in|since) (?:19|20)\d\d|(?:does|do) (?:that"
    r"|those|they))\b|\s*[-–—]\s| i\.?e\b)"
)
_WHAT = rf"(?P<what>[^.;:?!()\[\]]+?){_END}"
_LINK = re.compile(
    r"^(?:(?:any|all|the|those|these|ones|papers?|works?|articles?|studies|methods?|approaches|anything|everything|whatever|whichever|stuff"
    r"|things|just"
    r"|only|also"
    r"|merely|being|be|are|is|do|does|was|were|about|on|for|with|within|using|use[sd]?|rel(?:y|ies|ying) on|depend(?:s|ing)? on"
    r"|build(?:s|ing)? on|employ(?:s|ing)?|involv(?:e|es|ing)|concern(?:s|ed|ing)?|deal(?:s|ing)?"
    r"|treat(?:s|ing)?|cover(?:s|ing)?|address(?:es|ing)?|look(?:s|ing)? at|focus(?:s?ed|ing|es)?|based|relat(?:ed|ing)|relate[sd]?"
    r"|restricted|published|released|dated|posted|specific|aimed"
    r"|dedicated|centred|centered|concerned|designed|meant|built|made|applied|appl(?:y|ies|ying)|limited|to|at"
    r"|from|combin(?:ed|ing)|mixed|mixing|paired|coupled"
    r"|(?:variants?|flavou?rs?|versions?|forms?|members?) of|whose (?:[\w-]+ ){1,2}(?:is|are|was|were)"
    r"|of|in|by|that|which|who|where|it|them|a|an|kinds?|sorts?|whose|topic|subject)\b\s*)+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s+(?:either|at all|please|though|ones?|papers?|works?|methods?|approaches|techniques|stuff|things|anything|whatsoever"
    r"|of any kind|altogether"
    r"|is |are |(?:is |are )?(?:required|needed|involved|necessary|afterwards))$",
    re.IGNORECASE,
)

_JOINT = r"(?:(?<=[,.;(])\s*(?:and |but )?|\b(?:but|and|or|just|only|though|yet) (?:please )?)"
_BID = r"(?:(?:^|(?<=[,.;:(?!–—-])\s*)(?:(?:and|but|then|please|also|just|ok|now) )*|\b(?:please|you|should|must) (?:please )?)"
"""Where a request may begin: what follows is asked of us, not told of a method."""

_BE_NOT = r"(?:(?:are|is|was|were|be|being)(?: \w+ly)? not|(?:is|are|was|were)n't|(?:must|should|may|shall) not be)"
_DO_NOT = r"(?:(?:do|does|did|must|should|may) not|(?:do|does|did|must|should)n't|never)"
_TOPICAL = r"(?:concern|address|cover|treat|deal with|look at|talk about|focus on|mention|target|tackle|study|discuss|consider|touch on)"
_USES = r"(?:use|need|require|rely on|depend on|lean on|build on|call for|involve|want|employ|resort to)"
_A_TOPIC = (
    r"(?!(?:[\w-]+ )*(?:(?:re|pre|post|fine)?-?(?:train|tun|label|annotat)\w*|data|gradients?|gpus?|supervision|loss|costs?|overhead|access"
    r"|parameters?|weights?|models?|changes?|calibration|hardware|need|degradation|drop|accuracy|either|extra"
    r"|additional|involved|required|needed|necessary|used)\b)"
    r"[\w-]+(?: [\w-]+){0,4}"
)
"""What "but no ..." leaves out as a topic; what a method spares ("but no retraining") is read in its abstract: see `lacking`."""

_OF_PAPERS = rf"(?:{'|'.join(rf'(?<={word} )' for word in 'papers paper works ones variants methods studies approaches those'.split())})"
_TOPIC_CUES = (
    rf"{_JOINT}(?:(?:please |just )?not|none)\b(?! only)",
    r"\bplease (?:skip|drop|avoid|exclude)\b(?! (?:to|ahead|it|this|that|on)\b)",
    r"(?<=\w )not(?= (?:the ones|those|about|on|with|for|from|of|by|in)\b)",
    rf"{_BID}(?:leav(?:e|ing) (?:out|aside)|(?:filter(?:ing)?|rul(?:e|ing)|throw(?:ing)?|cut(?:ting)?|weed(?:ing)?|sort(?:ing)?|tak(?:e"
    rf"|ing)) out"
    r"|ignor(?:e|ing)|omit(?:ting)?|(?:skip|drop)(?:ping)?(?= (?:the|those|any\w*|all|papers|ones)\b))\b",
    r"\b(?:i'm |i am |we're |we are )?not (?:interested in|looking for|after)\b|\b(?:i |we )?(?:don't|do not) (?:want|care (?:about|for)"
    r"|need)\b"
    r"|\b(?:that |which )?(?:has|have|having) nothing to do with\b|\bunrelated to\b|\bno interest in\b",
    rf"\b(?:that|which|who|whose [\w-]+(?: [\w-]+)?|where (?:[\w-]+ ){{1,4}}?|they|it|papers?|works?|ones|methods|studies"
    rf"|surveys) ?{_BE_NOT}\b",
    rf"(?<=\w )(?:aren't|isn't|weren't|{_BE_NOT})(?= (?:about|on|for|concerned|related|focus\w*|based|aimed|dedicated|specific)\b)",
    rf"(?<=\w )(?:(?:that|which|who) )?{_DO_NOT} {_TOPICAL}\b",
    r"\bexcept(?:ing)?(?: for)?\b|\bexclud(?:e|es|ing)\b|\bapart from\b|\baside from\b|\bother than\b|\bbesides\b|\bsave(?= (?:for"
    r"|those|the|any)\b)(?: for)?|\bbarring\b"
    r"|\bminus\b|\bsans\b|\boutside of\b|\b(?:with the )?(?:sole |only |single )?exceptions? of\b|\bexclusive of\b"
    r"|\bless\b(?= (?:the|those|any) )|\b(?:anything|everything|all) but\b"
    r"|\b(?:nothing|none of (?:the|those|them|these|it|which)|not any|none)(?= (?:about|on|with|for|from|published|that|of|where|in which"
    r"|deal\w*"
    r"|involv\w*|concern\w*"
    r"|being"
    r"|are|is|us\w+|cover\w*)\b)|\b(?:none|not) of (?:the|those)\b|\bnot includ(?:ing|ed)\b|\bwithout(?= (?:the |any |those )?(?:papers"
    r"|ones|"
    r"works|surveys|studies)\b)",
    rf"{_JOINT}no(?= {_A_TOPIC}[,.;?!]*(?:$| (?:please|though)\b))",
    rf"(?:{_JOINT}|^)no(?= (?-i:(?:[a-z]+ )?[A-Z]{{2,}}s?|[\w-]*language models?|images?|videos?|speech|vision|text|robots?)"
    rf" involved[,.;?!]*$)",
    rf"{_JOINT}no(?= (?!(?:draft|reward|teacher|extra|additional|auxiliary|separate|external|surrogate|proxy|critic|other|larger|smaller"
    rf"|more)\b)"
    rf"(?:[\w-]+ ){{1,2}}models[,.;?!]*(?:$| (?:please|though)\b))",
    r"(?:(?<=[,.;(])\s*(?:and |but )?|\bbut )nothing(?= [\w-]+(?:,? (?:or|and|nor) [\w-]+)?[,.;?!]*(?:$| (?:please|though)\b))",
    rf"{_OF_PAPERS}(?:without|w/o|with no|sans|not using|that do not use|that don't use)(?= (?-i:[a-z]*[A-Z][\w-]*[A-Z]\w*)[,.;?!]*$)",
    rf"(?:{_JOINT}|^)no(?= [\w-]+(?: [\w-]+)?,? (?:papers?|works?|surveys?|please)\b| (?:papers?|works?|surveys?|reviews?)\b)",
)
_LACK_CUES = (
    r"\b(?:and |but )?(?:without|w/o|with no|sans)(?: (?:using|any|needing|the need (?:for|of)|requiring|having to use))*\b",
    r"\b(?:needs?|requir(?:e|es|ing)|us(?:e|es|ing)|involv(?:e|es|ing)|has|have|having|takes?|there (?:is|are)) no\b",
    rf"{_DO_NOT} {_USES}\b|\bnot (?:us|need|requir|rely|depend|involv|employ)ing(?: on)?\b|\bnot (?:rely|depend) on\b",
    r"\b(?:do|does|doing|get|gets) without\b|\bdispens(?:e|es|ing) with\b|\bdo(?:es|ing)? away with\b|\bfree (?:of|from)\b"
    r"|(?<!people )(?<!they )(?<!one )"
    r"(?<!we )(?<!you )(?<!i )(?<!models )(?<!to )\bavoid(?:s|ing)?\b",
    r"(?<=[,;(])\s*(?:and |but )?no(?= \w)|\bbut no(?= \w)|\band no(?= \w+ (?:either|required|needed|involved)\b)",
)
_PUTS = (
    r"(?:leav(?:e|ing)|keep(?:ing)?|tak(?:e|ing)|set(?:ting)?|put(?:ting)?|filter(?:ing)?|rul(?:e|ing)|throw(?:ing)?|cut(?:ting)?"
    r"|weed(?:ing)?)"
)
_GONE = r"(?:being |are |is |to be )?(?:excluded|omitted|exempted|left out|ruled out|filtered out|set aside|excepted)"
_UNWANTED = (
    r"(?:(?:(?:is|are|has|have|being) )?(?:of no (?:interest|use|concern|relevance)|no (?:interest|use|concern)|irrelevant"
    r"|(?:not|n't) (?:of interest|relevant|wanted|needed|interesting|my (?:topic|thing))|uninteresting)(?: (?:to|for) (?:me|us))?"
    r"|(?:(?:do|does) not|doesn't|don't) (?:interest|concern|help|matter to) (?:me|us)"
    r"|(?:i|we) (?:can|could) do without|(?:you|we) (?:can|may) (?:skip|leave out|ignore|omit|drop)(?! \w))"
)
_AFTER = (
    rf"{_BID}{_PUTS} (?P<what>[^,.;:?!()]+?) (?:out|aside|apart)\b",
    rf"(?:(?<=[,;(])|^|\b(?:with|having)\b)\s*(?P<what2>[^\s,.;:?!()]+(?: [^\s,.;:?!()]+){{0,5}}?),? (?:{_GONE}|aside|apart)(?=[,.;:?!)]"
    rf"|$)",
    r"\bnon-(?P<what3>(?-i:[A-Z]\w*[A-Z]\w*))",
    rf"(?:(?<=[,.;(?!–-])|\b(?:but|and|though)\b)\s*(?P<what4>[^\s,.;:?!()]+(?: [^\s,.;:?!()]+){{0,5}}?)(?:,"
    rf"| that)? {_UNWANTED}(?=[\s,.;?!)]|$)",
)
_POLITE = r"[,;(]*\s*(?:\b(?:but|and|though|just|only)\s+)?(?:please\s+)?"
_WHICH = (
    r"(?:\s+(?:the |any |all )?(?:those|ones|papers|works|methods|approaches|models|anything|everything|stuff|things|work)\s+(?:that"
    r"|which|who"
    r"|(?:where|in which|for which)(?: (?:the )?(?:[\w-]+ ){1,2}(?:is|are|was|were))?)\b)?"
)
_EXCLUDED = re.compile(rf"{_POLITE}(?:{'|'.join(_TOPIC_CUES)}){_WHICH}\s+{_WHAT}\)?(?:,? though\b)?", re.IGNORECASE)
_LEFT_OUT = re.compile(rf"[,;(]*\s*(?:{'|'.join(_AFTER)})\)?", re.IGNORECASE)
_DATED_OUT = re.compile(
    rf"[,;(]*\s*(?:\b(?:but|and|just|only|though) )*\b(?:not|none|nothing|no|except(?: for)?|excluding|exclude|without|minus|drop|skip|omit"
    rf"|leave out|(?:anything|everything|all) but)(?: (?:just|those|these|the|any\w*|ones?|papers?|works?|of|from|in|during|published|dated"
    rf"|released))* (?P<what>(?:{MONTH},? )?(?:19|20)\d\d)(?: (?:ones?|papers?))?\b",
    re.IGNORECASE,
)
_MAY_EXCLUDE = re.compile(
    r"\bno(?:t|n|ne|thing)?\b|n't\b|\bnever\b|out|aside|apart|ignor|omit|skip|drop|unrelated|exce|exclu|exempt|\bother\b|besides"
    r"|\bsave\b|barring|minus|\bsans\b|\bless\b|\bbut\b|w/o|irrelevant|uninteresting",
    re.IGNORECASE,
)
"""What every wording of both has one of: looked for first, as they take longest of all that is read by rule. A new one's word
belongs here, too."""

_METHOD = re.compile(r"[,;(\s]*(?:and |but |just )*(?:not|never) (?:us|need|requir|rely|depend|involv|employ)", re.IGNORECASE)
_LACKING = re.compile(rf"(?:{'|'.join(_LACK_CUES)})\s+{_WHAT}", re.IGNORECASE)
_NOTHING = frozenset(
    "it that this them those these one ones any all so much more less only just sure both which there them yes you me".split()
)
_EACH = re.compile(r"(?:every|each|its own|their own)\b", re.IGNORECASE)
_EDGE = re.compile(r"^(?:a|an|the|any|all|some|use of|using|other|of|further|additional)\s+", re.IGNORECASE)
_STATE = re.compile(
    r"^(?:\w+(?:ed|able|ible)(?= (?:by|in|to|on|with|for|at|from|of|as|it|them|only|well)\b|$)|given|known|possible|enough|new|old"
    r"|better|worse|good|as|what|beat|work|carry)\b",
    re.IGNORECASE,
)
_AIM = re.compile(
    r"^(?:any )?(?:los(?:s|ing|es?)|hurt\w*|harm\w*|sacrific\w*|degrad\w*|compromis\w*|ruin\w*|damag\w*|worsen\w*|slow\w*|increas\w*"
    r"|reduc\w*"
    r"|affect\w*|it|its|giving up|becoming|getting|making|sounding|forgetting|overfitting|drop in|drops? in|performance|accuracy|quality"
    r"|much"
    r"|significant|further ado|going|knowing|saying|me|you)\b",
    re.IGNORECASE,
)
_CONTRAST = re.compile(r"\b(?:other than|besides|outside of)\b(?! (?:the (?:ones|papers)|those|papers|works)\b)", re.IGNORECASE)
_REPORTED = re.compile(
    r"\b(?:found|finds|finding that|show(?:s|ed|n)|showing that|claim(?:s|ed|ing)|argu(?:es|ed|ing)|says|said|saying|report(?:s|ed) that"
    r"|prov(?:es|ed|ing)|conclud(?:es|ed|ing)|demonstrat(?:es|ed)|suggest(?:s|ed|ing) that|observ(?:es|ed)|notic(?:es|ed)"
    r"|discover(?:s|ed)|stat(?:es|ed) that|revealed|reveals)\b",
    re.IGNORECASE,
)
"""What follows is what a paper found: "that Polish, not English, is best" leaves no paper out."""

_SENTENCE_END = re.compile(r"[.;?!](?:\s|$)")
_MASK = "\x00"


@lru_cache(maxsize=_KEPT)
def _masked(text: str) -> str:
    """The text with what only looks like an exclusion struck out, of the same length."""
    told = _REPORTED.search(text)
    end = _SENTENCE_END.search(text, told.end()) if told else None
    if told:
        stop = end.start() if end else len(text)
        text = text[: told.start()] + _MASK * (stop - told.start()) + text[stop:]
    return _HARMLESS.sub(lambda match: _MASK * len(match[0]), text)


@lru_cache(maxsize=_KEPT)
def excluded(text: str, turn: Typed | None = None, by_tags: bool = True) -> tuple[tuple[str, ...], str]:
    """The phrases of what no paper may be about, and the question without them; those that the classifier tags only `by_tags`, as it
    does in the `turn` that the question is a part of.

    What a method is to do without ("without training") is no topic to leave out: see `lacking`.
    """
    found, kept, spared = list[str](), text, [*lacking(text)]
    for pattern in (_DATED_OUT, _LEFT_OUT, _EXCLUDED) if _MAY_EXCLUDE.search(_masked(text)) else ():
        at = 0
        while match := pattern.search(_masked(kept), at):
            means = _METHOD.match(match[0]) or _set_against(match[0], kept[: match.start()])
            phrases = [] if means else _phrases(kept[slice(*_what(match))])
            at = match.end() if not phrases else match.start()
            spared += [] if phrases else [kept[slice(*_what(match))]]
            if phrases:
                found += phrases
                kept = f"{kept[: match.start()]} {kept[match.end() :]}"
    tagged, rest = tagged_out(kept, _masked(kept), tuple(spared), turn) if by_tags else ((), kept)
    if more := [part for part in tagged if _names(part)]:
        found, kept = [*found, *more], rest
    if not found or not re.search(r"\w{2,}", kept):
        return (), text
    return tuple(dict.fromkeys(found)), re.sub(r"\s+([,.;:?!])", r"\1", " ".join(kept.split())).strip(" ,;")


_BY_MEANS = re.compile(r"[,;(\s]*(?:and |but )?not (?P<by>with|by|through|via|using)\b", re.IGNORECASE)
_OF_PAPERS_BEFORE = re.compile(
    r"\b(?:papers?|works?|ones|those|methods?|models?|variants?|stud(?:y|ies)|approaches|that|and|or|only|just)$", re.I
)


def _set_against(excludes: str, before: str) -> bool:
    """Whether one means is set against another ("trained with local losses, not with backpropagation"): its papers name both."""
    found = _BY_MEANS.match(excludes)
    by = list(re.finditer(rf"\s{found['by']}\s", before, re.IGNORECASE)) if found else []
    return bool(by) and not _OF_PAPERS_BEFORE.search(before[: by[-1].start()])


def _what(match: re.Match[str]) -> tuple[int, int]:
    return match.span(next(name for name in ("what", "what2", "what3", "what4") if name in match.re.groupindex and match[name]))


def to_judge(text: str, rest: str, turn: Typed | None = None) -> str:
    """What papers are judged by: the question without what it excludes; as it was said where that tells what is wanted ("other than "
    "English")."""
    if not _CONTRAST.search(text):
        return rest
    kept = _CONTRAST.sub(lambda says: f"xcontrast{len(says[0])}", text)  # a word that excludes nothing
    said = iter(_CONTRAST.findall(text))
    return re.sub(r"xcontrast\d+", lambda _: next(said), excluded(kept, turn)[1])


@lru_cache(maxsize=_KEPT)
def lacking(text: str) -> tuple[str, ...]:
    """The phrases of what a method is to do without: abstracts tell of it in the same words ("without training")."""
    found = list[str]()
    for match in _LACKING.finditer(_masked(text)):
        what = text[slice(*match.span("what"))]
        if not _AIM.match(what.strip()):
            found += _phrases(what)
    return tuple(dict.fromkeys(found))


def _phrases(what: str) -> list[str]:
    """The things that a wording names, without the words that tie it to the sentence."""
    bare = _LINK.sub("", what.strip())
    if bare == what.strip() and _STATE.match(bare):
        return []  # "camera poses are not given", "where they do not beat": nothing is left out
    parts = re.split(r"\s*(?:,\s*(?:or|nor|and)?|\b(?:or|nor|and)\b)\s+(?:not |no |of )*", bare)
    return [part for part in map(_trimmed, (_LINK.sub("", part) or part for part in parts)) if _names(part)]


def _trimmed(part: str) -> str:
    before = ""
    while part != before:
        before, part = part, _TAIL.sub("", _EDGE.sub("", part.strip(" ,'\"")))
    return part


def _names(part: str) -> bool:
    year = bool(re.fullmatch(r"(?:19|20)\d\d", part))
    return (
        bool(re.search(r"\w", part))
        and part.lower() not in _NOTHING
        and not _EACH.match(part)
        and (year or not part.isdigit())
        and len(part.split()) <= 8
    )
