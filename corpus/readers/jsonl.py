"""JSON: one object a line, an array, or an API's whole reply; what kind of record one is, is told by its fields."""

import json
from collections.abc import Iterator
from typing import Any

from corpus.paper import Paper
from corpus.readers.json_kinds import known_record
from corpus.readers.records import CorpusError, OnError, paper_of_record, refusal
from corpus.readers.streams import Limits, Member, lines, whole

_LISTS = ("data", "results", "notes", "items", "papers", "works", "records", "entries", "entry", "documents", "references",
          "publications", "articles",
          "hits", "hit", "result", "message", "feed", "collection", "response", "docs", "library", "resultList", "citations",
          "recommendedPapers")  # fmt: skip
_DEEPEST = 5


def read_json(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    """Papers of a file with one JSON object a line, streamed, or of an array or a reply, read whole.

    A title is needed. Records of arXiv's metadata snapshot, Hugging Face's daily papers, Semantic
    Scholar, OpenAlex, OpenReview, Crossref, CSL-JSON, Zotero, DBLP are known by their fields.
    """
    if _is_whole(member.head()):
        yield from _whole(member, on_error, limits)
        return
    for number, line in lines(member, on_error, limits):
        if not line.strip():
            continue
        try:
            for record in records_in(_parsed(line, member)):
                yield from _papers(record, member.source, number, on_error)
        except ValueError as error:
            on_error(refusal(member.source, number, error))


def _is_whole(head: bytes) -> bool:
    """Whether the file is one value over several lines: an array, or an object whose first line does not end it."""
    start = head.lstrip()
    if not start.startswith(b"{"):
        return start.startswith(b"[")
    first, _, rest = start.partition(b"\n")
    following = rest.lstrip(b"\r\n")
    return bool(following) and not following.startswith(b"{") and not _complete(first)


def _complete(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _whole(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    text = whole(member, limits)
    number, at, decoder = 0, 0, json.JSONDecoder()
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            where = error.lineno if isinstance(error, json.JSONDecodeError) else 0
            raise CorpusError(member.source, where, f"not JSON: {error}") from None
        for record in records_in(value):
            number += 1
            yield from _papers(record, member.source, 0, on_error, f"record {number}: ")
        at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n,\x1e"))


def _papers(record: Any, source: str, line: int, on_error: OnError, where: str = "") -> Iterator[Paper]:
    try:
        yield paper_of_json(record, source)
    except ValueError as error:
        on_error(refusal(source, line, error, where))


def _parsed(line: bytes, member: Member) -> Any:
    try:
        try:
            return json.loads(line)
        except UnicodeDecodeError:
            member.note(f"{member.source}: a line that is not UTF-8 was read as Windows-1252")
            return json.loads(line.decode("cp1252", errors="replace"))
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None


def records_in(value: Any, depth: int = 0) -> Iterator[Any]:
    """The records of a reply: itself, or those of the lists that it wraps them in."""
    if isinstance(value, list):
        for item in value:
            yield from records_in(item, depth + 1) if isinstance(item, dict) and _wraps(item) and depth < _DEEPEST else [item]
    elif isinstance(value, dict) and depth < _DEEPEST and _wraps(value):
        for name in _LISTS:
            if isinstance(inner := value.get(name), (list, dict)):
                yield from records_in(inner, depth + 1)
    else:
        yield value


def _wraps(value: dict[str, Any]) -> bool:
    """Whether an object holds records and is none itself."""
    if any(isinstance(value.get(name), (str, list)) and value[name] for name in ("title", "display_name")) and "entry" not in value:
        return False
    if isinstance(value.get("paper"), dict) or isinstance(value.get("content"), dict) or "itemType" in value:
        return False
    inner = [value[name] for name in _LISTS if isinstance(value.get(name), (list, dict))]
    zotero = isinstance(value.get("data"), dict) and ("itemType" in value["data"] or "title" in value["data"])
    return bool(inner) and not zotero


def paper_of_json(record: Any, source: str) -> Paper:
    """The paper of a JSON record of any known kind. Raises ValueError with the reason."""
    return paper_of_record(known_record(record) if isinstance(record, dict) else record, source)
