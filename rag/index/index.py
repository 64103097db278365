"""The index: papers -> Chroma (the truth) and the lexical index (derived).

On disk, under one folder:

    FORMAT          layout version; a newer one is refused
    CURRENT         name of the generation in use, replaced atomically by a reindex
    SEEDED          which papers that ship went in, so that what a user removed of them stays removed
    writer.lock     held while writing; the system frees it when the process dies
    <generation>/chroma, <generation>/lexical (with the forward index in it)
    <generation>/vectors.lock, vectors.busy, vectors.sums   see rag.index.chroma.vector_files

A write begins a revision of the collection, upserts to Chroma, commits to the lexical index,
marks that revision there, and finishes it. A process killed in between leaves the two apart; the next
to open the index sees it by the revision and repairs it: either side is made anew out of the other.
The abstract is in Chroma's metadata, not its `document`, which is tokenized for a search that nothing uses, at three times the cost.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from corpus import Paper
from rag.config import Config
from rag.embedding import Embedder, Vectors
from rag.filters import Filters
from rag.index.add import Progress, write_papers
from rag.index.catalogue import Catalogue
from rag.index.entries import PaperEncoder
from rag.index.opened import Opened
from rag.index.rebuild import reindex as reindex
from rag.index.records import Report, paper_of
from rag.index.repair import remove_records

_KEPT_PAPERS = 50_000


class Index:
    """Papers, by vector and by word. Any number of readers, one writer at a time. `progress` hears of papers repaired."""

    def __init__(self, config: Config, embedder: Embedder, progress: Progress = lambda done: None) -> None:
        self.embedder = embedder
        self._opened = Opened(config, embedder, progress)

    def close(self) -> None:
        """Let go of the files and connections. Questions under way may fail; later ones raise IndexClosed."""
        self._opened.close()

    @property
    def generation(self) -> str:
        """Name of the generation in use."""
        return self._opened.generation

    @property
    def revision(self) -> int:
        """The last finished revision that this object has seen; raised by every write."""
        return self._opened.revision

    @property
    def encoder(self) -> PaperEncoder:
        """What makes vectors and entries of papers."""
        return self._opened.encoder

    # --- reading

    def __len__(self) -> int:
        """Papers held, as the last `refresh` saw them."""
        return len(self._opened.lexical)

    def refresh(self, at_once: bool = False) -> None:
        """See what other processes wrote since; see Opened.refresh."""
        self._opened.refresh(at_once)

    def papers(self, ids: Sequence[str]) -> list[Paper]:
        """The papers of these ids, in their order; unknown ids are left out."""
        opened = self._opened
        known = opened.known
        if len(known) > _KEPT_PAPERS:
            opened.known = known = {paper_id: known[paper_id] for paper_id in ids if paper_id in known}
        if missing := [paper_id for paper_id in ids if paper_id not in known]:
            known.update({paper_id: paper_of(record) for paper_id, record in opened.lexical.records_of(missing).items()})
        return [known[paper_id] for paper_id in ids if paper_id in known]

    def all_papers(self) -> Iterator[Paper]:
        """Every paper, in Chroma's order, read in pages."""
        return (paper_of(record) for _, record in self._opened.store.all_records())

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """(paper id, cosine) of the nearest papers, best first; a server may give fewer than `limit` (Chroma Cloud: 300)."""
        return self._opened.store.query(vector, limit)

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """Stored vectors by paper id, of those that are held."""
        return self._opened.store.vectors(ids)

    @property
    def lexical(self) -> Catalogue:
        return self._opened.lexical

    def matching(self, filters: Filters, limit: int) -> tuple[list[str], int]:
        """See Catalogue.matching."""
        return self._opened.lexical.matching(filters, limit)

    # --- writing

    def sync(self, papers: Iterable[Paper], progress: Progress = lambda done: None, wait: float = 0, merge_titles: bool = True) -> Report:
        """Add what is new, update what changed, leave the rest; only new and changed papers are embedded.

        Papers whose titles differ in case and punctuation only are one paper, unless
        `merge_titles` is off (for a test collection, whose judgements name ids).
        What `progress` heard of is durable; an interrupted run continues when it is run again. Raises IndexBusy.
        """
        with self._opened.writing(wait):
            try:
                return write_papers(papers, self._opened.lexical, self._opened.encoder, self._stored, progress, merge_titles)
            finally:
                self._opened.forget()

    def _stored(self, papers: list[Paper], records: list[str], vectors: Vectors) -> int:
        self._opened.folder.require_room(vectors.nbytes + sum(map(len, records)))
        revision = self._opened.begin()
        self._opened.store.upsert(revision, papers, vectors, records)
        self._opened.finish(revision)
        return revision

    def remove(self, ids: Iterable[str]) -> int:
        """Remove papers, by id or alias; returns how many were held. Raises IndexBusy."""
        with self._opened.writing():
            named = list(dict.fromkeys(ids))
            named += self._opened.lexical.by_aliases(named).values()
            held = [paper_id for paper_id, _ in self._opened.store.records(named)]
            if held:
                revision = self._opened.begin()
                self._opened.store.delete(held)
                self._opened.finish(revision)
                remove_records(self._opened.lexical, held)
                self._opened.lexical.mark(revision)
                self._opened.forget()
        return len(held)

    def seed(self, key: str, papers: Callable[[], Iterable[Paper]], progress: Progress = lambda done: None) -> Report:
        """Sync the papers that ship, once for each `key`; a second process waits for the first."""
        if self._opened.seeded(key):
            return Report()
        with self._opened.writing(wait=300):
            report = Report() if self._opened.seeded(key) else self.sync(papers(), progress, wait=300)
            self._opened.note_seed(key)
        return report

    def verify(self) -> list[str]:
        """Damage, and differences between Chroma and the lexical index, a line each; empty when there is none."""
        return self._opened.verify()
