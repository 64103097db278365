"""Names of files and whatever else others chose, made fit for one line of a terminal, a log or an index."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePath

_BYTE = re.compile(r"[\udc80-\udcff]+")
_NAMED = 5
_JOINERS = "\u200c\u200d"
"""Signs without a shape that words of some scripts and emoji need."""


def printable(text: str) -> str:
    """The text in one line, without a sign that a terminal would obey or nobody could see: `\\x1b` and the like in its place.

    Bytes of a file's name that are not UTF-8 are shown as `\\xff`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, _BYTE.sub(_bytes_shown, text)))


def printable_lines(text: str) -> str:
    """The same for a text that has lines of its own."""
    return "\n".join(map(printable, text.split("\n")))


def file_name(path: PurePath) -> str:
    """A file's name, as sources and messages have it."""
    return printable(path.name)


def _bytes_shown(match: re.Match[str]) -> str:
    return match.group().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _shown(sign: str) -> str:
    if sign in _JOINERS or not unicodedata.category(sign).startswith(("C", "Zl", "Zp")):
        return sign
    return sign.encode("ascii", "backslashreplace").decode() if ord(sign) > 0xFF else f"\\x{ord(sign):02x}"


def inner_name(name: str) -> str:
    """A name within an archive, without the parts that lead out of it or to nowhere."""
    return "/".join(part for part in re.split(r"[/\\]", name) if part not in ("", ".", ".."))


def is_debris(name: str) -> bool:
    """What a Mac leaves beside files; nobody misses it."""
    return any(part in ("__MACOSX", ".DS_Store") or part.startswith("._") for part in name.split("/"))


def is_hidden(name: str) -> bool:
    """Whether the file, or a folder on the way to it, is hidden, or is a Mac's debris."""
    return is_debris(name) or any(part.startswith(".") for part in name.split("/"))


def left_out(place: str, hidden: Sequence[str]) -> str:
    """A line that says which hidden files were not read; empty where nobody misses them."""
    missed = [printable(name) for name in hidden if not is_debris(name)]
    more = f" and {len(missed) - _NAMED:,} more" if len(missed) > _NAMED else ""
    return f"{printable(place)}: hidden, and left out: {', '.join(missed[:_NAMED])}{more}" if missed else ""
