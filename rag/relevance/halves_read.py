"""The two parts of a question that no paper joins, by reading: the cut at which papers answer either part best, and none both."""

from collections.abc import Sequence

import numpy as np

from corpus import Paper
from rag.relevance.asked import parted
from rag.relevance.features import Pool
from rag.relevance.halves import Span, joints, named, spans_of
from rag.relevance.logistic import Floats
from rag.relevance.matching import apart
from rag.relevance.reader import Reader
from rag.relevance.verdict import Half

_PAPERS, _CUTS = 3, 5
_ON_IT, _APART = 0.5, 0.15
"""How sure the reader must be that a paper is on a part; how much surer of a part's own best papers than of one for both."""


def halves_read(reader: Reader, pool: Pool, text: str) -> tuple[Half, ...]:
    """Both parts, each with the papers on it; empty where no cut parts the papers."""
    papers, wanted = [hit.paper for hit in pool.hits], parted(text)[0]
    spans = spans_of(wanted, pool)
    tried = [_parts(wanted, spans, at) for at in joints(wanted, spans)[:_CUTS]]
    read = [tuple(_surety(reader, part, papers) for part in parts) for parts in tried]
    gaps = [apart(left, right) for left, right in read]
    if not gaps or max(gaps) < _APART:
        return ()
    best = int(np.argmax(gaps))
    return tuple(_half(part, sure, papers) for part, sure in zip(tried[best], read[best], strict=True))


def _parts(wanted: str, spans: Sequence[Span], at: int) -> tuple[str, str]:
    return named(wanted[spans[0].start : spans[at - 1].end]), named(wanted[spans[at].start : spans[-1].end])


def _surety(reader: Reader, part: str, papers: Sequence[Paper]) -> Floats:
    logits = np.asarray(reader.read(part, papers).logits, np.float64)
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))


def _half(part: str, sure: Floats, papers: Sequence[Paper]) -> Half:
    order = [int(i) for i in np.argsort(-sure, kind="stable")[:_PAPERS] if sure[i] >= _ON_IT]
    return Half(part, tuple(papers[i] for i in order))
