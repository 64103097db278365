"""A paper as the index stores it: one record in JSON, its digest, the text that is embedded."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from typing import Any

import orjson

from corpus import Paper, merge, paper_id_for

_FIELDS = tuple(field.name for field in fields(Paper))
_LONGEST_VALUE = 4_000
"""Bytes of a metadata value; Chroma Cloud takes a little more."""

_TUPLES = tuple(field.name for field in fields(Paper) if field.default == ())


@dataclass(frozen=True, slots=True)
class Report:
    """What adding papers did, in papers; `failed` holds one line for each record refused.

    `title_only` of them, in whatever state, have no abstract.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: tuple[str, ...] = ()
    title_only: int = 0

    def __add__(self, other: "Report") -> "Report":
        return Report(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


def _known(paper: Paper) -> dict[str, Any]:
    return {name: value for name in _FIELDS if (value := getattr(paper, name))}


def record_of(paper: Paper) -> str:
    """The paper as JSON; what is not known is left out."""
    return orjson.dumps(_known(paper)).decode()


def paper_of(record: str) -> Paper:
    """The paper of a stored record."""
    return paper_from(orjson.loads(record))


def paper_from(values: dict[str, Any]) -> Paper:
    """The paper of values that went through JSON."""
    return Paper(**({"abstract": ""} | values | {name: tuple(values.get(name, ())) for name in _TUPLES}))


def pieces(record: str) -> dict[str, str | int]:
    """Chroma's metadata for a record: one value, or several, of which all but the last end with a line feed (no record holds one)."""
    rest, cut = record.encode(), list[str]()
    while len(rest) > _LONGEST_VALUE:
        piece = rest[:_LONGEST_VALUE].decode(errors="ignore")  # leaves out a character that was cut in two
        rest = rest[len(piece.encode()) :]
        cut.append(piece + "\n")
    cut.append(rest.decode())
    return {f"record{number or ''}": piece for number, piece in enumerate(cut)}


def joined(metadata: Mapping[str, Any]) -> str:
    """The record that metadata hold; pieces of a longer one that was there before are not read."""
    cut = [str(metadata["record"])]
    while cut[-1].endswith("\n"):
        cut.append(str(metadata[f"record{len(cut)}"]))
    return "".join(cut).replace("\n", "")


def digest(record: str) -> str:
    """Equal for equal records, so for the same paper (the id is in it) in the same state."""
    return blake2b(record.encode(), digest_size=16).hexdigest()


def embedded_text(paper: Paper) -> str:
    """What a paper's vector is made of."""
    return f"{paper.title}. {paper.abstract}"


def updated(held: Paper, new: Paper) -> Paper:
    """A known paper met again: an edit replaces what it says, a copy only adds to it.

    It is an edit when it comes under an id of its own or from where the paper first came;
    the same title from elsewhere is a copy, of which the longer abstract wins.
    """
    both = merge(held, new)
    same = new.paper_id in (held.paper_id, *held.aliases) or held.paper_id in new.aliases
    named = same and new.paper_id != paper_id_for(new.title)
    if not named and new.sources[:1] != held.sources[:1]:
        return both
    given = {name: value for name, value in _known(new).items() if name not in ("paper_id", "sources", "aliases")}
    return replace(both, **given)
