"""Who claims to do better than a system ("which of them beats DeepSpeed-Ulysses?"): the sentences that say so, of others than its own."""

import re

from corpus import Paper
from rag.filters import Filters
from rag.index import Index
from rag.relevance import Verdict
from rag.text import split_sentences, trusted
from rag.understanding import rival

_MOST = 200
"""Papers that mention a system that are read."""

_CLAIMS = re.compile(
    r"\b(?:beat\w*|outperform\w*|surpass\w*|outdo\w*|exceed\w*|improv\w+|better|faster|higher|superior|speed-?up|ahead|gain\w*|reduc\w+)\b",
    re.IGNORECASE,
)


def who_beats(index: Index, text: str) -> tuple[Verdict, ...]:
    """A verdict on each paper that claims to do better than the system that is asked about, quoted with its claim; none otherwise."""
    name = rival(text)
    ids = index.lexical.page(name, Filters(), "best", 0, _MOST)[0] if name else []
    found = ((paper, _claim(paper, name)) for paper in index.papers(ids))
    return tuple(Verdict(paper, 1.0, (claim,)) for paper, claim in found if claim)


def _claim(paper: Paper, name: str) -> str:
    """The sentence in which a paper claims to do better than a system that is not its own."""
    written = re.compile(r"[\s-]?".join(re.escape(part) for part in re.split(r"[\s-]", name)), re.IGNORECASE)
    if written.search(paper.title):
        return ""
    safe = trusted(paper.abstract)
    return next((s for s in split_sentences(paper.abstract) if written.search(s) and _CLAIMS.search(s) and s in safe), "")
