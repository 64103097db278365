"""Text in whatever encoding -> UTF-8: told by a byte order mark, by UTF-8 itself, else by charset-normalizer."""

import codecs
import io
import re
from typing import BinaryIO

_HEAD = 64 * 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
          (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip
_LIKELY = ["cp1252", "cp1250", "cp1251", "koi8_r", "mac_roman", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1253", "cp1254"]
_HIGH = re.compile(rb"[\x80-\xff]+")
_NAMES = {"cp1252": "Windows-1252", "cp1250": "Windows-1250", "cp1251": "Windows-1251", "latin_1": "Latin-1", "mac_roman": "Mac Roman"}
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_PIECE = 256 * 1024
_CENTRAL = re.compile(r"[A-Za-z][¹³º¿£¥¼¾ª]|[¹³¿£¥¼¾][a-z]")


def encoding_of(head: bytes) -> tuple[str, int]:
    """The encoding of a file that begins so, and the length of its byte order mark. `binary` for what is no text."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    if b"\0" in head:
        return _wide(head), 0
    return ("utf-8", 0) if is_utf8(head) or _mostly_utf8(head) else (legacy(head), 0)


def is_utf8(data: bytes) -> bool:
    """Whether it is UTF-8, but for a character cut off at the end."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(head: bytes) -> bool:
    """Whether it was put together of files, most of its lines beyond ASCII in UTF-8: no other encoding looks so by chance."""
    lines = [line for line in head.splitlines()[:-1] if _HIGH.search(line)]
    return 0 < len(lines) <= 2 * sum(map(is_utf8, lines))


def legacy(data: bytes) -> str:
    """The likeliest encoding of one byte, or of East Asia, by the letters that it makes."""
    from charset_normalizer import from_bytes

    lines = [line for line in data.splitlines() if _HIGH.search(line)]
    sample = b"\n".join(lines)[:_HEAD]
    runs = [len(run) for run in _HIGH.findall(sample)]
    western = sum(length <= 2 for length in runs) >= 0.7 * len(runs)
    told = from_bytes(sample, cp_isolation=["cp1252", "cp1250", "mac_roman"] if western else _LIKELY).best()
    name = told.encoding if told else "cp1252"
    if western and name == "cp1250" and not _central(sample.decode("cp1252", errors="replace")):
        name = "cp1252"
    return "latin_1" if name == "cp1252" and (_UNDEFINED.search(data) or not re.search(rb"[\x80-\x9f]", data)) else name


def _central(text: str) -> bool:
    """Whether Central Europe was read as the West: signs within words, letters that no western language has together."""
    letters = set(text.lower())
    return bool(_CENTRAL.search(text)) or {"ø", "è"} <= letters or ("ì" in letters and bool(letters & set("šžø")))


def encoding_name(encoding: str) -> str:
    """For a person: `Windows-1252`."""
    return _NAMES.get(encoding, encoding.replace("_", "-").upper())


def _wide(head: bytes) -> str:
    """UTF-16 without its mark, told by where the zeros are; else no text."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(len(head) // 2, 1)
    if odd > 0.6 * half and even < 0.1 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 * half and odd < 0.1 * half else "binary"


class _Newlines(io.RawIOBase):
    """A file of an old Macintosh, its lines ended as everywhere else."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        data = self._file.read(len(buffer)).replace(b"\r", b"\n")
        buffer[: len(data)] = data
        return len(data)


def with_newlines(file: BinaryIO, head: bytes) -> BinaryIO:
    """The file with lines that end in a newline, where they end in a carriage return alone."""
    return io.BufferedReader(_Newlines(file), _HEAD) if b"\r" in head and b"\n" not in head else file


class _Recoded(io.RawIOBase):
    """A file's text in UTF-8; a character that its encoding does not have becomes U+FFFD."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file, self._decoder = file, codecs.getincrementaldecoder(encoding)(errors="replace")
        self._held, self._ended = b"", False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        while not self._held and not self._ended:
            data = self._file.read(_PIECE)
            self._ended = not data
            self._held = self._decoder.decode(data, final=self._ended).encode("utf-8", errors="replace")
        count = min(len(buffer), len(self._held))
        buffer[:count], self._held = self._held[:count], self._held[count:]
        return count


def recoded(file: BinaryIO, encoding: str) -> BinaryIO:
    """The file in UTF-8."""
    return io.BufferedReader(_Recoded(file, encoding), _HEAD)
