"""Structured replies that are no JSON: YAML, and Markdown tables."""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

_IN_YAML = re.compile(r"\s*$|\s|-|\w+:")
_CELL = re.compile(r"(?<!\\)\|")


def other_forms(text: str, names: Sequence[str]) -> Iterator[Any]:
    """What a text holds in YAML that begins with one of the names, and the rows of its table."""
    yield from _yaml(text, names)
    yield from _table(text)


def _yaml(text: str, names: Sequence[str]) -> Iterator[Any]:
    begin = re.search(rf"^(?:- )?(?:{'|'.join(map(re.escape, names))}):(?:\s|$)", text, re.MULTILINE | re.IGNORECASE)
    if not begin or re.search(r"(?:^|\s)[&*!]\w", text):  # anchors and tags: nothing that is asked for has any
        return
    import yaml

    lines = takewhile(_IN_YAML.match, text[begin.start() :].splitlines())  # and no prose that follows
    try:
        yield yaml.safe_load("\n".join(lines))
    except (yaml.YAMLError, ValueError, RecursionError):
        return


def _table(text: str) -> Iterator[list[dict[str, str]]]:
    lines = [line.strip().removeprefix("|").removesuffix("|") for line in text.splitlines() if line.count("|") >= 2]
    rows = [[cell.strip(" *`") for cell in _CELL.split(line)] for line in lines if line.strip("-:| ")]
    if len(rows) > 1:
        yield [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if len(row) == len(rows[0])]
