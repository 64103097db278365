"""The generation in use as a process sees it: opened, looked at again, written by one at a time, repaired if left half done."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock

from corpus import Paper
from rag.config import Config
from rag.embedding import Embedder
from rag.errors import EmbedderChanged, IndexBusy, IndexDamaged, VectorsDamaged
from rag.index.add import Progress
from rag.index.catalogue import Catalogue
from rag.index.chroma.database_check import database_fault
from rag.index.entries import PaperEncoder
from rag.index.folder import Folder, locked
from rag.index.generations import open_current
from rag.index.lease import Lease
from rag.index.lexical.server import open_words, words_folder
from rag.index.rebuild import restore
from rag.index.repair import differences, level

_QUICK = 0.5
"""Seconds: an index that is reopened so fast is reopened at every change."""

_LOOKS = 20
"""At most one part in so many of a reader's time goes to reopening."""


class Opened:
    """An index's files, open: `store` is Chroma's side, `lexical` the derived one; `known` are papers read since they last changed."""

    def __init__(self, config: Config, embedder: Embedder, progress: Progress) -> None:
        self._config, self._embedder, self._progress = config, embedder, progress
        self.encoder, self.folder = PaperEncoder(embedder), Folder(config.index_path)
        self.known: dict[str, Paper] = {}
        self._thread_lock = threading.RLock()
        self._lock = FileLock(self.folder.lock_path)
        self._depth = False
        self._lease: Lease | None = None
        self._attach()

    def close(self) -> None:
        """See Index.close."""
        self._seen = -1  # so that the next `refresh` asks Chroma's side
        self.store.close()
        self.lexical.forward.close()

    def _attach(self) -> None:
        try:
            self._open()
        except IndexDamaged as damage:
            restore(damage, self._config, self._embedder, self.folder, self._progress)
            self._open()

    def _open(self) -> None:
        self.generation, self.store = open_current(self._config, self.folder)
        self.lexical = self._opened_lexical()
        self._check_embedder()
        self.store.load()
        self.forget()
        self._next_look = 0.0
        self._seen = self.store.revision
        if self._interrupted or self.lexical.revision != self._seen or len(self.lexical) != len(self.store):
            self._repair_if_free()

    @property
    def revision(self) -> int:
        """The last finished revision that this object has seen; raised by every write."""
        return self._seen

    @property
    def _interrupted(self) -> bool:
        """Whether a write was begun and not finished; its writer may be at work or dead."""
        return self.store.begun > self.store.revision

    def _opened_lexical(self) -> Catalogue:
        """The lexical index; a damaged one is derived, so it gives way to an empty one that `_repair` fills."""
        what = self.folder, self.generation, self.store
        try:
            return open_words(*what, self.encoder)
        except IndexDamaged:
            with locked(self._lock, self.folder, 0):
                shutil.rmtree(words_folder(*what))
                return open_words(*what, self.encoder)

    def _check_embedder(self) -> None:
        built_with = self.store.embedder
        if built_with and built_with != self._embedder.fingerprint:
            raise EmbedderChanged(
                f"the index was built with the embedder {built_with}, but {self._embedder.fingerprint} is used now: by another "
                "version's table, or another PAPERCHAT_EMBED_MODEL; run `paperchat reindex`, or go back"
            )

    def refresh(self, at_once: bool = False) -> None:
        """See what other processes wrote since. Cheap when nothing changed, and never waits for a writing thread.

        A large index that goes on changing is looked at only now and then (unless `at_once`).
        """
        if not self._thread_lock.acquire(blocking=False):
            return
        try:
            if not at_once and not self._config.chroma_url and self._nothing_new():
                return
            self.store.refresh()
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
        return bool(self.store.successor) or (not self._config.chroma_url and self.folder.current() != self.generation)

    def _behind(self) -> bool:
        lexical = self.lexical.revision
        return self._seen != self.store.revision or lexical != self.lexical.loaded or lexical < self.store.revision

    def _look_again(self) -> None:
        began = time.monotonic()
        try:
            self.store.reopen()
        except VectorsDamaged:
            self._attach()
            return
        took = time.monotonic() - began
        self._next_look = began + took * _LOOKS if took > _QUICK else 0.0
        self.lexical.reload()
        self.forget()
        self._seen = self.store.revision
        if self.lexical.revision < self._seen:
            self._repair_if_free()

    def forget(self) -> None:
        """Papers may have changed."""
        self.known = {}

    # --- writing

    @contextmanager
    def writing(self, wait: float = 0) -> Iterator[None]:
        """One writer at a time, across threads, processes and machines. Raises IndexBusy after `wait` seconds."""
        with locked(self._lock, self.folder, wait), self._thread_lock:
            if self._depth:
                yield
                return
            with self.store.leased(self.folder.lock_path, wait) as self._lease:
                self._depth = True
                try:
                    self.refresh(at_once=True)
                    if self._interrupted:
                        self._repair()
                    yield
                finally:
                    self._depth = False
                    self.store.seal()

    def begin(self) -> int:
        """Say that a revision is being written."""
        self.folder.require_writable()
        if self._lease:
            self._lease.renew()
        self.store.set_state(begun=self._seen + 1, embedder=self._embedder.fingerprint)
        return self._seen + 1

    def finish(self, revision: int) -> None:
        """Say that it is written: other processes may look."""
        self.store.set_state(revision=revision)
        self._seen = revision

    def seeded(self, key: str) -> bool:
        """Whether the papers of this key went in once, or cannot."""
        if self.store.seed == key and not self._config.chroma_url:
            self.folder.note_seed(key)
        return self.store.seed == key or self.folder.copied

    def note_seed(self, key: str) -> None:
        """Say so: in the collection, and beside it for the day when that has to be made anew."""
        self.store.set_state(seed=key)
        self.seeded(key)

    # --- repairing

    def _repair_if_free(self) -> None:
        """Bring the lexical index level with Chroma, unless a writer is at work on just that.

        It is this machine's own: on a server that others write to, its own lock is enough.
        """
        try:
            if self._interrupted:
                with self.writing():
                    return  # repairs
            with locked(self._lock, self.folder, 0), self._thread_lock:
                self._repair()
        except IndexBusy:
            return

    def _repair(self) -> None:
        self.store.refresh()
        target = self.store.revision
        sure = level(self.store, self.lexical, self.encoder, self._progress, self._depth or not self._config.chroma_url)
        if self._depth and self._interrupted:  # its writer is dead, for the lock is ours
            target = self.store.begun
            self.store.set_state(revision=target)
        self.lexical.mark(target, unsure=not sure)
        self._seen = target

    def verify(self) -> list[str]:
        """Damage, and differences between Chroma and the lexical index, a line each; empty when there is none."""
        self.refresh()
        wrong = "" if self._config.chroma_url else database_fault(self.folder.chroma(self.generation), whole=True)
        return [f"Chroma's database is damaged ({wrong})"] if wrong else differences(self.store, self.lexical)
