"""The index: papers -> Chroma (the truth) and the lexical index (derived).

On disk, under one folder:

    FORMAT          layout version; a newer one is refused
    CURRENT         name of the generation in use, replaced atomically by a reindex
    writer.lock     held while writing; the system frees it when the process dies
    <generation>/chroma, <generation>/lexical (with the forward index in it)
    <generation>/vectors.lock, vectors.busy, vectors.sums   see rag.index.chroma.vector_files

A write begins a revision of the collection, upserts to Chroma, commits to the lexical index,
marks that revision there, and finishes it. A process killed in between leaves the two apart; the next
to open the index sees it by the revision and repairs it: either side is made anew out of the other.
The abstract is in Chroma's metadata, not its `document`, which is tokenized for a search that nothing uses, at three times the cost.
"""

import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from filelock import FileLock

from corpus import Paper
from rag.config import Config
from rag.embedding import Embedder, Vectors
from rag.errors import EmbedderChanged, IndexBusy, IndexDamaged, VectorsDamaged
from rag.filters import Filters
from rag.index.add import Progress, write_papers
from rag.index.catalogue import Catalogue
from rag.index.chroma.database_check import database_fault
from rag.index.entries import PaperEncoder
from rag.index.folder import Folder, locked
from rag.index.generations import open_current
from rag.index.lease import Lease
from rag.index.lexical.server import open_words, words_folder
from rag.index.rebuild import reindex as reindex
from rag.index.rebuild import restore
from rag.index.records import Report, paper_of
from rag.index.repair import differences, level, remove_records

_QUICK = 0.5
"""Seconds: an index that is reopened so fast is reopened at every change."""

_KEPT_PAPERS = 50_000
_LOOKS = 20
"""At most one part in so many of a reader's time goes to reopening."""


class Index:
    """Papers, by vector and by word. Any number of readers, one writer at a time. `progress` hears of papers repaired."""

    def __init__(self, config: Config, embedder: Embedder, progress: Progress = lambda done: None) -> None:
        self._config, self._progress = config, progress
        self.embedder, self.encoder = embedder, PaperEncoder(embedder)
        self.folder = Folder(config.index_path)
        self._thread_lock = threading.RLock()
        self._lock = FileLock(self.folder.lock_path)
        self._depth = False
        self._lease: Lease | None = None
        self._attach()

    def close(self) -> None:
        """Let go of the files and connections. Questions under way may fail; later ones raise IndexClosed."""
        self._seen = -1  # so that the next `refresh` asks Chroma's side
        self._store.close()
        self.lexical.forward.close()

    def _attach(self) -> None:
        try:
            self._open()
        except IndexDamaged as damage:
            restore(damage, self._config, self.embedder, self.folder, self._progress)
            self._open()

    def _open(self) -> None:
        self.generation, self._store = open_current(self._config, self.folder)
        self.lexical = self._opened_lexical()
        self._check_embedder()
        self._store.load()
        self._forget()
        self._next_look = 0.0
        self._seen = self._store.revision
        if self._interrupted or self.lexical.revision != self._seen or len(self.lexical) != len(self._store):
            self._repair_if_free()

    @property
    def revision(self) -> int:
        """The last finished revision that this object has seen; raised by every write."""
        return self._seen

    @property
    def _interrupted(self) -> bool:
        """Whether a write was begun and not finished; its writer may be at work or dead."""
        return self._store.begun > self._store.revision

    def _opened_lexical(self) -> Catalogue:
        """The lexical index; a damaged one is derived, so it gives way to an empty one that `_repair` fills."""
        what = self.folder, self.generation, self._store
        try:
            return open_words(*what, self.encoder)
        except IndexDamaged:
            with locked(self._lock, self.folder, 0):
                shutil.rmtree(words_folder(*what))
                return open_words(*what, self.encoder)

    def _check_embedder(self) -> None:
        built_with = self._store.embedder
        if built_with and built_with != self.embedder.fingerprint:
            raise EmbedderChanged(
                f"the index was built with the embedder {built_with}, but {self.embedder.fingerprint} is used now: by another "
                "version's table, or another PAPERCHAT_EMBED_MODEL; run `paperchat reindex`, or go back"
            )

    # --- reading

    def __len__(self) -> int:
        """Papers held, as the last `refresh` saw them."""
        return len(self.lexical)

    def refresh(self, at_once: bool = False) -> None:
        """See what other processes wrote since. Cheap when nothing changed, and never waits for a writing thread.

        A large index that goes on changing is looked at only now and then (unless `at_once`).
        """
        if not self._thread_lock.acquire(blocking=False):
            return
        try:
            if not at_once and not self._config.chroma_url and self._nothing_new():
                return
            self._store.refresh()
            if self._replaced():
                self._attach()
            elif self._behind() and (at_once or time.monotonic() >= self._next_look):
                self._look_again()
        finally:
            self._thread_lock.release()

    def _nothing_new(self) -> bool:
        """Told by two small files, without asking Chroma: every write ends with the lexical index's mark."""
        return self.folder.current() == self.generation and self.lexical.loaded == self.lexical.revision == self._seen

    def _replaced(self) -> bool:
        return bool(self._store.successor) or (not self._config.chroma_url and self.folder.current() != self.generation)

    def _behind(self) -> bool:
        lexical = self.lexical.revision
        return self._seen != self._store.revision or lexical != self.lexical.loaded or lexical < self._store.revision

    def _look_again(self) -> None:
        began = time.monotonic()
        try:
            self._store.reopen()
        except VectorsDamaged:
            self._attach()
            return
        took = time.monotonic() - began
        self._next_look = began + took * _LOOKS if took > _QUICK else 0.0
        self.lexical.reload()
        self._forget()
        self._seen = self._store.revision
        if self.lexical.revision < self._seen:
            self._repair_if_free()

    def _forget(self) -> None:
        """Papers may have changed."""
        self._papers: dict[str, Paper] = {}

    def papers(self, ids: Sequence[str]) -> list[Paper]:
        """The papers of these ids, in their order; unknown ids are left out."""
        known = self._papers
        if len(known) > _KEPT_PAPERS:
            self._papers = known = {paper_id: known[paper_id] for paper_id in ids if paper_id in known}
        if missing := [paper_id for paper_id in ids if paper_id not in known]:
            known.update({paper_id: paper_of(record) for paper_id, record in self.lexical.records_of(missing).items()})
        return [known[paper_id] for paper_id in ids if paper_id in known]

    def all_papers(self) -> Iterator[Paper]:
        """Every paper, in Chroma's order, read in pages."""
        return (paper_of(record) for _, record in self._store.all_records())

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """(paper id, cosine) of the nearest papers, best first; a server may give fewer than `limit` (Chroma Cloud: 300)."""
        return self._store.query(vector, limit)

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """Stored vectors by paper id, of those that are held."""
        return self._store.vectors(ids)

    def matching(self, filters: Filters, limit: int) -> tuple[list[str], int]:
        """See Catalogue.matching."""
        return self.lexical.matching(filters, limit)

    # --- writing

    @contextmanager
    def _writing(self, wait: float = 0) -> Iterator[None]:
        """One writer at a time, across threads, processes and machines. Raises IndexBusy after `wait` seconds."""
        with locked(self._lock, self.folder, wait), self._thread_lock:
            if self._depth:
                yield
                return
            with self._store.leased(self.folder.lock_path, wait) as self._lease:
                self._depth = True
                try:
                    self.refresh(at_once=True)
                    if self._interrupted:
                        self._repair()
                    yield
                finally:
                    self._depth = False
                    self._store.seal()

    def sync(self, papers: Iterable[Paper], progress: Progress = lambda done: None, wait: float = 0, merge_titles: bool = True) -> Report:
        """Add what is new, update what changed, leave the rest; only new and changed papers are embedded.

        Papers whose titles differ in case and punctuation only are one paper, unless
        `merge_titles` is off (for a test collection, whose judgements name ids).
        What `progress` heard of is durable; an interrupted run continues when it is run again. Raises IndexBusy.
        """
        with self._writing(wait):
            try:
                return write_papers(papers, self.lexical, self.encoder, self._stored, progress, merge_titles)
            finally:
                self._forget()

    def _stored(self, papers: list[Paper], records: list[str], vectors: Vectors) -> int:
        self.folder.require_room(vectors.nbytes + sum(map(len, records)))
        revision = self._begin()
        self._store.upsert(revision, papers, vectors, records)
        self._finish(revision)
        return revision

    def remove(self, ids: Iterable[str]) -> int:
        """Remove papers, by id or alias; returns how many were held. Raises IndexBusy."""
        with self._writing():
            named = list(dict.fromkeys(ids))
            named += self.lexical.by_aliases(named).values()
            held = [paper_id for paper_id, _ in self._store.records(named)]
            if held:
                revision = self._begin()
                self._store.delete(held)
                self._finish(revision)
                remove_records(self.lexical, held)
                self.lexical.mark(revision)
                self._forget()
        return len(held)

    def _begin(self) -> int:
        """Say that a revision is being written."""
        self.folder.require_writable()
        if self._lease:
            self._lease.renew()
        self._store.set_state(begun=self._seen + 1, embedder=self.embedder.fingerprint)
        return self._seen + 1

    def _finish(self, revision: int) -> None:
        """Say that it is written: other processes may look."""
        self._store.set_state(revision=revision)
        self._seen = revision

    def seed(self, key: str, papers: Callable[[], Iterable[Paper]], progress: Progress = lambda done: None) -> Report:
        """Sync the papers that ship, once for each `key`; a second process waits for the first."""
        if self._store.seed == key or self.folder.copied:
            return Report()
        with self._writing(wait=300):
            report = self.sync(papers(), progress, wait=300) if self._store.seed != key else Report()
            self._store.set_state(seed=key)
        return report

    def _repair_if_free(self) -> None:
        """Bring the lexical index level with Chroma, unless a writer is at work on just that.

        It is this machine's own: on a server that others write to, its own lock is enough.
        """
        try:
            if self._interrupted:
                with self._writing():
                    return  # repairs
            with locked(self._lock, self.folder, 0), self._thread_lock:
                self._repair()
        except IndexBusy:
            return

    def _repair(self) -> None:
        self._store.refresh()
        target = self._store.revision
        sure = level(self._store, self.lexical, self.encoder, self._progress, self._depth or not self._config.chroma_url)
        if self._depth and self._interrupted:  # its writer is dead, for the lock is ours
            target = self._store.begun
            self._store.set_state(revision=target)
        self.lexical.mark(target, unsure=not sure)
        self._seen = target

    def verify(self) -> list[str]:
        """Damage, and differences between Chroma and the lexical index, a line each; empty when there is none."""
        self.refresh()
        wrong = "" if self._config.chroma_url else database_fault(self.folder.chroma(self.generation), whole=True)
        return [f"Chroma's database is damaged ({wrong})"] if wrong else differences(self._store, self.lexical)
