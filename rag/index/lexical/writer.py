"""Writing to the lexical index: documents go in as they come, a commit makes them visible and durable."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from corpus import Paper
from rag.index.catalogue import Catalogue
from rag.index.folder import unusable
from rag.index.lexical.forward import Entries

_HEAP_BYTES = 128_000_000


class LexicalWriter:
    """The one writer of a lexical index. Nothing is seen before `commit`; close it in the end.

    Raises ConfigError when the folder cannot be written (a full disk).
    """

    def __init__(self, lexical: Catalogue) -> None:
        self._lexical = lexical
        with self._guarded():
            self._writer = lexical.open_writer(_HEAP_BYTES)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:  # tantivy has one kind for everything
            raise unusable(self._lexical.folder, error) from error

    def remove(self, ids: Iterable[str]) -> None:
        """Delete papers, as far as they are held."""
        for paper_id in ids:
            self._writer.delete_documents_by_term("paper_id", paper_id)

    def add(self, papers: Sequence[Paper], records: Sequence[str], entries: Entries) -> None:
        """Add papers, each with its record as JSON and its entry of the forward index."""
        with self._guarded():
            first = self._lexical.forward.append(self._lexical.entries(papers, entries))
            for row, (paper, record) in enumerate(zip(papers, records, strict=True), first):
                self._writer.add_document(self._lexical.document(paper, record, row))

    def clear(self) -> None:
        """Delete every document."""
        self._writer.delete_all_documents()

    def commit(self, revision: int | None = None) -> None:
        """Make all of it durable and visible, and record which revision of Chroma's it is."""
        with self._guarded():
            self._writer.commit()
            if revision is not None:
                self._lexical.mark(revision)
            self._lexical.reload()

    def close(self) -> None:
        """Let merges of segments finish; nothing may be written after."""
        with self._guarded():
            self._writer.wait_merging_threads()
            self._lexical.reload()
