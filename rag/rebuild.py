"""Building an index anew beside the old one, then swapping them."""

from collections.abc import Callable, Iterable

from filelock import FileLock

from rag.chroma import open_store
from rag.config import Config
from rag.embedding import Embedder
from rag.errors import IndexDamaged
from rag.folder import Folder, locked
from rag.lexical import LexicalIndex
from rag.lexical_writer import LexicalWriter
from rag.records import embedded_text, paper_of
from rag.sync import batches


def reindex(config: Config, embedder: Embedder, progress: Callable[[int], None] = lambda done: None) -> int:
    """Build the index anew beside the old, with `embedder`, then swap; returns the papers held.

    Papers come from Chroma, or from the lexical index's copy of them when Chroma's files
    are damaged; damaged files are kept beside the new index, never deleted.
    """
    folder = Folder(config.index_path)
    with locked(FileLock(folder.lock_path), folder, 0):
        return _reindex(config, embedder, folder, progress)


def _reindex(config: Config, embedder: Embedder, folder: Folder, progress: Callable[[int], None]) -> int:
    old, new = folder.current(), folder.fresh_generation()
    store, lexical = open_store(config, folder, new), LexicalIndex(folder.lexical(new))
    writer = LexicalWriter(lexical)
    records, seed = _saved_records(config, folder, old)
    store.set_state(revision=1, embedder=embedder.fingerprint, seed=seed)
    for batch in batches(records):
        papers = [paper_of(record) for record in batch]
        vectors = embedder.encode([embedded_text(paper) for paper in papers])
        store.upsert(1, [paper.paper_id for paper in papers], vectors, batch)
        writer.add(zip(papers, batch, strict=True))
        progress(len(batch))
    writer.commit(1)
    writer.close()
    folder.swap(new)
    return len(store)


def _saved_records(config: Config, folder: Folder, generation: str) -> tuple[Iterable[str], str]:
    try:
        store = open_store(config, folder, generation)
        return (record for _, record in store.all_records()), store.seed
    except IndexDamaged:
        folder.keep(generation)
        return LexicalIndex(folder.lexical(generation)).records(), ""
