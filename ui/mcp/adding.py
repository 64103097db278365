"""Papers that a program hands over: records, ids and BibTeX. Never a path, so that nobody reads this machine's files."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from corpus import CorpusError, Paper
from corpus.readers.ids import arxiv_id, doi
from corpus.readers.records import paper_of_record
from ui.mcp.results import Added, NewPaper

if TYPE_CHECKING:
    from rag import Assistant

MOST_BIBTEX = 4_000_000
"""Characters of BibTeX in one call."""


def add(assistant: "Assistant", papers: Sequence[NewPaper], ids: Sequence[str], bibtex: str) -> Added:
    """Add what is sound, and say why the rest is not. Raises PaperchatError."""
    refused: list[str] = []
    records = list(_records(papers, refused))
    known = list(named(ids, refused))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pasted.bib"
        file.write_text(bibtex[:MOST_BIBTEX], "utf-8")
        report = assistant.add([*records, *known, *([file] if bibtex.strip() else [])])
    return Added(added=report.added, changed=report.changed, unchanged=report.unchanged, refused=[*refused, *report.failed])


def _records(papers: Sequence[NewPaper], refused: list[str]) -> Iterator[Paper]:
    for number, paper in enumerate(papers, 1):
        try:
            yield paper_of_record({name: value for name, value in paper.items() if value}, "MCP")
        except (ValueError, CorpusError) as error:
            refused.append(f"paper {number}: {error}")


def named(ids: Sequence[str], refused: list[str]) -> Iterator[str]:
    """Ids in their own form, so that none is taken for a file's name."""
    for name in ids:
        if found := arxiv_id(name) or doi(name):
            yield found
        else:
            refused.append(f"{name[:100]!r} is no arXiv id and no DOI; write one like 2406.01234 or 10.1000/182")
