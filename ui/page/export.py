"""The cited papers of an answer as CSV, or as Markdown with the answer; BibTeX is in bibtex.py."""

import csv
import io
from collections.abc import Sequence
from datetime import date

from corpus import Paper
from corpus.writers import safe
from ui.page.turn import Turn

Cited = Sequence[tuple[int, Paper, str]]
"""Number, paper and quote, in order."""


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
    lines = [f"# {_flat(turn.question)}", "", turn.text, "", f"*{_flat(turn.account)}*", "", "## Sources", ""]
    for number, paper, quote in cited:
        known = ", ".join(part for part in (paper.organisation, paper.published) if part)
        lines.append(f"{number}. **{_flat(paper.title)}**{f' ({_flat(known)})' if known else ''}{f' <{paper.url}>' if paper.url else ''}")
        if quote:
            lines.append(f"   > {_flat(quote)}")
    lines += ["", f"Exported from Paperchat on {date.today().isoformat()}; written by: {turn.writer}."]
    return "\n".join(lines) + "\n"


def _flat(text: str) -> str:
    """One line that cannot open HTML, in a file that others may render."""
    return " ".join(text.split()).replace("<", "&lt;")
