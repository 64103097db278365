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

_KINDS = "EndNote's <xml><records>, PubMed's <PubmedArticleSet>, Atom's <feed> or <rss>"


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

    file, root, depth = _Bounded(member, limits), None, 0
    try:
        for event, element in iterparse(file, events=("start", "end")):
            depth += 1 if event == "start" else -1
            root = element if root is None else root
            name = _local(element.tag)
            if event == "end" and (record := _RECORDS.get(name)) and _is_one(name, element, depth):
                yield record, element
                root.clear()
                file.since = 0
    except ParseError as error:
        raise CorpusError(member.source, error.position[0], "broken XML; what came before is kept") from None
    except DefusedXmlException:
        raise CorpusError(member.source, 0, "it declares entities of its own, as no list of papers does; it is not read") from None


def _is_one(name: str, element: Any, depth: int) -> bool:
    return depth <= 3 and (name != "record" or any(_local(child.tag) in ("titles", "ref-type") for child in element))


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def _all(element: Any, name: str) -> list[Any]:
    """Descendants of that name, in order, whatever their namespace."""
    return [child for child in element.iter() if _local(child.tag) == name and child is not element]


def _one(element: Any, *path: str) -> Any:
    """The first descendant along a path of names; None where there is none."""
    for name in path:
        element = next(iter(_all(element, name)), None) if element is not None else None
    return element


def _endnote(element: Any) -> dict[str, Any]:
    urls = [_text(url) for url in _all(element, "url")]
    dates, authors = _one(element, "dates"), _one(element, "authors")
    years = [_text(part) for part in (_all(dates, "year") + _all(dates, "date") if dates is not None else [])]
    return {
        "doi": doi(_text(_one(element, "electronic-resource-num"))),
        "aliases": [found for url in urls if (found := arxiv_id(url) or doi(url))],
        "title": _text(_one(element, "titles", "title")),
        "abstract": _text(_one(element, "abstract")),
        "authors": tuple(name for author in (_all(authors, "author") if authors is not None else ()) if (name := person(_text(author)))),
        "published": most_exact(*years, *(f"{years[0]} {part}" for part in years[1:])),
        "venue": _text(_one(element, "periodical", "full-title")) or _text(_one(element, "secondary-title")),
        "url": next((url for url in urls if url.startswith("http")), None),
        "keywords": [_text(word) for word in _all(element, "keyword")],
    }  # fmt: skip


def _pubmed(element: Any) -> dict[str, Any]:
    article = _one(element, "Article") if _one(element, "Article") is not None else element
    date = _one(article, "PubDate")
    parts = [_text(_one(date, part)) for part in ("Year", "Month", "Day")] if date is not None else []
    dates = [" ".join(part for part in parts if part), _text(_one(date, "MedlineDate")) if date is not None else ""]
    ids = [_text(child) for name in ("ELocationID", "ArticleId") for child in _all(element, name) if "doi" in child.attrib.values()]
    pmid = _text(_one(element, "PMID"))
    return {
        "aliases": [found for value in ids[:1] if (found := doi(value))],
        "title": re.sub(r"(?<!\.)\.$", "", _text(_one(article, "ArticleTitle"))),
        "abstract": "\n".join(_part(part) for part in _all(article, "AbstractText")),
        "authors": tuple(name for author in _all(article, "Author") if (name := _author(author))),
        "published": most_exact(*dates),
        "venue": _text(_one(article, "Journal", "Title")),
        "url": f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid.isdigit() else None,
        "keywords": [_text(word) for word in _all(element, "Keyword")],
    }


def _part(part: Any) -> str:
    label = (part.get("Label") or "").strip()
    return f"{label}: {_text(part)}" if label and label != "UNLABELLED" else _text(part)


def _author(author: Any) -> str:
    given = _text(_one(author, "ForeName")) or _text(_one(author, "Initials"))
    whole = f"{given} {_text(_one(author, 'LastName'))}".strip()
    suffix = _text(_one(author, "Suffix"))
    return (f"{whole}, {suffix}" if suffix else whole) or _text(_one(author, "CollectiveName"))


def _atom(element: Any) -> dict[str, Any]:
    """An entry of a feed; arXiv's has its id in `id`, and a DOI of the journal where there is one."""
    links = [child.get("href") or _text(child) for child in _all(element, "link")]
    named = _text(_one(element, "id")) or _text(_one(element, "guid"))
    summary = _text(_one(element, "summary")) or _text(_one(element, "description")) or _text(_one(element, "content"))
    arxiv = (
        arxiv_id(named)
        or arxiv_id(named.removeprefix("oai:").replace("arXiv.org:", "arxiv:"))
        or next(filter(None, map(arxiv_id, links)), None)
    )
    names = [_text(_one(author, "name")) or _text(author) for author in _all(element, "author")]
    return {
        "id": arxiv,
        "doi": doi(_text(_one(element, "doi"))),
        "title": _text(_one(element, "title")),
        "abstract": summary.partition("Abstract: ")[2] if summary.startswith("arXiv:") else summary,
        "authors": [name for name in names if name] or _text(_one(element, "creator")),
        "published": most_exact(*(_text(_one(element, name)) for name in ("published", "pubDate", "date", "updated"))),
        "venue": _text(_one(element, "journal_ref")),
        "url": next((url for url in links if url.startswith("http")), None),
        "keywords": [word for child in _all(element, "category") if (word := child.get("term") or _text(child))],
    }


_RECORDS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "record": _endnote, "PubmedArticle": _pubmed, "entry": _atom, "item": _atom,
}  # fmt: skip
