"""Papers of whatever was named: papers themselves, files of any format, arXiv ids."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from corpus.online.arxiv import ARXIV_API, papers_by_id
from corpus.paper import Paper
from corpus.readers.formats import LIMITS, read_all
from corpus.readers.records import CorpusError, OnError, arxiv_id, checked
from corpus.readers.streams import Watch, unwatched

Item = Paper | Path | str


def _kind(item: Item) -> str:
    if isinstance(item, Paper):
        return "paper"
    return "arxiv" if isinstance(item, str) and arxiv_id(item) and not Path(item).exists() else "file"


def _sound(papers: Iterable[Paper], on_error: OnError) -> Iterator[Paper]:
    for number, paper in enumerate(papers, 1):
        try:
            yield checked(paper)
        except ValueError as error:
            on_error(CorpusError(f"paper {number} ({str(paper.title)[:60]!r})", 0, str(error)))


def gather(items: Iterable[Item], on_error: OnError, arxiv_api: str = ARXIV_API, watch: Watch = unwatched) -> Iterator[Paper]:
    """Papers in the order of the items; a text is a file's path, or an arXiv id or address.

    What cannot be read is handed to `on_error`, and the rest goes on.
    """
    for kind, group in groupby(items, _kind):
        if kind == "paper":
            yield from _sound((item for item in group if isinstance(item, Paper)), on_error)
        elif kind == "file":
            yield from read_all((Path(str(item)) for item in group), on_error, LIMITS, watch)
        else:
            try:
                yield from papers_by_id([found for item in group if (found := arxiv_id(str(item)))], on_error, arxiv_api)
            except CorpusError as error:
                on_error(error)
