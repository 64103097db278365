"""Where the entries of a BibTeX file begin and end, streamed; nothing between them is lost without a word.

An entry may share its line with others, follow a comment, or hold an `@` at a line's start: it ends
where its braces close. One whose braces never close ends where the next plainly begins.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.readers.records import CorpusError, OnError
from corpus.readers.streams import Limits, Member, text_lines

_BEGINS = re.compile(r"(?<![\w.])@\s*([A-Za-z]+)\s*([{(])")
_BRACE = re.compile(r"(?<!\\)[{}()]")
_PLAINLY = re.compile(
    r"\s*@\s*(?!string|comment|preamble)[A-Za-z]+\s*[{(]\s{0,9}[^\s,{}\"=()]{0,200}\s{0,9},?\s{0,9}(?:$|\w+\s*=)", re.IGNORECASE
)
_AHEAD_LINES, _AHEAD_STARTS = 4_000, 12
"""How far is looked for the end of an entry that seems to hold the beginning of another."""

Line = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Block:
    """One entry as it stands in the file, its kind in lower case, and the line at which it begins."""

    line: int
    kind: str
    text: str
    whole: bool


class _Lines:
    """Numbered lines that can be put back."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines, self._back = lines, deque[Line]()

    def next(self) -> Line | None:
        return self._back.popleft() if self._back else next(self._lines, None)

    def put_back(self, lines: list[Line]) -> None:
        self._back.extendleft(reversed(lines))


def blocks(member: Member, on_error: OnError, limits: Limits) -> Iterator[Block]:
    """Entries, `@string` and `@comment` among them; what stands between them is a comment in BibTeX."""
    lines = _Lines(text_lines(member, on_error, limits))
    while line := lines.next():
        number, text = line
        begins = _BEGINS.search(text)
        if not begins:
            continue
        block = _block(lines, number, text[begins.start() :], begins, limits)
        if block is None:
            on_error(CorpusError(member.source, number, f"the entry is longer than {limits.record:,} bytes"))
        else:
            yield block


def _block(lines: _Lines, number: int, text: str, begins: re.Match[str], limits: Limits) -> Block | None:
    """The entry that begins with this text, lines taken as needed; None for one that is too long."""
    kind, closing = begins[1].lower(), "}" if begins[2] == "{" else ")"
    held, depth, size, starts, first_start = [(number, text)], 0, 0, 0, 0
    at = begins.end() - begins.start() - 1
    while True:
        depth, end = _scan(held[-1][1], at, depth, closing)
        if end is not None:
            last_number, last = held[-1]
            if rest := last[end:].strip():
                lines.put_back([(last_number, last[end:])] if "@" in rest else [])
            return Block(number, kind, "".join([line for _, line in held[:-1]] + [last[:end]]), True)
        size, at = size + len(held[-1][1]), 0
        line = lines.next() if size <= limits.record else None
        if line and depth >= 1 and _PLAINLY.match(line[1]):
            starts, first_start = starts + 1, first_start or len(held)
            if depth == 1 or starts > _AHEAD_STARTS:
                return _cut(lines, [*held, line], first_start, kind)
        if line is None or (first_start and len(held) - first_start > _AHEAD_LINES):
            if first_start:
                return _cut(lines, [*held, *([line] if line else [])], first_start, kind)
            return Block(number, kind, "".join(line for _, line in held), False) if size <= limits.record else None
        held.append(line)


def _cut(lines: _Lines, held: list[Line], at: int, kind: str) -> Block:
    """The entry ends before the line at which another plainly begins."""
    lines.put_back(held[at:])
    return Block(held[0][0], kind, "".join(line for _, line in held[:at]), False)


def _scan(text: str, at: int, depth: int, closing: str) -> tuple[int, int | None]:
    """The depth of braces after a line, and where the entry ends in it."""
    for sign in _BRACE.finditer(text, at):
        if sign.group() == "{" or (sign.group() == "(" and depth == 0):
            depth += 1
        elif sign.group() == "}" or (closing == ")" and sign.group() == ")" and depth == 1):
            depth -= 1
            if depth <= 0:
                return 0, sign.end()
    return depth, None
