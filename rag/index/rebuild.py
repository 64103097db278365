"""Building an index anew beside the old one, then swapping them."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from filelock import FileLock

from rag.config import Config
from rag.embedding import Embedder, StaticEmbedder
from rag.errors import DatabaseDamaged, IndexDamaged, VectorsDamaged
from rag.index.add import BATCH, Progress, batches
from rag.index.chroma.store import ChromaStore
from rag.index.entries import PaperEncoder
from rag.index.folder import Folder, locked
from rag.index.generations import open_current, open_store
from rag.index.lease import Lease
from rag.index.lexical.local import LexicalIndex
from rag.index.lexical.server import open_words
from rag.index.lexical.writer import LexicalWriter
from rag.index.records import paper_of

log = logging.getLogger("paperchat.index")


def reindex(config: Config, embedder: Embedder, progress: Progress = lambda done: None) -> int:
    """Build the index anew beside the old, with `embedder`, then swap; returns the papers held.

    Papers come from Chroma, or from the lexical index's copy of them when Chroma's database
    is damaged, which is then kept beside the new index; damaged vector files are not kept.
    """
    folder = Folder(config.index_path)
    folder.require_writable()
    with locked(FileLock(folder.lock_path), folder, 0):
        return _reindex(config, embedder, folder, progress)


def papers_to_reindex(config: Config) -> int | None:
    """How many papers a reindex goes over; None when Chroma's database is damaged."""
    try:
        with closing(open_current(config, Folder(config.index_path))[1]) as store:
            return len(store)
    except IndexDamaged:
        return None


def restore(damage: IndexDamaged, config: Config, embedder: Embedder, folder: Folder, progress: Progress) -> None:
    """Build a damaged index anew: without its vector files, or out of the lexical index's copy. Raises the damage, IndexBusy."""
    if not isinstance(damage, VectorsDamaged | DatabaseDamaged) or not isinstance(embedder, StaticEmbedder):
        raise damage  # another embedder may cost money: that is for its owner to say, by `paperchat reindex`
    with locked(FileLock(folder.lock_path), folder, 0):
        if isinstance(damage, VectorsDamaged):
            folder.vectors(folder.current()).drop()
        else:
            log.warning("Chroma's database is damaged or gone: making it anew from the lexical index's copy of the papers.")
        _reindex(config, embedder, folder, progress)


@dataclass(frozen=True, slots=True)
class _Saved:
    """What of an index goes into the next: records, the revision reached, what was seeded."""

    records: Iterable[str]
    revision: int = 0
    seed: str = ""


def _reindex(config: Config, embedder: Embedder, folder: Folder, progress: Progress) -> int:
    try:
        old, source = _source(config, folder)
    except IndexDamaged:
        old = folder.current()
        folder.keep(old)
        return _build(config, embedder, folder, old, _Saved(_copied(folder, old), seed=folder.seed()), progress)
    with closing(source), source.leased(folder.lock_path, 0) as lease:
        records = (record for _, record in source.all_records())
        saved = _Saved(_renewing(records, lease) if lease else records, source.begun, source.seed)
        count = _build(config, embedder, folder, old, saved, progress)
        if lease:
            lease.renew()  # another may have written to the old one, if it was taken
        if config.chroma_url:
            _succeed(config, folder, old)
    return count


def _copied(folder: Folder, generation: str) -> Iterator[str]:
    """The lexical index's copy of the papers. Raises IndexDamaged where it is damaged, too."""
    try:
        return LexicalIndex(folder.lexical(generation)).records()
    except IndexDamaged:
        lost = f"Chroma's database in {folder.path} and the copy of its papers are damaged"
        raise IndexDamaged(f"{lost}; move that folder away, then add your papers again") from None


def _renewing(records: Iterable[str], lease: Lease) -> Iterator[str]:
    """The records; whoever reads them goes on holding the lock. Raises IndexBusy."""
    for number, record in enumerate(records):
        if number % BATCH == 0:
            lease.renew()
        yield record


def _source(config: Config, folder: Folder) -> tuple[str, ChromaStore]:
    """The generation in use, and its collection, whose papers can be read: without its vector files where they are damaged."""
    generation, store = open_current(config, folder)
    try:
        store.load()
    except VectorsDamaged:
        store.close()
        folder.vectors(generation).drop()
        return open_current(config, folder)
    return generation, store


def _build(config: Config, embedder: Embedder, folder: Folder, old: str, saved: _Saved, progress: Progress = lambda done: None) -> int:
    """The generation after `old`, filled; in a folder it takes the old one's place at once."""
    new, encoder = folder.fresh_generation(old, bool(config.chroma_url)), PaperEncoder(embedder)
    store = open_store(config, folder, new)
    store.clear()  # what a reindex that was killed left on a server
    lexical = open_words(folder, new, store, encoder)
    revision = saved.revision + 1
    store.set_state(revision=revision, begun=revision, embedder=embedder.fingerprint, seed=saved.seed)
    writer = LexicalWriter(lexical)
    for batch in batches(saved.records):
        papers = [paper_of(record) for record in batch]
        vectors, entries = encoder.encode(papers)
        store.upsert(revision, papers, vectors, batch)
        writer.add(papers, batch, entries)
        progress(len(batch))
    writer.commit(revision)
    writer.close()
    if not config.chroma_url:
        folder.swap(new)
    return len(store)


def _succeed(config: Config, folder: Folder, old: str) -> None:
    """On a server: every generation before names the new one; those that nobody reads any more are emptied."""
    new = folder.next_generation(old)
    for number in range(1, int(new[1:])):
        store = open_store(config, folder, f"g{number}")
        if f"g{number}" != old and len(store):
            store.clear()
        store.set_state(successor=new)
