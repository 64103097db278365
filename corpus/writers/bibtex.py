"""Papers as BibTeX that styles, biber, pandoc and our own reader take: UTF-8, what LaTeX would read otherwise escaped."""

import re
from collections.abc import Iterable
from hashlib import blake2b
from urllib.parse import quote

from corpus.paper import Paper
from corpus.readers.bibtex import record_of_fields
from corpus.readers.rest import REST, rest_of
from corpus.tex import to_tex

_NOT_KEY = re.compile(r"[^A-Za-z0-9:._/+-]+")
_WORD = re.compile(r"[^\W_]+(?:[-/][^\W_]+)*")
_URL_SAFE = "/:?#[]@!$&'()*+,;=%~-._"


class Keys:
    """A citation key a paper: its owner's, else of its id; the same each time, and never twice."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, paper: Paper) -> str:
        key = _NOT_KEY.sub("-", paper.citation_key or paper.paper_id).strip("-") or "paper"
        if key.lower() in self._taken:
            key = f"{key}-{blake2b(paper.paper_id.encode(errors='replace'), digest_size=4).hexdigest()}"
        while key.lower() in self._taken:
            key += "x"
        self._taken.add(key.lower())
        return key


def to_bibtex(papers: Iterable[Paper]) -> str:
    """One entry a paper, with the fields that are known, for citing. Empty without papers."""
    keys = Keys()
    return "\n".join(bibtex_entry(paper, keys, whole=False) for paper in papers)


def bibtex_entry(paper: Paper, keys: Keys, whole: bool = True) -> str:
    """One entry, with its line ends; `whole`: with a field of ours for what BibTeX has none for, so that it is read back equal."""
    key, fields = keys.of(paper), _fields(paper)
    if whole and (rest := rest_of(paper, record_of_fields(key, fields))):
        fields[REST] = to_tex(rest)
    kind = "article" if "journal" in fields else "misc"
    return "".join([f"@{kind}{{{key},\n", *(f"  {name} = {{{value}}},\n" for name, value in fields.items()), "}\n"])


def _fields(paper: Paper) -> dict[str, str]:
    year, _, rest = (paper.published or "").partition("-")
    ids = (paper.paper_id, *paper.aliases)
    doi = next((i.removeprefix("doi:") for i in ids if i.startswith("doi:")), "")
    arxiv = next((i.removeprefix("arxiv:") for i in ids if i.startswith("arxiv:")), "")
    by_doi, by_arxiv = {"doi": to_tex(doi)}, {"eprint": to_tex(arxiv), "archivePrefix": "arXiv" if arxiv else ""}
    known = {
        "title": _protected(paper.title),
        "author": " and ".join(map(_author, paper.authors)),
        "year": year,
        "month": rest.partition("-")[0].lstrip("0"),
        "date": paper.published if rest else "",
        "journal": to_tex(paper.venue or ""),
        **(by_doi | by_arxiv if paper.paper_id.startswith("doi:") else by_arxiv | by_doi),
        "organization": to_tex(paper.organisation or ""),
        "keywords": to_tex(", ".join(paper.keywords)),
        "url": quote(paper.url or "", safe=_URL_SAFE),
        "abstract": to_tex(paper.abstract),
    }
    return {name: value for name, value in known.items() if value}


def _author(name: str) -> str:
    """A name that would be read as two, or turned round, is put in braces."""
    written = to_tex(name)
    return (
        f"{{{written}}}"
        if "," in name or re.search(r"\band\b", name, re.IGNORECASE) or name.lower() == "others" or "&" in name
        else written
    )


def _protected(title: str) -> str:
    """Capitals that a style must not lower, in braces: of words that have one after their first letter, and digits with letters."""
    parts, at = list[str](), 0
    for word in _WORD.finditer(title):
        parts.append(to_tex(title[at : word.start()]))
        written = to_tex(word.group())
        parts.append(f"{{{written}}}" if any(map(str.isupper, word.group()[1:])) else written)
        at = word.end()
    return "".join([*parts, to_tex(title[at:])])
