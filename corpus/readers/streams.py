"""Files as streams of lines: plain, .gz or .zip, never more of them in memory than one record may take."""

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from corpus.readers.records import CorpusError, OnError

MIB = 1024**2
_BUFFER = MIB
_HIDDEN = re.compile(r"(^|/)(\.|__MACOSX/)")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may ask for, in bytes; more is refused with a reason.

    `record`: one line or entry. `whole`: a file that must be read whole (a saved page, a
    JSON array). A compressed file may unpack to `ratio` times its size, and to `unpacked`
    in any case: text is packed 3 to 20 times, an attack 1,000 times.
    """

    record: int = 4 * MIB
    whole: int = 64 * MIB
    ratio: int = 200
    unpacked: int = 64 * MIB


@dataclass(frozen=True, slots=True)
class Member:
    """One file to read: its bytes, the name that tells its format, and the name for messages and `sources`."""

    file: BinaryIO
    name: str
    source: str


Watch = Callable[[int], None]
"""Called with the number of bytes that were read from a file (as it lies on the disk) since the last call."""


def unwatched(count: int) -> None:
    """Nobody wants to know how far the reading is."""


class _Watched(io.FileIO):
    """A file that tells how much of it was read."""

    def __init__(self, path: Path, watch: Watch) -> None:
        super().__init__(path, "rb")
        self._watch = watch

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size) or b""
        self._watch(len(data))
        return data

    def readinto(self, buffer: Any) -> int:
        count = super().readinto(buffer) or 0
        self._watch(count)
        return count


class _Counted(io.RawIOBase):
    """A file's bytes, unpacked ones counted: too many for the file's size are refused."""

    def __init__(self, raw: Any, source: str, limits: Limits, packed: int | None = None) -> None:
        self._raw, self._source, self._limits = raw, source, limits
        self._left = None if packed is None else max(limits.unpacked, limits.ratio * packed)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _reported(self._source):
            count = int(self._raw.readinto(buffer) or 0)
        if self._left is not None:
            self._left -= count
            if self._left < 0:
                raise CorpusError(self._source, 0, f"unpacks to over {self._limits.ratio} times its size; if it is sound, unpack it first")
        return count


@contextmanager
def _reported(source: str) -> Iterator[None]:
    try:
        yield
    except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError) as error:
        raise CorpusError(source, 0, f"a damaged or unsupported archive: {error}") from None
    except OSError as error:
        raise CorpusError(source, 0, f"cannot be read: {error.strerror or error}") from None


def _buffered(raw: Any, source: str, limits: Limits, packed: int | None = None) -> BinaryIO:
    return io.BufferedReader(_Counted(raw, source, limits, packed), _BUFFER)


def members(path: Path, limits: Limits, watch: Watch = unwatched) -> Iterator[Member]:
    """The file itself, unpacked; of a .zip each file in it. Raises CorpusError, also while it is read."""
    with _reported(path.name):
        raw = _Watched(path, watch)
    with raw:
        if path.suffix.lower() == ".zip":
            yield from _zip_members(cast(BinaryIO, raw), path.name, limits)
        elif path.suffix.lower() == ".gz":
            with gzip.GzipFile(fileobj=raw) as packed:
                yield Member(_buffered(packed, path.name, limits, path.stat().st_size), path.stem, path.name)
        else:
            yield Member(_buffered(raw, path.name, limits), path.name, path.name)


def _zip_members(raw: BinaryIO, name: str, limits: Limits) -> Iterator[Member]:
    with _reported(name):
        archive = zipfile.ZipFile(raw)
    with archive:
        for info in archive.infolist():
            if info.is_dir() or _HIDDEN.search(info.filename):
                continue
            source = f"{name}/{info.filename}"
            with _reported(source):
                member = archive.open(info)
            with member:
                yield Member(_buffered(member, source, limits, info.compress_size), info.filename, source)


def lines(member: Member, on_error: OnError, limits: Limits) -> Iterator[tuple[int, bytes]]:
    """Numbered lines, with their ends; one over the limit is reported and read past in pieces."""
    number = 0
    while line := member.file.readline(limits.record + 1):
        number += 1
        if len(line) <= limits.record:
            yield number, line
            continue
        on_error(CorpusError(member.source, number, f"the line is longer than {limits.record:,} bytes"))
        while line and not line.endswith(b"\n"):
            line = member.file.readline(limits.record)


def text_lines(member: Member, on_error: OnError, limits: Limits) -> Iterator[tuple[int, str]]:
    """Numbered lines as text. Raises CorpusError at the first that is binary or not UTF-8."""
    for number, line in lines(member, on_error, limits):
        yield number, decoded(line, member.source, number)


def decoded(data: bytes, source: str, line: int = 1) -> str:
    """UTF-8 text. Raises CorpusError naming the line and the fix; `line` is where `data` begins."""
    if b"\0" in data:
        raise CorpusError(source, 0, "a binary file; expected text in UTF-8")
    try:
        return data.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        at = line + data.count(b"\n", 0, error.start)
        raise CorpusError(source, at, "not UTF-8; convert it first, e.g. `iconv -f latin1 -t utf8`") from None


def whole(member: Member, limits: Limits) -> str:
    """All of a file's text. Raises CorpusError when it is too long, binary, or not UTF-8."""
    data = member.file.read(limits.whole + 1)
    if len(data) > limits.whole:
        raise CorpusError(member.source, 0, f"longer than {limits.whole:,} bytes; expected a saved page, or one record a line")
    return decoded(data, member.source)
