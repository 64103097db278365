"""Adding papers: which are new or changed, and the way of those to Chroma and the lexical index.

Embedding, Chroma and the lexical index each have a thread: their native code runs beside the
reading of the next papers. What is on its way is known to the planning by `Pending`.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from corpus import Paper, unique
from rag.embedding import Vectors
from rag.index.catalogue import Catalogue
from rag.index.entries import PaperEncoder
from rag.index.entries_process import Encoded, EncodingProcess
from rag.index.lexical.forward import Entries
from rag.index.lexical.schema import title_term
from rag.index.lexical.writer import LexicalWriter
from rag.index.records import Report, digest, paper_of, record_of, updated

BATCH = 2_000
"""Papers written to Chroma in one transaction, on a server in as many as it takes."""

_BATCH_SECONDS = 2.0
"""A slow source is written this often, so that an interrupted run keeps what came."""

_IN_FLIGHT = 4
T = TypeVar("T")
Progress = Callable[[int], None]
"""Called with the number of papers done since the last call."""

Store = Callable[[list[Paper], list[str], Vectors], int]
"""Writes papers, their records and vectors to Chroma; returns the revision that they have there."""


@dataclass(frozen=True, slots=True)
class Change:
    """One batch's papers to write; `replaced` are the ids among them that were held before."""

    number: int
    size: int
    report: Report
    papers: list[Paper]
    records: list[str]
    replaced: list[str]


@dataclass(slots=True)
class Pending:
    """Papers that are planned and not yet to be found in the lexical index: by id, by alias and by title."""

    records: dict[str, tuple[int, str]] = field(default_factory=dict)
    aliases: dict[str, tuple[int, str]] = field(default_factory=dict)
    titles: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, number: int, papers: Iterable[Paper], records: Iterable[str]) -> None:
        for paper, record in zip(papers, records, strict=True):
            self.records[paper.paper_id] = (number, record)
            for alias in paper.aliases:
                self.aliases.setdefault(alias, (number, paper.paper_id))
            if key := title_term(paper.title):
                self.titles.setdefault(key, (number, paper.paper_id))

    def drop(self, up_to: int) -> None:
        """Forget batches that are committed."""
        for held in (self.records, self.aliases, self.titles):
            for key in [key for key, (number, _) in held.items() if number <= up_to]:
                del held[key]


class Planner:
    """Compares batches with what is held. Reads the catalogue: it is level with Chroma under the lock."""

    def __init__(self, lexical: Catalogue, merge_titles: bool) -> None:
        self._lexical, self._merge_titles = lexical, merge_titles
        self.pending = Pending()
        self._number = 0

    def plan(self, batch: list[Paper]) -> Change:
        """What of a batch must be written."""
        papers = self._met_anew(batch)
        held = self._held(paper.paper_id for paper in papers)
        known = self._known_as([paper for paper in papers if paper.paper_id not in held])
        held |= self._held(paper_id for paper_id in known.values() if paper_id not in held)
        added, changed = list[Paper](), dict[str, Paper]()
        for paper in unique(papers, by_title=self._merge_titles):
            ids = (paper.paper_id, *paper.aliases)
            paper_id = next((known.get(i, i) for i in ids if i in held or i in known), paper.paper_id)
            if paper_id not in held:
                added.append(paper)
                continue
            old = changed.get(paper_id) or paper_of(held[paper_id])
            if (new := updated(old, paper)) != old:
                changed[paper_id] = new
        self._number += 1
        written = [*added, *changed.values()]
        records = [record_of(paper) for paper in written]
        self.pending.add(self._number, written, records)
        same = [paper for paper in batch if paper.title_only] if len(papers) < len(batch) else []
        titles = sum(paper.title_only for paper in written) + len(same) - sum(paper.title_only for paper in papers if same)
        report = Report(len(added), len(changed), len(batch) - len(written), title_only=titles)
        return Change(self._number, len(batch), report, written, records, list(changed))

    def _met_anew(self, batch: list[Paper]) -> list[Paper]:
        """Papers that are not held in just this state: the rest needs no look at the held record."""
        digests = [digest(record_of(paper)) for paper in batch]
        same = self._lexical.holding_digests(digests)
        pending = self.pending.records
        return [paper for paper, known in zip(batch, digests, strict=True) if known not in same or paper.paper_id in pending]

    def _held(self, paper_ids: Iterable[str]) -> dict[str, str]:
        ids, pending = dict.fromkeys(paper_ids), self.pending.records
        found = {paper_id: pending[paper_id][1] for paper_id in ids if paper_id in pending}
        return self._lexical.records_of([paper_id for paper_id in ids if paper_id not in found]) | found

    def _known_as(self, papers: list[Paper]) -> dict[str, str]:
        """Of papers whose id is not held, the id that each is held under: one has the other's id as an alias, or they share a title.

        An alias that both have says nothing: papers of one volume may bear the volume's DOI.
        """
        pending = self.pending
        own = self._lexical.by_aliases([paper.paper_id for paper in papers])
        own |= {alias: paper_id for alias, (_, paper_id) in pending.aliases.items()}
        theirs = self._held(alias for paper in papers for alias in paper.aliases)
        titles, known = dict[str, str](), dict[str, str]()
        if self._merge_titles:
            titles = self._lexical.by_titles([paper.title for paper in papers])
            titles |= {key: paper_id for key, (_, paper_id) in pending.titles.items()}
        for paper in papers:
            alias = next((alias for alias in paper.aliases if alias in theirs), None)
            if paper_id := own.get(paper.paper_id) or alias or titles.get(title_term(paper.title)):
                known[paper.paper_id] = paper_id
        return known


class _Writing:
    """The threads that write, in order; a fault in one batch ends the run, what came before is kept."""

    def __init__(self, lexical: Catalogue, encoder: PaperEncoder, store: Store) -> None:
        self._lexical, self._encoder, self._store = lexical, encoder, store
        self._process: EncodingProcess | None = None
        self._threads = [ThreadPoolExecutor(1, f"paperchat-{name}") for name in ("embed", "store", "words")]
        self._writer: LexicalWriter | None = None
        self._failed = False

    def submit(self, change: Change) -> "Future[int]":
        """A future of the change's number; done when both Chroma and the lexical index hold it durably."""
        embed, store, words = self._threads
        encoded = embed.submit(self._begun(change.papers))
        stored = store.submit(lambda: self._stored(change, encoded))
        return words.submit(lambda: self._indexed(change, stored.result(), encoded.result()[1]))

    def _begun(self, papers: list[Paper]) -> Callable[[], Encoded]:
        """Where there is a whole batch there may be more: for these a process of their own is started."""
        if self._process is None and len(papers) >= BATCH and self._encoder.embedder is self._encoder.static:
            with suppress(OSError):  # then they are encoded here
                self._process = EncodingProcess(self._encoder)
        return self._process.begin(papers) if self._process else lambda: self._encoder.encode(papers)

    def _stored(self, change: Change, encoded: "Future[Encoded]") -> int:
        """Once a batch has failed none after it is written: the revisions stay in order."""
        if self._failed:
            raise CancelledError
        try:
            return self._store(change.papers, change.records, encoded.result()[0])
        except BaseException:
            self._failed = True
            raise

    def _indexed(self, change: Change, revision: int, entries: Entries) -> int:
        self._writer = self._writer or LexicalWriter(self._lexical)
        self._writer.remove(change.replaced)
        self._writer.add(change.papers, change.records, entries)
        self._writer.commit(revision)
        return change.number

    def close(self) -> None:
        """Wait for what is under way."""
        for thread in self._threads:
            thread.shutdown()
        if self._process:
            self._process.close()
        if self._writer:
            self._writer.close()


def batches(items: Iterable[T], size: int = BATCH, seconds: float = _BATCH_SECONDS) -> Iterator[list[T]]:
    """Lists of at most `size` items, each gathered in about `seconds` at most."""
    batch: list[T] = []
    began = time.monotonic()
    for item in items:
        batch.append(item)
        if len(batch) >= size or time.monotonic() - began > seconds:
            yield batch
            batch, began = [], time.monotonic()
    if batch:
        yield batch


def write_papers(
    papers: Iterable[Paper], lexical: Catalogue, encoder: PaperEncoder, store: Store, progress: Progress, merge_titles: bool
) -> Report:
    """Write what is new or changed; `progress` hears of a batch when it is durable on both sides.

    The caller holds the writer's lock. Interrupted (KeyboardInterrupt), it writes what it had
    begun, and raises again.
    """
    planner, report = Planner(lexical, merge_titles), Report()
    under_way: deque[tuple[Change, Future[int]]] = deque()
    writing = _Writing(lexical, encoder, store)

    def reap() -> None:
        change, future = under_way.popleft()
        planner.pending.drop(future.result())
        progress(change.size)

    try:
        for batch in batches(papers):
            change = planner.plan(batch)
            report += change.report
            if change.papers:
                under_way.append((change, writing.submit(change)))
            else:
                progress(change.size)
            while len(under_way) > _IN_FLIGHT:
                reap()
        while under_way:
            reap()
    finally:
        writing.close()
    return report
