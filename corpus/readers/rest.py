"""What a format of other programs has no field for, kept in one of its own as JSON, so that an export is read back equal."""

import json
from collections.abc import Mapping
from typing import Any

from corpus.paper import Paper
from corpus.readers.records import NoAbstract, paper_of_record

REST = "paperchat"
"""The name of that field."""

_FIELDS = ("paper_id", "title", "abstract", "published", "organisation", "author_count", "authors", "url", "code_urls", "sources",
           "aliases", "venue", "keywords",
           "citation_key")  # fmt: skip


def rest_of(paper: Paper, record: Mapping[str, Any]) -> str:
    """As JSON what of the paper a reader would not tell from this record; empty when nothing."""
    told = _told(record)
    differing = {name: getattr(paper, name) for name in _FIELDS if told is None or getattr(paper, name) != getattr(told, name)}
    if differing.keys() & {"paper_id", "aliases"}:  # ids go together: what a format holds of them is no use then
        differing |= {"paper_id": paper.paper_id, "aliases": paper.aliases}
    if differing and _told({**record, **known_rest(_json(differing))}) != paper:  # fields hang together: a count of authors is theirs
        differing = {name: getattr(paper, name) for name in _FIELDS}
    return _json(differing) if differing else ""


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _told(record: Mapping[str, Any]) -> Paper | None:
    try:
        return paper_of_record(record, "")
    except NoAbstract as error:
        return error.paper
    except ValueError:
        return None


def known_rest(value: Any) -> dict[str, Any]:
    """The fields that such JSON gives; they are checked like any others."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else {}
        except (ValueError, RecursionError):
            return {}
    if not isinstance(value, dict):
        return {}
    known = {name: held for name, held in value.items() if name in _FIELDS}
    if "paper_id" in known:
        known["id"] = known["doi"] = None
    return known | {name: tuple(known[name]) for name in ("authors",) if isinstance(known.get(name), list)}
