"""A record of any format -> Paper: what its fields are called, and which values are refused.

A bad optional field never costs the paper: it is left out. Refused is what has no title; what
has a title and no abstract is handed on as `NoAbstract`, with the paper that it would be.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from corpus.clean import MOST_MARKS, clean, overloaded
from corpus.names import printable, printable_lines
from corpus.paper import Paper, global_ids, paper_id_for
from corpus.readers.blanks import is_blank, is_no_abstract
from corpus.readers.cells import texts_of
from corpus.readers.dates import date_parts, iso_date, most_exact
from corpus.readers.ids import arxiv_id, arxiv_id_in, arxiv_url, code_urls, global_id, known_id, known_ids, url_of, web_url
from corpus.readers.people import people

__all__ = ["CorpusError", "NoAbstract", "OnError", "arxiv_id", "arxiv_url", "checked", "code_urls", "known_id", "known_ids",
           "paper_of_record", "raise_error", "web_url"]  # fmt: skip

_MAX_AUTHORS = 100_000
_NO_TITLES = {"", "nan", "none", "null", "n/a", "[no title]", "no title", "no title available", "untitled", "<na>"}
_MOST_KEYWORDS = 60
_LONGEST_TITLE = 2_000
_HEADED = re.compile(r"(?:abstract|summary)\s*(?:[:.—–]|\s-\s)\s*(?=\S)|(?:ABSTRACT|SUMMARY)\s+(?=[A-Z][a-z]|[A-Z]\s)", re.IGNORECASE)
_HEADED_LINE = re.compile(r"\s*(?:abstract|summary)\s*\n\s*(?=\S)", re.IGNORECASE)


class CorpusError(Exception):
    """A record or file that could not be read: `.source`, `.line` (from 1; 0: the whole file), `.reason`."""

    def __init__(self, source: str, line: int, reason: str) -> None:
        source, reason = printable(source), printable_lines(reason)  # names and values of others: a terminal shows them
        super().__init__(f"{source}, line {line}: {reason}" if line else f"{source}: {reason}")
        self.source, self.line, self.reason = source, line, reason


class NoAbstract(ValueError):
    """A record without an abstract; `.paper` is what is known of it."""

    def __init__(self, paper: Paper) -> None:
        super().__init__("no 'abstract'")
        self.paper = paper


class TitleOnly(CorpusError):
    """Of a record that has no abstract: `.paper` can be held by its title."""

    def __init__(self, source: str, line: int, paper: Paper) -> None:
        super().__init__(source, line, "no 'abstract'")
        self.paper = paper


OnError = Callable[[CorpusError], None]
"""Called with each record that is skipped."""


def raise_error(error: CorpusError) -> None:
    """The default `on_error`: the first record that cannot be read ends the reading."""
    raise error


def refusal(source: str, line: int, error: Exception, where: str = "") -> CorpusError:
    """What is told of a record that could not be made into a paper."""
    if isinstance(error, NoAbstract):
        return TitleOnly(source, line, error.paper)
    return CorpusError(source, line, f"{where}{error}")


def paper_of_record(record: Any, source: str) -> Paper:
    """The paper of a record with `title` and `abstract`, and what else is known of it.

    Taken where they are given: `paper_id` (`id`, `doi`, `arxiv_id`; further ones are `aliases`), `published` (`date`, `year`),
    `authors`, `author_count`, `organisation`, `url`, `code_urls`, `venue`, `keywords`, `citation_key`, `sources` (else `source`).
    Raises ValueError with the reason; NoAbstract when there is only a title.
    """
    if not isinstance(record, Mapping):
        raise ValueError(f"a JSON {type(record).__name__}, expected an object with 'title' and 'abstract'")
    title, abstract = _title(record), _abstract(record)
    if not _is_title(title):
        raise ValueError("'title' is blank" if abstract else "no 'abstract'")
    authors = people(record.get("authors"))
    ids = _ids(record)
    paper = Paper(
        paper_id=ids[0] if ids else paper_id_for(title),
        title=title,
        abstract=abstract,
        published=_published(record),
        organisation=_short(record.get("organisation")),
        author_count=_count(record.get("author_count")) or len(authors) or None,
        authors=authors,
        url=_address(record.get("url")) or (None if _ours(record) else next(filter(None, map(url_of, ids)), None)),
        code_urls=_code_urls(record, abstract),
        sources=_texts(record.get("sources")) or (source,),
        aliases=global_ids(ids[1:]) if len(ids) > 1 else (),
        venue=_short(record.get("venue")),
        keywords=keywords(record.get("keywords")),
        citation_key=_short(record.get("citation_key")),
    )
    if not abstract:
        raise NoAbstract(paper)
    return paper


def _ours(record: Mapping[str, Any]) -> bool:
    """Whether it was written by an export of ours, in which a missing address is missing."""
    return bool(record.get("sources")) and "url" in record


def _title(record: Mapping[str, Any]) -> str:
    value = record.get("title")
    if value is None or value == "":
        raise ValueError("no 'title'")
    if not isinstance(value, str):
        raise ValueError(f"'title' is {type(value).__name__}, expected text")
    return _bounded(value, clean(value))


def _bounded(given: str, title: str) -> str:
    """A title that can be shown. Raises ValueError for what would cover all that stands around it."""
    if overloaded(given):
        raise ValueError(f"'title' has letters that carry more than {MOST_MARKS} marks")
    if len(title) > _LONGEST_TITLE:
        raise ValueError(f"'title' has {len(title):,} characters; a title has {_LONGEST_TITLE:,} at most")
    return title


def _is_title(title: str) -> bool:
    """Whether it says anything; `???` does."""
    return title.lower() not in _NO_TITLES


def _abstract(record: Mapping[str, Any]) -> str:
    """The abstract's text; empty where there is none, or only words that say so."""
    value = record.get("abstract")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"'abstract' is {type(value).__name__}, expected text")
    cleaned = clean(value)
    if cleaned[:1] in "aAsS" and (headed := _HEADED.match(cleaned) or (_HEADED_LINE.match(value) and re.match(r"\w+\s", cleaned))):
        cleaned = cleaned[headed.end() :]
    return "" if len(cleaned) <= 120 and is_no_abstract(cleaned) else cleaned


def _ids(record: Mapping[str, Any]) -> list[str]:
    """Its ids, the one to hold it under first: one of its own, else what its address or its venue says."""
    given = [value for name in ("paper_id", "id", "arxiv_id", "doi") if (value := record.get(name))]
    if isinstance(aliases := record.get("aliases"), (list, tuple)):
        given += filter(None, aliases)
    ids = known_ids(*(value for value in given if not (isinstance(value, str) and len(value) < 20 and is_blank(value))))
    url, venue = record.get("url"), record.get("venue")
    if not url and not venue:
        return ids
    told = global_id(_address(url) or "") if url else None
    named = arxiv_id_in(venue) if isinstance(venue, str) and "rxiv" in venue.lower() else None
    return list(dict.fromkeys([*ids, *(found for found in (told, named) if found)]))


def _published(record: Mapping[str, Any]) -> str | None:
    given = [value for name in ("published", "date", "year") if (value := record.get(name))]
    if not given:
        return None
    if type(given[0]) is int and len(given) == 1:  # most records
        return iso_date(given[0])
    if isinstance(given[0], str) and len(given[0]) == 10 and (date := iso_date(given[0])):
        return date
    return most_exact(*map(date_parts, given))


def _address(value: Any) -> str | None:
    """A web address as it is given, or within `\\url{...}`; of several the first."""
    if not isinstance(value, str) or not value:
        return None
    if found := web_url(value):
        return found
    text = value.strip().removeprefix("\\url{").removesuffix("}").strip("<> ")
    text = re.sub(r"\\([_%&#~$])", r"\1", text)
    first = (re.split(r"[;|\s]\s*(?=https?://)|\s", text) or [""])[0].rstrip(";,")
    return web_url(first)


def _code_urls(record: Mapping[str, Any], abstract: str) -> tuple[str, ...]:
    given = record.get("code_urls")
    if not given:
        return code_urls(abstract)
    urls = [url for item in (given if isinstance(given, (list, tuple)) else _texts(given)) if (url := web_url(item))]
    return tuple(dict.fromkeys([*urls, *code_urls(abstract)]))


def _short(value: Any) -> str | None:
    """A text of one line, where it says anything."""
    if not isinstance(value, str) or not value:
        return None
    cleaned = clean(value)
    return None if is_blank(cleaned) else cleaned[:500]


def _texts(value: Any) -> tuple[str, ...]:
    """A list of texts, or what a table's cell holds of one."""
    if isinstance(value, str):
        value = texts_of(value)
    return tuple(text for item in value if isinstance(item, str) and (text := clean(item))) if isinstance(value, (list, tuple)) else ()


def keywords(value: Any) -> tuple[str, ...]:
    """Keywords of a list (of texts, or of objects with a name), or of one text that separates them."""
    if isinstance(value, str):
        value = texts_of(value) if ";" in value or "|" in value or value[:1] == "[" else re.split(r",|\n", value)
    if not isinstance(value, (list, tuple)):
        return ()
    found = (item if isinstance(item, str) else _named(item) for item in value if isinstance(item, (str, Mapping)))
    told = (_short(text.strip(" .*")) for text in found)
    return tuple(dict.fromkeys(text for text in told if text))[:_MOST_KEYWORDS]


def _named(item: Mapping[str, Any]) -> str:
    return next((item[name] for name in ("display_name", "name", "tag", "term") if isinstance(item.get(name), str)), "")


def _count(value: Any) -> int | None:
    """A number of authors; None for what is none."""
    if isinstance(value, str):
        value = float(value) if re.fullmatch(r"\s*\d{1,6}(?:\.0*)?\s*", value) else None
    if isinstance(value, float):
        value = int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MAX_AUTHORS else None


def checked(paper: Paper) -> Paper:
    """A paper that a program made, as it is. Raises ValueError with the reason when no index could hold it."""
    for name in ("paper_id", "title", "abstract"):
        value = getattr(paper, name)
        if not isinstance(value, str) or not (value.strip() or (name == "abstract" and not value)):
            raise ValueError(f"{name!r} is {value!r:.40}, expected text")
    _bounded(paper.title, paper.title)
    for name in ("authors", "code_urls", "sources", "aliases", "keywords"):
        if not isinstance(values := getattr(paper, name), tuple) or not all(isinstance(value, str) for value in values):
            raise ValueError(f"{name!r} is {values!r:.40}, expected a tuple of texts")
    if paper.published is not None and iso_date(paper.published) != paper.published:
        raise ValueError(f"'published' is {paper.published!r}, expected YYYY, YYYY-MM or YYYY-MM-DD")
    if paper.author_count is not None and _count(paper.author_count) != paper.author_count:
        raise ValueError(f"'author_count' is {str(paper.author_count)[:40]!r}, expected a whole number from 1 to {_MAX_AUTHORS:,}")
    texts = (getattr(paper, name) or "" for name in ("paper_id", "title", "abstract", "organisation", "url", "venue", "citation_key"))
    try:
        "".join((*texts, *paper.authors, *paper.code_urls, *paper.sources, *paper.aliases, *paper.keywords)).encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half a surrogate pair, which is no text") from None
    return paper
