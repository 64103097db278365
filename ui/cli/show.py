"""`paperchat show`: one paper, found by id, title, part of a title, or its number in the last answer."""

import json
import textwrap
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from corpus import Paper, printable, printable_lines, title_key
from corpus.readers.ids import global_id
from rag.assistant import Assistant
from rag.errors import QuestionError
from rag.filters import Filters
from rag.text import folded

_LAST = "last_answer.json"
_NAMED = 8
_LOOKED_AT = 200


def keep_last(home: Path, papers: Sequence[Paper]) -> None:
    """Remember which papers the last answer numbered, where the data folder can be written."""
    if papers:
        with suppress(OSError):
            home.mkdir(parents=True, exist_ok=True)
            (home / _LAST).write_text(json.dumps([paper.paper_id for paper in papers]), "utf-8")


def found(assistant: Assistant, asked: str) -> Paper:
    """The paper that is meant. Raises QuestionError naming those that it may be."""
    asked = asked.strip()
    if asked.strip("[]").isdecimal() and len(asked) < 6:
        return _numbered(assistant, int(asked.strip("[]")))
    index = assistant.index
    ids = [i for i in (asked, global_id(asked)) if i]
    known = [*ids, *index.lexical.by_aliases(ids).values(), *index.lexical.by_titles([asked]).values()]
    if papers := index.papers(list(dict.fromkeys(known))):
        return papers[0]
    papers = _titled(assistant, asked)
    if len(papers) == 1:
        return papers[0]
    if not papers:
        named = printable(asked[:80])
        near = "".join(f"\n  {hit.paper.title}" for hit in assistant.search(asked, 3)) if asked else ""
        raise QuestionError(f"no paper has this id or these words in its title: {named}" + (f"; near it are{near}" if near else ""))
    shown = "".join(f"\n  {paper.title}  ({paper.paper_id})" for paper in papers[:_NAMED])
    more = f"\n  and {len(papers) - _NAMED:,} more" if len(papers) > _NAMED else ""
    raise QuestionError(f"{len(papers):,} papers have that in their title; give more of it, or the id:{shown}{more}")


def _numbered(assistant: Assistant, number: int) -> Paper:
    try:
        ids = json.loads((assistant.config.home / _LAST).read_text("utf-8"))
        papers = assistant.index.papers([str(ids[number - 1])]) if number >= 1 else []
    except (OSError, ValueError, IndexError, TypeError, RecursionError):
        papers = []
    if not papers:
        raise QuestionError(f"the last answer of `paperchat ask` has no paper [{number}]")
    return papers[0]


def _titled(assistant: Assistant, part: str) -> list[Paper]:
    """Papers that have the part in their title, whatever case and punctuation."""
    index, key = assistant.index, title_key(folded(part))
    if not key:
        return []
    ids, _ = index.lexical.page(part, Filters(), "best", 0, _LOOKED_AT)
    keyed = [paper for paper in index.all_papers() if paper.citation_key and paper.citation_key.lower() == part.lower()]
    near = keyed or [paper for paper in index.papers(ids) if key in title_key(folded(paper.title))]
    return near or [paper for paper in index.all_papers() if key in title_key(folded(paper.title))]


def as_text(paper: Paper) -> str:
    """Everything that is known of a paper, a field a line, its abstract below."""
    known = {
        "id": paper.paper_id,
        "also": ", ".join(paper.aliases),
        "authors": ", ".join(paper.authors),
        "number of authors": str(paper.author_count or ""),
        "organisation": paper.organisation or "",
        "published": paper.published or "",
        "venue": paper.venue or "",
        "keywords": ", ".join(paper.keywords),
        "citation key": paper.citation_key or "",
        "address": paper.url or "",
        "code": ", ".join(paper.code_urls),
        "from": ", ".join(paper.sources),
    }
    lines = [f"{name:18}{value}" for name, value in known.items() if value]
    abstract = textwrap.fill(paper.abstract, 100) if paper.abstract else "Title only: no abstract is held."
    return printable_lines("\n".join([paper.title, "", *lines, "", abstract]))
