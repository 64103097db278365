"""Papers of whatever was named: papers themselves, files and folders, patterns, standard input, arXiv ids, DOIs, Zotero."""

import glob
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from corpus.names import file_name, is_hidden, left_out, printable
from corpus.online.arxiv import papers_by_id
from corpus.online.doi import papers_by_doi
from corpus.online.zotero import zotero_papers
from corpus.paper import Paper
from corpus.readers.formats import LIMITS, SUFFIXES, read_all, read_bytes
from corpus.readers.ids import arxiv_id, doi
from corpus.readers.links import Listed, listed, listed_in
from corpus.readers.records import CorpusError, OnError, TitleOnly, checked
from corpus.readers.streams import OnNote, Watch, no_note, unwatched
from corpus.sites import Sites

Item = Paper | Path | str
_ZOTERO = "zotero:"
SITES = Sites()


def _kind(item: Item) -> str:
    if isinstance(item, Paper):
        return "paper"
    if isinstance(item, Path) or os.path.lexists(item):
        return "file"
    if item == "-":
        return "input"
    if item.startswith(_ZOTERO):
        return "zotero"
    if arxiv_id(item):
        return "arxiv"
    return "doi" if doi(item) else "address" if "://" in item else "file"


def _sound(papers: Iterable[Paper], on_error: OnError) -> Iterator[Paper]:
    for number, paper in enumerate(papers, 1):
        try:
            yield checked(paper)
        except ValueError as error:
            on_error(CorpusError(f"paper {number} ({str(paper.title)[:60]!r})", 0, str(error)))


def files_of(item: Path | str, note: OnNote = no_note) -> list[Path]:
    """The file itself; of a folder the files in it, and in its folders, of kinds that are read; of a pattern what it fits."""
    path = Path(item)
    if path.is_dir():
        return _in_folder(path, note)
    if isinstance(item, str) and not path.exists() and glob.has_magic(item):
        found = sorted(Path(name) for name in glob.glob(str(path.expanduser()), recursive=True))  # noqa: PTH207 - takes whole paths
        return [file for name in found for file in (_in_folder(name, note) if name.is_dir() else [name])] or [path]
    return [path.expanduser()]


def _in_folder(folder: Path, note: OnNote) -> list[Path]:
    found, hidden, others = list[Path](), list[str](), 0
    for place, folders, names in os.walk(folder):
        hidden += sorted(name for name in folders if is_hidden(name))
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in sorted(names):
            known = name.lower().rpartition(".")[2] in SUFFIXES
            if is_hidden(name):
                hidden += [name] if known else []
                continue
            found += [Path(place, name)] if known else []
            others += not known
    if others:
        note(f"{printable(str(folder))}: {others:,} file{'s' if others > 1 else ''} of other kinds left out")
    if line := left_out(str(folder), hidden):
        note(line)
    return found


def _files(items: Iterable[Path | str], on_error: OnError, note: OnNote) -> Iterator[Path]:
    for item in items:
        if not str(item).strip():  # as of a variable of the shell that is not set: it would be the folder that one is in
            on_error(CorpusError("''", 0, "an empty name; write . for the folder that you are in"))
            continue
        files = files_of(item, note)
        if not files:
            on_error(CorpusError(str(item), 0, "a folder with no file that can be read; `paperchat add --help` names the formats"))
        elif files == [Path(item)] and glob.has_magic(str(item)) and not files[0].exists():
            on_error(CorpusError(str(item), 0, "no file fits this pattern"))
        else:
            yield from files


def gather(
    items: Iterable[Item], on_error: OnError, sites: Sites = SITES, watch: Watch = unwatched, note: OnNote = no_note
) -> Iterator[Paper]:  # fmt: skip
    """Papers in the order of the items; a text is a file, a folder, a pattern, `-`, an arXiv id or address, a DOI, or `zotero:`.

    What has a title and no abstract comes as such a paper. What cannot be read is handed to `on_error`, and the rest goes on.
    """
    for kind, group in groupby(items, _kind):
        try:
            if kind == "paper":
                yield from _sound((item for item in group if isinstance(item, Paper)), on_error)
            else:
                names = [item for item in group if not isinstance(item, Paper)]
                yield from with_titles(lambda report, kind=kind, names=names: _read(kind, names, report, sites, watch, note), on_error)  # type: ignore[misc]
        except CorpusError as error:
            on_error(error)


def with_titles(read: Callable[[OnError], Iterable[Paper]], on_error: OnError) -> Iterator[Paper]:
    """The papers that `read` gives, those that have a title only among them."""
    titles = list[Paper]()
    for paper in read(lambda error: titles.append(error.paper) if isinstance(error, TitleOnly) else on_error(error)):
        yield from _taken(titles)
        yield paper
    yield from _taken(titles)


def _taken(papers: list[Paper]) -> list[Paper]:
    taken = papers[:]
    papers.clear()
    return taken


def _read(kind: str, names: list[Path | str], on_error: OnError, sites: Sites, watch: Watch, note: OnNote) -> Iterator[Paper]:
    texts = [str(name) for name in names]
    if kind == "file":
        for path in _files(names, on_error, note):
            if links := listed(path):
                yield from _looked_up(links, file_name(path), on_error, sites, note)
            else:
                yield from read_all([path], on_error, LIMITS, watch, note)
    elif kind == "arxiv":
        yield from papers_by_id([found for text in texts if (found := arxiv_id(text))], on_error, sites.arxiv)
    elif kind == "doi":
        yield from papers_by_doi([found for text in texts if (found := doi(text))], on_error, sites.openalex, sites.crossref)
    elif kind == "zotero":
        for text in texts:
            yield from zotero_papers(text.removeprefix(_ZOTERO).strip(), on_error, sites.zotero)
    elif kind == "input":
        yield from _standard_input(on_error, sites, note)
    else:
        for text in texts:
            on_error(CorpusError(text, 0, "an address of neither an arXiv paper nor a DOI; save what it shows, and add the file"))


def _looked_up(found: Listed, name: str, on_error: OnError, sites: Sites, note: OnNote) -> Iterator[Paper]:
    """The papers of a list of ids and links, asked for at arXiv and by DOI."""
    note(f"{name} lists papers by id ({len(found.ids):,}); arXiv, OpenAlex or Crossref is asked for them")
    for number, line in found.others:
        on_error(CorpusError(name, number, f"neither an arXiv id nor a DOI: {line[:60]!r}"))
    arxiv = [paper_id for paper_id in found.ids if paper_id.startswith("arxiv:")]
    for kind, ids in (("arxiv", arxiv), ("doi", [paper_id for paper_id in found.ids if paper_id not in set(arxiv)])):
        try:
            yield from _read(kind, list(ids), on_error, sites, unwatched, note) if ids else ()
        except CorpusError as error:
            on_error(error)


def _standard_input(on_error: OnError, sites: Sites, note: OnNote) -> Iterator[Paper]:
    if sys.stdin is None or sys.stdin.isatty():
        raise CorpusError("standard input", 0, "nothing is piped in; use it as in `cat library.bib | paperchat add -`")
    data = sys.stdin.buffer.read(LIMITS.whole + 1)
    if len(data) > LIMITS.whole:
        raise CorpusError("standard input", 0, f"longer than {LIMITS.whole:,} bytes; write it to a file, and add that")
    try:
        yield from read_bytes(data, "standard input", on_error, note)
    except CorpusError:
        if not (found := listed_in(data.decode(errors="replace"))):
            raise
        yield from _looked_up(found, "standard input", on_error, sites, note)
