"""Answers kept on disk, so that the same question to the same model over the same papers costs nothing."""

import json
import logging
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from diskcache import Cache, JSONDisk, Timeout

from rag.answer import Answer, Checks, Citation, Coverage, Usage
from rag.filters import Filters
from rag.index import paper_from

log = logging.getLogger("paperchat")

_BYTES = 256 * 2**20
_TOLD = 3
"""Faults in one process after which a cache is no more remade, nor told of."""


class AnswerCache:
    """Answers by what they depend on. Safe across threads and processes; the least recently used go first.

    A fault of the cache is never an answer's: it is logged, and what is damaged is made anew.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._cache: Cache | None = None
        self._faults = 0

    @staticmethod
    def key(**parts: Any) -> str:
        """A key of everything that the answer depends on; the parts must be JSON or dataclasses."""
        return sha256(json.dumps(parts, sort_keys=True, default=asdict).encode()).hexdigest()

    def get(self, key: str) -> Answer | None:
        """The answer kept under a key, its usage that of today: nothing."""
        held = self._tried(lambda cache: cache.get(key))
        try:
            return _answer(held) if isinstance(held, Mapping) else None
        except (KeyError, TypeError, ValueError, AttributeError):
            log.warning("an answer in %s is of another version or damaged; it is made anew", self._folder)
            return None

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer, if that can be done."""
        kept = asdict(answer)
        self._tried(lambda cache: cache.set(key, kept))

    def close(self) -> None:
        """Let go of the folder's files; they are opened again when an answer is asked for."""
        with self._lock:
            cache, self._cache = self._cache, None
        if cache is not None:
            with suppress(Exception):
                cache.close()

    def _tried(self, use: Callable[[Cache], Any]) -> Any:
        try:
            return use(self._opened())
        except Exception as error:  # whatever a damaged file makes SQLite, zlib or JSON say
            self._heal(error)
            return None

    def _opened(self) -> Cache:
        with self._lock:
            if self._cache is None:
                # JSON, not pickle: a file in the data folder can then hold no code.
                self._cache = Cache(str(self._folder), disk=JSONDisk, size_limit=_BYTES, eviction_policy="least-recently-used")
            return self._cache

    def _heal(self, error: Exception) -> None:
        """Put a damaged cache away; what only could not be written (a full disk, no permission) is left."""
        with self._lock:
            self._faults += 1
            if self._faults <= _TOLD:
                log.warning("the answers kept in %s cannot be used (%s); answers are made anew", self._folder, type(error).__name__)
            cache, self._cache = self._cache, None
            with suppress(Exception):
                if cache is not None:
                    cache.close()
            if not _of_the_disk(error) and self._faults <= _TOLD:
                shutil.rmtree(self._folder, ignore_errors=True)


def _of_the_disk(error: Exception) -> bool:
    """Whether the disk is full or read-only, or another process is busy with the file: nothing is damaged then."""
    words = str(error).lower()
    return isinstance(error, (PermissionError, Timeout)) or any(
        sign in words for sign in ("full", "readonly", "read-only", "locked", "no space")
    )


def _answer(held: Mapping[str, Any]) -> Answer:
    return Answer(
        question=held["question"],
        text=held["text"],
        citations=tuple(Citation(c["number"], paper_from(c["paper"]), c["quote"], c.get("relevance")) for c in held["citations"]),
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
