"""Reading from the index: what is kept in memory never changes what is found."""

import numpy as np
import pytest

from rag import Config, Index
from rag.embedding import StaticEmbedder
from tests.doubles.killing import papers


@pytest.mark.parametrize("limit", [0, 3, 1_000])
def test_what_is_kept_in_memory_changes_no_answer(config: Config, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr("rag.index.index._KEPT_PAPERS", limit)
    index, wanted = Index(config, StaticEmbedder()), list(papers(12))
    index.sync(wanted)
    for asked in (wanted[:6], wanted[4:9], wanted[3:12], wanted):
        ids = [paper.paper_id for paper in asked]
        assert index.papers([*ids, "unknown"]) == asked
        vectors = index.vectors([*ids, "unknown"])
        assert list(vectors) == ids
        assert np.allclose(np.stack(list(vectors.values())), index.embedder.encode([f"{p.title}. {p.abstract}" for p in asked]), atol=1e-5)
