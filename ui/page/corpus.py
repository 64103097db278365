"""The corpus tab: one page of papers at a time, a paper with its neighbours, and adding papers."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from queue import SimpleQueue

from corpus import CorpusError, Paper, read_all
from rag import Assistant, Filters, PaperchatError, Report
from ui.page.sources import links, meta
from ui.page.text import date_text

PAGE_SIZE = 25
MAX_PAGES = 400
"""Pages that can be turned to; beyond, a search is the better way. Keeps a deep page as fast as the first."""

ORDERS = {"Best match": "best", "Newest first": "newest", "Oldest first": "oldest", "Title A to Z": "title", "Most authors": "authors"}
NEIGHBOURS = 8
SHOWN_FAULTS = 20


@dataclass(frozen=True, slots=True)
class View:
    """What the table shows: words searched for, filters, order and page (from 0)."""

    words: str = ""
    filters: Filters = field(default_factory=Filters)
    order: str = "newest"
    page: int = 0


def table_html(assistant: Assistant, view: View) -> str:
    """One page of the table. Raises QuestionError for a filter that is no date."""
    assistant.index.refresh()
    ids, count = assistant.index.lexical.page(view.words[:500], view.filters, view.order, view.page * PAGE_SIZE, PAGE_SIZE)
    rows = "".join(_row(paper) for paper in assistant.index.papers(ids))
    if not rows:
        return '<p class="pc-none" role="status">No paper matches. Try fewer words, or clear the filters.</p>'
    heads = (("title", "Title"), ("newest", "Date"), (None, "Organisation"), ("authors", "Authors"), (None, "Source"))
    cells = "".join(_head(key, text, view.order) for key, text in heads)
    return (
        f'<p class="pc-found" role="status">{count:,} paper{"" if count == 1 else "s"}</p>'
        f'<div class="pc-scroll" tabindex="0" role="region" aria-label="Papers"><table class="pc-table"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{_pager(view.page, count)}"
    )


def _head(key: str | None, text: str, order: str) -> str:
    if key is None:
        return f'<th scope="col">{text}</th>'
    turned = "oldest" if key == "newest" and order == "newest" else key
    on = order == key or (key == "newest" and order == "oldest")
    direction = {"title": "ascending", "oldest": "ascending"}.get(order, "descending")
    sort = f' aria-sort="{direction}"' if on else ""
    arrow = {"ascending": " ↑", "descending": " ↓"}[direction] if on else ""
    return f'<th scope="col"{sort}><button type="button" data-action="sort" data-order="{turned}">{text}{arrow}</button></th>'


def _row(paper: Paper) -> str:
    name = f'<button type="button" class="pc-row" data-action="paper" data-paper="{escape(paper.paper_id)}">{escape(paper.title)}</button>'
    cells = (date_text(paper.published), paper.organisation or "", str(paper.author_count or ""), ", ".join(paper.sources))
    return f"<tr><td>{name}</td>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _pager(page: int, count: int) -> str:
    last = min((count - 1) // PAGE_SIZE, MAX_PAGES - 1)

    def turn(to: int, text: str) -> str:
        off = "" if 0 <= to <= last and to != page else " disabled"
        return f'<button type="button" data-action="page" data-page="{to}"{off}>{text}</button>'

    here = f"<span>Page {page + 1} of {last + 1:,}</span>"
    return f'<div class="pc-pager">{turn(0, "First")}{turn(page - 1, "Previous")}{here}{turn(page + 1, "Next")}{turn(last, "Last")}</div>'


def paper_html(assistant: Assistant, paper_id: str) -> str:
    """A paper's page: abstract, links, nearest neighbours, and the way to ask about it."""
    found = assistant.index.papers([paper_id])
    if not found:
        return '<p class="pc-none" role="status">This paper is no longer in the corpus.</p>'
    paper = found[0]
    near = "".join(
        f'<li><button type="button" class="pc-row" data-action="paper" data-paper="{escape(other.paper_id)}">{escape(other.title)}</button>'
        f'<span class="pc-meta">{meta(other)} · similarity {cosine:.2f}</span></li>'
        for other, cosine in neighbours(assistant, paper_id)
    )
    sources = f'<p class="pc-meta">from {escape(", ".join(paper.sources))}</p>' if paper.sources else ""
    return (
        f'<article class="pc-paper" aria-label="Paper"><h2 tabindex="-1">{escape(paper.title)}</h2>'
        f'<p class="pc-meta">{meta(paper)}</p>{sources}<p class="pc-links">'
        f'<button type="button" class="pc-primary" data-action="about" data-title="{escape(paper.title)}">Ask about this paper</button>'
        f'{links(paper)}</p><p class="pc-abstract">{escape(paper.abstract)}</p>'
        f'<h3>Nearest papers</h3><ol class="pc-near">{near}</ol></article>'
    )


def neighbours(assistant: Assistant, paper_id: str) -> list[tuple[Paper, float]]:
    """The nearest other papers by cosine, best first."""
    vectors = assistant.index.vectors([paper_id])
    if paper_id not in vectors:
        return []
    found = dict(assistant.index.nearest(vectors[paper_id], min(NEIGHBOURS + 1, len(assistant.index))))
    found.pop(paper_id, None)
    return [(paper, found[paper.paper_id]) for paper in assistant.index.papers(list(found)[:NEIGHBOURS])]


# --- adding


@dataclass(frozen=True, slots=True)
class Adding:
    """How far an upload is: papers done, the share of the bytes read in [0, 1], and at the end the report or the error's sentence."""

    done: int = 0
    share: float = 0.0
    faults: tuple[str, ...] = ()
    refused: int = 0
    report: Report | None = None
    error: str = ""


def add_files(assistant: Assistant, paths: Sequence[Path]) -> Iterator[Adding]:
    """Add the papers of uploaded files, with the state as it advances; the last one has the report."""
    states: SimpleQueue[Adding | None] = SimpleQueue()
    worker = threading.Thread(target=_add, args=(assistant, paths, states), daemon=True)
    worker.start()
    while (state := states.get()) is not None:
        yield state


def _add(assistant: Assistant, paths: Sequence[Path], states: "SimpleQueue[Adding | None]") -> None:
    done, seen, faults = 0, 0, list[str]()
    size = sum(path.stat().st_size for path in paths if path.is_file())

    def watch(read: int) -> None:
        nonlocal seen
        seen += read

    def advance(more: int) -> None:
        nonlocal done
        done += more
        states.put(state(None))

    def state(report: Report | None, error: str = "") -> Adding:
        return Adding(done, min(seen / size, 1.0) if size else 0.0, tuple(faults[:SHOWN_FAULTS]), len(faults), report, error)

    try:
        states.put(Adding())
        states.put(state(assistant.add(read_all(paths, lambda fault: faults.append(str(fault)), watch=watch), advance)))
    except (PaperchatError, CorpusError) as error:
        states.put(state(None, str(error)))
    except Exception as error:
        states.put(state(None, f"an unexpected fault ({type(error).__name__}) while adding; what was added is kept"))
    finally:
        states.put(None)


def adding_html(state: Adding) -> str:
    """The state of an upload: a bar with the share read and the papers done, then the report with the reasons of what was refused."""
    if state.error:
        return f'<p class="pc-fault" role="alert">{escape(state.error)}.</p>'
    faults = "".join(f"<li>{escape(fault)}</li>" for fault in state.faults)
    more = f"<li>… and {state.refused - len(state.faults):,} more</li>" if state.refused > len(state.faults) else ""
    refused = f'<h3>Refused</h3><ul class="pc-refused">{faults}{more}</ul>' if faults else ""
    if state.report is None:
        bar = f'<progress aria-label="Adding papers" value="{state.share:.3f}"></progress>'
        return f'<p role="status">{bar} {state.share:.0%} read, papers done: {state.done:,} …</p>{refused}'
    report = state.report
    counts = f"{report.added:,} added, {report.changed:,} changed, {report.unchanged:,} unchanged, {state.refused:,} refused"
    return f'<p class="pc-report" role="status">{counts}</p>{refused}'
