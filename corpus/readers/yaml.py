"""CSL-YAML, as Better BibTeX and pandoc write it, and notes on a paper with fields in YAML at their head (Obsidian's)."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from corpus.paper import Paper
from corpus.readers.jsonl import papers_of_value
from corpus.readers.records import CorpusError, OnError
from corpus.readers.streams import Limits, Member, whole

_HEAD = re.compile(r"\s*---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_ABSTRACT = re.compile(r"^(?:#+\s*|>\s*\[!)(?:abstract|summary)\]?[+-]?.*\n((?:(?!#).*(?:\n|$))*)", re.IGNORECASE | re.MULTILINE)


def is_note(head: str) -> bool:
    """Whether a text begins with fields in YAML, a title among them."""
    found = _HEAD.match(head)
    return bool(found and re.search(r"^title\s*:", found[1], re.IGNORECASE | re.MULTILINE))


def read_note(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    """The paper of a note: the fields at its head, and what stands under "Abstract"."""
    text = whole(member, limits)
    if not (found := _HEAD.match(text)):
        raise CorpusError(member.source, 0, "no fields in YAML between two lines `---`")
    fields = _value(found[1], member)
    told = _ABSTRACT.search(text, found.end())
    under = "\n".join(line.lstrip("> ") for line in told[1].splitlines()) if told else ""
    yield from papers_of_value({"abstract": under} | fields if isinstance(fields, dict) else fields, member.source, on_error)


def read_yaml(member: Member, on_error: OnError, limits: Limits) -> Iterator[Paper]:
    """Papers of such a file, read whole. Raises CorpusError when it is no YAML."""
    yield from papers_of_value(_value(whole(member, limits), member), member.source, on_error)


def _value(text: str, member: Member) -> Any:
    import yaml

    try:
        return _Plain(len(text)).of(yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        raise CorpusError(member.source, where.line + 1 if where else 0, f"not YAML: {getattr(error, 'problem', None) or error}") from None


class _Plain:
    """Values as JSON has them: YAML makes dates of what looks like one. No more of them than the text has characters:
    it may name a part of itself again and again, so that some lines stand for more than any memory holds."""

    def __init__(self, length: int) -> None:
        self._left = length + 1_000

    def of(self, value: Any, depth: int = 0) -> Any:
        """The value. Raises ValueError where there are too many."""
        self._left -= 1
        if self._left < 0:
            raise ValueError("it repeats parts of itself (&, *) too often")
        if depth > 12:
            return None
        if isinstance(value, dict):
            return {str(name): self.of(item, depth + 1) for name, item in value.items()}
        if isinstance(value, list):
            return [self.of(item, depth + 1) for item in value]
        return value.isoformat() if isinstance(value, date) else value
