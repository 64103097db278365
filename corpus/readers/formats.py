"""Choosing a reader: a path in, an iterator of Paper out, whatever the format.

A record that cannot be read is handed to `on_error` as a CorpusError (source, line, reason)
and skipped; the rest is kept. A file that is not of its format at all raises one. Files are
read as streams: memory does not grow with them.
"""

from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path

from corpus.names import file_name
from corpus.paper import Paper
from corpus.readers.detect import KINDS, SUFFIXES, papers_of
from corpus.readers.jsonl import read_json
from corpus.readers.listing import CRAWL_YEAR, read_listing
from corpus.readers.records import CorpusError, OnError, TitleOnly, raise_error
from corpus.readers.streams import Limits, Member, OnNote, Watch, in_memory, members, no_note, not_regular, unwatched

__all__ = ["CRAWL_YEAR", "KINDS", "LIMITS", "SUFFIXES", "CorpusError", "Limits", "OnError", "OnNote", "TitleOnly", "Watch", "no_note",
"raise_error",
           "read", "read_all", "read_bytes", "read_jsonl", "read_page", "shipped", "unwatched"]  # fmt: skip

LIMITS = Limits()


def read(
    path: Path, on_error: OnError = raise_error, limits: Limits = LIMITS, watch: Watch = unwatched, note: OnNote = no_note
) -> Iterator[Paper]:
    """Papers of one file, its format told by how it begins and by its name; see corpus/README.md for what is read.

    Each also as `.gz` or in a `.zip`, in any encoding; `note` hears of one that is not UTF-8. A record with
    a title and no abstract is handed to `on_error` as a TitleOnly, with the paper that it would be.
    """
    if path.is_dir():
        raise CorpusError(str(path), 0, "a directory, not a file")
    if not path.exists():
        raise CorpusError(str(path), 0, "no such file")
    if not path.is_file():
        raise not_regular(path)
    if path.stat().st_size == 0:
        raise CorpusError(file_name(path), 0, "the file is empty")
    return _read(members(path, limits, watch, note), file_name(path), on_error, limits)


def read_bytes(data: bytes, name: str, on_error: OnError = raise_error, note: OnNote = no_note) -> Iterator[Paper]:
    """Papers of what was read from elsewhere than a file."""
    if not data.strip():
        raise CorpusError(name, 0, "nothing came")
    return _read(in_memory(data, name, note), name, on_error, LIMITS)


def _read(files: Iterable[Member], name: str, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    for member in files:
        counted = _Counted(on_error)
        try:
            for paper in papers_of(member, counted, limits):
                counted.records += 1
                yield paper
            if not counted.records:
                raise CorpusError(member.source, 0, "no papers in it")
        except CorpusError as error:
            if member.source == name:
                raise
            on_error(error)  # the archive's other files may be sound


class _Counted:
    """Hands errors on, and counts them among the records that were met."""

    def __init__(self, on_error: OnError) -> None:
        self._on_error, self.records = on_error, 0

    def __call__(self, error: CorpusError) -> None:
        self.records += 1
        self._on_error(error)


def read_page(path: Path, on_error: OnError = raise_error, year: int = CRAWL_YEAR) -> Iterator[Paper]:
    """Records of a saved "Daily Papers" listing page, of either shape, in order, copies included.

    Raises CorpusError when the file is no such page.
    """
    for member in members(path, LIMITS):
        yield from read_listing(member, on_error, LIMITS, year)


def read_jsonl(path: Path, on_error: OnError = raise_error) -> Iterator[Paper]:
    """Papers of a file with one JSON object a line, whatever its name."""
    for member in members(path, LIMITS):
        yield from read_json(member, on_error, LIMITS)


def read_all(
    paths: Iterable[Path], on_error: OnError = raise_error, limits: Limits = LIMITS, watch: Watch = unwatched, note: OnNote = no_note
) -> Iterator[Paper]:
    """Papers of several files; a file that cannot be read is reported and the rest goes on."""
    for path in paths:
        try:
            yield from read(path, on_error, limits, watch, note)
        except CorpusError as error:
            on_error(error)


def shipped() -> list[Path]:
    """The saved pages that come with the package, in order."""
    folder = resources.files("corpus") / "pages"
    return sorted(Path(str(item)) for item in folder.iterdir() if item.name.endswith(".txt"))
