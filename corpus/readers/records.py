"""A record of any format -> Paper: what its fields are called, and which values are refused."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from hashlib import blake2b
from typing import Any

from corpus.clean import clean
from corpus.paper import Paper, global_ids, paper_id_for

_ISO_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_URL = re.compile(r"https?://[^\s<>\"{}|\\^`\[\]]+")
_CODE_HOST = re.compile(r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|huggingface\.co|[\w-]+\.github\.io)/?\S*")
_ARXIV_NUMBER = r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})"
_ARXIV = re.compile(
    rf"(?:https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf)/|https?://huggingface\.co/papers/|(?:https?://(?:dx\.)?doi\.org/|doi:)?10\.48550/arxiv\.|arxiv:)"
    rf"({_ARXIV_NUMBER})(?:v\d+)?(?:\.pdf)?",
    re.IGNORECASE,
)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_MAX_ID, _FORMER_ID = 128, 200
"""Bytes of an id, what Chroma Cloud takes; characters that earlier versions kept."""
_MAX_AUTHORS = 100_000


class CorpusError(Exception):
    """A record or file that could not be read: `.source`, `.line` (from 1; 0: the whole file), `.reason`."""

    def __init__(self, source: str, line: int, reason: str) -> None:
        super().__init__(f"{source}, line {line}: {reason}" if line else f"{source}: {reason}")
        self.source, self.line, self.reason = source, line, reason


OnError = Callable[[CorpusError], None]
"""Called with each record that is skipped."""


def raise_error(error: CorpusError) -> None:
    """The default `on_error`: the first record that cannot be read ends the reading."""
    raise error


def arxiv_id(text: str) -> str | None:
    """`arxiv:2406.01234` of an arXiv id, address or DOI, without its version; None for anything else."""
    found = _ARXIV.fullmatch(text.strip())
    return f"arxiv:{found.group(1)}" if found else None


def arxiv_url(paper_id: str) -> str:
    """The web address of `arxiv:2406.01234`."""
    return f"https://arxiv.org/abs/{paper_id.removeprefix('arxiv:')}"


def _bounded(paper_id: str) -> list[str]:
    """The id; of a longer one its beginning with a digest of the whole, and what earlier versions made of it."""
    written = paper_id.encode()
    if len(written) <= _MAX_ID:
        return [paper_id]
    short = f"{written[: _MAX_ID - 20].decode(errors='ignore')}...{blake2b(written, digest_size=8).hexdigest()}"
    return [short, paper_id[:_FORMER_ID]]


def known_ids(*candidates: Any) -> list[str]:
    """The ids given, each in one form for all its spellings: `arxiv:...`, `doi:...`, else as it is."""
    found = []
    for candidate in candidates:
        text = clean(str(candidate)) if isinstance(candidate, (str, int)) else ""
        if arxiv := arxiv_id(text):
            found.append(arxiv)
        elif doi := _DOI.fullmatch(text):
            found += _bounded(f"doi:{doi.group(1).lower()}")
        elif text:
            found += _bounded(text)
    return list(dict.fromkeys(found))


def known_id(*candidates: Any) -> str | None:
    """The first id given; see `known_ids`."""
    return next(iter(known_ids(*candidates)), None)


def code_urls(text: str) -> tuple[str, ...]:
    """Links in the text that lead to code or a project page, in order, without trailing punctuation."""
    if "http" not in text:
        return ()
    urls = (url.rstrip(".,;:!?)'\"") for url in _URL.findall(text))
    return tuple(dict.fromkeys(url for url in urls if _CODE_HOST.fullmatch(url)))


def web_url(value: Any) -> str | None:
    """Only http(s): another scheme (`javascript:`) must never reach a page as a link."""
    return value if isinstance(value, str) and value.isprintable() and _URL.fullmatch(value) else None


def names(value: Any) -> tuple[str, ...]:
    """Author names, of a list of them or of one text ("A; B", "A and B", "A, B")."""
    if isinstance(value, str):
        value = re.split(r"\s*;\s*|\s+and\s+", value) if ";" in value or " and " in value else value.split(",")
    if not isinstance(value, Iterable):
        return ()
    return tuple(name for item in value if isinstance(item, str) and (name := clean(item)))


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if value is None or value == "":
        raise ValueError(f"no {name!r}")
    if not isinstance(value, str):
        raise ValueError(f"{name!r} is {type(value).__name__}, expected text")
    if not (cleaned := clean(value)):
        raise ValueError(f"{name!r} is blank")
    return cleaned


def _published(record: Mapping[str, Any]) -> str | None:
    value = str(record.get("published") or record.get("date") or record.get("year") or "").strip()[:10]
    if not value:
        return None
    try:
        if not _ISO_DATE.fullmatch(value):
            raise ValueError
        date(*(int(part) for part in [*value.split("-"), "1", "1"][:3]))  # the calendar must have it
    except ValueError:
        raise ValueError(f"'published' is {value!r}, expected YYYY, YYYY-MM or YYYY-MM-DD") from None
    return value


def _count(value: Any) -> int | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    number = int(value) if isinstance(value, str) and re.fullmatch(r"\s*\d{1,6}\s*", value) else value
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= _MAX_AUTHORS:
        raise ValueError(f"'author_count' is {str(value)[:40]!r}, expected a whole number from 1 to {_MAX_AUTHORS:,}")
    return number


def paper_of_record(record: Any, source: str) -> Paper:
    """The paper of a record with `title` and `abstract`, and what else is known of it.

    Taken where they are given: `paper_id` (`id`, `doi`; further ones are `aliases`), `published` (`date`, `year`), `authors`,
    `author_count`, `organisation`, `url`, `code_urls`, `sources` (else `source`). Raises ValueError with the reason.
    """
    if not isinstance(record, Mapping):
        raise ValueError(f"a JSON {type(record).__name__}, expected an object with 'title' and 'abstract'")
    title, abstract = _text(record, "title"), _text(record, "abstract")
    authors = names(record.get("authors"))
    organisation = record.get("organisation")
    given, given_sources, aliases = record.get("code_urls"), record.get("sources"), record.get("aliases")
    given_urls = [url for item in (given if isinstance(given, (list, tuple)) else ()) if (url := web_url(item))]
    ids = known_ids(record.get("paper_id"), record.get("id"), record.get("doi"), *(aliases if isinstance(aliases, (list, tuple)) else ()))
    return Paper(
        paper_id=ids[0] if ids else paper_id_for(title),
        title=title,
        abstract=abstract,
        published=_published(record),
        organisation=(clean(organisation) or None) if isinstance(organisation, str) else None,
        author_count=_count(record.get("author_count")) or len(authors) or None,
        authors=authors,
        url=web_url(record.get("url")),
        code_urls=tuple(dict.fromkeys([*given_urls, *code_urls(abstract)])),
        sources=names(given_sources) if isinstance(given_sources, (list, tuple)) and given_sources else (source,),
        aliases=global_ids(ids[1:]),
    )


def checked(paper: Paper) -> Paper:
    """A paper that a program made, as it is. Raises ValueError with the reason when no index could hold it."""
    for name in ("paper_id", "title", "abstract"):
        value = getattr(paper, name)
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{name!r} is {value!r:.40}, expected text")
    for name in ("authors", "code_urls", "sources", "aliases"):
        if not isinstance(values := getattr(paper, name), tuple) or not all(isinstance(value, str) for value in values):
            raise ValueError(f"{name!r} is {values!r:.40}, expected a tuple of texts")
    _published({"published": paper.published})
    _count(paper.author_count)
    texts = (paper.paper_id, paper.title, paper.abstract, paper.organisation or "", paper.url or "")
    try:
        "".join((*texts, *paper.authors, *paper.code_urls, *paper.sources, *paper.aliases)).encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half a surrogate pair, which is no text") from None
    return paper
