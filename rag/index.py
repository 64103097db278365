"""The index: papers -> Chroma (the truth) and the lexical index (derived).

On disk, under one folder:

    FORMAT          layout version; a newer one is refused
    CURRENT         name of the generation in use, replaced atomically by a reindex
    writer.lock     held while writing; the system frees it when the process dies
    <generation>/chroma, <generation>/lexical

A write raises the collection's `revision`, upserts to Chroma (one transaction a batch),
commits to the lexical index, and marks that revision there. A process killed in between
leaves the two apart; the next to open the index sees it by the revision and repairs it.
The abstract is kept in Chroma's metadata, not as its `document`: documents are tokenized
for a full-text search that nothing here uses, at three times the cost.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from itertools import islice
from typing import Any

from filelock import FileLock, Timeout

from corpus import Paper, merge, paper_id_for, unique
from rag.chroma import ChromaStore, open_store
from rag.config import Config
from rag.embedding import Embedder, Vectors
from rag.errors import EmbedderChanged, IndexBusy, IndexDamaged
from rag.filters import Filters
from rag.folder import Folder, unusable
from rag.lexical import LexicalIndex, folded_key

BATCH = 2_000
Progress = Callable[[int], None]
"""Called with the number of papers done since the last call."""


@dataclass(frozen=True, slots=True)
class Report:
    """What adding papers did, in papers; `failed` holds one line for each record refused."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: tuple[str, ...] = ()

    def __add__(self, other: "Report") -> "Report":
        return Report(self.added + other.added, self.changed + other.changed, self.unchanged + other.unchanged, self.failed + other.failed)


def _record(paper: Paper) -> str:
    return json.dumps({name: value for name, value in asdict(paper).items() if value}, ensure_ascii=False, separators=(",", ":"))


def paper_of(record: str) -> Paper:
    """The paper of a stored record."""
    values = json.loads(record)
    for name in ("authors", "code_urls", "sources"):
        values[name] = tuple(values.get(name, ()))
    return Paper(**values)


def embedded_text(paper: Paper) -> str:
    return f"{paper.title}. {paper.abstract}"


def _digest(record: str) -> str:
    return sha256(record.encode()).hexdigest()[:32]


def _updated(held: Paper, new: Paper) -> Paper:
    """A known paper met again: an edit replaces what it says, a copy only adds to it.

    It is an edit when it comes under an id of its own or from where the paper first came;
    the same title from elsewhere is a copy, of which the longer abstract wins.
    """
    both = merge(held, new)
    named = new.paper_id == held.paper_id and new.paper_id != paper_id_for(new.title)
    if not named and new.sources[:1] != held.sources[:1]:
        return both
    given = {name: value for name, value in asdict(new).items() if value and name not in ("paper_id", "sources")}
    return replace(both, **given)


class Index:
    """Papers, searchable by vector and by word. Any number of readers, one writer at a time."""

    def __init__(self, config: Config, embedder: Embedder) -> None:
        self._config = config
        self.embedder = embedder
        self.folder = Folder(config.index_path)
        self._thread_lock = threading.RLock()
        self._lock = FileLock(self.folder.lock_path)
        self._attach()

    def _attach(self) -> None:
        self.generation = self.folder.current()
        self._store: ChromaStore = open_store(self._config, self.folder, self.generation)
        self._lexical = LexicalIndex(self.folder.lexical(self.generation))
        self._check_embedder()
        self._papers: dict[str, Paper] = {}
        self.revision = self._store.revision
        if self._lexical.revision != self.revision or len(self._lexical) != len(self._store):
            self._repair_if_free()

    def _check_embedder(self) -> None:
        built_with = self._store.embedder
        if built_with and built_with != self.embedder.fingerprint:
            raise EmbedderChanged(
                f"the index was built with the embedder {built_with}, but {self.embedder.fingerprint} is set; "
                "run `paperchat reindex`, or set PAPERCHAT_EMBED_MODEL back"
            )

    # --- reading

    def __len__(self) -> int:
        return len(self._store)

    def refresh(self) -> None:
        """See what other processes wrote since. Cheap when nothing changed."""
        with self._thread_lock:
            if self.folder.current() != self.generation:
                self._attach()
            elif (held := self._store.refreshed_revision()) != self.revision or self._lexical.revision != held:
                self._lexical.reload()
                self._papers = {}
                self.revision = held
                if self._lexical.revision != held:
                    self._repair_if_free()

    def papers(self, ids: Sequence[str]) -> list[Paper]:
        """The papers of these ids, in their order; unknown ids are left out."""
        known = self._papers
        if missing := [paper_id for paper_id in ids if paper_id not in known]:
            found = {paper_id: paper_of(record) for paper_id, record in self._store.records(missing)}
            if len(known) > 50_000:
                self._papers = known = {}
            known.update(found)
        return [known[paper_id] for paper_id in ids if paper_id in known]

    def all_papers(self) -> Iterator[Paper]:
        """Every paper, in the order in which Chroma holds them, read in pages."""
        return (paper_of(record) for _, record in self._store.all_records())

    def nearest(self, vector: Vectors, limit: int, within: Sequence[str] | None = None) -> list[tuple[str, float]]:
        """(paper id, cosine) of the nearest papers, best first, of all or of the given ids."""
        return self._store.query(vector, limit, within)

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """Stored vectors by paper id."""
        return self._store.vectors(ids)

    @property
    def lexical(self) -> LexicalIndex:
        return self._lexical

    def matching(self, filters: Filters, limit: int) -> tuple[list[str], int]:
        """Ids of papers that pass the filters, at most `limit`, and how many pass in all."""
        return self._lexical.matching(filters, limit)

    # --- writing

    @contextmanager
    def _writing(self, wait: float = 0) -> Iterator[None]:
        """One writer at a time, across threads and processes. Raises IndexBusy after `wait` seconds."""
        with _locked(self._lock, self.folder, wait), self._thread_lock:
            yield

    def sync(self, papers: Iterable[Paper], progress: Progress = lambda done: None, wait: float = 0, merge_titles: bool = True) -> Report:
        """Add what is new, update what changed, leave the rest; embeds only new and changed papers.

        Papers whose titles differ in case and punctuation only are one paper, unless
        `merge_titles` is off (for a test collection, whose judgements name ids).

        Each batch is durable before the next begins, so that an interrupted run keeps what
        it did and continues when it is run again. Raises IndexBusy.
        """
        report, source = Report(), iter(papers)
        with self._writing(wait):
            self.refresh()
            while batch := list(islice(source, BATCH)):
                report += self._sync_batch(batch, merge_titles)
                progress(len(batch))
        return report

    def _sync_batch(self, batch: list[Paper], merge_titles: bool) -> Report:
        held = dict(self._store.records([paper.paper_id for paper in batch]))
        if merge_titles:
            others = self._lexical.by_titles([p.title for p in batch if p.paper_id not in held])
            batch = [self._named(paper, held, others) for paper in batch]
            held |= dict(self._store.records([p.paper_id for p in batch if p.paper_id not in held]))
        added, changed = [], []
        for paper in unique(batch, by_title=merge_titles):
            if paper.paper_id not in held:
                added.append(paper)
            elif (new := _updated(old := paper_of(held[paper.paper_id]), paper)) != old:
                changed.append(new)
        if added or changed:
            self._write([*added, *changed])
        return Report(len(added), len(changed), len(batch) - len(added) - len(changed))

    def _named(self, paper: Paper, held: dict[str, str], others: dict[str, str]) -> Paper:
        known = others.get(folded_key(paper.title))
        return paper if paper.paper_id in held or known is None else replace(paper, paper_id=known)

    def _write(self, papers: list[Paper]) -> None:
        vectors = self.embedder.encode([embedded_text(paper) for paper in papers])
        records = [_record(paper) for paper in papers]
        self._store.upsert(self._begin(), [p.paper_id for p in papers], vectors, records)
        self._finish(list(zip(papers, records, strict=True)))

    def remove(self, ids: Iterable[str]) -> int:
        """Remove papers; returns how many were held. Raises IndexBusy."""
        with self._writing():
            self.refresh()
            held = [paper_id for paper_id, _ in self._store.records(list(dict.fromkeys(ids)))]
            if held:
                self._begin()
                self._store.delete(held)
                self._finish([], held)
        return len(held)

    def _begin(self) -> int:
        self.revision += 1
        self._store.set_state(revision=self.revision, embedder=self.embedder.fingerprint)
        return self.revision

    def _finish(self, papers: list[tuple[Paper, str]], removed: Sequence[str] = ()) -> None:
        self._lexical.write(papers, removed)
        self._lexical.mark(self.revision)
        self._papers = {}

    # --- seeding, repair, rebuilding

    def seed(self, key: str, papers: Callable[[], Iterable[Paper]], progress: Progress = lambda done: None) -> Report:
        """Sync the papers that ship, once for each `key`; a second process waits for the first."""
        if self._store.seed == key:
            return Report()
        with self._writing(wait=60):
            self.refresh()
            report = self.sync(papers(), progress, wait=60) if self._store.seed != key else Report()
            self._store.set_state(seed=key)
        return report

    def _repair_if_free(self) -> None:
        """Bring the lexical index level with Chroma, unless a writer is at work on just that."""
        try:
            with self._writing():
                self._repair()
        except IndexBusy:
            return

    def _repair(self) -> None:
        held = self._lexical.revision
        since = self._store.records_since(held) if held >= 0 else self._store.all_records()
        for batch in _batches(since, BATCH):
            self._lexical.write([(paper_of(record), record) for _, record in batch])
        if len(self._lexical) != len(self._store):
            gone = self._lexical.ids() - set(self._store.ids())
            self._lexical.write([], gone)
        if len(self._lexical) != len(self._store):
            self._rebuild_lexical()
        self.revision = self._store.refreshed_revision()
        self._lexical.mark(self.revision)

    def _rebuild_lexical(self) -> None:
        self._lexical.write([], clear=True)
        for batch in _batches(self._store.all_records(), BATCH):
            self._lexical.write([(paper_of(record), record) for _, record in batch])

    def verify(self) -> list[str]:
        """Differences between Chroma and the lexical index, a line each; empty when they are equal."""
        self.refresh()
        words, truth = {_digest(r) for r in self._lexical.records()}, {_digest(r) for _, r in self._store.all_records()}
        faults = []
        if missing := len(truth - words):
            faults.append(f"{missing} papers of Chroma are missing from the lexical index or differ there")
        if extra := len(words - truth):
            faults.append(f"{extra} papers of the lexical index are not in Chroma")
        return faults


@contextmanager
def _locked(lock: FileLock, folder: Folder, wait: float) -> Iterator[None]:
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        raise IndexBusy(f"another process is writing to {folder.path}; run this again when it is done") from None
    except OSError as error:
        raise unusable(folder.path, error) from None
    try:
        yield
    finally:
        lock.release()


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def reindex(config: Config, embedder: Embedder, progress: Progress = lambda done: None) -> int:
    """Build the index anew beside the old, with `embedder`, then swap; returns the papers held.

    Papers come from Chroma, or from the lexical index's copy of them when Chroma's files
    are damaged; damaged files are kept beside the new index, never deleted.
    """
    folder = Folder(config.index_path)
    with _locked(FileLock(folder.lock_path), folder, 0):
        return _reindex(config, embedder, folder, progress)


def _reindex(config: Config, embedder: Embedder, folder: Folder, progress: Progress) -> int:
    old, new = folder.current(), folder.fresh_generation()
    store, lexical = open_store(config, folder, new), LexicalIndex(folder.lexical(new))
    records, seed = _saved_records(config, folder, old)
    store.set_state(revision=1, embedder=embedder.fingerprint, seed=seed)
    for batch in _batches(records, BATCH):
        papers = [paper_of(record) for record in batch]
        vectors = embedder.encode([embedded_text(paper) for paper in papers])
        store.upsert(1, [paper.paper_id for paper in papers], vectors, batch)
        lexical.write(list(zip(papers, batch, strict=True)))
        progress(len(batch))
    lexical.mark(1)
    folder.swap(new)
    return len(store)


def _saved_records(config: Config, folder: Folder, generation: str) -> tuple[Iterable[str], str]:
    try:
        store = open_store(config, folder, generation)
        return (record for _, record in store.all_records()), store.seed
    except IndexDamaged:
        folder.keep(generation)
        return LexicalIndex(folder.lexical(generation)).records(), ""
