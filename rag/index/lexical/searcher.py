"""What one searcher of the lexical index sees."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import Query

from rag.index.lexical.forward import ForwardIndex, Rows


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """Papers found, best first, and their rows in the forward index."""

    ids: list[str]
    scores: NDArray[np.float64]
    rows: Rows

    @classmethod
    def none(cls) -> "Found":
        """No paper."""
        return cls([], np.empty(0), np.empty(0, np.int64))

    def take(self, places: NDArray[np.integer]) -> "Found":
        """The papers at these places, in this order."""
        return Found([self.ids[place] for place in places.tolist()], self.scores[places], self.rows[places])

    def __add__(self, other: "Found") -> "Found":
        return Found(self.ids + other.ids, np.concatenate([self.scores, other.scores]), np.concatenate([self.rows, other.rows]))

    def pairs(self) -> list[tuple[str, float]]:
        """(paper id, score) best first."""
        return list(zip(self.ids, self.scores.tolist(), strict=True))


class View:
    """What one searcher sees: its addresses mean other papers to another searcher.

    Whoever searches takes one view, once, and reads what was found from the same. Rows are the
    same in all views, so ids come from the forward index: quicker than from a document.
    """

    def __init__(self, searcher: tantivy.Searcher, forward: ForwardIndex) -> None:
        self.searcher, self._forward = searcher, forward

    def found(self, query: Query, limit: int) -> list[tuple[str, float]]:
        """(paper id, score) best first."""
        return self.ids(self.searcher.search(query, limit=limit, count=False))

    def ids(self, found: tantivy.SearchResult) -> list[tuple[str, float]]:
        """(paper id, score) of what a search found."""
        return self.listed(found).pairs()

    def listed(self, found: tantivy.SearchResult) -> Found:
        """What a search by score found."""
        hits = found.hits  # made anew each time that it is asked for
        rows = self.rows(hits)
        return Found(self._forward.ids(rows), np.array([score for score, _ in hits], np.float64), rows)

    def rows(self, hits: "list[tuple[Any, tantivy.DocAddress]]") -> Rows:
        """Rows in the forward index of a search's hits."""
        return np.array(self.searcher.fast_field_values("row", [address for _, address in hits]), np.int64)
