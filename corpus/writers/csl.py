"""Papers as CSL-JSON, which pandoc, Zotero and citation processors take."""

import json
from typing import Any

from corpus.paper import Paper
from corpus.readers.json_kinds import known_record
from corpus.readers.rest import REST, rest_of

_FAMILY_LAST = 2


def csl_item(paper: Paper) -> str:
    """One item of the array, as JSON."""
    item = _item(paper)
    if rest := rest_of(paper, known_record(item)):
        item["custom"] = {REST: json.loads(rest)}
    return json.dumps(item, ensure_ascii=False, indent=1)


def _item(paper: Paper) -> dict[str, Any]:
    ids = (paper.paper_id, *paper.aliases)
    known = {
        "id": paper.citation_key or paper.paper_id,
        "citation-key": paper.citation_key,
        "type": "article-journal" if paper.venue else "article",
        "title": paper.title,
        "author": [_name(author) for author in paper.authors],
        "issued": {"date-parts": [[int(part) for part in paper.published.split("-")]]} if paper.published else None,
        "container-title": paper.venue,
        "abstract": paper.abstract,
        "DOI": next((i.removeprefix("doi:") for i in ids if i.startswith("doi:")), None),
        "number": next((f"arXiv:{i.removeprefix('arxiv:')}" for i in ids if i.startswith("arxiv:")), None),
        "URL": paper.url,
        "keyword": ", ".join(paper.keywords),
    }
    return {name: value for name, value in known.items() if value}


def _name(author: str) -> dict[str, str]:
    """Family and given names, where both are plain; else the name as it is."""
    words = author.split(" ")
    if len(words) < _FAMILY_LAST or "," in author or any(len(word) == 0 for word in words) or " and " in author:
        return {"literal": author}
    return {"family": words[-1], "given": " ".join(words[:-1])}
