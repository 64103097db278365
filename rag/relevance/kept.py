"""What the reader made of papers, kept in memory for those met last and on disk for the next start."""

import binascii
import io
import sqlite3
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Generic, TypeVar
from weakref import finalize
from zipfile import BadZipFile

import numpy as np
from diskcache import Cache, JSONDisk, Timeout

from corpus import Paper
from rag.relevance.interaction import Packed, PaperVectors

_IN_MEMORY = 500
"""Papers: about 80 MB. All that ship fit."""

_ON_DISK = 512 * 2**20
"""Bytes: about 3,000 papers."""

_TROUBLE = (OSError, sqlite3.Error, Timeout)
"""A shelf that cannot be read or written costs time, never an answer."""


Held = TypeVar("Held")


class Memory(Generic[Held]):
    """What was made and met last, by key. Thread-safe."""

    def __init__(self, most: int = _IN_MEMORY) -> None:
        self._most, self._lock = most, threading.Lock()
        self._met: OrderedDict[str, Held] = OrderedDict()

    def __len__(self) -> int:
        return len(self._met)

    def get(self, keys: Iterable[str]) -> dict[str, Held]:
        """Those of them that are held."""
        with self._lock:
            found = {key: self._met[key] for key in keys if key in self._met}
            for key in found:
                self._met.move_to_end(key)
            return found

    def put(self, made: Mapping[str, Held]) -> None:
        """Hold these; the least recently used go."""
        with self._lock:
            self._met.update(made)
            while len(self._met) > self._most:
                self._met.popitem(last=False)


class KeptVectors:
    """Vectors of papers by title and abstract, in memory and in the folder `folder`. Thread-safe.

    `version` names the weights that made them: others' are never given.
    """

    def __init__(self, folder: Path | None, version: str, memory: Memory[PaperVectors] | None = None) -> None:
        self._version, self._memory = version, Memory[PaperVectors]() if memory is None else memory
        self._shelf: Cache | None = None
        if folder is not None:
            with suppress(*_TROUBLE):  # JSON, not pickle: a file in the data folder can then hold no code
                limits = {"size_limit": _ON_DISK, "eviction_policy": "least-recently-used", "timeout": 1}
                self._shelf = Cache(str(folder), disk=JSONDisk, **limits)
                finalize(self, self._shelf.close).atexit = False

    def on(self, folder: Path) -> "KeptVectors":
        """The same memory over another folder."""
        return KeptVectors(folder, self._version, self._memory)

    def close(self) -> None:
        """Let go of the folder's files; from now on only the memory is used."""
        shelf, self._shelf = self._shelf, None
        if shelf is not None:
            with suppress(*_TROUBLE):
                shelf.close()

    def key(self, paper: Paper) -> str:
        """The same for the same text, read by the same weights."""
        return sha256(f"{self._version}\0{paper.title}\0{paper.abstract}".encode()).hexdigest()

    def get(self, keys: Sequence[str]) -> dict[str, PaperVectors]:
        """Those of them that are kept."""
        found = self._memory.get(keys)
        shelved = {key: vectors for key in keys if key not in found and (vectors := self._from_shelf(key)) is not None}
        self._memory.put(shelved)
        return found | shelved

    def put(self, made: Mapping[str, PaperVectors]) -> None:
        """Keep these from now on."""
        self._memory.put(made)
        shelf = self._shelf
        if shelf is not None and made:
            with suppress(*_TROUBLE), shelf.transact():
                for key, vectors in made.items():
                    shelf.set(key, _as_text(vectors))

    def _from_shelf(self, key: str) -> PaperVectors | None:
        shelf = self._shelf
        if shelf is None:
            return None
        with suppress(*_TROUBLE, ValueError, KeyError, EOFError, BadZipFile, zlib.error):
            held = shelf.get(key)
            return _from_text(held) if isinstance(held, str) else None
        return None


def _as_text(vectors: PaperVectors) -> str:
    file = io.BytesIO()
    np.savez(
        file, whole=vectors.whole, sentences=vectors.sentences, starts=vectors.starts, tokens=vectors.tokens.rows,
        token_scale=vectors.tokens.scale, meanings=vectors.meanings.rows, meaning_scale=vectors.meanings.scale,
        lower=vectors.lower.rows, lower_scale=vectors.lower.scale, inner=vectors.inner,
    )  # fmt: skip
    return binascii.b2a_base64(file.getvalue(), newline=False).decode("ascii")


def _from_text(held: str) -> PaperVectors:
    with np.load(io.BytesIO(binascii.a2b_base64(held)), allow_pickle=False) as file:
        tokens, meanings = Packed(file["tokens"], file["token_scale"]), Packed(file["meanings"], file["meaning_scale"])
        lower = Packed(file["lower"], file["lower_scale"])
        return PaperVectors(file["whole"], file["sentences"], tokens, meanings, file["starts"], lower, file["inner"])
