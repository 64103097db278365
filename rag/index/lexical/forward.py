"""The forward index: what a search reads of a paper that it looks at closely, found by the paper's row.

Two files beside the lexical index's, only ever appended to: `forward.rows`, one fixed-size row a
paper, and `forward.data`, its entry (all little-endian, in words of four bytes): the paper's id;
its vector (float16); of each passage (the title first, then the sentences) how many different
tokens it has and the length of its vector; each passage's tokens, with how often each occurs; the
hashes of the index terms, those of the title first. A document of the lexical index names its
row, so a row that no document names is no harm: a process was killed between the two.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from rag.errors import IndexDamaged

Words = NDArray[np.uint32]
Rows = NDArray[np.int64]
COUNT_SHIFT = 24
MOST_COUNT = 255
"""A token's word: its id below this bit; above, how often it occurs, at most so often."""

_ROW = np.dtype(
    [("start", "<u8")] + [(name, "<u4") for name in ("id_bytes", "dimensions", "passages", "tokens", "stems", "title_stems")]
)  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Entries:
    """Entries of some papers as they are written: a row each, whose `start` counts from the first entry's, and the data."""

    rows: NDArray[np.void]
    data: bytes

    def __len__(self) -> int:
        return len(self.rows)


def pack(
    ids: Sequence[str], vectors: NDArray[np.float32], passages: tuple[Rows, Rows, NDArray[np.float32], Rows, Rows],
    stems: tuple[Words, Rows, Rows],
) -> Entries:  # fmt: skip
    """Entries of papers.

    `passages`: how many each paper has; where the tokens of each end; the length of each one's
    vector; the tokens; how often each occurs. `stems`: the hashes, how many of each paper's are
    its title's (these first), and where each paper's end.
    """
    counts, token_ends, norms, tokens, times = passages
    hashes, titled, stem_ends = stems
    passage_ends = np.cumsum(counts)
    packed = (tokens | (times << COUNT_SHIFT)).astype("<u4").tobytes()
    lengths, norm_bytes = np.diff(token_ends, prepend=0).astype("<u4").tobytes(), norms.astype("<f4").tobytes()
    halves, hash_bytes = vectors.astype("<f2"), hashes.astype("<u4").tobytes()
    names = [paper_id.encode() for paper_id in ids]
    parts, rows, at = list[bytes](), np.zeros(len(ids), _ROW), 0
    spans = zip(names, halves, _spans(passage_ends), _spans(token_ends[passage_ends - 1]), _spans(stem_ends), strict=True)
    for i, (name, half, (a, b), (c, d), (e, f)) in enumerate(spans):
        part = b"".join((_padded(name), _padded(half.tobytes()), lengths[a:b], norm_bytes[a:b], packed[c:d], hash_bytes[e:f]))
        rows[i] = (at // 4, len(name), len(half), (b - a) // 4, (d - c) // 4, (f - e) // 4, titled[i])
        parts.append(part)
        at += len(part)
    return Entries(rows, b"".join(parts))


def bare(ids: Sequence[str]) -> Entries:
    """Entries that hold the ids only."""
    names = [_padded(paper_id.encode()) for paper_id in ids]
    rows = np.zeros(len(ids), _ROW)
    rows["start"] = np.cumsum([0, *(len(name) // 4 for name in names)])[:-1]
    rows["id_bytes"] = [len(paper_id.encode()) for paper_id in ids]
    return Entries(rows, b"".join(names))


def _spans(ends: Rows) -> Iterator[tuple[int, int]]:
    """Start and end in bytes of each group of words of four bytes."""
    return pairwise([0, *(ends * 4).tolist()])


@dataclass(frozen=True, eq=False, slots=True)
class Columns:
    """Entries of some papers, end to end; the counts (passages, stems, title_stems) have one number a paper."""

    passages: Rows
    lengths: Rows
    norms: NDArray[np.float32]
    tokens: Words
    stems: Words
    stem_counts: Rows
    title_stems: Rows


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _words(count: Words, size: int) -> Rows:
    """Words of four bytes that so many items of so many bytes take."""
    return (count.astype(np.int64) * size + 3) // 4


class ForwardIndex:
    """The entries as they were at the last `reload`; later ones are added at the end. Raises IndexDamaged, OSError."""

    def __init__(self, folder: Path) -> None:
        self._rows_path, self._data_path = folder / "forward.rows", folder / "forward.data"
        self.reload()

    def reload(self) -> None:
        """Map what is on disk now; arrays read before stay valid."""
        rows: NDArray[np.void] = _mapped(self._rows_path, _ROW)
        data: Words = _mapped(self._data_path, np.dtype("<u4"))  # after: an entry is written before its row
        self._data, self._rows = data, rows  # in this order: threads that read take a row first
        if len(rows) and _sections(rows[-1:])[-1][0] > len(data):
            raise IndexDamaged(f"{self._data_path} is cut off; it is derived, and can be built anew")

    def __len__(self) -> int:
        return len(self._rows)

    def close(self) -> None:
        """Let go of the files; nothing is held from now on."""
        self._rows = np.zeros(0, _ROW)  # first, as threads that read take it first
        self._data = np.zeros(0, np.dtype("<u4"))

    # --- writing

    def append(self, entries: Entries) -> int:
        """Add entries, durably; returns the row of the first. One writer at a time."""
        start = _added(self._data_path, entries.data, 4)
        rows = entries.rows.copy()
        rows["start"] += start
        return _added(self._rows_path, rows.tobytes(), _ROW.itemsize)

    # --- reading

    def ids(self, rows: Rows) -> list[str]:
        """Paper ids of rows."""
        chosen, data = self._rows[rows], self._data.view(np.uint8)
        starts = chosen["start"].astype(np.int64) * 4
        return [data[start:end].tobytes().decode() for start, end in _pairs(starts, starts + chosen["id_bytes"])]

    def vectors(self, rows: Rows) -> NDArray[np.float32]:
        """(rows, dimensions) of rows whose vectors are of one length."""
        chosen = self._rows[rows]
        starts, dimensions = _sections(chosen)[0] * 2, int(chosen["dimensions"].max(initial=0))
        return np.asarray(sliding_window_view(self._data.view("<f2"), dimensions)[starts], np.float32)

    def columns(self, rows: Rows) -> Columns:
        """What is known of the papers in these rows, in their order."""
        return _columns(self._rows[rows], self._data)


def columns_of(entries: Entries) -> Columns:
    """What is known of the papers of these entries, in their order."""
    return _columns(entries.rows, np.frombuffer(entries.data, "<u4"))


def _columns(chosen: NDArray[np.void], data: Words) -> Columns:
    spans = pairwise(_sections(chosen)[1:])
    parts = (np.concatenate([data[:0], *(data[a:b] for a, b in _pairs(starts, ends))]) for starts, ends in spans)
    lengths, norms, tokens, stems = parts
    counts = {name: chosen[name].astype(np.int64) for name in ("passages", "stems", "title_stems")}
    return Columns(
        counts["passages"], lengths.astype(np.int64), norms.view("<f4"), tokens, stems, counts["stems"], counts["title_stems"]
    )  # fmt: skip


def _sections(rows: NDArray[np.void]) -> list[Rows]:
    """Where, in rows' entries, the vector, lengths, norms, tokens and stems begin; last, where the entries end."""
    sizes = [_words(rows["id_bytes"], 1), _words(rows["dimensions"], 2)]
    sizes += [rows[name].astype(np.int64) for name in ("passages", "passages", "tokens", "stems")]
    return list(accumulate(sizes, initial=rows["start"].astype(np.int64)))[1:]


def _pairs(starts: Rows, ends: Rows) -> Iterator[tuple[int, int]]:
    return zip(starts.tolist(), ends.tolist(), strict=True)


def _added(path: Path, data: bytes, size: int) -> int:
    """Append, durably, items of so many bytes; returns the number of the first. An item that was cut off before is filled up."""
    with path.open("ab") as file:
        length = os.fstat(file.fileno()).st_size
        file.write(bytes(-length % size) + data)
        file.flush()
        os.fsync(file.fileno())
    return -(-length // size)


def _mapped(path: Path, kind: "np.dtype[Any]") -> "NDArray[Any]":
    """The whole items of a file; none where there is no file."""
    count = path.stat().st_size // kind.itemsize if path.exists() else 0
    return np.asarray(np.memmap(path, kind, "r", shape=count)) if count else np.empty(0, kind)
