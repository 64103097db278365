"""Choosing a reader: a path in, an iterator of Paper out, whatever the format.

A record that cannot be read is handed to `on_error` as a CorpusError (source, line, reason)
and skipped; the rest is kept. A file that is not of its format at all raises one. Files are
read as streams: memory does not grow with them.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from pathlib import Path

from corpus.paper import Paper
from corpus.readers.bibtex import read_bibtex
from corpus.readers.jsonl import read_json
from corpus.readers.listing import CRAWL_YEAR, read_listing
from corpus.readers.records import CorpusError, OnError, raise_error
from corpus.readers.ris import read_ris
from corpus.readers.streams import Limits, Member, Watch, members, unwatched
from corpus.readers.tables import read_table

LIMITS = Limits()
Reader = Callable[[Member, OnError, Limits], Iterator[Paper]]
_READERS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (re.compile(r"\.(jsonl|json|ndjson)$", re.IGNORECASE), read_json),
    (re.compile(r"\.(csv|tsv)$", re.IGNORECASE), read_table),
    (re.compile(r"\.bib$", re.IGNORECASE), read_bibtex),
    (re.compile(r"\.ris$", re.IGNORECASE), read_ris),
)


def _reader(name: str) -> Reader:
    return next((reader for pattern, reader in _READERS if pattern.search(name)), read_listing)


def read(path: Path, on_error: OnError = raise_error, limits: Limits = LIMITS, watch: Watch = unwatched) -> Iterator[Paper]:
    """Papers of one file, its format told by its name.

    `.jsonl`, `.json` (records, arXiv's metadata snapshot, Hugging Face's daily papers),
    `.csv`, `.tsv`, `.bib`, `.ris`, else a saved listing page; each also as `.gz` or in a `.zip`.
    """
    if path.is_dir():
        raise CorpusError(str(path), 0, "a directory; name its files, e.g. `paperchat add DIR/*.txt`")
    if not path.exists():
        raise CorpusError(str(path), 0, "no such file")
    if path.is_file() and path.stat().st_size == 0:
        raise CorpusError(path.name, 0, "the file is empty")
    return _read(path, on_error, limits, watch)


def _read(path: Path, on_error: OnError, limits: Limits, watch: Watch) -> Iterator[Paper]:
    for member in members(path, limits, watch):
        try:
            yield from _reader(member.name)(member, on_error, limits)
        except CorpusError as error:
            if path.suffix.lower() != ".zip":
                raise
            on_error(error)  # the archive's other files may be sound


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


def read_all(paths: Iterable[Path], on_error: OnError = raise_error, limits: Limits = LIMITS, watch: Watch = unwatched) -> Iterator[Paper]:
    """Papers of several files; a file that cannot be read is reported and the rest goes on."""
    for path in paths:
        try:
            yield from read(path, on_error, limits, watch)
        except CorpusError as error:
            on_error(error)


def shipped() -> list[Path]:
    """The saved pages that come with the package, in order."""
    folder = resources.files("corpus") / "pages"
    return sorted(Path(str(item)) for item in folder.iterdir() if item.name.endswith(".txt"))
