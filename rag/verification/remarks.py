"""Sentences that are no claims about papers: talk to the reader, about the prompt or about the writer itself."""

import re

from rag.text import instructs

_FIRST = re.compile(r"(?<![\w'’-])(?:I|I['’](?:m|d|ll|ve)|me|my|myself|mine)(?![\w'’-])")
_SECOND = re.compile(r"(?<![\w-])(?:you|your|yours|yourself|you['’](?:re|d|ll|ve))(?![\w-])", re.IGNORECASE)
_OFFERS = re.compile(
    r"^\W*(?:sure|certainly|of course|absolutely|okay|ok|alright|great|thanks?|thank you|hello|hi|sorry|apologies|unfortunately,? (?:i"
    r"|no|there)"
    r"|please|feel free|let (?:me|us|['’]s)|let['’]s|happy to|glad to|hope (?:this|that)|would (?:you|it)|do (?:you|let)|if (?:you"
    r"|there is anything)"
    r"|as an ai|as a (?:large )?language model)\b",
    re.IGNORECASE,
)
_ABOUT_PROMPT = re.compile(
    r"\b(?:the|these|those|all|following|above|given|provided|shared|listed) (?:\w+ )?(?:papers?|abstracts?|documents?|sources?|texts?"
    r"|list|information|context|question)"
    r" (?:\w+ ){0,2}(?:provided|given|shared|above|below|listed|mentioned|supplied|you)\b"
    r"|\b(?:based on|according to|from|in) the (?:provided|given|above|supplied|available) (?:papers?|abstracts?|documents?|context"
    r"|information|sources?)\b[^a-z0-9]*$"
    r"|\bwe can (?:discuss|talk|explore|look|go (?:into|through))\b"
    r"|\b(?:the user|the question asks|the query)\b|\b(?:further|more) (?:information|details?|questions?)\b.{0,30}\b(?:refer|see|ask"
    r"|contact|read)\b",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"^\W*(?:here (?:are|is|come|comes|follow|follows|you (?:go|have|are))\b|here['’]s\b"
    r"|(?:(?:listed|shown|given|summari[sz]ed|collected|grouped|presented|outlined) )?below (?:are|is|you|follow|follows|we|i)\b"
    r"|(?:the )?following (?:are|is)\b|(?:listed|shown|given|summari[sz]ed) (?:here|below)\b|what follows (?:is|are)\b"
    r"|th(?:is|ese) (?:is|are) (?:the|a|an|all|my|some) (?:\w+ ){0,2}(?:list|summary|overview|answer|papers|works|results|findings)\b"
    r"|(?:to (?:summari[sz]e|sum up|conclude)|in (?:summary|short|conclusion))\W*$)",
    re.IGNORECASE,
)
"""What leads in to an answer and says nothing of a paper."""

_ANSWER = re.compile(
    r"\W*(?:(?:the|my|final|short|full|complete|direct|model['’]?s?|assistant['’]?s?) )*(?:answer|response|reply|output)\W*", re.IGNORECASE
)
"""A label that says no more than that an answer follows."""

_LEAST = 2
"""Words of its own that a sentence without a figure needs to say anything."""


def answers(label: str) -> bool:
    """Whether a line, or a sentence, only says that an answer follows."""
    return bool(_ANSWER.fullmatch(label))


def is_remark(sentence: str, own_words: int, evidence: str) -> bool:
    """Whether a sentence, its markers taken out, tells nothing of a paper.

    `own_words` counts its words of content, `evidence` is what the cited papers say: words that stand
    there speak to nobody here ("Attention Is All You Need").
    """
    text = sentence.strip(" *\"'“”")
    if text.endswith("?") and text.rstrip("?").lower() not in evidence.lower():
        return True
    if answers(text) or _OFFERS.search(text) or _ABOUT_PROMPT.search(text):
        return True
    if (lead := _LEADS.match(text)) and lead[0].lower() not in evidence.lower():
        return True
    for talk in (_FIRST, _SECOND):
        if any(not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", evidence, re.IGNORECASE) for word in talk.findall(text)):
            return True
    return own_words < _LEAST and not re.search(r"\d", text)


def harmless(label: str) -> bool:
    """Whether a heading or a label may stand: it carries no claim, so only what is unsafe or no label is kept out."""
    return not (instructs(label) or _OFFERS.search(label) or _ADDRESS.search(label) or len(label.split()) > _MOST or len(label) > _LONGEST)


_ADDRESS = re.compile(
    r"https?:|www\.|\b[\w-]{1,60}\.(?:com|org|net|io|ai|dev|co|xyz|ru|cn|info|app|me|site|example|test|evil)\b|\S@\S|://", re.IGNORECASE
)
_MOST, _LONGEST = 14, 120
