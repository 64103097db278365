"""Papers as BibTeX: pylatexenc encodes the text, bibtexparser writes the entries."""

import re
from collections.abc import Callable, Collection, Iterable
from itertools import count
from urllib.parse import quote

from corpus import Paper

_NOT_KEY = re.compile(r"[^A-Za-z0-9:._/+-]+")


def _encoder() -> Callable[[str], str]:
    """Text -> LaTeX that shows it. Braces by name: BibTeX counts even escaped ones, so one alone would swallow the file."""
    from pylatexenc.latexencode import RULE_DICT, UnicodeToLatexConversionRule, UnicodeToLatexEncoder

    braces = UnicodeToLatexConversionRule(RULE_DICT, {ord("{"): r"\textbraceleft", ord("}"): r"\textbraceright"})
    encoder = UnicodeToLatexEncoder(
        conversion_rules=[braces, "defaults"], replacement_latex_protection="braces", unknown_char_policy="keep", unknown_char_warning=False
    )
    return lambda text: str(encoder.unicode_to_latex(" ".join(text.split())))


def _fields(paper: Paper, encoded: Callable[[str], str]) -> dict[str, str]:
    year, _, rest = (paper.published or "").partition("-")
    known = {
        "title": encoded(paper.title),
        "author": " and ".join(encoded(author) for author in paper.authors),
        "year": encoded(year),
        "month": encoded(rest.partition("-")[0].lstrip("0")),
        "organization": encoded(paper.organisation or ""),
        "url": quote(paper.url or "", safe="/:?#[]@!$&'()*+,;=%~-._"),
        "abstract": encoded(paper.abstract),
    }
    return {name: value for name, value in known.items() if value}


def _key(paper: Paper, taken: Collection[str]) -> str:
    key = _NOT_KEY.sub("-", paper.paper_id).strip("-") or "paper"
    return next(k for n in count() if (k := f"{key}-{n}" if n else key) not in taken)


def to_bibtex(papers: Iterable[Paper]) -> str:
    """One `@misc` entry a paper, with the fields that are known. Empty without papers."""
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.model import Entry, Field

    library, encoded = Library(), _encoder()
    for paper in papers:
        fields = [Field(name, value) for name, value in _fields(paper, encoded).items()]
        library.add(Entry("misc", _key(paper, library.entries_dict), fields))
    return str(write_string(library))
