"""What searches words, and how a paper is looked at closely: on this machine (local.py) or on a server (server.py)."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import Query

from corpus import Paper
from rag.embedding import Vectors
from rag.filters import Filters
from rag.index.lexical.forward import Columns, Entries
from rag.index.lexical.searcher import Found


class Words(ABC):
    """Words of titles and abstracts. A term is a word as the index has it: see Catalogue.terms."""

    on_server = False
    """Whether a server searches: then vectors and records are there only, and `find` may give fewer papers than there are."""

    @abstractmethod
    def document(self, paper: Paper, record: str, row: int) -> tantivy.Document:
        """What is held of a paper, with its row in the forward index."""

    @abstractmethod
    def entries(self, papers: Sequence[Paper], entries: Entries) -> Entries:
        """What of the papers' entries is held here."""

    @abstractmethod
    def document_frequencies(self, terms: Sequence[str]) -> list[int]:
        """How many papers hold each term."""

    def document_frequency(self, term: str) -> int:
        """How many papers hold the term."""
        return self.document_frequencies([term])[0]

    @abstractmethod
    def terms_like(self, prefix: str) -> list[str]:
        """Terms that begin so and may be held."""

    def search(
        self, terms: Sequence[tuple[str, float]], limit: int, filters: Filters | None = None, within: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """(paper id, BM25) best first, of papers that hold at least one of the weighted terms."""
        return self.find(terms, limit, filters, within).pairs()

    @abstractmethod
    def find(
        self, terms: Sequence[tuple[str, float]], limit: int, filters: Filters | None = None, within: Sequence[str] | None = None
    ) -> Found:
        """Like `search`, with the papers' rows in the forward index."""

    @abstractmethod
    def look_up(self, terms: Sequence[tuple[str, float]], ids: Sequence[str]) -> Found:
        """Those of the ids that are held, with their BM25: 0 for a paper without any of the terms."""

    @abstractmethod
    def nearest_passing(
        self, vector: Vectors, limit: int, filters: Filters, within: Sequence[str] | None
    ) -> list[tuple[str, float]] | None:
        """(paper id, cosine) of the nearest papers that pass the filters or are of those ids, best first; None when they are too many."""

    @abstractmethod
    def holding(self, term: str, ids: Sequence[str]) -> list[str]:
        """Those of the ids whose text holds the term."""

    @abstractmethod
    def _with_words(self, terms: Sequence[str], filters: Filters) -> Query:
        """Papers that hold all of the terms, scored by them; it may leave out those that do not pass."""

    @abstractmethod
    def records_of(self, ids: Sequence[str]) -> dict[str, str]:
        """Records, as JSON, of those ids that are held."""

    @abstractmethod
    def cosines(self, found: Found, vector: Vectors) -> NDArray[np.floating]:
        """Of each paper's vector with this one, both of length one."""

    @abstractmethod
    def columns(self, found: Found) -> Columns:
        """What a closer look needs of these papers."""
