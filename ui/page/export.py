"""Files that the page saves: an answer with its sources, papers that were chosen, all conversations."""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from corpus import Paper
from corpus.writers import safe, to_bibtex, web_link
from rag import Assistant
from ui.page.turn import Memory, Turn

_LINK = re.compile(r"\]([(:])")
"""What makes a link, an image or where one leads of the brackets before it."""

Cited = Sequence[tuple[int, Paper, str]]
"""Number, paper and quote, in order."""


def file(name: str, mime: str, text: str) -> str:
    """A file for the browser to save: JSON with its name, type and text."""
    return json.dumps({"name": name, "mime": mime, "text": text})


def turn_file(assistant: Assistant, turn: Turn, kind: str) -> str:
    """The cited papers of an answer, or with `markdown` the whole of it."""
    papers = {paper.paper_id: paper for paper in assistant.index.papers([source.paper_id for source in turn.sources])}
    cited: Cited = [(s.number, papers[s.paper_id], s.quote) for s in turn.sources if s.paper_id in papers]
    if kind == "bibtex":
        return file("papers.bib", "application/x-bibtex", to_bibtex(paper for _, paper, _ in cited))
    if kind == "csv":
        return file("papers.csv", "text/csv", to_csv(cited))
    return file("answer.md", "text/markdown", to_markdown(turn, cited))


def papers_file(assistant: Assistant, ids: Sequence[str]) -> str:
    """Papers as BibTeX."""
    return file("papers.bib", "application/x-bibtex", to_bibtex(assistant.index.papers(ids)))


def memory_file(memory: Memory, kind: str) -> str:
    """All conversations, as JSON with every field or as Markdown to read."""
    if kind == "json":
        values = [{"title": c.title, **asdict(c)} for c in memory.conversations]
        return file("conversations.json", "application/json", json.dumps(values, ensure_ascii=False, indent=2))
    parts = [f"# {_flat(c.title)}\n\n" + "\n\n".join(_turn_markdown(turn) for turn in c.turns) for c in memory.conversations]
    return file("conversations.md", "text/markdown", "\n\n".join(parts) + "\n")


def _turn_markdown(turn: Turn) -> str:
    sources = [f"{s.number}. {_flat(s.title)}{f': “{_flat(s.quote)}”' if s.quote else ''}" for s in turn.sources]
    return "\n".join([f"## {_flat(turn.question)}", "", _inert(turn.text), *([""] if sources else []), *sources])


def to_csv(cited: Cited) -> str:
    """A header and a row a paper; cells that a spreadsheet would run as formulas are made text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["number", "title", "published", "organisation", "authors", "url", "quote", "abstract", "paper_id"])
    for number, paper, quote in cited:
        row = (paper.title, paper.published, paper.organisation, "; ".join(paper.authors), paper.url, quote, paper.abstract, paper.paper_id)
        writer.writerow([number, *(safe(value or "") for value in row)])
    return out.getvalue()


def to_markdown(turn: Turn, cited: Cited) -> str:
    """Question, answer, account and the numbered sources with their quotes."""
    lines = [f"# {_flat(turn.question)}", "", _inert(turn.text), "", f"*{_flat(turn.account)}*", "", "## Sources", ""]
    for number, paper, quote in cited:
        link = web_link(paper.url)
        known = ", ".join(part for part in (paper.organisation, paper.published) if part)
        lines.append(f"{number}. **{_flat(paper.title)}**{f' ({_flat(known)})' if known else ''}{f' {link}' if link else ''}")
        if quote:
            lines.append(f"   > {_flat(quote)}")
    lines += ["", f"Exported from Paperchat on {date.today().isoformat()}; written by: {turn.writer}."]
    return "\n".join(lines) + "\n"


def _inert(text: str) -> str:
    """Markdown without HTML, links and images, in a file that others may render."""
    return _LINK.sub(r"]\\\1", text.replace("<", "&lt;"))


def _flat(text: str) -> str:
    """The same on one line."""
    return _inert(" ".join(text.split()))
