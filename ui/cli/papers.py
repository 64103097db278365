"""The commands that change or list what is held: add, remove, list, export. Light to import."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from corpus import CorpusError, Paper
    from rag.assistant import Assistant
    from rag.config import Config

    Open = Callable[[], Assistant]

_SHOWN = 20
"""Refused records that are named one by one; all are counted."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON with the Python API's field names.")]
Items = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files (saved listing pages, .jsonl, .json, .csv, .tsv, .bib, .ris; .gz or .zip of them), and arXiv ids (arxiv:2406.01234)."
    ),
]


class _Refused:
    """Records that could not be read: the first are shown at once, all are counted."""

    def __init__(self, show: bool) -> None:
        self._show = show
        self.lines: list[str] = []
        self.count = 0

    def __call__(self, error: "CorpusError") -> None:
        self.count += 1
        if self.count <= 1_000:
            self.lines.append(str(error))
        if self._show and self.count <= _SHOWN:
            print(f"skipped: {error}", file=sys.stderr)


def _input(
    config: "Config", items: Sequence[str], query: str | None, since: str | None, daily: Sequence[str], limit: int,
    refused: _Refused, watch: Callable[[int], None],
) -> "Iterator[Paper]":  # fmt: skip
    """Papers of everything that was named: files first, then what comes over the network."""
    from corpus import CorpusError
    from corpus.gather import gather

    parts: list[Iterator[Paper]] = [gather(items, refused, config.sites(), watch, _note)]
    if query:
        from corpus.online.arxiv import papers_by_query

        parts.append(papers_by_query(query, refused, since, limit, config.arxiv_url))
    if daily:
        from corpus.online.huggingface import daily_papers

        parts += [daily_papers(day, refused, config.hf_url) for day in daily]
    for part in parts:
        try:
            yield from part
        except CorpusError as error:
            refused(error)


def _note(line: str) -> None:
    print(f"note: {line}", file=sys.stderr)


def _size(items: Sequence[str]) -> int | None:
    """Bytes of the files named; None when something else is named, too."""
    paths = [Path(item) for item in items]
    return sum(path.stat().st_size for path in paths) if paths and all(path.is_file() for path in paths) else None


def _add(
    assistant: "Assistant", refused: _Refused, size: int | None, as_json: bool, read: "Callable[[Callable[[int], None]], Iterator[Paper]]"
) -> None:
    """Add what `read` gives, under a bar over `size` bytes, and report it. Exit status 1 when all of it was refused."""
    from ui.cli.progress import reading

    try:
        with reading("adding papers", size) as (watch, count):
            report = assistant.add(read(watch), count)
    except KeyboardInterrupt:
        print("paperchat: interrupted; what was done is kept, the same command continues", file=sys.stderr)
        raise typer.Exit(130) from None
    if as_json:
        print(json.dumps({**asdict(report), "failed": refused.lines, "refused": refused.count}, ensure_ascii=False, indent=2))
    else:
        if refused.count > _SHOWN:
            print(f"skipped: {refused.count - _SHOWN:,} more", file=sys.stderr)
        print(f"{report.added:,} added, {report.changed:,} changed, {report.unchanged:,} unchanged, {refused.count:,} refused")
    if refused.count and not (report.added or report.changed or report.unchanged):
        raise typer.Exit(1)


def _checked_since(since: str | None, query: str | None) -> None:
    """Before anything is opened or fetched. Raises typer.BadParameter."""
    if since is None:
        return
    if not query:
        raise typer.BadParameter("--since goes with --arxiv only; give --arxiv QUERY, or leave --since out")
    try:
        if date.fromisoformat(since).isoformat() != since:
            raise ValueError
    except ValueError:
        raise typer.BadParameter(f"--since is {since!r}; write a date, YYYY-MM-DD") from None


def papers_commands(app: typer.Typer, open_assistant: "Open") -> None:
    """Register the commands, for an assistant that is opened when one runs."""

    @app.command()
    def add(
        items: Items = None,
        arxiv: Annotated[str | None, typer.Option(help="Newest papers of an arXiv query, e.g. 'cat:cs.CL AND abs:diffusion'.")] = None,
        since: Annotated[str | None, typer.Option(help="With --arxiv: first submitted on or after this date, YYYY-MM-DD.")] = None,
        limit: Annotated[int, typer.Option(min=1, max=30_000, help="With --arxiv: how many at most.")] = 1_000,
        hf_daily: Annotated[list[str] | None, typer.Option(help="Daily papers of Hugging Face on a date, YYYY-MM-DD; repeatable.")] = None,
        as_json: AsJson = False,
    ) -> None:
        """Add papers; known ones are updated, records that cannot be read are reported and skipped.

        A paper met under another id, or whose title differs in case and punctuation only, is the
        same paper. Interrupt it at any time: what was added stays, and running it again continues.
        """
        named = items or []
        if not (named or arxiv or hf_daily):
            raise typer.BadParameter("name files or arXiv ids, or give --arxiv or --hf-daily")
        _checked_since(since, arxiv)
        size = None if arxiv or hf_daily else _size(named)
        refused, assistant = _Refused(show=not as_json), open_assistant()
        _add(assistant, refused, size, as_json, lambda watch: _input(
            assistant.config, named, arxiv, since, hf_daily or [], limit, refused, watch))  # fmt: skip

    @app.command()
    def remove(paper_ids: Annotated[list[str], typer.Argument(help="Paper ids, as `paperchat list --json` shows them.")]) -> None:
        """Remove papers from the index."""
        from corpus.readers.records import arxiv_id

        ids = chain.from_iterable((item, arxiv_id(item) or item) for item in paper_ids)
        print(f"{open_assistant().index.remove(ids):,} removed")

    @app.command("list")
    def list_papers(as_json: AsJson = False) -> None:
        """List every paper held, one a line (with --json: one JSON object a line)."""
        for paper in open_assistant().index.all_papers():
            print(json.dumps(asdict(paper), ensure_ascii=False) if as_json else f"{paper.published or '-':10}  {paper.title}")

    @app.command()
    def export(file: Annotated[Path, typer.Argument(help="A .jsonl or .jsonl.gz file to write; `paperchat add` reads it back.")]) -> None:
        """Write every paper held to a JSONL file."""
        from rag.export import export_jsonl
        from ui.cli.progress import progress

        index = open_assistant().index
        with progress("exporting papers", len(index)) as advance:
            count = export_jsonl(index, file, advance)
        print(f"{count:,} papers written to {file}")
