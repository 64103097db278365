"""Papers as RIS, a field a line."""

from corpus.paper import Paper
from corpus.readers.rest import REST, rest_of
from corpus.readers.tagged import RIS, record_of_fields


def ris_entry(paper: Paper) -> str:
    """One record, with its line ends."""
    lines = [(tag, " ".join(value.split())) for tag, value in _lines(paper) if value and value.strip()]
    fields: dict[str, list[str]] = {}
    for tag, value in lines:
        fields.setdefault(tag, []).append(value)
    if rest := rest_of(paper, record_of_fields(fields, RIS)):
        lines.append(("U5", f"{REST} {rest}"))
    return "".join([*(f"{tag}  - {value}\n" for tag, value in lines), "ER  - \n\n"])


def _lines(paper: Paper) -> list[tuple[str, str | None]]:
    ids = (paper.paper_id, *paper.aliases)
    arxiv = next((i.removeprefix("arxiv:") for i in ids if i.startswith("arxiv:")), "")
    doi = next((i.removeprefix("doi:") for i in ids if i.startswith("doi:")), None)
    year, *parts = (paper.published or "").split("-")
    return [
        ("TY", "JOUR" if paper.venue else "GEN"),
        ("TI", paper.title),
        *(("AU", author) for author in paper.authors),
        ("PY", year),
        ("DA", "/".join([year, *parts, *[""] * (3 - len(parts))]) if parts else None),
        ("T2", paper.venue),
        ("AB", paper.abstract),
        ("DO", doi),
        ("M1", f"arXiv:{arxiv}" if arxiv else None),
        ("UR", paper.url),
        *(("KW", keyword) for keyword in paper.keywords),
        ("LB", paper.citation_key),
    ]
