"""JSON records of no program that is known: their fields are told by the words in their names, whatever shape the values have."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from corpus.readers.dates import iso_date, of_parts
from corpus.readers.ids import arxiv_id, doi, global_id
from corpus.readers.json_apis import words_of_inverted
from corpus.readers.json_values import Record, dicts, first

_NAMES = {
    "title": "title maintitle displayname papertitle articletitle documenttitle titles name",
    "abstract": "abstract abstracts summary abstracttext abstractnote description descriptions",
    "authors": "authors author authorlist creators creator contributors authfullname authorstring authornames",
    "published": "published date publicationdate publisheddate datepublished firstpublicationdate dateissued issued produceddate pubdate"
    " preprintdate earliestdate publishedat dates creationdate created",
    "year": "year pubyear publicationyear yearpublished publishedyear",
    "organisation": "organisation organization",
    "url": "url link paperurl urlabs landingpageurl uri sourceurls urls links s2url",
    "venue": "venue journal journaltitle containertitle publicationname publicationtitle ispartof container journalinfo source journals"
    " booktitle conference proceeding journalref journalname publication publicationinfo pub server",
    "keywords": "keywords keyword keywordlist subjects subject keyphrase keyphrases tags tasks categories category fieldsofstudy",
    "citation_key": "citationkey citekey bibkey texkeys tag",
}
"""Field -> its names, the likeliest first, in small letters and without signs."""
_FIELD_OF = {name: (field, rank) for field, names in _NAMES.items() for rank, name in enumerate(names.split())}
_IDS = ("doi", "doiid", "doi_id", "dois", "arxivid", "arxiv", "eprint", "arxiveprints", "pids", "externalids", "identifier", "identifiers",
        "instances")  # fmt: skip
_OWN = ("id", "paper_id", "author_count", "code_urls", "sources", "aliases")
_INNER = ("metadata", "attributes", "bibjson", "_source", "fields", "document")
"""Where a reply keeps what it says of a record."""
_LISTS = ("items", "results", "records", "docs", "entries", "papers", "works", "articles", "hits", "data", "result")
_CATEGORIES = re.compile(r"(?:[a-z-]+\.[A-Za-z-]+\s+)+[a-z-]+(?:\.[A-Za-z-]+)?")
"""arXiv's, as its records list them."""
_SUFFIX = re.compile(r"(?:_(?:s|t|txt|ss|en|str))+$")
_LONGEST_NAME = 100
_TEXTS = ("value", "@value", "$", "name", "title", "display_name", "journal_title", "fullName", "text", "label", "href", "url", "content",
          "description", "date", "subject", "keyword")  # fmt: skip


def word_of(name: str) -> str:
    """`dc:creator`, `authFullName_s`, `main-title` -> what they are called; of a name too long to be one nothing."""
    return _word(name) if len(name) <= _LONGEST_NAME else ""


@lru_cache(maxsize=1_024)
def _word(name: str) -> str:
    return re.sub(r"[\W_]", "", _SUFFIX.sub("", name).rpartition(":")[2]).lower()


def field_of(name: str) -> str:
    """The field that a name tells; empty for none. Everything has a `name`: it tells none."""
    word = word_of(name)
    return "" if word == "name" else _FIELD_OF.get(word, ("",))[0]


def unwrapped(record: Record) -> Record:
    """The record with what lies within it under a name that says only that it does."""
    inner = next((record[name] for name in _INNER if isinstance(record.get(name), dict) and has_title(record[name])), None)
    return {name: value for name, value in record.items() if name not in _INNER} | inner if inner else record


def has_title(record: Record) -> bool:
    """Whether it has a title under any of its names, `name` excepted: everything has one."""
    return any(value and isinstance(value, (str, list)) and _is_title(word_of(name)) and _text(value) for name, value in record.items())


def _is_title(word: str) -> bool:
    return word != "name" and _FIELD_OF.get(word, ("",))[0] == "title"


def is_wrapper(record: Record) -> bool:
    """Whether an object with a title of its own is a list of papers: it has no authors, and records within."""
    words = {word_of(name) for name in record}
    if any(_FIELD_OF.get(word, ("",))[0] == "authors" for word in words):
        return False
    return any(has_title(item) for name in _LISTS for item in dicts(record.get(name))[:3])


def plain(record: Record) -> Record:
    """The record by the names that `paper_of_record` knows."""
    record = unwrapped(record)
    found = dict[str, tuple[int, Any]]()
    for name, value in record.items():
        field, rank = _FIELD_OF.get(word_of(name), ("", 0))
        if field == "venue" and isinstance(value, str) and word_of(name) == "source":
            continue  # where a record comes from, unless more is said of it
        if field == "published" and isinstance(value, str) and not iso_date(value):
            continue  # bioRxiv's is what it was published as
        if field and value not in (None, "", [], {}) and (field not in found or rank < found[field][0]):
            found[field] = (rank, value)
    told: Record = {field: _shaped(field, value) for field, (_, value) in found.items()}
    if date := _of_parts(record):
        told["date"] = date
    given = {name: record[name] for name in _OWN if name in record}
    ids = list(dict.fromkeys(_ids(record)))
    if ids and all(str(given.get(name) or "0").isdigit() for name in ("id", "paper_id")):
        given.pop("id", None), given.pop("paper_id", None)  # a database's own number says nothing elsewhere
    aliases = given.get("aliases")
    return given | told | {"aliases": [*ids, *(aliases if isinstance(aliases, list) else [])]}


def _shaped(field: str, value: Any) -> Any:
    if field == "authors":
        return _listed(value)
    if field == "keywords":
        value = value["keyword"] if isinstance(value, dict) and "keyword" in value else value
        return value.split() if isinstance(value, str) and _CATEGORIES.fullmatch(value) else _words(value)
    if field == "abstract":
        return words_of_inverted(value) or _abstract(value)
    if field == "published" and isinstance(value, dict):
        return value
    return _text(value) if isinstance(value, (list, dict)) else value


def _listed(value: Any) -> Any:
    """Authors within whatever they are wrapped in: `{"author": [...]}`, Word's `Author`, `NameList`, `Person`."""
    while isinstance(value, dict):
        named = next((inner for name, inner in value.items() if field_of(name) == "authors" and inner), None)
        only = next(iter(value.values())) if len(value) == 1 else None
        inner = named or (only if isinstance(only, (dict, list)) else None)
        if inner is None:
            return value
        value = inner
    return value


def _of_parts(record: Record) -> str | None:
    """The date of a year, a month and a day that stand each in a field of its own."""
    parts = {word_of(name): str(value) for name, value in record.items() if isinstance(value, (str, int))}
    year = next((parts[name] for name in ("year", "pubyear", "publicationyear") if parts.get(name)), "")
    return of_parts(year, parts["month"], parts.get("day", "")) if year and parts.get("month") else None


def _words(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [text for item in value if (text := item if isinstance(item, str) else _text(item))]


def _abstract(value: Any) -> str | None:
    """The text; of several the one that is called an abstract, else the first: others are in other languages."""
    if isinstance(value, list):
        named = next((item for item in dicts(value) if "abstract" in str(first(item, "descriptionType", "type") or "").lower()), None)
        return _text(named or value)
    return _text(value)


def _text(value: Any, depth: int = 0) -> str | None:
    """The first text in a value of any shape."""
    if isinstance(value, str) or depth > 4:
        return value.strip() or None if isinstance(value, str) else None
    if isinstance(value, list):
        return next((text for item in value if (text := _text(item, depth + 1))), None)
    if not isinstance(value, dict):
        return None
    named = (text for name in _TEXTS if name in value and (text := _text(value[name], depth + 1)))
    return next(named, None) or _text(value.get("journal") or value.get("subject"), depth + 1)


def _ids(record: Record) -> Iterator[str]:
    """arXiv ids and DOIs of the fields that may hold some."""
    for name, value in record.items():
        word = word_of(name)
        if word in _IDS or word.startswith("external"):
            yield from _ids_in(value, "arxiv:" if "arxiv" in word or word == "eprint" else "")


def _ids_in(value: Any, before: str = "", depth: int = 0) -> Iterator[str]:
    if isinstance(value, list) and depth < 4:
        for item in value:
            yield from _ids_in(item, before, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        kind = str(first(value, "type", "scheme", "name", "@type", "propertyID") or "").lower()
        one = first(value, "value", "@value", "id", "$")
        if one is not None:
            yield from _ids_in(one, "arxiv:" if "arxiv" in kind else before, depth + 1)
        else:
            for name, item in value.items():
                yield from _ids_in(item, "arxiv:" if "arxiv" in name.lower() else "", depth + 1)
    elif isinstance(value, str) and (found := (arxiv_id(before + value) if before else None) or global_id(value) or doi(value)):
        yield found
