"""The panel beside an answer: its sources in order, each with its abstract and the quote marked."""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote as url_quote
from urllib.parse import urlsplit

from corpus import Paper
from rag import Assistant
from ui.page.text import button, date_text, icon, marked
from ui.page.turn import Source, Turn


def relevance(assistant: Assistant, questions: Sequence[str], ids: Sequence[str]) -> dict[str, float]:
    """The best cosine of any of the questions with each paper, in [0, 1], by paper id."""
    asked = [assistant.index.embedder.encode_query(question) for question in questions]
    vectors = assistant.index.vectors(ids)
    return {paper_id: min(max(float(found @ vector) for vector in asked), 1.0) for paper_id, found in vectors.items()}


def meta(paper: Paper) -> str:
    """Organisation, date and authors on one escaped line, as much as is known."""
    authors = f"{paper.author_count} author{'' if paper.author_count == 1 else 's'}" if paper.author_count else ""
    people = f"{', '.join(paper.authors[:3])}{' and others' if len(paper.authors) > 3 else ''}" if paper.authors else authors
    return escape(" · ".join(part for part in (paper.organisation, date_text(paper.published), people) if part) or "date not known")


def _link(url: str, text: str) -> str:
    return f'<a class="pc-link" href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(text)}{icon("out")}</a>'


def links(paper: Paper) -> str:
    """The paper's own page, or a search for its title, and its code. They open only when clicked."""
    own = _link(paper.url, "Paper") if paper.url and urlsplit(paper.url).scheme in ("http", "https") else ""
    found = own or _link(f"https://scholar.google.com/scholar?q={url_quote(paper.title)}", "Find the paper")
    code = [_link(url, f"Code on {urlsplit(url).hostname}") for url in paper.code_urls[:3] if urlsplit(url).scheme in ("http", "https")]
    return "".join([found, *code])


def source_html(number: int | None, paper: Paper, quote: str, relevance: float | None, shown: bool = False) -> str:
    """One source: closed it shows its quote, open the whole abstract with the quote marked."""
    percent = round((relevance or 0) * 100)
    told = f"relevance {percent} %"
    bar = f'<span class="pc-rel" role="img" aria-label="{told}" title="{told}"><i style="width:{percent}%"></i></span>' if relevance else ""
    mark = f'<span class="pc-num">{number}</span>' if number is not None else ""
    preview = f'<span class="pc-preview">{escape(quote)}</span>' if quote else ""
    head = f'<span class="pc-title">{escape(paper.title)}</span><span class="pc-meta">{meta(paper)}{bar}</span>{preview}'
    near = f'<button type="button" class="pc-link" data-action="paper" data-paper="{escape(paper.paper_id)}">Neighbours</button>'
    return (
        f'<li class="pc-source" data-number="{number or ""}"><details{" open" if shown else ""}>'
        f'<summary>{mark}<span class="pc-head">{head}</span></summary><div class="pc-body">'
        f'<p class="pc-abstract">{marked(paper.abstract, quote)}</p><p class="pc-links">{links(paper)}{near}</p></div></details></li>'
    )


def _gone(source: Source) -> str:
    return (
        f'<li class="pc-source pc-gone" data-number="{source.number}"><span class="pc-num">{source.number}</span> {escape(source.title)} '
        "<em>is no longer in the corpus.</em></li>"
    )


def panel_html(turn: Turn | None, at: int, papers: Mapping[str, Paper], shown: int = 0) -> str:
    """The panel of turn number `at`; source `shown` is open. `papers` by id, as the index holds them now."""
    if turn is None or not (turn.sources or turn.nearest):
        return (
            '<div class="pc-panel pc-empty" data-turn="-1"><h2>Sources</h2><p>The papers an answer cites appear here, '
            "each with its abstract and the quoted sentence marked.</p></div>"
        )
    items = [
        source_html(s.number, papers[s.paper_id], s.quote, s.relevance, s.number == shown) if s.paper_id in papers else _gone(s)
        for s in turn.sources
    ]  # fmt: skip
    title, count = ("Sources", len(items)) if items else ("Nearest papers, but no answers", len(turn.nearest))
    items = items or [source_html(None, papers[paper_id], "", None) for paper_id in turn.nearest if paper_id in papers]
    toggle = f'<button type="button" class="pc-fold" data-action="fold">{title} <span class="pc-count">{count}</span></button>'
    kinds = (("bibtex", "BibTeX"), ("csv", "CSV"), ("markdown", "Markdown"))
    start = '<button type="button" class="pc-link" data-action="export"'
    files = "".join(f'{start} data-kind="{kind}">{name}</button>' for kind, name in kinds)
    export = f'<p class="pc-links pc-export">Export {files}</p>' if turn.sources else ""
    back = button("close", "Back to the answer", "back", text="Back to the answer")
    return (
        f'<section class="pc-panel" data-turn="{at}" data-open="{shown or ""}" aria-label="Sources of the answer"><h2>{toggle}</h2>'
        f'<ol class="pc-list">{"".join(items)}</ol>{export}<p class="pc-back">{back}</p></section>'
    )


def panel_of(assistant: Assistant, turns: Sequence[Turn], at: int = -1, shown: int = 0) -> str:
    """The panel for one turn of a conversation, the last by default."""
    if not turns or not -1 <= at < len(turns):
        return panel_html(None, -1, {})
    turn = turns[at]
    ids = [*(source.paper_id for source in turn.sources), *turn.nearest]
    papers = {paper.paper_id: paper for paper in assistant.index.papers(ids)}
    return panel_html(turn, at % len(turns), papers, shown)
