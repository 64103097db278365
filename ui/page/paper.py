"""A paper's own page: its abstract, where it came from, the papers most like it, and what one can do with it."""

from html import escape

from corpus import Paper
from rag import Assistant
from ui.page.corpus import source_text
from ui.page.sources import act_link, chooser, links, meta

NEIGHBOURS = 8
NO_PAPER = '<p class="pc-none">Choose a paper to read its abstract and see the papers most like it.</p>'


def paper_html(assistant: Assistant, paper_id: str) -> str:
    """The page, as HTML."""
    found = assistant.index.papers([paper_id])
    if not found:
        return '<p class="pc-none" role="status">This paper is no longer in the corpus.</p>'
    paper = found[0]
    data = f'data-paper="{escape(paper.paper_id)}" data-title="{escape(paper.title)}"'
    sources = f'<p class="pc-meta">From {escape(", ".join(map(source_text, paper.sources)))}</p>' if paper.sources else ""
    return (
        f'<article class="pc-paper" aria-label="Paper" {data}><h2 tabindex="-1">{escape(paper.title)}</h2>'
        f'<p class="pc-meta">{meta(paper)}</p>{sources}<p class="pc-links">'
        f'<button type="button" class="pc-primary" data-action="about" {data}>Ask about this paper</button>'
        f'{act_link("copy-paper", "Copy its link", paper)}{links(paper)}</p><p class="pc-abstract">{escape(paper.abstract)}</p>'
        f'<h3>Most like it</h3><ol class="pc-near">{_near(assistant, paper_id)}</ol></article>'
    )


def _near(assistant: Assistant, paper_id: str) -> str:
    return "".join(
        f"<li>{chooser(other)}<div>"
        f'<button type="button" class="pc-row" data-action="paper" data-paper="{escape(other.paper_id)}">{escape(other.title)}</button>'
        f'<span class="pc-meta">{meta(other)} · similarity {f"{cosine:.2f}".removeprefix("0")}</span></div></li>'
        for other, cosine in neighbours(assistant, paper_id)
    )


def neighbours(assistant: Assistant, paper_id: str) -> list[tuple[Paper, float]]:
    """The nearest other papers by cosine, best first."""
    vectors = assistant.index.vectors([paper_id])
    if paper_id not in vectors:
        return []
    found = dict(assistant.index.nearest(vectors[paper_id], min(NEIGHBOURS + 1, len(assistant.index))))
    found.pop(paper_id, None)
    return [(paper, found[paper.paper_id]) for paper in assistant.index.papers(list(found)[:NEIGHBOURS])]
