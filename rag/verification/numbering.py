"""The markers of one answer: which papers a text cites, and the numbers under which they are shown."""

import re
from collections.abc import Sequence

_MARKER = re.compile(r"\[(\d+)\]")
_WRITTEN = re.compile(r"\^?[\[【]\s*\^?(\d{1,4}(?:\s*[,;–-]\s*\d{1,4})*)\s*(?:†[^\]】]{0,20})?[\]】]")
_BRACKETS = re.compile(r"\[([^\[\]]{0,80})\]")
_BEFORE_STOP = re.compile(r"\s{1,4}([.,;:!?])")


def markers(text: str) -> list[int]:
    """The numbers of the citation markers in a text, in order, repeats included."""
    return [int(number) for number in _MARKER.findall(text)]


def unmarked(text: str) -> str:
    """The text without its markers."""
    return _WRITTEN.sub("", text)


def unbracketed(text: str) -> str:
    """The text without anything in square brackets."""
    return _BRACKETS.sub("", unmarked(text))


def bare(text: str) -> str:
    """The sentence that the markers are about."""
    return _BEFORE_STOP.sub(r"\1", unmarked(text)).strip()


def _positions(written: str) -> list[int]:
    """`1, 3-5` -> [0, 2, 3, 4]: positions of the papers that a marker names."""
    found: list[int] = []
    for part in re.split(r"\s*[,;]\s*", written):
        ends = [int(n) for n in re.findall(r"\d+", part)]
        found += range(ends[0] - 1, min(ends[-1], ends[0] + 50)) if ends else []
    return found


def narrowed(text: str, held: Sequence[int]) -> str:
    """The text with those of its markers only that name these positions."""
    return _WRITTEN.sub(lambda match: "".join(f"[{p + 1}]" for p in _positions(match[1]) if p in held), text)


class Numbering:
    """Numbers the papers of one answer, from 1 in order of appearance; `count` of them may be cited."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.order: list[int] = []

    def cited(self, text: str) -> list[int]:
        """Positions of the papers that a text cites."""
        found = [position for match in _WRITTEN.finditer(text) for position in _positions(match[1])]
        return [position for position in dict.fromkeys(found) if 0 <= position < self._count]

    def number(self, position: int) -> int:
        """The number under which a paper is shown."""
        if position not in self.order:
            self.order.append(position)
        return self.order.index(position) + 1

    def shown(self, text: str) -> str:
        """The text with the numbers of this answer in place of the prompt's, and no other brackets."""

        def renumbered(match: re.Match[str]) -> str:
            valid = [p for p in dict.fromkeys(_positions(match[1])) if 0 <= p < self._count]
            return "".join(f"\x00{self.number(p)}\x01" for p in valid)

        text = _BRACKETS.sub(r"(\1)", _WRITTEN.sub(renumbered, text))
        text = _BEFORE_STOP.sub(r"\1", text.replace("\x00", "[").replace("\x01", "]"))
        text = re.sub(r"(?<=\d\]) +(?=\[\d)| (?= )", "", text)
        return re.sub(r"(\[\d+\])\1+", r"\1", text).strip()

    def row(self, row: str) -> str:
        """A table's row, cell by cell."""
        return "|".join(f" {self.shown(cell)} " if cell.strip() else cell for cell in row.split("|"))
