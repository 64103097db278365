"""A running Zotero's library, or one of its collections, through its local API.

`pyzotero` was tried: it needs bibtexparser below 2, and ours is read by 2. The part of the API
that is wanted here is a list of items in pages.
"""

from collections.abc import Iterator
from typing import Any

from corpus.online.web import fetched
from corpus.paper import Paper
from corpus.readers.jsonl import paper_of_json
from corpus.readers.records import CorpusError, OnError, refusal
from corpus.sites import Sites

ZOTERO_API = Sites().zotero
_SERVICE = "Zotero"
_PAGE = 100
_NO_PAPERS = {
    "attachment",
    "note",
    "annotation",
    "webpage",
    "computerProgram",
    "email",
    "instantMessage",
    "podcast",
    "tvBroadcast",
    "radioBroadcast",
}


def zotero_papers(collection: str, on_error: OnError, api: str = ZOTERO_API) -> Iterator[Paper]:
    """Papers of the library, or of the collection of that name (or key). Raises CorpusError when Zotero does not answer."""
    library = f"{api.rstrip('/')}/users/0"
    place = f"{library}/items/top" if not collection else f"{library}/collections/{_key(library, collection)}/items/top"
    source = f"Zotero: {collection}" if collection else _SERVICE
    for record in _pages(place):
        data = record.get("data") if isinstance(record, dict) else None
        if not isinstance(data, dict) or data.get("itemType") in _NO_PAPERS:
            continue
        try:
            yield paper_of_json(record, source)
        except ValueError as error:
            on_error(refusal(source, 0, error, f"{str(data.get('title') or record.get('key'))[:60]!r}: "))


def _pages(place: str) -> Iterator[Any]:
    start = 0
    while True:
        page = _asked(place, {"format": "json", "include": "data", "limit": _PAGE, "start": start, "sort": "dateAdded"})
        if not isinstance(page, list):
            raise CorpusError(_SERVICE, 0, "the answer is no list of items")
        yield from page
        start += len(page)
        if len(page) < _PAGE:
            return


def _asked(place: str, parameters: dict[str, Any]) -> Any:
    try:
        found = fetched(_SERVICE, place, parameters, {"Zotero-API-Version": "3"})
    except CorpusError as error:
        if "does not answer" in error.reason:
            raise CorpusError(
                _SERVICE, 0, "it does not answer; start Zotero 7, and allow other programs in its settings (Advanced)"
            ) from None
        if "403" in error.reason:
            raise CorpusError(_SERVICE, 0, "it lets no other program in; allow that in its settings (Advanced)") from None
        raise
    return [] if found is None else found


def _key(library: str, name: str) -> str:
    """The key of a collection, by its name or its key. Raises CorpusError naming those that there are."""
    held = [record.get("data", record) for record in _pages(f"{library}/collections") if isinstance(record, dict)]
    for collection in held:
        if name in (collection.get("key"), collection.get("name")) or str(collection.get("name", "")).lower() == name.lower():
            return str(collection["key"])
    names = ", ".join(repr(str(collection.get("name"))) for collection in held[:10]) or "none"
    raise CorpusError(_SERVICE, 0, f"no collection {name!r}; there are {names}")
