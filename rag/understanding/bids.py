"""Whether what sounds like a request outside the job bids anything at all, or names a topic of the papers."""

import re

from rag.index import Catalogue
from rag.text import content_words
from rag.understanding.turn import Reading

_LEAST, _SHARE = 3, 0.7
"""Words that papers use, and their share of all, from which on a turn names a topic."""

_BIDS = re.compile(
    r"\b(?:you|your|i|me|my|we|us|our|he|she|today|tomorrow|tonight)\b|^(?:please |just |now )*(?:write|tell|make|give|do|draw|book|order"
    r"|translate|play|sing|solve|fix|run|open|send|call|set|buy|cook|say|repeat|pretend|act|ignore|forget|print|reveal|show|compose"
    r"|implement|sort|plan|output|help)\b",
    re.IGNORECASE,
)


def a_topic(reading: Reading, lexical: Catalogue) -> bool:
    """Whether a turn bids nothing and most of its words are ones that papers use: "certified defenses against jailbreak prompts"."""
    words = content_words(reading.rest)
    used = [any(lexical.document_frequencies(lexical.terms(word)) or [0]) for word in words]
    return not _BIDS.search(reading.words) and sum(used) >= max(_LEAST, _SHARE * len(used))
