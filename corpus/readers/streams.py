"""Files as streams of lines: plain, .gz or .zip, never more of them in memory than one record may take."""

import gzip
import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from corpus.names import file_name, inner_name, is_hidden, left_out, printable
from corpus.readers.encodings import encoding_name, encoding_of, is_utf8, legacy, recoded, with_newlines
from corpus.readers.records import CorpusError, OnError

MIB = 1024**2
_BUFFER = MIB
_HEAD = 64 * 1024
_OFFICE = re.compile(r"\.(?:xlsx|xlsm|ods|docx|odt|epub)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may ask for, in bytes; more is refused with a reason.

    `record`: one line or entry. `whole`: a file that must be read whole (a saved page, a
    JSON array). A compressed file may unpack to `ratio` times its size, and to `unpacked`
    in any case, all that it holds together: text is packed 3 to 20 times, an attack 1,000 times.
    """

    record: int = 4 * MIB
    whole: int = 64 * MIB
    ratio: int = 200
    unpacked: int = 64 * MIB


OnNote = Callable[[str], None]
"""Called with a line about a file that was read otherwise than it might be expected."""


def no_note(line: str) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file to read: its bytes, the name that tells its format, and the name for messages and `sources`."""

    file: BinaryIO
    name: str
    source: str
    note: OnNote = no_note

    def head(self) -> bytes:
        """How it begins; nothing of it is read."""
        return bytes(self.file.peek(_HEAD)[:_HEAD])  # type: ignore[attr-defined]


Watch = Callable[[int], None]
"""Called with the number of bytes that were read from a file (as it lies on the disk) since the last call."""


def unwatched(count: int) -> None:
    """Nobody wants to know how far the reading is."""


def _at_once(path: str, flags: int) -> int:
    """Opened without waiting: a pipe waits for someone who writes."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


class _Watched(io.FileIO):
    """A file that tells how much of it was read."""

    def __init__(self, path: Path, watch: Watch) -> None:
        super().__init__(path, "rb", opener=_at_once)
        self._watch = watch
        self.regular = stat.S_ISREG(os.fstat(self.fileno()).st_mode)

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size) or b""
        self._watch(len(data))
        return data

    def readinto(self, buffer: Any) -> int:
        count = super().readinto(buffer) or 0
        self._watch(count)
        return count


class _Allowance:
    """How many bytes more may come out of a packed file, whatever lies in it and however often it is packed."""

    def __init__(self, source: str, limits: Limits, packed: int, within: "_Allowance | None" = None) -> None:
        self._source, self._ratio, self._within = source, limits.ratio, within
        self._left = max(limits.unpacked, limits.ratio * packed)

    def spend(self, count: int) -> None:
        """Raises CorpusError when it is too much."""
        if self._within:
            self._within.spend(count)
        self._left -= count
        if self._left < 0:
            raise CorpusError(self._source, 0, f"unpacks to over {self._ratio} times its size; if it is sound, unpack it first")


class _Counted(io.RawIOBase):
    """A file's bytes, unpacked ones counted: too many for the file's size are refused."""

    def __init__(self, raw: Any, source: str, allowance: _Allowance | None = None) -> None:
        self._raw, self._source, self._allowance = raw, source, allowance

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._allowance is None and bool(self._raw.seekable())

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._raw.seek(offset, whence))

    def tell(self) -> int:
        return int(self._raw.tell())

    def readinto(self, buffer: Any) -> int:
        with _reported(self._source):
            count = int(self._raw.readinto(buffer) or 0)
        if self._allowance is not None:
            self._allowance.spend(count)
        return count


@contextmanager
def _reported(source: str) -> Iterator[None]:
    try:
        yield
    except (gzip.BadGzipFile, zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise CorpusError(source, 0, f"a damaged or unsupported archive: {error}") from None
    except OSError as error:
        raise CorpusError(source, 0, f"cannot be read: {error.strerror or error}") from None


def _buffered(raw: Any, source: str, allowance: _Allowance | None = None) -> BinaryIO:
    return io.BufferedReader(_Counted(raw, source, allowance), _BUFFER)


def not_regular(path: Path) -> CorpusError:
    """Of a pipe, a device or a socket, which might never end."""
    return CorpusError(str(path), 0, "not a regular file; what a program writes is added with `... | paperchat add -`")


def members(path: Path, limits: Limits, watch: Watch = unwatched, note: OnNote = no_note) -> Iterator[Member]:
    """The file itself, unpacked; of a .zip each file in it. Raises CorpusError, also while it is read."""
    source = file_name(path)
    with _reported(source):
        raw = _Watched(path, watch)
    with raw:
        if not raw.regular:
            raise not_regular(path)
        file = _buffered(raw, source)
        yield from _unpacked(Member(file, path.name, source, note), limits, _Allowance(source, limits, path.stat().st_size))


def _unpacked(member: Member, limits: Limits, allowance: _Allowance) -> Iterator[Member]:
    """What a file holds, by how it begins: a .gz or .zip may have any name."""
    head = member.head()
    if head.startswith(b"PK\x03\x04") and not _OFFICE.search(member.name):
        yield from _zip_members(member, limits, allowance)
    elif head.startswith(b"\x1f\x8b") or member.name.lower().endswith(".gz"):
        with gzip.GzipFile(fileobj=member.file) as packed:
            name = re.sub(r"\.gz$", "", member.name, flags=re.IGNORECASE)
            yield replace(member, file=_buffered(packed, member.source, allowance), name=name)
    elif member.name.lower().endswith(".zip"):
        raise CorpusError(member.source, 0, "a damaged or unsupported archive")
    else:
        yield member


def in_memory(data: bytes, name: str, note: OnNote = no_note) -> Iterator[Member]:
    """What was read from elsewhere than a file, as one."""
    limits = Limits()
    yield from _unpacked(Member(_buffered(io.BytesIO(data), name), name, name, note), limits, _Allowance(name, limits, len(data)))


def _zip_members(member: Member, limits: Limits, allowance: _Allowance) -> Iterator[Member]:
    if not member.file.seekable():
        raise CorpusError(member.source, 0, "an archive within an archive; unpack it first")
    with _reported(member.source):
        archive = zipfile.ZipFile(member.file)
    with archive:
        files = [(inner_name(info.filename), info) for info in archive.infolist() if not info.is_dir()]
        if line := left_out(member.source, [name for name, _ in files if is_hidden(name)]):
            member.note(line)
        if not (files := [(name, info) for name, info in files if name and not is_hidden(name)]):
            raise CorpusError(member.source, 0, "an archive with no file in it that can be read")
        for name, info in files:
            source = f"{member.source}/{printable(name)}"
            with _reported(source):
                inner = archive.open(info)
            with inner:
                own = _Allowance(source, limits, info.compress_size, allowance)
                yield from _unpacked(Member(_buffered(inner, source, own), name, source, member.note), limits, own)


def as_utf8(member: Member) -> Member:
    """The same text in UTF-8, without a byte order mark; what is no text as it is."""
    encoding, mark = encoding_of(member.head())
    member.file.read(mark)
    if encoding == "binary":
        return member
    if encoding != "utf-8":
        member.note(f"{member.source} is in {encoding_name(encoding)}, not UTF-8, and was read as that")
        member = replace(member, file=recoded(member.file, encoding))
    return replace(member, file=with_newlines(member.file, member.head()))


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
    """Numbered lines as text. Raises CorpusError at the first that is binary.

    One that is not UTF-8 tells the encoding of those that are not: files are put together of others.
    """
    encoding = ""
    for number, line in lines(member, on_error, limits):
        try:
            text = line.decode()
        except UnicodeDecodeError:
            if not encoding:
                encoding = _other_encoding(member, number, line)
            text = line.decode(encoding, errors="replace")
        if "\0" in text:
            raise CorpusError(member.source, 0, _binary(line))
        yield number, text


_PACKED = (b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf\x27\x1c", b"Rar!")
_TAR = slice(257, 262)


def _binary(line: bytes) -> str:
    """What is wrong with a file that is no text, by its first line."""
    if line.startswith(_PACKED) or line[_TAR] == b"ustar":
        return "packed in a way that is not read (.gz and .zip are); unpack it first"
    return "a binary file; expected text"


def _other_encoding(member: Member, number: int, line: bytes) -> str:
    if b"\0" in line:
        raise CorpusError(member.source, 0, _binary(line))
    encoding = legacy(line + member.head())
    member.note(f"{member.source}, line {number}: not UTF-8; such lines were read as {encoding_name(encoding)}")
    return encoding


def whole(member: Member, limits: Limits) -> str:
    """All of a file's text. Raises CorpusError when it is too long or binary."""
    data = whole_bytes(member, limits)
    if b"\0" in data:
        raise CorpusError(member.source, 0, _binary(data))
    if is_utf8(data):
        return data.decode(errors="replace")
    odd = [number for number, line in enumerate(data.splitlines(keepends=True), 1) if not is_utf8(line)]
    encoding = _other_encoding(member, odd[0] if odd else 0, data)
    return "".join(line.decode("utf-8" if is_utf8(line) else encoding, errors="replace") for line in data.splitlines(keepends=True))


def whole_bytes(member: Member, limits: Limits) -> bytes:
    """All of a file. Raises CorpusError when it is too long."""
    data = member.file.read(limits.whole + 1)
    if len(data) > limits.whole:
        raise CorpusError(member.source, 0, f"longer than {limits.whole:,} bytes; expected a saved page, or one record a line")
    return data
