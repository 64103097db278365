"""A streamed text cut into units that can be checked: sentences, list items, headings, table rows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from html import unescape

from rag.text import visible
from rag.verification.remarks import answers
from rag.verification.written import canonical, undecided

MAX_UNIT = 2_000
"""Characters without an end of sentence or line after which a text is taken for nonsense."""

_ITEM = re.compile(r"^(\s*)(?:[-*•+–]|\d{1,3}[.)]|\\item)\s+")
_HEADING = re.compile(r"^\s*#{1,6}\s+|^\s*\*\*[^*]+\*\*:?\s*$|^\s*\*\*[^*]+:\*\*\s*$|:\s*$")
_HEAD = re.compile(r"^\s*\*\*[^*\n]{1,300}\*\*[:.,]?\s*")
_END = re.compile(r"([.!?][\"')\]*”’]*(?:\s*\^?\[[\d,;\s–-]{1,40}\])*[.;]?)\s+(?=[\"'(*“‘]*[A-Z0-9À-Þ])")
_ABBREVIATED = re.compile(r"(?:\b(?:e\.g|i\.e|et al|vs|cf|resp|w\.r\.t|approx|Figs?|Eqs?|Sec|Tab|Dr|Prof|No)|(?:^|\s)[A-Z])\.$")

_IMAGE_OR_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\s*(?:\([^)\n]*\)?|\[[^\]\n]{0,100}\])")
_MARKER_ONLY = re.compile(r"\s*\^?\d+(?:\s*[,;–-]\s*\d+)*\s*")
_TAG = re.compile(r"<[/!?a-zA-Z@#][^<>]{0,500}>?")
_EMPHASIS = re.compile(r"(?<!\*)\*(?!\*)|(?<!\w)_{1,2}(?=\w)|(?<=\w)_{1,2}(?!\w)|~~|`+")


def _is_rule(line: str) -> bool:
    """Whether a stripped line only separates: `---`, `***`, a fence, the line under a table's head, "Final answer:"."""
    if line.startswith(("```", "~~~", "\\begin{", "\\end{")) or answers(line) or ("-" in line and not set(line) - set("-:| \t")):
        return True
    return len(line) >= 3 and len(set(line)) == 1 and line[0] in "*_"


class Form(StrEnum):
    """What a unit is on the page."""

    SENTENCE = "sentence"
    HEADING = "heading"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit. `head` is an item's bold beginning; `opens` marks the first unit of its line, `item` a list's."""

    form: Form
    text: str
    head: str = ""
    opens: bool = True
    item: bool = False
    paragraph: bool = False


def plain(text: str) -> str:
    """The text without links, images, HTML, code and hidden characters; `**` and markers stay."""

    def words(match: re.Match[str]) -> str:
        if not _MARKER_ONLY.fullmatch(match.group(1)):
            return match.group(1)
        return f"[{match.group(1)}]" if "(" in match.group(0) else match.group(0)

    text = visible(unescape(text))
    text = _TAG.sub(" ", _IMAGE_OR_LINK.sub(words, text))
    text = _EMPHASIS.sub("", text).replace("](", "] (")
    text = re.sub(r"<(?![\s\d=])", "‹", text)
    return re.sub(r"[ \t]+", " ", text).strip()


class Units:
    """Takes pieces of text, gives the units that are complete. `count` papers may be cited."""

    def __init__(self, count: int = 0) -> None:
        self._count = count
        self._line = self._tail = ""
        self._paragraph = False
        self._begin_line()

    def _begin_line(self) -> None:
        self._opened, self._item, self._head, self._first = False, False, "", True

    @property
    def endless(self) -> bool:
        """Whether the text goes on without an end of sentence or line."""
        return len(self._line) + len(self._tail) > MAX_UNIT

    def feed(self, piece: str) -> Iterator[Unit]:
        """The units that this piece completes. A line that goes on without an end is not read any further."""
        piece = piece.replace("\r", "")
        for start in range(0, len(piece), MAX_UNIT):
            if self.endless:
                return
            yield from self._feed(piece[start : start + MAX_UNIT])

    def _feed(self, piece: str) -> Iterator[Unit]:
        self._line, self._tail = self._line + self._tail + piece, ""
        while "\n" in self._line:
            self._line, rest = self._line.split("\n", 1)
            blank = not self._line.strip() and not self._opened
            yield from self.close()
            self._line, self._paragraph = rest, self._paragraph or blank
        place = undecided(self._line)
        self._line, self._tail = canonical(self._line[:place], self._count), self._line[place:]
        if self._opened or self._open():
            yield from self._sentences()

    def close(self) -> Iterator[Unit]:
        """What is left at the end of a line, or of the text."""
        self._line, self._tail = canonical(self._line + self._tail, self._count), ""
        if not self._opened:
            yield from self._special()
            self._open(whole=True)
        yield from self._sentences()
        if self._line.strip() or self._head:
            yield self._unit(self._line)
        self._line = ""
        self._begin_line()

    def _special(self) -> Iterator[Unit]:
        """A whole line that is no prose is taken here: a row, a heading; a rule or a fence goes."""
        line = self._line.strip().removeprefix(">").strip()
        if _is_rule(line):
            self._line = ""
        elif line.startswith("|"):
            self._line = ""
            yield Unit(Form.ROW, line)
        elif line and not _ITEM.match(line) and _HEADING.search(line):
            self._line = ""
            yield Unit(Form.HEADING, line.lstrip("# "))

    def _open(self, *, whole: bool = False) -> bool:
        """Open the line once it is clear what it is: its item's mark and bold beginning are set aside."""
        line = self._line.lstrip().removeprefix("> ")
        if not whole and (len(line) < 4 or line[0] in "|#>`\\"):
            return False
        item = _ITEM.match(line)
        rest = line[item.end() :] if item else line
        if rest.startswith("**"):
            head = _HEAD.match(rest)
            if not whole and (not head or head.end() == len(rest)):
                return False
            if head:
                self._head, rest = head.group(0).strip(), rest[head.end() :]
        self._item, self._line, self._opened = bool(item), rest, True
        return True

    def _sentences(self) -> Iterator[Unit]:
        """The sentences of the line after which another begins."""
        start = 0
        while match := _END.search(self._line, start):
            if _ABBREVIATED.search(self._line[: match.start() + 1]):
                start = match.end(1)
                continue
            sentence, self._line, start = self._line[: match.end(1)], self._line[match.end() :], 0
            yield self._unit(sentence)

    def _unit(self, sentence: str) -> Unit:
        unit = Unit(Form.SENTENCE, sentence.strip(), self._head, self._first, self._item, self._paragraph)
        self._head, self._first, self._paragraph = "", False, False
        return unit
