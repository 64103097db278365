"""A text that lists papers by their arXiv ids, DOIs or addresses: one a line, or as links of a Markdown note."""

import re
from dataclasses import dataclass
from pathlib import Path

from corpus.readers.detect import is_known
from corpus.readers.ids import arxiv_id, doi

_SUFFIXES = {"", ".txt", ".md", ".markdown", ".list", ".ids", ".urls"}
_NOTES = {".md", ".markdown"}
_LONGEST = 4 * 1024**2
_AROUND = re.compile(r"[\s<>\[\]|\"'`{}]+|[()](?=\S*[()\s]|$)|\]\(")
_NAMED = re.compile(r"arxiv|doi|huggingface\.co/papers|^10\.\d{4}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a text lists: ids, each once and in order, and the lines in which there is none, with their numbers."""

    ids: tuple[str, ...]
    others: tuple[tuple[int, str], ...]


def listed(path: Path) -> Listed | None:
    """The papers that a file lists; None when it is not such a list, or may be of another kind."""
    if path.suffix.lower() not in _SUFFIXES or not path.is_file() or path.stat().st_size > _LONGEST:
        return None
    data = path.read_bytes()
    return None if b"\0" in data or is_known(path) else listed_in(data.decode(errors="replace"), path.suffix.lower() in _NOTES)


def listed_in(text: str, note: bool = False) -> Listed | None:
    """The papers that a text lists. In a note they may stand anywhere; any other list has one in most of its lines."""
    found, others, lines = dict[str, None](), list[tuple[int, str]](), 0
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        line = line.strip()
        if not line or (not note and line.startswith(("#", "//", "%"))):
            continue
        ids = _ids(line, note)
        lines += 1
        found |= dict.fromkeys(ids)
        if not ids and not note:
            others.append((number, line))
    return Listed(tuple(found), tuple(others)) if found and (note or 2 * len(others) <= lines) else None


def _ids(line: str, note: bool) -> list[str]:
    words = [word.strip(".,;:()") for word in _AROUND.split(line)]
    named = [word for word in words if word and (not note or _NAMED.search(word))]
    return [found for word in named if (found := arxiv_id(word) or doi(word))]
