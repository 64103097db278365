"""The table of the corpus: one page of papers at a time, to search, filter, sort, select and open."""

import re
from dataclasses import dataclass, field
from functools import cache
from html import escape

from corpus import Paper, shipped
from rag import Assistant, Filters
from ui.page.sources import chooser
from ui.page.text import date_text

PAGE_SIZE = 25
MAX_PAGES = 400
"""Pages that can be turned to; beyond, a search is the better way. Keeps a deep page as fast as the first."""

ORDERS = ("best", "newest", "oldest", "title", "authors")
_HEADS = (("title", "Title"), ("newest", "Date"), ("authors", "Authors"), (None, "Organisation"), (None, "Source"))


@dataclass(frozen=True, slots=True)
class View:
    """What the table shows: words searched for, filters, order, page (from 0), and the ids of a topic, None for all."""

    words: str = ""
    filters: Filters = field(default_factory=Filters)
    order: str = "newest"
    page: int = 0
    within: tuple[str, ...] | None = None


def table_html(assistant: Assistant, view: View) -> str:
    """One page of the table. Raises QuestionError for a filter that is no date."""
    assistant.index.refresh()
    lexical = assistant.index.lexical
    ids, count = lexical.page(view.words[:500], view.filters, view.order, view.page * PAGE_SIZE, PAGE_SIZE, view.within)
    rows = "".join(_row(paper) for paper in assistant.index.papers(ids))
    if not rows:
        return '<p class="pc-none" role="status">No paper matches. Try fewer words, or clear the filters.</p>'
    cells = "".join(_head(key, text, view.order) for key, text in _HEADS)
    pick = '<th scope="col"><input type="checkbox" class="pc-choose-all" aria-label="Select all on this page"></th>'
    return (
        f'<p class="pc-found" role="status">{count:,} paper{"" if count == 1 else "s"}</p>'
        '<div class="pc-scroll" tabindex="0" role="region" aria-label="Papers"><table class="pc-table">'
        f"<thead><tr>{pick}{cells}</tr></thead><tbody>{rows}</tbody></table></div>{_pager(view.page, count)}"
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
    cells = (
        _cell(date_text(paper.published), "Its source gives no date"),
        _cell(_people(paper), "Its source names no authors"),
        _cell(getattr(paper, "venue", None) or paper.organisation or "", "Its source names no organisation"),
        _cell(", ".join(map(source_text, paper.sources)), "Added without a file"),
    )
    return f"<tr><td>{chooser(paper)}</td><td>{name}</td>{''.join(cells)}</tr>"


def _cell(text: str, hint: str) -> str:
    return f'<td title="{escape(text)}">{escape(text)}</td>' if text else f'<td><span class="pc-unknown" title="{hint}">—</span></td>'


def _people(paper: Paper) -> str:
    if paper.authors:
        return f"{paper.authors[0]}{f' + {len(paper.authors) - 1}' if len(paper.authors) > 1 else ''}"
    return str(paper.author_count or "")


@cache
def _shipped_names() -> dict[str, str]:
    return {page.name: f"Daily Papers page {number}" for number, page in enumerate(shipped(), 1)}


def source_text(name: str) -> str:
    """Where a paper came from, in words: `003_bc7c0f29.txt` -> `Daily Papers page 4`, `mine.jsonl.gz` stays."""
    return _shipped_names().get(name) or re.sub(r"^[0-9a-f]{16,}[-_.]", "", name)


def _pager(page: int, count: int) -> str:
    last = min((count - 1) // PAGE_SIZE, MAX_PAGES - 1)

    def turn(to: int, text: str) -> str:
        off = "" if 0 <= to <= last and to != page else " disabled"
        return f'<button type="button" data-action="page" data-page="{to}"{off}>{text}</button>'

    here = f"<span>Page {page + 1} of {last + 1:,}</span>"
    return f'<div class="pc-pager">{turn(0, "First")}{turn(page - 1, "Previous")}{here}{turn(page + 1, "Next")}{turn(last, "Last")}</div>'
