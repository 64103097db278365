"""JSON: one object a line, an array, or an API's whole reply; what kind of record one is, is told by its fields."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import orjson

from corpus.paper import Paper
from corpus.readers.json_kinds import is_record, known_record
from corpus.readers.records import CorpusError, OnError, paper_of_record, refusal
from corpus.readers.streams import Limits, Member, lines, whole

_DEEPEST = 5
_GAP = re.compile(r"[\s,\x1e]*")


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
    number, decoder, at = 0, json.JSONDecoder(), _after(text, 0)
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:  # also a number of thousands of digits
            where = error.lineno if isinstance(error, json.JSONDecodeError) else 0
            raise CorpusError(member.source, where, f"not JSON: {error}") from None
        for record in records_in(value):
            number += 1
            yield from _papers(record, member.source, 0, on_error, f"record {number}: ")
        at = _after(text, at)


def papers_of_value(value: Any, source: str, on_error: OnError) -> Iterator[Paper]:
    """Papers of a value that was read already, such as a YAML file's."""
    for number, record in enumerate(records_in(value), 1):
        yield from _papers(record, source, 0, on_error, f"record {number}: ")


def _papers(record: Any, source: str, line: int, on_error: OnError, where: str = "") -> Iterator[Paper]:
    try:
        yield paper_of_json(record, source)
    except (ValueError, RecursionError) as error:
        on_error(refusal(source, line, error, where))


def _parsed(line: bytes, member: Member) -> Any:
    """The value of a line; of several the list of them."""
    with suppress(orjson.JSONDecodeError):  # quicker than json, which takes more: NaN, half a surrogate pair
        return orjson.loads(line)
    try:
        text = line.decode()
    except UnicodeDecodeError:
        member.note(f"{member.source}: a line that is not UTF-8 was read as Windows-1252")
        text = line.decode("cp1252", errors="replace")
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        if "Extra data" in str(error) and (values := _several(text)):
            return values
        raise ValueError(f"not JSON: {error}") from None


def _after(text: str, at: int) -> int:
    """Where the next value may begin."""
    gap = _GAP.match(text, at)
    return gap.end() if gap else at


def _several(text: str) -> list[Any]:
    """Values that stand one behind the other; empty where that breaks off."""
    found, decoder, at = list[Any](), json.JSONDecoder(), _after(text, 0)
    try:
        while at < len(text):
            value, at = decoder.raw_decode(text, at)
            found.append(value)
            at = _after(text, at)
    except (ValueError, RecursionError):
        return []
    return found


def records_in(value: Any, depth: int = 0) -> Iterator[Any]:
    """The records of a reply: itself, or those within whatever it wraps them in; a value without any as it is."""
    if isinstance(value, list):
        for item in value:
            yield from records_in(item, depth + 1) if isinstance(item, dict) and depth < _DEEPEST else [item]
    elif not isinstance(value, dict) or is_record(value):
        yield value
    else:
        found = list(_within(value, depth))
        yield from found or [value]


def _within(value: dict[str, Any], depth: int) -> Iterator[Any]:
    """Records among an object's values."""
    for inner in value.values() if depth < _DEEPEST else ():
        for item in inner if isinstance(inner, list) else [inner]:
            if isinstance(item, dict):
                yield from [item] if is_record(item) else _within(item, depth + 1)


def paper_of_json(record: Any, source: str) -> Paper:
    """The paper of a JSON record of any known kind. Raises ValueError with the reason."""
    return paper_of_record(known_record(record) if isinstance(record, dict) else record, source)
