"""Answers kept on disk, so that the same question to the same model over the same papers costs nothing."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from diskcache import Cache, JSONDisk

from rag.answer import Answer, Checks, Citation, Coverage, Usage
from rag.filters import Filters
from rag.index import paper_from

_BYTES = 256 * 2**20


class AnswerCache:
    """Answers by what they depend on. Safe across threads and processes; the least recently used go first."""

    def __init__(self, folder: Path) -> None:
        # JSON, not pickle: a file in the data folder can then hold no code.
        self._cache = Cache(str(folder), disk=JSONDisk, size_limit=_BYTES, eviction_policy="least-recently-used")

    @staticmethod
    def key(**parts: Any) -> str:
        """A key of everything that the answer depends on; the parts must be JSON or dataclasses."""
        return sha256(json.dumps(parts, sort_keys=True, default=asdict).encode()).hexdigest()

    def get(self, key: str) -> Answer | None:
        """The answer kept under a key, its usage that of today: nothing."""
        held = self._cache.get(key)
        return _answer(held) if isinstance(held, Mapping) else None

    def put(self, key: str, answer: Answer) -> None:
        self._cache.set(key, asdict(answer))


def _answer(held: Mapping[str, Any]) -> Answer:
    return Answer(
        question=held["question"],
        text=held["text"],
        citations=tuple(Citation(c["number"], paper_from(c["paper"]), c["quote"]) for c in held["citations"]),
        abstained=held["abstained"],
        notice=held["notice"],
        writer=held["writer"],
        coverage=Coverage(**held["coverage"]),
        usage=Usage(),
        checks=Checks(**held["checks"]),
        filters=Filters(**held["filters"]),
        nearest=tuple(paper_from(values) for values in held["nearest"]),
        missing=tuple(held["missing"]),
        corrected=tuple((typed, meant) for typed, meant in held["corrected"]),
        intent=held.get("intent", "papers"),
        undated=tuple(paper_from(values) for values in held.get("undated", ())),
        near=tuple((paper_from(values), lacks) for values, lacks in held.get("near", ())),
        excluded=tuple(held.get("excluded", ())),
    )
