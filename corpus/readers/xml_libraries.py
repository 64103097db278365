"""Papers in the XML of libraries and tools: TEI (GROBID), MARC, and Zotero's RDF, whose records refer to each other."""

from typing import Any

from corpus.readers.dates import iso_date, most_exact
from corpus.readers.ids import arxiv_id, arxiv_id_in, doi
from corpus.readers.people import person
from corpus.readers.xml_parts import all_of, local, one_of, text_of, texts


def tei(element: Any) -> dict[str, Any]:
    """The head of a text that GROBID read; of its body and its references nothing."""
    head = one_of(element, "teiHeader")
    source = one_of(head, "sourceDesc")
    ids = [(child.get("type") or "", text_of(child)) for child in all_of(source, "idno")]
    own = all_of(one_of(source, "analytic"), "author") or all_of(source, "author")
    dates = [date.get("when") or text_of(date) for date in all_of(head, "date")]
    return {
        "aliases": [found for kind, text in ids if (found := doi(text) if kind.lower() == "doi" else arxiv_id(text) or arxiv_id_in(text))],
        "title": text_of(one_of(head, "titleStmt", "title")) or text_of(one_of(source, "title")),
        "abstract": text_of(one_of(head, "profileDesc", "abstract")),
        "authors": tuple(name for who in own if (name := _tei_name(who))),
        "published": most_exact(*dates),
        "venue": text_of(one_of(source, "monogr", "title")) or None,
        "keywords": texts(head, "keywords", "term") or text_of(one_of(head, "keywords")),
    }


def _tei_name(who: Any) -> str:
    given = " ".join(texts(who, "forename"))
    return f"{given} {text_of(one_of(who, 'surname'))}".strip() or person(text_of(one_of(who, "persName")))


def marc(element: Any) -> dict[str, Any]:
    """A library's record: its fields have numbers, the parts of each a letter."""
    fields = [(field.get("tag"), _parts(field)) for field in all_of(element, "datafield")]

    def parts(letters: str, *tags: str) -> list[str]:
        return [" ".join(part[letter] for letter in letters if letter in part) for tag, part in fields if tag in tags]

    people = [(part.get("a", ""), part.get("e", "author")) for tag, part in fields if tag in ("100", "110", "700", "710")]
    title, subtitle = next(((_edge(part.get("a", "")), _edge(part.get("b", ""))) for tag, part in fields if tag == "245"), ("", ""))
    return {
        "aliases": [found for text in parts("a", "024") if (found := doi(text) or arxiv_id(text))],
        "title": f"{title}: {subtitle}" if title and subtitle else title,
        "abstract": " ".join(parts("a", "520")),
        "authors": tuple(name for text, role in people if "author" in role.lower() and (name := person(text.strip(" ,")))),
        "published": most_exact(*(date for text in parts("c", "264", "260") if (date := iso_date(text)))),
        "venue": next((_edge(text) for text in parts("t", "773") if text), None),
        "url": next((text for text in parts("u", "856") if text.startswith("http")), None),
        "keywords": [_edge(text).rstrip(".") for text in parts("a", "650", "653")],
    }


def _parts(field: Any) -> dict[str, str]:
    found = dict[str, str]()
    for part in all_of(field, "subfield"):
        found.setdefault(part.get("code") or "", text_of(part))
    return found


def _edge(text: str) -> str:
    """Without the sign that cataloguers put between a field's parts."""
    return text.strip().rstrip(" :/;=,").strip()


class Rdf:
    """Zotero's RDF: items and the journals that they are part of, in any order; an item is whole when all of it was read."""

    _OTHERS = ("Attachment", "Memo", "Collection", "item", "channel")

    def __init__(self) -> None:
        self._items, self._wholes = list[tuple[dict[str, Any], str]](), dict[str, dict[str, Any]]()

    def take(self, element: Any) -> None:
        """A child of the root: an item, what others are part of, or neither."""
        name, about = local(element.tag), _attribute(element, "about")
        if name in self._OTHERS or not (title := _child(element, "title")):
            return
        if one_of(element, "authors") is None and _child(element, "abstract") == "" and name in ("Journal", "Series", "Book", "Website"):
            self._wholes[about] = {"title": title, "ids": texts(element, "identifier")}
            return
        part = next((child for child in element if local(child.tag) == "isPartOf"), None)
        self._items.append((_item(element, part), _attribute(part, "resource")))

    def records(self) -> list[dict[str, Any]]:
        return [self._whole(record, whole) for record, whole in self._items]

    def _whole(self, record: dict[str, Any], whole: str) -> dict[str, Any]:
        """An item with the journal's title and what Zotero writes there: the item's own DOI."""
        told = self._wholes.get(whole, {})
        return record | {
            "venue": record["venue"] or told.get("title"),
            "aliases": [found for text in [*record["aliases"], *told.get("ids", [])] if (found := _rdf_id(text))],
        }


def _item(element: Any, part: Any) -> dict[str, Any]:
    urls = [_attribute(element, "about"), *texts(element, "identifier")]
    inner = texts(part, "identifier")
    return {
        "aliases": [*urls, *inner],
        "title": _child(element, "title"),
        "abstract": _child(element, "abstract"),
        "authors": tuple(name for who in all_of(one_of(element, "authors"), "Person") if (name := _person(who))),
        "published": _child(element, "date"),
        "venue": text_of(one_of(part, "title")) or None,
        "url": next((url for url in reversed(urls) if url.startswith("http")), None),
        "keywords": texts(element, "subject"),
    }


def _person(who: Any) -> str:
    given = text_of(one_of(who, "givenName")) or text_of(one_of(who, "givenname"))
    return f"{given} {text_of(one_of(who, 'surname'))}".strip() or text_of(one_of(who, "name"))


def _child(element: Any, name: str) -> str:
    return next((text_of(child) for child in element if local(child.tag) == name), "")


def _attribute(element: Any, name: str) -> str:
    held = element.attrib.items() if element is not None else ()
    return next((value for key, value in held if local(key) == name), "")


def _rdf_id(text: str) -> str | None:
    return doi(text.removeprefix("DOI ").strip()) or arxiv_id(text)
