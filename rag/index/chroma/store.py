"""Chroma behind the few calls that the index makes: one collection, local or on a server.

The collection's metadata holds the state: `begun`, the revision being written; `revision`,
the last that was finished; the embedder; what was seeded; and, on a server, the generation
that took the place of this one. Each paper's metadata holds its record as JSON and the
revision that wrote it.
"""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from chromadb import Collection, K, Search, SparseVector
from chromadb.errors import ChromaError
from chromadb.execution.expression import Where

from corpus import Paper
from rag.embedding import Vectors
from rag.errors import IndexClosed, PaperchatError
from rag.index.chroma.collection import load, open_collection
from rag.index.chroma.connection import Connection, fault
from rag.index.chroma.quota import Quota
from rag.index.chroma.sparse import WORDS, metadata, ranking, scored, searched_there
from rag.index.chroma.vector_files import VectorFiles
from rag.index.lease import Lease, leased
from rag.index.records import joined, pieces

_PAGE = 2_000
_NO_SEARCH = re.compile("not implemented|not found", re.IGNORECASE)
F = TypeVar("F", bound=Callable[..., Any])


def _guarded(function: F) -> F:
    @wraps(function)
    def call(self: "ChromaStore", *args: Any, **kwargs: Any) -> Any:
        connection = self._enter()
        try:
            return function(self, *args, **kwargs)
        except PaperchatError:
            raise
        except Exception as error:  # see fault
            raise fault(error, self._where) from error
        finally:
            self._leave(connection)

    return cast(F, call)


class ChromaStore:
    """One collection of papers. Raises IndexDamaged or ConfigError, whatever Chroma raised.

    `files` are those of a local one. Its vectors are read after a `load`. `words`: let a server that can search words.
    """

    def __init__(
        self, connect: Callable[[], Connection], name: str, where: str, files: VectorFiles | None = None, words: bool = False
    ) -> None:
        self._connect, self._name, self._where, self._files, self._words = connect, name, where, files, words
        self._lock = threading.Lock()
        self._connection = connect()
        self._open()

    @_guarded
    def _open(self) -> None:
        client = self._connection.client
        self._collection = open_collection(client, self._name, self._words)
        self._holds_words = searched_there(self._collection)  # then every writer adds them, whoever searches them
        self.searches_words = self._words and self._holds_words
        self._state: dict[str, Any] = dict(self._collection.metadata or {})
        self._quota = Quota(min(_PAGE, client.get_max_batch_size()))

    @_guarded
    def load(self) -> None:
        """Load the vectors. Raises VectorsDamaged."""
        with self._alone(loading=True):
            load(self._collection)

    @_guarded
    def reopen(self) -> None:
        """See vectors that another process wrote: a local client keeps the ones it loaded (Chroma 1.5)."""
        if not self._connection.local:
            return
        with self._alone(loading=True):
            fresh, collection = self._fresh()
        with self._lock:
            self._connection.retired = True  # closed by its last user
            self._connection, self._collection = fresh, collection
        self._state = dict(collection.metadata or {})

    def _fresh(self) -> tuple[Connection, Collection]:
        """A connection of its own, with the vectors as they are now."""
        fresh = self._connect()
        collection = fresh.client.get_collection(self._name, embedding_function=None)
        load(collection)
        return fresh, collection

    def _alone(self, loading: bool = False) -> AbstractContextManager[None]:
        return self._files.alone(loading) if self._files else nullcontext()

    def _enter(self) -> Connection:
        with self._lock:
            if self._connection.retired:
                raise IndexClosed("this index was closed; open it again")
            self._connection.users += 1
            return self._connection

    def _leave(self, connection: Connection) -> None:
        with self._lock:
            connection.users -= 1
            last = connection.retired and connection.users == 0
        if last:
            connection.close()

    def close(self) -> None:
        """Let go of Chroma, and of the files that it has open, as soon as the calls under way are done; later ones raise IndexClosed."""
        with self._lock:
            self._connection.users += 1
            self._connection.retired = True
        self._leave(self._connection)

    # --- state

    @property
    def server_id(self) -> str:
        """What tells this collection from all others on servers; empty for a local one."""
        return "" if self._connection.local else str(self._collection.id)

    @property
    def revision(self) -> int:
        """The last revision whose papers are all there."""
        return int(self._state.get("revision", 0))

    @property
    def begun(self) -> int:
        """The revision that is being written, or was when its writer died; else the last."""
        return int(self._state.get("begun", 0))

    @property
    def successor(self) -> str:
        """The generation that a reindex put in this one's place; empty when there is none."""
        return str(self._state.get("successor", ""))

    @property
    def embedder(self) -> str:
        return str(self._state.get("embedder", ""))

    @property
    def seed(self) -> str:
        return str(self._state.get("seed", ""))

    @_guarded
    def refresh(self) -> None:
        """Read the state as it is now, whoever wrote it."""
        self._collection = self._connection.client.get_collection(self._name, embedding_function=None)
        self._state = dict(self._collection.metadata or {})

    @_guarded
    def set_state(self, **values: str | int) -> None:
        self._state |= values
        self._collection.modify(metadata=self._state)

    @_guarded
    def could_search_words(self) -> bool:
        """Whether Chroma's `search` is there, and with it sparse vectors: in Cloud, say, and not in `chroma run` (1.5)."""
        try:
            self._collection.search(Search().limit(1))
        except ChromaError as error:
            if _NO_SEARCH.search(str(error)):
                return False
            raise
        return True

    @_guarded
    def __len__(self) -> int:
        return self._collection.count()

    # --- writing

    @contextmanager
    def leased(self, lock: Path, wait: float) -> Iterator[Lease | None]:
        """Hold a server's lock; on a local collection the folder's own lock does, and this is None."""
        if self._connection.local:
            yield None
            return
        with leased(self._connection.client, self._where, lock, wait) as lease:
            yield lease

    @_guarded
    def clear(self) -> None:
        """Delete every paper and the state."""
        self._connection.client.delete_collection(self._name)
        self._open()

    @_guarded
    def upsert(self, revision: int, papers: Sequence[Paper], vectors: Vectors, records: Sequence[str]) -> None:
        def write(part: slice) -> None:
            ids = [paper.paper_id for paper in papers[part]]
            metadatas: list[Any] = [pieces(record) | {"revision": revision} for record in records[part]]
            if self._holds_words:
                metadatas = [held | metadata(paper) for held, paper in zip(metadatas, papers[part], strict=True)]
            with self._alone():
                self._collection.upsert(ids=ids, embeddings=vectors[part], metadatas=metadatas)

        self._quota.parts(len(papers), write)

    @_guarded
    def delete(self, ids: Sequence[str]) -> None:
        def write(part: slice) -> None:
            with self._alone():
                self._collection.delete(ids=list(ids[part]))

        self._quota.parts(len(ids), write)

    def seal(self) -> None:
        """After writing: let damage to the vector files be seen from now on."""
        if self._files:
            self._files.seal()

    # --- reading

    @_guarded
    def query(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """(paper id, cosine similarity), best first; a server may give fewer than `limit`."""
        if limit < 1 or not np.any(vector):
            return []

        def ask(size: int) -> Any:
            return self._collection.query(query_embeddings=vector[None, :], n_results=size, include=["distances"])

        found = ask(limit) if self._connection.local else self._quota.within(lambda most: ask(min(limit, most)))
        distances = (found["distances"] or [[]])[0]
        return [(paper_id, 1.0 - float(d)) for paper_id, d in zip(found["ids"][0], distances, strict=True)]

    @_guarded
    def search(self, query: SparseVector | Vectors, limit: int, where: Where | None = None) -> list[tuple[str, float]]:
        """(paper id, BM25 or cosine similarity), best first, of papers that pass: by words for a sparse vector, see sparse.py."""
        if limit < 1:
            return []
        return scored(self._quota.within(lambda most: self._collection.search(ranking(query, min(limit, most), where))))

    @_guarded
    def best(self, queries: Sequence[SparseVector]) -> list[tuple[float, SparseVector] | None]:
        """For each query the BM25 of its best paper, and that paper's words; None where no paper is held."""
        found = self._collection.search([ranking(query, 1).select(K.SCORE, WORDS) for query in queries])
        rows = zip(found["scores"], found["metadatas"], strict=True)
        return [(1.0 - scores[0], metadatas[0][WORDS]) if scores and metadatas else None for scores, metadatas in rows]

    @_guarded
    def records(self, ids: Sequence[str]) -> list[tuple[str, str]]:
        """(paper id, record) of those ids that are held, in no particular order."""
        pairs: list[tuple[str, str]] = []
        ids = list(dict.fromkeys(ids))
        self._quota.parts(len(ids), lambda part: pairs.extend(self._pairs(ids=ids[part], limit=len(ids[part]))))
        return pairs

    @_guarded
    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        held = dict[str, Vectors]()

        def read(part: slice) -> None:
            found = self._collection.get(ids=list(ids[part]), limit=len(ids[part]), include=["embeddings"])
            held.update(zip(found["ids"], np.asarray(found["embeddings"], dtype=np.float32), strict=True))

        self._quota.parts(len(ids), read)
        return held

    def all_records(self) -> Iterator[tuple[str, str]]:
        """(paper id, record) of every paper, in Chroma's order, read in pages: by id, for an offset costs ever more."""
        ids = self.ids()
        for start in range(0, len(ids), _PAGE):
            page = ids[start : start + _PAGE]
            held = dict(self.records(page))
            yield from ((paper_id, held[paper_id]) for paper_id in page if paper_id in held)

    def records_since(self, revision: int) -> Iterator[tuple[str, str]]:
        """(paper id, record) of papers written after `revision`."""
        offset = 0
        while page := self._page({"revision": {"$gt": revision}}, offset):
            yield from page
            offset += len(page)

    @_guarded
    def _page(self, where: dict[str, Any], offset: int) -> list[tuple[str, str]]:
        return self._quota.within(lambda most: self._pairs(where=where, limit=most, offset=offset))

    @_guarded
    def ids(self) -> list[str]:
        """Every paper's id; from a server in pages."""
        if self._connection.local:
            return list(self._collection.get(include=[])["ids"])
        return list(self._quota.pages(lambda limit, offset: list(self._collection.get(limit=limit, offset=offset, include=[])["ids"])))

    def _pairs(self, **what: Any) -> list[tuple[str, str]]:
        found = self._collection.get(include=["metadatas"], **what)
        return [(i, joined(m)) for i, m in zip(found["ids"], found["metadatas"] or [], strict=True)]
