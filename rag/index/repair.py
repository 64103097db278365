"""Chroma and the lexical index, brought level with each other, and compared."""

from collections.abc import Iterable, Sequence

import numpy as np

from rag.index.add import Progress, batches
from rag.index.catalogue import Catalogue
from rag.index.chroma.store import ChromaStore
from rag.index.entries import PaperEncoder
from rag.index.lexical.writer import LexicalWriter
from rag.index.records import digest, paper_of

TOLERANCE = 2e-3
"""Largest difference of a vector's number from the forward index's, which is a float16 of at most 1."""

_NO_VECTOR = np.empty(0, np.float32)


def remove_records(lexical: Catalogue, ids: Iterable[str]) -> None:
    """Delete papers from the lexical index, in one commit."""
    writer = LexicalWriter(lexical)
    writer.remove(ids)
    writer.commit()
    writer.close()


def _copy(
    store: ChromaStore, records: Iterable[tuple[str, str]], lexical: Catalogue, encoder: PaperEncoder,
    progress: Progress, clear: bool = False,
) -> None:  # fmt: skip
    """(paper id, record) of Chroma's into the lexical index, whatever it held of them, in one commit."""
    writer = LexicalWriter(lexical)
    if clear:
        writer.clear()
    for batch in batches(records):
        ids = [paper_id for paper_id, _ in batch]
        held = store.vectors(ids) if not lexical.on_server else dict.fromkeys(ids, _NO_VECTOR)
        pairs = [(paper_of(record), record) for paper_id, record in batch if paper_id in held]
        if papers := [paper for paper, _ in pairs]:
            writer.remove(paper.paper_id for paper in papers)
            entries = encoder.entries(papers, np.stack([held[paper.paper_id] for paper in papers]))
            writer.add(papers, [record for _, record in pairs], entries)
        progress(len(batch))
    writer.commit()
    writer.close()


def level(store: ChromaStore, lexical: Catalogue, encoder: PaperEncoder, progress: Progress, alone: bool) -> bool:
    """Give the catalogue what Chroma holds: what came since its revision, else everything. Returns whether that is sure.

    Unless `alone`, others may write meanwhile, and what is read in pages shifts: then ids are compared by a later call.
    """
    held, before = lexical.revision, _state(store)
    quiet = alone or store.begun == store.revision
    _copy(store, store.records_since(held) if held >= 0 else store.all_records(), lexical, encoder, progress)
    if quiet and (lexical.unsure or len(lexical) != len(store)):
        _match_ids(store, lexical, encoder, progress)
    sure = alone or (quiet and _state(store) == before)
    if sure and len(lexical) != len(store):
        _copy(store, store.all_records(), lexical, encoder, progress, clear=True)
    return sure


def _state(store: ChromaStore) -> tuple[int, int, str]:
    """The revision begun, the last finished one, and the collection."""
    store.refresh()
    return store.begun, store.revision, store.server_id


def _match_ids(store: ChromaStore, lexical: Catalogue, encoder: PaperEncoder, progress: Progress) -> None:
    there, here = set(store.ids()), lexical.ids()
    remove_records(lexical, here - there)
    _copy(store, store.records(sorted(there - here)), lexical, encoder, progress)


def differences(store: ChromaStore, lexical: Catalogue) -> list[str]:
    """Papers that one holds and the other does not, or not in the same state, a line each; empty when they are equal."""
    if wrong := lexical.changed(whole=True):
        return [f"a file of the lexical index is damaged ({wrong})"]
    words, truth = lexical.digests(), {digest(record) for _, record in store.all_records()}
    faults = []
    if missing := len(truth - words):
        faults.append(f"{missing} papers of Chroma are missing from the lexical index or differ there")
    if extra := len(words - truth):
        faults.append(f"{extra} papers of the lexical index are not in Chroma")
    if not lexical.on_server and (apart := sum(_apart(store, lexical, page) for page in batches(store.ids()))):
        faults.append(f"the vectors of {apart} papers differ between Chroma and the lexical index")
    return faults


def _apart(store: ChromaStore, lexical: Catalogue, ids: Sequence[str]) -> int:
    """How many of these papers have another vector in Chroma than in the forward index."""
    held = store.vectors(ids)
    known = lexical.look_up([], list(held))
    if not known.ids:
        return 0
    differ = np.abs(np.stack([held[i] for i in known.ids]) - lexical.forward.vectors(known.rows))
    return int(np.count_nonzero(differ.max(axis=1) > TOLERANCE))
