"""Whether Chroma's vector files can be loaded and hold the papers' vectors; run in a process of its own, which may die of it."""

import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np

from rag.embedding import StaticEmbedder, Vectors
from rag.errors import IndexDamaged
from rag.index.add import batches
from rag.index.chroma.connection import local
from rag.index.chroma.store import ChromaStore
from rag.index.chroma.vector_files import DAMAGED
from rag.index.entries import PaperEncoder
from rag.index.lexical.local import LexicalIndex
from rag.index.records import paper_of
from rag.index.repair import TOLERANCE

_ASKED, _NEAREST, _SHARE_FOUND = 200, 10, 0.9
"""Papers whose own vector is asked for, among how many nearest it has to be, and how many must be: HNSW misses some."""


def main(chroma: str, lexical: str) -> None:
    """Exit status 0, or DAMAGED."""
    try:
        sound = _Check(ChromaStore(lambda: local(Path(chroma)), "papers", chroma), LexicalIndex(Path(lexical))).sound()
    except IndexDamaged:
        sound = False
    sys.exit(0 if sound else DAMAGED)


class _Check:
    def __init__(self, store: ChromaStore, lexical: LexicalIndex) -> None:
        self._store, self._lexical = store, lexical
        shipped = StaticEmbedder()
        self._encoder = PaperEncoder(shipped) if store.embedder in ("", shipped.fingerprint) else None

    def sound(self) -> bool:
        self._store.load()
        ids = self._store.ids()
        newer = {paper_id for paper_id, _ in self._store.records_since(max(self._lexical.revision, 0))}
        return all(self._page(page, newer) for page in batches(ids)) and self._found(Random(0).sample(ids, min(_ASKED, len(ids))))

    def _page(self, ids: Sequence[str], newer: set[str]) -> bool:
        """Whether papers' vectors are those of the forward index, or, if it does not know the papers as they are now, made anew."""
        vectors = self._store.vectors(ids)
        if len(vectors) < len(ids):
            return False
        known = self._lexical.look_up([], [paper_id for paper_id in ids if paper_id not in newer])
        if known.ids and not _alike([vectors[i] for i in known.ids], self._lexical.forward.vectors(known.rows)):
            return False
        unknown = [paper_of(record) for _, record in self._store.records(list(set(ids) - set(known.ids)))]
        if not unknown or not self._encoder:
            return True
        return _alike([vectors[paper.paper_id] for paper in unknown], self._encoder.encode(unknown)[0])

    def _found(self, ids: Sequence[str]) -> bool:
        """Whether papers are found by their own vectors: links between the vectors may be torn, too."""
        found = sum(self._is_found(paper_id, vector) for paper_id, vector in self._store.vectors(ids).items())
        return found >= _SHARE_FOUND * len(ids)

    def _is_found(self, paper_id: str, vector: Vectors) -> bool:
        near = self._store.query(vector, _NEAREST)
        return not np.any(vector) or any(other == paper_id or cosine > 1 - TOLERANCE for other, cosine in near)


def _alike(found: Sequence[Vectors], wanted: Vectors) -> bool:
    stacked = np.stack(found)
    return stacked.shape == wanted.shape and bool(np.all(np.abs(stacked - wanted) <= TOLERANCE))
