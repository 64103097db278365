"""`paperchat add`: papers of whatever is named into the index, with a report; light to import."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from corpus import CorpusError, Paper
    from rag.assistant import Assistant
    from rag.index import Report

    Open = Callable[[], Assistant]

_SHOWN = 20
"""Refused records that are named one by one; all are counted."""

_LOOKED_UP = 5_000
"""Papers without an abstract that are looked up in one run."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON with the Python API's field names.")]
Items = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files and folders (BibTeX, RIS, EndNote, PubMed, Web of Science, CSL-JSON, JSON, CSV, TSV, Atom, PDF; also .gz, .zip), "
        "patterns, '-' for standard input, arXiv ids or addresses, DOIs, 'zotero:' or 'zotero:COLLECTION'."
    ),
]


@dataclass
class Refused:
    """Records that could not be read, and notes on files: the first are shown at once, all are counted."""

    show: bool
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    count: int = 0

    def __call__(self, error: "CorpusError") -> None:
        self.told(str(error))

    def told(self, line: str) -> None:
        self.count += 1
        if self.count <= 1_000:
            self.lines.append(line)
        if self.show and self.count <= _SHOWN:
            print(f"skipped: {line}", file=sys.stderr)

    def note(self, line: str) -> None:
        if line not in self.notes and len(self.notes) < 1_000:
            self.notes.append(line)
            if self.show:
                print(f"note: {line}", file=sys.stderr)


@dataclass(frozen=True)
class Asked:
    """What is to be added."""

    items: Sequence[str]
    query: str | None = None
    since: str | None = None
    daily: Sequence[str] = ()
    limit: int = 1_000

    @property
    def size(self) -> int | None:
        """Bytes of the files named; None when something else is named, too."""
        paths = [Path(item) for item in self.items]
        known = paths and not self.query and not self.daily and all(path.is_file() for path in paths)
        return sum(path.stat().st_size for path in paths) if known else None

    def papers(self, assistant: "Assistant", refused: Refused, watch: Callable[[int], None]) -> "Iterator[Paper]":
        """Papers of everything that was named: files first, then what comes over the network."""
        from corpus import CorpusError
        from corpus.gather import gather

        config = assistant.config
        parts: list[Iterator[Paper]] = [gather(self.items, refused, config.sites(), watch, refused.note)]
        if self.query:
            from corpus.online.arxiv import papers_by_query

            parts.append(papers_by_query(self.query, refused, self.since, self.limit, config.arxiv_url))
        if self.daily:
            from corpus.online.huggingface import daily_papers

            parts += [daily_papers(day, refused, config.hf_url) for day in self.daily]
        for part in parts:
            try:
                yield from part
            except CorpusError as error:
                refused(error)


def _add(assistant: "Assistant", asked: Asked, refused: Refused, titles: "list[Paper]") -> "Report":
    """Add what is named, under a bar; `titles` is given the papers that came without an abstract."""
    from ui.cli.progress import reading

    def noted(papers: "Iterator[Paper]") -> "Iterator[Paper]":
        for paper in papers:
            if paper.title_only and len(titles) < _LOOKED_UP:
                titles.append(paper)
            yield paper

    try:
        with reading("adding papers", asked.size) as (watch, count):
            report = assistant.add(noted(asked.papers(assistant, refused, watch)), count)
    except KeyboardInterrupt:
        print("paperchat: interrupted; what was done is kept, the same command continues", file=sys.stderr)
        raise typer.Exit(130) from None
    for line in report.failed:  # read well, and still what no index could hold
        refused.told(line)
    return report


def fetch_abstracts(assistant: "Assistant", papers: "Sequence[Paper]", refused: Refused) -> int:
    """Look abstracts up for those of the papers that are still without one; returns how many were found."""
    from corpus.online.abstracts import abstracts_of
    from ui.cli.progress import progress

    wanted = still_without(assistant, papers)
    sites = assistant.config.sites()
    with progress("looking up abstracts", len(wanted)) as advance:
        found = abstracts_of(wanted, refused, sites, lambda: advance(1))
        return assistant.add(found).changed


def still_without(assistant: "Assistant", papers: "Sequence[Paper]") -> "list[Paper]":
    """What is held of those papers without an abstract: another copy may have brought one."""
    lexical = assistant.index.lexical
    ids = [paper.paper_id for paper in papers]
    known = lexical.by_aliases(ids)
    held = {paper.paper_id: paper for paper in assistant.index.papers([known.get(i, i) for i in ids])}
    return [paper for paper in held.values() if paper.title_only]


def _report(report: "Report", refused: Refused, found: int | None, as_json: bool) -> None:
    titles = max(report.title_only - (found or 0), 0)
    if as_json:
        told = {**asdict(report), "title_only": titles, "failed": refused.lines, "refused": refused.count, "notes": refused.notes}
        print(json.dumps(told if found is None else {**told, "abstracts_found": found}, ensure_ascii=False, indent=2))
        return
    if refused.count > _SHOWN:
        print(f"skipped: {refused.count - _SHOWN:,} more", file=sys.stderr)
    print(f"{report.added:,} added, {report.changed:,} changed, {report.unchanged:,} unchanged, {refused.count:,} refused")
    if found is not None:
        print(f"{found:,} abstract{'' if found == 1 else 's'} found")
    if titles:
        fix = "" if found is not None else "; `paperchat add --fetch-abstracts` looks them up at OpenAlex and arXiv"
        print(f"{titles:,} held by title only, without an abstract{fix}")


def _wanted(titles: int, as_json: bool) -> bool:
    """Ask, where there is someone to ask, whether abstracts are to be looked up."""
    if as_json or not titles or not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    which = "1 paper has" if titles == 1 else f"{titles:,} papers have"
    return typer.confirm(f"{which} no abstract. Look them up at OpenAlex and arXiv?", default=False, err=True)


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


def add_command(open_assistant: "Open") -> Callable[..., None]:
    """The command, for an assistant that is opened when it runs."""

    def add(
        items: Items = None,
        arxiv: Annotated[str | None, typer.Option(help="Newest papers of an arXiv query, e.g. 'cat:cs.CL AND abs:diffusion'.")] = None,
        since: Annotated[str | None, typer.Option(help="With --arxiv: first submitted on or after this date, YYYY-MM-DD.")] = None,
        limit: Annotated[int, typer.Option(min=1, max=30_000, help="With --arxiv: how many at most.")] = 1_000,
        hf_daily: Annotated[list[str] | None, typer.Option(help="Daily papers of Hugging Face on a date, YYYY-MM-DD; repeatable.")] = None,
        fetch: Annotated[bool, typer.Option("--fetch-abstracts", help="Look missing abstracts up at OpenAlex and arXiv.")] = False,
        watch: Annotated[bool, typer.Option("--watch", help="Stay, and follow the files and folders named as they change.")] = False,
        mirror: Annotated[bool, typer.Option("--mirror", help="With --watch: remove papers that are no longer in them.")] = False,
        as_json: AsJson = False,
    ) -> None:
        """Add papers; known ones are updated, records that cannot be read are reported and skipped.

        A paper met under another id, or whose title differs in case and punctuation only, is the
        same paper. Interrupt it at any time: what was added stays, and running it again continues.
        """
        from rag.index import Report

        named = items or []
        if not (named or arxiv or hf_daily or fetch or watch):
            raise typer.BadParameter("name files, folders, arXiv ids or DOIs, or give --arxiv or --hf-daily")
        if mirror and not watch:
            raise typer.BadParameter("--mirror goes with --watch")
        _checked_since(since, arxiv)
        if watch:
            from ui.cli.watch import follow

            return follow(open_assistant(), named, mirror, fetch)
        refused, assistant, titles = Refused(show=not as_json), open_assistant(), list["Paper"]()
        asked = Asked(named, arxiv, since, hf_daily or [], limit)
        if named or arxiv or hf_daily:
            report = _add(assistant, asked, refused, titles)
        else:
            titles = [paper for paper in assistant.index.all_papers() if paper.title_only][:_LOOKED_UP]
            report = Report(title_only=len(titles))
        found = fetch_abstracts(assistant, titles, refused) if fetch or _wanted(report.title_only, as_json) else None
        _report(report, refused, found, as_json)
        if refused.count and not (report.added or report.changed or report.unchanged or report.title_only):
            raise typer.Exit(1)
        return None

    return add
