"""What a turn is by its wording alone: letters that are no word, a question on a name, a list narrowed to what has code."""

import re

from rag.index import Catalogue
from rag.understanding.targets import name_asked, typed_as_name

_CODE_WORDS = re.compile(
    r"\b(?:(?:open[- ])?source[ds]?|code|codes|repo(?:s|sitor(?:y|ies))?|git ?hub|implementations?|released?|releases"
    r"|releasing|public\w*|available"
    r"|availability|offer\w*|provid\w*|shar(?:e|es|ing)|com(?:e|es|ing)|link\w*|their|own|ship\w*|includ\w*)\b",
    re.IGNORECASE,
)
_NARROWING = re.compile(
    r"\b(?:and|or|but|only|just|keep|leave|show|list|filter|limit|restrict|narrow|down|to|the|ones?|those|these|that"
    r"|which|with|have|has|having|who"
    r"|of|them|it|papers?|works?|please|now|ok|okay|so|any|are|is|do|does|a|an|in|for|there|me|what|about|how|if|can"
    r"|you|whose|where|i|get)\b",
    re.IGNORECASE,
)


def asks_code(text: str) -> bool:
    """Whether a turn narrows what was told to the papers that release code, and says nothing else."""
    rest, count = re.subn(r"\b(?:code|codes|repo(?:s|sitor(?:y|ies))?|git ?hub|open[- ]sourced?|implementations?)\b", " ", text, flags=re.I)
    return count > 0 and not re.search(r"\w", _NARROWING.sub(" ", _CODE_WORDS.sub(" ", rest)))


def of_a_name(text: str) -> bool:
    """Whether a turn asks what something with a name is or does ("what does Hyena do?")."""
    name = name_asked(text)
    return bool(name) and typed_as_name(text, name) and not _OF_PLACES.search(text)


_OF_PLACES = re.compile(r"^\W*(?:who|where|when)\b|\b(?:weather|capital|time|president|king|price|stock)\b", re.IGNORECASE)
_MASHED = re.compile(
    r"[^\W\d_aeiouy]{5,}|^[^\W\d_aeiouy]{3,4}$|^(.)\1{2,}$|^(?:asdf|qwer|zxcv|hjkl|jkl|sdfg|dfgh"
    r"|wert|uiop)",
    re.IGNORECASE,
)


def mashed(text: str, lexical: Catalogue) -> bool:
    """Whether a turn is but letters: a word or three that no paper has, one of them such as no language has."""
    words = re.findall(r"[^\W\d_]+", text)
    if not 0 < len(words) <= 3 or any(lexical.document_frequency(term) for word in words for term in lexical.terms(word)):
        return False
    return any(_MASHED.search(word) for word in words)
