"""What a paper's record tells of it, and what no record here holds."""

from collections.abc import Sequence

from corpus import Paper
from rag.generation.extractive import shown, titled

_ASKED = (
    (("author", "who ", "whom", "people", "wrote", "written by", "lead", "names", "behind"), "the names of authors"),
    (
        (*"conference venue journal publish accepted proceedings presented neurips icml iclr acl workshop".split(), "took it"),
        "the venue (conference or journal)",
    ),
    (("citation", "cited", "cite", "influential", "popular", "h-index"), "how often a paper is cited (citation counts)"),
    (("arxiv", "doi", "identifier", "number"), "the arXiv id or DOI"),
    (
        ("pdf", "link", "url", "download", "full", "figure", "table", "section", "appendix"),
        "the full text (the PDF), its figures or a link to it",
    ),
)


def what_lacks(asked: str) -> str:
    """What is not held, in the words of what was asked."""
    lacking = next((what for words, what in _ASKED if any(word in asked for word in words)), "")
    return (
        f"{lacking[0].upper() + lacking[1:]} {'are' if lacking.startswith(('the names',)) else 'is'} not held for it."
        if lacking
        else "The abstracts do not say."
    )


def facts(paper: Paper, asked: str, number: int) -> str:
    """What is known of a paper that comes near what was asked."""
    known = []
    if paper.authors:
        known.append(f"by {', '.join(shown(name) for name in paper.authors)}")
    elif paper.author_count is not None:
        known.append(f"{paper.author_count} author{'' if paper.author_count == 1 else 's'}")
    if paper.organisation:
        known.append(shown(paper.organisation))
    if paper.venue:
        known.append(f"published at {shown(paper.venue)}")
    if paper.published:
        known.append(f"dated {paper.published}")
    if paper.url:
        known.append(shown(paper.url))
    what = f": known are {', '.join(known)}" if known else " is held with title and abstract only"
    return f"**{titled(paper)}**{what} [{number}]."


def fact(paper: Paper, what: str, number: int) -> str:
    count = paper.author_count
    known = {
        "date": f"is dated {paper.published}" if paper.published else "",
        "authors": f"has {count} author{'' if count == 1 else 's'}" if count is not None else "",
        "organisation": f"is from {shown(paper.organisation)}" if paper.organisation else "",
    }
    held = {"date": "its date is not known here", "authors": "the number of its authors is not known here"}
    told = known.get(what) or held.get(what, "its organisation is not known here")
    return f"**{titled(paper)}**{' ' if known.get(what) else ': '}{told} [{number}]."


def kept_of_each(papers: Sequence[Paper]) -> str:
    """What is held of a paper, and of how many papers each of it is known."""
    counts = {
        "the date": sum(bool(p.published) for p in papers),
        "the number of authors": sum(p.author_count is not None for p in papers),
        "the names of the authors": sum(bool(p.authors) for p in papers),
        "the organisation": sum(bool(p.organisation) for p in papers),
        "a code repository": sum(bool(p.code_urls) for p in papers),
        "the venue": sum(bool(p.venue) for p in papers),
        "a link to the paper or its DOI": sum(bool(p.url) for p in papers),
    }
    known = "\n".join(f"- {what}: known for {count:,}" for what, count in counts.items() if count)
    lacking = [*(what for what, count in counts.items() if not count), "the full text", "citation counts"]
    head = f"Of each of the {len(papers):,} papers the title and the abstract are held"
    last = f"Not held: {', '.join(lacking)}."
    return f"{head}, and where the source gave it:\n\n{known}\n\n{last}" if known else f"{head}. {last}"
