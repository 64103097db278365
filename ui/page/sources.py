"""The panel beside an answer: of each source what the answer does not show, and folded below what came near."""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote as url_quote
from urllib.parse import urlsplit

from corpus import Paper
from rag import Assistant
from rag.text import content_words, split_sentences
from ui.page.text import button, date_text, icon, marked, where
from ui.page.turn import Source, Turn

_SHARED = 6
"""Words of the question that are told as held by a paper, at most."""

_EXPORTS = (("bibtex", "BibTeX"), ("csv", "CSV"), ("markdown", "Markdown"))


def told_words(assistant: Assistant, question: str, paper: Paper) -> tuple[list[str], list[str]]:
    """Words of the question that the paper holds, and those that it lacks, in the question's order."""
    stem = assistant.index.lexical.terms
    held = set(stem(f"{paper.title} {paper.abstract}"))
    words = [word for word in dict.fromkeys(content_words(question)) if stem(word) and not word.isdigit()]
    there = [word for word in words if set(stem(word)) <= held]
    return there[:_SHARED], [word for word in words if word not in there][:_SHARED]


def meta(paper: Paper) -> str:
    """Date, organisation and authors on one escaped line, as much as is known."""
    authors = f"{paper.author_count} author{'' if paper.author_count == 1 else 's'}" if paper.author_count else ""
    people = f"{', '.join(paper.authors[:3])}{' and others' if len(paper.authors) > 3 else ''}" if paper.authors else authors
    known = (date_text(paper.published), getattr(paper, "venue", None), paper.organisation, people)
    return escape(" · ".join(part for part in known if part) or "date not known")


def _link(url: str, text: str) -> str:
    return f'<a class="pc-link" href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(text)}{icon("out")}</a>'


def links(paper: Paper) -> str:
    """The paper's own page, or a search for its title, and its code. They open only when clicked."""
    own = _link(paper.url, "Paper") if paper.url and urlsplit(paper.url).scheme in ("http", "https") else ""
    found = own or _link(f"https://scholar.google.com/scholar?q={url_quote(paper.title)}", "Find the paper")
    code = [_link(url, f"Code on {urlsplit(url).hostname}") for url in paper.code_urls[:3] if urlsplit(url).scheme in ("http", "https")]
    return "".join([found, *code])


def act_link(action: str, text: str, paper: Paper) -> str:
    """A quiet button about a paper."""
    data = f'data-paper="{escape(paper.paper_id)}" data-title="{escape(paper.title)}"'
    return f'<button type="button" class="pc-link" data-action="{action}" {data}>{escape(text)}</button>'


def chooser(paper: Paper) -> str:
    """The box that selects a paper; the page's script keeps what is selected."""
    data = f'data-paper="{escape(paper.paper_id)}" data-title="{escape(paper.title)}"'
    return f'<input type="checkbox" class="pc-choose" {data} aria-label="{escape(f"Select: {paper.title}")}">'


def _place(paper: Paper, quote: str) -> str:
    """Where in its abstract the quoted sentences stand: in words, and drawn."""
    first, count = where(paper.abstract, quote)
    if not first:
        return ""
    last = min(count, first + len(split_sentences(quote)) - 1)
    told = f"sentence {first}" if first == last else f"sentences {first} to {last}"
    ticks = "".join(f'<i class="{"on" if first <= at <= last else ""}"></i>' for at in range(1, count + 1)) if count <= 24 else ""
    return f'<span class="pc-where"><span aria-hidden="true">{ticks}</span>{told} of {count}</span>'


def _bar(value: float) -> str:
    told = f"{value:.2f}".removeprefix("0")
    tip = "How likely it answers the question, as judged, from 0 to 1"
    return f'<span class="pc-rel" title="{tip}">relevance {told}<b><i style="width:{round(value * 100)}%"></i></b></span>' if value else ""


def source_html(number: int | None, paper: Paper, quote: str, score: float | None, shown: bool = False, why: str = "") -> str:
    """One source: closed where its sentence stands and whose it is, open the whole abstract with the sentence marked."""
    mark = f'<span class="pc-num">{number}</span>' if number is not None else ""
    known = "".join((_place(paper, quote), _bar(score or 0.0)))
    known = known or (f'<span class="pc-why">{why}</span>' if number is None and why else "")
    facts = f'<span class="pc-facts">{known}</span>' if known else ""
    head = f'<span class="pc-title">{escape(paper.title)}</span><span class="pc-meta">{meta(paper)}</span>{facts}'
    reason = f'<p class="pc-why">{why}</p>' if why and number is not None else ""
    acts = act_link("about", "Ask about this paper", paper) + act_link("paper", "Similar papers", paper)
    return (
        f'<li class="pc-source" data-number="{number or ""}">{chooser(paper)}<details{" open" if shown else ""}>'
        f'<summary>{mark}<span class="pc-head">{head}</span></summary><div class="pc-body">'
        f'<p class="pc-abstract">{marked(paper.abstract, quote) or "Title only: no abstract is held."}</p>{reason}'
        f'<p class="pc-links">{links(paper)}{acts}</p></div></details></li>'
    )


def _gone(source: Source) -> str:
    return (
        f'<li class="pc-source pc-gone" data-number="{source.number}"><span class="pc-num">{source.number}</span> {escape(source.title)} '
        "<em>is no longer in the corpus.</em></li>"
    )


def _near(papers: Mapping[str, Paper], near: Sequence[tuple[str, str]]) -> str:
    """Papers that came near, each with what it lacks."""
    return "".join(
        source_html(None, papers[paper_id], "", None, why=escape(f"Lacks: {lacks}") if lacks else "")
        for paper_id, lacks in near
        if paper_id in papers
    )


def _folded(title: str, count: int, items: str, note: str = "") -> str:
    if not items:
        return ""
    told = f'<p class="pc-note">{escape(note)}</p>' if note else ""
    head = f'<summary>{title} <span class="pc-count">{count}</span></summary>'
    return f'<details class="pc-more">{head}{told}<ol class="pc-list">{items}</ol></details>'


def _head(title: str, count: int, exports: bool) -> str:
    start = '<button type="button" class="pc-link" data-action="export"'
    files = "".join(f'{start} data-kind="{kind}">{name}</button>' for kind, name in _EXPORTS)
    export = f'<p class="pc-links pc-export"><span>Export</span>{files}</p>' if exports else ""
    close = button("close", "Close the sources", "back")
    return f'<div class="pc-panel-head"><h2>{title} <span class="pc-count">{count}</span></h2>{close}</div>{export}'


def panel_html(turn: Turn | None, at: int, papers: Mapping[str, Paper], shown: int = 0, why: Mapping[str, str] | None = None) -> str:
    """The panel of turn number `at`; source `shown` is open. `papers` and `why` each was judged relevant by id."""
    why = why or {}
    if turn is None or not (turn.sources or turn.nearest or turn.near):
        return (
            '<div class="pc-panel pc-empty" data-turn="-1"><h2>Sources</h2><p>Choose a number in an answer, and its paper appears here '
            "with the sentence marked that the answer rests on.</p></div>"
        )
    items = "".join(
        source_html(s.number, papers[s.paper_id], s.quote, s.relevance, s.number == shown, why.get(s.paper_id, ""))
        if s.paper_id in papers
        else _gone(s)
        for s in turn.sources
    )
    undated = _folded(
        "Without a date", len(turn.undated), _near(papers, [(paper_id, "") for paper_id in turn.undated]),
        "On the topic, but the date filter cannot judge them.",
    )  # fmt: skip
    if items:
        body = f'<ol class="pc-list">{items}</ol>' + _folded("Borderline", len(turn.near), _near(papers, turn.near)) + undated
        head = _head("Sources", len(turn.sources), True)
    else:
        near = turn.near or tuple((paper_id, "") for paper_id in turn.nearest)
        body, head = f'<ol class="pc-list">{_near(papers, near)}</ol>{undated}', _head("Closest papers", len(near), False)
    label = "Sources of the answer" if items else "Closest papers"
    return f'<section class="pc-panel" data-turn="{at}" data-open="{shown or ""}" aria-label="{label}">{head}{body}</section>'


def panel_of(assistant: Assistant, turns: Sequence[Turn], at: int = -1, shown: int = 0) -> str:
    """The panel for one turn of a conversation, the last by default."""
    if not turns or not -1 <= at < len(turns):
        return panel_html(None, -1, {})
    turn = turns[at]
    ids = [*(source.paper_id for source in turn.sources), *turn.nearest, *(paper_id for paper_id, _ in turn.near), *turn.undated]
    papers = {paper.paper_id: paper for paper in assistant.index.papers(list(dict.fromkeys(ids)))}
    return panel_html(turn, at % len(turns), papers, shown, _reasons(assistant, turn, papers))


def _reasons(assistant: Assistant, turn: Turn, papers: Mapping[str, Paper]) -> dict[str, str]:
    """Why each source was taken, as far as words show it."""
    told = {}
    for source in turn.sources:
        if source.paper_id in papers and (words := told_words(assistant, turn.asked, papers[source.paper_id])[0]):
            told[source.paper_id] = escape(f"Shares with the question: {', '.join(words)}")
    return told
