"""XML: EndNote's, PubMed's, Atom feeds (arXiv's API) and RSS, an element at a time through defusedxml."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from corpus.paper import Paper
from corpus.readers.dates import most_exact
from corpus.readers.ids import arxiv_id, doi
from corpus.readers.people import person
from corpus.readers.records import CorpusError, OnError, paper_of_record, refusal
from corpus.readers.streams import Limits, Member
from corpus.readers.xml_articles import ARTICLES, is_article
from corpus.readers.xml_libraries import Rdf, marc, tei
from corpus.readers.xml_parts import all_of, local, one_of, text_of
from corpus.readers.xml_plain import is_plain, plain_xml

_KINDS = (
    "EndNote's <xml><records>, PubMed's <PubmedArticleSet>, Europe PMC's, JATS, MODS, MARC, TEI, Dublin Core, RDF, Atom's <feed> or <rss>"
)
_DEEPEST = 5
_NESTED = 100
"""Elements within each other; of each the text of all within it may be asked for."""


def read_xml(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    """Papers of such a file, streamed. Raises CorpusError when it is none, or broken; what came before is kept."""
    found = 0
    for number, (record, element) in enumerate(_elements(member, limits), 1):
        found = number
        try:
            yield paper_of_record(record(element), member.source)
        except ValueError as error:
            on_error(refusal(member.source, 0, error, f"record {number}: "))
    if not found:
        raise CorpusError(member.source, 0, f"no papers in this XML; expected {_KINDS}")


class _Bounded:
    """A file of which no more than a record's worth may be read without a record in it."""

    def __init__(self, member: Member, limits: Limits) -> None:
        self._member, self._limits, self.since = member, limits, 0

    def read(self, size: int = -1) -> bytes:
        data = self._member.file.read(min(size, 64 * 1024) if size > 0 else 64 * 1024)
        self.since += len(data)
        if self.since > self._limits.record + 64 * 1024:
            raise CorpusError(self._member.source, 0, f"a record is longer than {self._limits.record:,} bytes")
        return data


def _elements(member: Member, limits: Limits) -> Iterator[tuple[Callable[[Any], dict[str, Any]], Any]]:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    file, root, depth, plain, rdf = _Bounded(member, limits), None, 0, "", Rdf()
    try:
        for event, element in iterparse(file, events=("start", "end")):
            depth += 1 if event == "start" else -1
            if depth > _NESTED:
                raise CorpusError(member.source, 0, f"XML nested over {_NESTED} deep; what came before is kept")
            root = element if root is None else root
            if event != "end" or root is None:
                continue
            if (record := _reader_of(local(element.tag), element, depth, local(root.tag))) is plain_xml:
                plain = plain or element.tag
                record = record if plain == element.tag else None
            referred = not record and depth == 1 and local(root.tag) == "RDF"
            if referred:
                rdf.take(element)
            if record:
                yield record, element
            if record or referred:
                root.clear()
                file.since = 0
        for told in rdf.records():
            yield lambda whole: whole, told
    except ParseError as error:
        raise CorpusError(member.source, error.position[0], "broken XML; what came before is kept") from None
    except DefusedXmlException:
        raise CorpusError(member.source, 0, "it declares entities of its own, as no list of papers does; it is not read") from None
    except (ValueError, LookupError):  # whatever codec of Python has the name that it tells
        raise CorpusError(member.source, 0, "XML in an encoding that is not known; save it as UTF-8") from None


def _reader_of(name: str, element: Any, depth: int, root: str) -> Callable[[Any], dict[str, Any]] | None:
    """How an element is read that ends; None for what is no record."""
    if (record := _RECORDS.get(name)) and _is_one(name, element, depth):
        return record
    if name == "record" and depth <= _DEEPEST and any(local(child.tag) == "datafield" for child in element):
        return marc
    if depth <= _DEEPEST and root not in _OTHER_ROOTS and is_plain(element):
        return plain_xml
    return None


def _is_one(name: str, element: Any, depth: int) -> bool:
    if name in ("TEI", "arXiv", "Source"):
        return depth <= _DEEPEST
    if name in ARTICLES:
        return depth <= _DEEPEST and is_article(name, element)
    return depth <= 3 and (name != "record" or any(local(child.tag) in ("titles", "ref-type") for child in element))


def _endnote(element: Any) -> dict[str, Any]:
    urls = [text_of(url) for url in all_of(element, "url")]
    dates, authors = one_of(element, "dates"), one_of(element, "authors")
    years = [text_of(part) for part in all_of(dates, "year") + all_of(dates, "date")]
    return {
        "doi": doi(text_of(one_of(element, "electronic-resource-num"))),
        "aliases": [found for url in urls if (found := arxiv_id(url) or doi(url))],
        "title": text_of(one_of(element, "titles", "title")),
        "abstract": text_of(one_of(element, "abstract")),
        "authors": tuple(name for author in all_of(authors, "author") if (name := person(text_of(author)))),
        "published": most_exact(*years, *(f"{years[0]} {part}" for part in years[1:])),
        "venue": text_of(one_of(element, "periodical", "full-title")) or text_of(one_of(element, "secondary-title")),
        "url": next((url for url in urls if url.startswith("http")), None),
        "keywords": [text_of(word) for word in all_of(element, "keyword")],
    }  # fmt: skip


def _pubmed(element: Any) -> dict[str, Any]:
    article = one_of(element, "Article") if one_of(element, "Article") is not None else element
    date = one_of(article, "PubDate")
    parts = [text_of(one_of(date, part)) for part in ("Year", "Month", "Day")] if date is not None else []
    dates = [" ".join(part for part in parts if part), text_of(one_of(date, "MedlineDate")) if date is not None else ""]
    ids = [text_of(child) for name in ("ELocationID", "ArticleId") for child in all_of(element, name) if "doi" in child.attrib.values()]
    pmid = text_of(one_of(element, "PMID"))
    return {
        "aliases": [found for value in ids[:1] if (found := doi(value))],
        "title": re.sub(r"(?<!\.)\.$", "", text_of(one_of(article, "ArticleTitle"))),
        "abstract": "\n".join(_part(part) for part in all_of(article, "AbstractText")),
        "authors": tuple(name for author in all_of(article, "Author") if (name := _author(author))),
        "published": most_exact(*dates),
        "venue": text_of(one_of(article, "Journal", "Title")),
        "url": f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid.isdigit() else None,
        "keywords": [text_of(word) for word in all_of(element, "Keyword")],
    }


def _part(part: Any) -> str:
    label = (part.get("Label") or "").strip()
    return f"{label}: {text_of(part)}" if label and label != "UNLABELLED" else text_of(part)


def _author(author: Any) -> str:
    given = text_of(one_of(author, "ForeName")) or text_of(one_of(author, "Initials"))
    whole = f"{given} {text_of(one_of(author, 'LastName'))}".strip()
    suffix = text_of(one_of(author, "Suffix"))
    return (f"{whole}, {suffix}" if suffix else whole) or text_of(one_of(author, "CollectiveName"))


def _atom(element: Any) -> dict[str, Any]:
    """An entry of a feed; arXiv's has its id in `id`, and a DOI of the journal where there is one."""
    links = [child.get("href") or text_of(child) for child in all_of(element, "link")]
    named = text_of(one_of(element, "id")) or text_of(one_of(element, "guid"))
    summary = text_of(one_of(element, "summary")) or text_of(one_of(element, "description")) or text_of(one_of(element, "content"))
    arxiv = (
        arxiv_id(named)
        or arxiv_id(named.removeprefix("oai:").replace("arXiv.org:", "arxiv:"))
        or next(filter(None, map(arxiv_id, links)), None)
    )
    names = [text_of(one_of(author, "name")) or text_of(author) for author in all_of(element, "author")]
    return {
        "id": arxiv,
        "doi": doi(text_of(one_of(element, "doi"))),
        "title": text_of(one_of(element, "title")),
        "abstract": summary.partition("Abstract: ")[2] if summary.startswith("arXiv:") else summary,
        "authors": [name for name in names if name] or text_of(one_of(element, "creator")),
        "published": most_exact(*(text_of(one_of(element, name)) for name in ("published", "pubDate", "date", "updated"))),
        "venue": text_of(one_of(element, "journal_ref")),
        "url": next((url for url in links if url.startswith("http")), None),
        "keywords": [word for child in all_of(element, "category") if (word := child.get("term") or text_of(child))],
    }


_RECORDS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "record": _endnote, "PubmedArticle": _pubmed, "entry": _atom, "item": _atom,
    "TEI": tei, "arXiv": plain_xml, "Source": plain_xml, **ARTICLES,
}  # fmt: skip
_OTHER_ROOTS = {"PubmedArticleSet", "PubmedArticle", "pmc-articleset", "article", "rss", "feed", "RDF", "responseWrapper", "xml", "records",
                "modsCollection", "mods", "OAI-PMH", "TEI", "teiCorpus"}  # fmt: skip
"""Roots of files whose records are told by their names."""
