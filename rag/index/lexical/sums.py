"""Checksums of a lexical index's files, taken at each commit: bytes that turned on the disk are seen before they are answered from."""

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

GROWING = ("forward.rows", "forward.data")
"""Files that are only appended to; the others are written once."""

_PASSING = (".json", ".lock", ".new", ".managed.json")
_STEP = 1 << 20
AT_OPENING = 64 * 2**20
"""Bytes up to which every file is read at opening; of a larger index only the sizes are compared there, the rest by `doctor --verify`."""

Sums = dict[str, list[int]]
"""File name -> [bytes, CRC-32 of them]."""


def sums(folder: Path, before: Mapping[str, Any]) -> Sums:
    """The checksums of the files now. Of what was summed before only what was appended is read."""
    found: Sums = {}
    for path in sorted(folder.iterdir()):
        if path.name.endswith(_PASSING) or path.name.startswith(".") or not path.is_file():
            continue
        size, known = path.stat().st_size, before.get(path.name)
        start, total = (known[0], known[1]) if known and known[0] <= size and (path.name in GROWING or known[0] == size) else (0, 0)
        found[path.name] = [size, crc(path, start, size, total)]
    return found


def fault(folder: Path, known: Mapping[str, Any], used: str, whole: bool = False) -> str:
    """Which file is not what was written; empty where all are. `used` is tantivy's list of the segments in use."""
    used = used.replace("-", "")  # names of files have none
    light = whole or sum(int(size) for size, _ in known.values()) <= AT_OPENING
    for name, (size, total) in known.items():
        path, segment = folder / name, name.partition(".")[0]
        try:
            now = path.stat().st_size
            if now < size or (now > size and name not in GROWING):
                return f"{name} has another length"
            if light and crc(path, 0, size) != total:
                return f"{name} was changed"
        except FileNotFoundError:
            if name in GROWING or (segment in used and not name.endswith(".del")):
                return f"{name} is missing"
            # else merged into another since
    return ""


def crc(path: Path, start: int, end: int, total: int = 0) -> int:
    """The CRC-32 of a file's bytes from `start` to `end`, going on from that of those before."""
    with path.open("rb") as file:
        file.seek(start)
        left = end - start
        while left > 0 and (data := file.read(min(_STEP, left))):
            total = zlib.crc32(data, total)
            left -= len(data)
    return total
