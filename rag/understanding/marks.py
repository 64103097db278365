"""What a turn is by its wording alone: letters that are no word, a question on a name, a list narrowed to what has code."""

import re

from rag.index import Catalogue
from rag.understanding.targets import defined, name_asked, typed_as_name

CODE_WORDS = re.compile(
    r"\b(?:(?:open[- ])?source[ds]?|open|code|codes|repo(?:s|sitor(?:y|ies))?|git ?hub|implementations?|released?|releases"
    r"|releasing|public\w*|available"
    r"|availability|offer\w*|provid\w*|shar(?:e|es|ing)|com(?:e|es|ing)|link\w*|their|own|ship\w*|includ\w*)\b",
    re.IGNORECASE,
)
_NARROWING = re.compile(
    r"\b(?:and|or|but|only|just|keep|leave|show|list|filter|limit|restrict|narrow|down|to|the|ones?|those|these|that"
    r"|which|with|have|has|having|who"
    r"|of|them|it|its|papers?|works?|please|now|ok|okay|so|any|are|is|do|does|a|an|in|for|there|me|what|about|how|if|can"
    r"|you|whose|where|i|get|got|did|been|some|all|also|actually|even|find|download|try|run|reach|access)\b",
    re.IGNORECASE,
)


_ON_CODE = re.compile(r"\b(?:about|on|for|of|concerning|around) (?:source )?code\b", re.IGNORECASE)


def asks_code(text: str) -> bool:
    """Whether a turn narrows what was told to the papers that release code, and says nothing else."""
    rest, count = re.subn(r"\b(?:code|codes|repo(?:s|sitor(?:y|ies))?|git ?hub|open[- ]sourced?|implementations?)\b", " ", text, flags=re.I)
    return count > 0 and not _ON_CODE.search(text) and not re.search(r"\w", _NARROWING.sub(" ", CODE_WORDS.sub(" ", rest)))


def of_a_name(text: str) -> bool:
    """Whether a turn asks what something with a name is or does ("what does Hyena do?")."""
    name = name_asked(text)
    return bool(name) and typed_as_name(text, name) and not _OF_PLACES.search(text)


def names_held(text: str, lexical: Catalogue, *, outside: bool) -> bool:
    """Whether a turn names what is held; one that seems `outside` the job ("make me a login form") only with a capital."""
    return any(not outside or _capital(name, text) for name in lexical.named(text))


def _capital(name: str, text: str) -> bool:
    return any(match[0] != match[0].lower() for match in re.finditer(rf"\b{re.escape(name)}\b", text, re.IGNORECASE))


def defines_term(text: str, lexical: Catalogue) -> bool:
    """Whether a turn wants something defined that papers speak of, written as a term ("describe LoRA to me")."""
    what = defined(text)
    return what[1:] != what[1:].lower() and all(lexical.document_frequencies(lexical.terms(what)) or [0])


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


METADATA_WORDS = frozenset(
    """doc docs document documents file files manuscript manuscripts preprint preprints write-up write-ups laboratory laboratories
    institution faculty crowded
    count counts counted number numbers newest oldest latest earliest recent date dates dated undated year years authors author
    code repository repositories repo repos github link links organisation organisations organization organizations company
    companies topics topic subjects known unknown total largest smallest fewest most many often come comes up mention mentions
    mentioned mentioning naming contain contains deal deals talk talks published publication release releases released list biggest included
    recorded sure really know tell split represented represent every themes theme areas area available hold held cover covered
    covers span range collection corpus library database publish wrote write implementation implementations source open-source
    exist exists people person team citation citations cited venue conference journal arxiv doi pdf url id name names whole entire
    share percentage fraction size big large small first last early late overall right correct true rough roughly exactly
    approximately broken down breakdown distribution distributed per month months each single one two three four five six seven
    eight nine ten dozen top else other others more anything indexed index indexing stored store stores holding holds overall
    altogether contains containing includes include keep kept give provide display part parts portion proportion lot half missing
    lack lacking lacks carry carries carrying lists listing attached public publicly online bring brings brought refer refers referring
    occur occurs appear appears appeared involve involves touch touches longest shortest freshest youngest eldest furthest greatest
    ancient venerable maximum minimum record records group groups crew crews hands behind order sort rank everything full main back
    old new young aged age ago similar alike equivalent comparable second third fourth fifth runner-up runner-ups place rank next
    labs lab firms institutions institutes universities affiliations before after i.e e.g""".split()
)
"""Words by which one asks about a collection: none of them names a topic."""
