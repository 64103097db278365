"""Who claims to do better than a system ("which of them beats DeepSpeed-Ulysses?"): the sentences that say so, of others than its own."""

import re

from corpus import Paper
from rag.filters import Filters
from rag.index import Index
from rag.relevance import Verdict
from rag.text import split_sentences, trusted
from rag.understanding import Question, rival

_MOST = 200
"""Papers that mention a system that are read."""

_CLAIMS = re.compile(
    r"\b(?:beat\w*|outperform\w*|surpass\w*|outdo\w*|exceed\w*|improv\w+|better|faster|higher|superior|speed-?up|ahead|gain\w*|reduc\w+)\b",
    re.IGNORECASE,
)


def who_beats(index: Index, question: Question) -> tuple[Verdict, ...]:
    """A verdict on each paper, of the list where one is meant, that claims to do better, quoted with its claim."""
    name = rival(question.text)
    ids = index.lexical.page(name, Filters(), "best", 0, _MOST)[0] if name else []
    meant = set(question.within) if question.within is not None else set(ids)
    found = ((paper, _claim(paper, name)) for paper in index.papers([i for i in ids if i in meant]))
    return tuple(Verdict(paper, 1.0, (claim,)) for paper, claim in found if claim)


def _claim(paper: Paper, name: str) -> str:
    """The sentence in which a paper claims to do better than a system that is not its own."""
    written = re.compile(r"[\s-]?".join(re.escape(part) for part in re.split(r"[\s-]", name)), re.IGNORECASE)
    if written.search(paper.title):
        return ""
    safe = trusted(paper.abstract)
    return next((s for s in split_sentences(paper.abstract) if written.search(s) and _CLAIMS.search(s) and s in safe), "")
