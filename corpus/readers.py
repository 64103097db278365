"""One reader per format: a path in, an iterator of Paper out.

A record that cannot be read is handed to `on_error` as a CorpusError (source, line, reason)
and skipped; the rest is kept. A file that is not of its format at all raises one.
"""

import gzip
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import IO, Any

from corpus.clean import clean
from corpus.paper import Paper, paper_id_for

CRAWL_YEAR = 2025
"""The year of page dates that give none: explicit years on a page are always earlier ones."""

MAX_LINE_BYTES = 4 * 1024 * 1024
"""A longer line is no record: it is skipped without being held in memory."""

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_DATE = re.compile(rf"({'|'.join(_MONTHS)}) (\d{{1,2}})(?:, (\d{{4}}))?(?: \d+)?")
_AUTHORS = re.compile(r"• (\d+) authors?")
_ORGANISATION = re.compile(r"(\S+) (\S.*)")
_ISO_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_URL = re.compile(r"https?://[^\s<>\"{}|\\^`\[\]]+")
_CODE_HOST = re.compile(r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|huggingface\.co|[\w-]+\.github\.io)/?\S*")
_MIN_ABSTRACT = 40
_MAX_TITLE = 500


class CorpusError(Exception):
    """A record or file that could not be read: `.source`, `.line` (from 1; 0: the whole file), `.reason`."""

    def __init__(self, source: str, line: int, reason: str) -> None:
        super().__init__(f"{source}, line {line}: {reason}" if line else f"{source}: {reason}")
        self.source, self.line, self.reason = source, line, reason


OnError = Callable[[CorpusError], None]


def _raise(error: CorpusError) -> None:
    raise error


def code_urls(text: str) -> tuple[str, ...]:
    """Links in the text that lead to code or a project page, in order, without trailing punctuation."""
    urls = (url.rstrip(".,;:!?)'\"") for url in _URL.findall(text))
    return tuple(dict.fromkeys(url for url in urls if _CODE_HOST.fullmatch(url)))


# --- the saved listing pages


def _page_date(match: re.Match[str], year: int) -> str:
    month, day, given = match.groups()
    return f"{given or year}-{_MONTHS.index(month) + 1:02}-{int(day):02}"


def _page_paper(source: str, title: str, abstract: str, **known: Any) -> Paper:
    title, abstract = clean(title), clean(abstract)
    return Paper(paper_id_for(title), title, abstract, code_urls=code_urls(abstract), sources=(source,), **known)


def _metadata(lines: list[tuple[int, str]], at: int, year: int) -> tuple[dict[str, Any], int]:
    """What stands between an abstract and the next title, and the position after it."""
    known: dict[str, Any] = {}
    if at < len(lines) and (count := _AUTHORS.fullmatch(lines[at][1])):
        known["author_count"] = int(count.group(1))
        at += 1
    elif at + 1 < len(lines) and lines[at + 1][1] == "·" and (names := _ORGANISATION.fullmatch(lines[at][1])):
        known["organisation"] = clean(names.group(2))
        at += 1
    if at < len(lines) and lines[at][1] == "·":
        at += 1
    if at < len(lines) and (date := _DATE.fullmatch(lines[at][1])):
        known["published"] = _page_date(date, year)
        at += 1
    return known, at


def _page_start(lines: list[tuple[int, str]]) -> int | None:
    """Where the first title stands, or None when this is no listing page."""
    for at, (_, line) in enumerate(lines[:20]):
        if line == "Daily Papers":
            return at + 3 if at + 2 < len(lines) and _DATE.fullmatch(lines[at + 2][1]) else at + 2
        if line.startswith("Subscribe") and line != "Subscribe":
            return at
    return None


def _page_fault(title: str, abstract: str) -> str | None:
    if len(title) > _MAX_TITLE:
        return "a title is expected here, but the line is as long as an abstract"
    if len(abstract) < _MIN_ABSTRACT:
        return f"no abstract follows the title {title[:60]!r}"
    return None


def read_page(path: Path, on_error: OnError = _raise, year: int = CRAWL_YEAR) -> Iterator[Paper]:
    """Records of a saved "Daily Papers" listing page, of either shape, in order, copies included.

    Raises CorpusError when the file is no such page.
    """
    text = _decoded(path.read_bytes(), path.name)
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    at = _page_start(lines)
    if at is None:
        raise CorpusError(path.name, 0, "not a saved listing page (no 'Daily Papers' header, no 'Subscribe' line)")
    while at < len(lines):
        number, title = lines[at]
        title = title.removeprefix("Subscribe") if at < 20 else title
        abstract = lines[at + 1][1] if at + 1 < len(lines) else ""
        if fault := _page_fault(title, abstract):
            on_error(CorpusError(path.name, number, fault))
            at += 1
            continue
        known, at = _metadata(lines, at + 2, year)
        yield _page_paper(path.name, title, abstract, **known)


def _decoded(data: bytes, source: str) -> str:
    if b"\0" in data:
        raise CorpusError(source, 0, "a binary file; expected text (a saved page or JSONL)")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CorpusError(source, line, "not UTF-8; convert it first, e.g. `iconv -f latin1 -t utf8`") from None


# --- JSONL


def _open_bytes(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _lines(file: IO[bytes], source: str, on_error: OnError) -> Iterator[tuple[int, bytes]]:
    """Numbered lines; one that is over the limit is reported and read past in pieces."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) <= MAX_LINE_BYTES:
            yield number, line
            continue
        on_error(CorpusError(source, number, f"the line is longer than {MAX_LINE_BYTES // 1024**2} MiB"))
        while line and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE_BYTES)


def _text(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    if value is None or value == "":
        raise ValueError(f"no {name!r}")
    if not isinstance(value, str):
        raise ValueError(f"{name!r} is {type(value).__name__}, expected text")
    if not (cleaned := clean(value)):
        raise ValueError(f"{name!r} is blank")
    return cleaned


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = re.split(r"\s*;\s*|\s+and\s+", value) if ";" in value or " and " in value else value.split(",")
    if not isinstance(value, list):
        return ()
    return tuple(name for item in value if isinstance(item, str) and (name := clean(item)))


def _published(record: dict[str, Any]) -> str | None:
    value = str(record.get("published") or record.get("date") or record.get("year") or "")[:10]
    if not value:
        return None
    if not _ISO_DATE.fullmatch(value):
        raise ValueError(f"'published' is {value!r}, expected YYYY, YYYY-MM or YYYY-MM-DD")
    return value


def _web_url(value: Any) -> str | None:
    """Only http(s): another scheme (`javascript:`) must never reach a page as a link."""
    return value if isinstance(value, str) and _URL.fullmatch(value) else None


def _json_paper(record: Any, source: str) -> Paper:
    if not isinstance(record, dict):
        raise ValueError(f"a JSON {type(record).__name__}, expected an object with 'title' and 'abstract'")
    title, abstract = _text(record, "title"), _text(record, "abstract")
    authors = _names(record.get("authors"))
    count = record.get("author_count")
    given_id = record.get("paper_id") or record.get("id")
    organisation = record.get("organisation")
    given_urls = [url for item in record.get("code_urls") or () if (url := _web_url(item))]
    return Paper(
        paper_id=clean(str(given_id))[:200] if given_id else paper_id_for(title),
        title=title,
        abstract=abstract,
        published=_published(record),
        organisation=clean(organisation) if isinstance(organisation, str) else None,
        author_count=count if isinstance(count, int) else len(authors) or None,
        authors=authors,
        url=_web_url(record.get("url")),
        code_urls=tuple(dict.fromkeys([*given_urls, *code_urls(abstract)])),
        sources=(source,),
    )


def _json_record(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None


def read_jsonl(path: Path, on_error: OnError = _raise) -> Iterator[Paper]:
    """Papers of a JSONL file (`.jsonl`, `.jsonl.gz`), one object a line, streamed.

    `title` and `abstract` are needed; `id`, `authors`, `author_count`, `organisation`,
    `published` (or `year`), `url` and `code_urls` are taken where they are given.
    """
    try:
        with _open_bytes(path) as raw, io.BufferedReader(raw) as file:  # type: ignore[type-var]
            for number, line in _lines(file, path.name, on_error):
                if not line.strip():
                    continue
                try:
                    yield _json_paper(_json_record(line), path.name)
                except ValueError as error:
                    on_error(CorpusError(path.name, number, str(error)))
    except (gzip.BadGzipFile, EOFError) as error:
        raise CorpusError(path.name, 0, f"damaged gzip file: {error}") from None


# --- choosing a reader


def read(path: Path, on_error: OnError = _raise) -> Iterator[Paper]:
    """Papers of one file, by its name: `.jsonl`, `.jsonl.gz`, `.json` lines, else a saved page."""
    if path.is_dir():
        raise CorpusError(str(path), 0, "a directory; name its files, e.g. `paperchat add DIR/*.txt`")
    if not path.is_file():
        raise CorpusError(str(path), 0, "no such file")
    if path.stat().st_size == 0:
        raise CorpusError(path.name, 0, "the file is empty")
    if re.search(r"\.(jsonl|json|ndjson)(\.gz)?$", path.name, re.IGNORECASE):
        return read_jsonl(path, on_error)
    return read_page(path, on_error)


def read_all(paths: Iterable[Path], on_error: OnError = _raise) -> Iterator[Paper]:
    """Papers of several files; a file that cannot be read is reported and the rest goes on."""
    for path in paths:
        try:
            yield from read(path, on_error)
        except CorpusError as error:
            on_error(error)


def shipped() -> list[Path]:
    """The saved pages that come with the package, in order."""
    folder = resources.files("corpus") / "pages"
    return sorted(Path(str(item)) for item in folder.iterdir() if item.name.endswith(".txt"))
