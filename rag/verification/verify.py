"""Checks on an answer before it is shown, unit by unit as it streams: markers, numbers, names, words.

A unit is shown as it is, with the citation that does support it, repaired by the model once,
or not at all. Whatever the model writes, what is shown holds paragraphs, lists, tables and
bold only, and every claim in it cites a paper that was judged relevant.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from rag.answer import Checks, Citation
from rag.relevance import Verdict
from rag.text import content_words, trusted
from rag.verification.beside import beside_loosely
from rag.verification.figures import numbers
from rag.verification.numbering import Numbering, bare, narrowed, unbracketed, unmarked
from rag.verification.remarks import harmless, is_remark
from rag.verification.stream import MAX_UNIT, Form, Unit, Units, plain
from rag.verification.support import Support
from rag.verification.written import canonical, renamed

_REPEATS, _LOSSES = 4, 12
"""Repeated units, and units dropped in a row, after which the model is not listened to any more."""

_BREAK = "**Other papers**"
"""In place of a heading that may not be shown."""

Repair = Callable[[str, str, Sequence[int]], str | None]
"""(sentence, what is wrong, positions of the papers that it cites) -> a better sentence, or None."""


class Verifier:
    """Takes the model's text piece by piece, gives the text to show. Serves one answer.

    `verdicts` are the papers that may be cited, by position as the prompt numbered them from 1; `told` is
    what a model said of sentences (in `claims` of an earlier reading): whether their papers support them.
    """

    def __init__(self, verdicts: Sequence[Verdict], support: Support, repair: Repair, told: Mapping[str, bool] | None = None) -> None:
        self._verdicts, self._support, self._repair = verdicts, support, repair
        self._told = told or {}
        self.claims: dict[str, list[int]] = {}
        """Sentences that a model may be asked about, with the positions of the papers that they cite: those that are not copied."""
        self._numbering = Numbering(len(verdicts))
        self._titles = [verdict.paper.title if harmless(verdict.paper.title) else "this paper" for verdict in verdicts]
        self._units = Units(len(verdicts))
        self._seen: set[str] = set()
        self._kept = self._repaired = self._dropped = 0
        self._repeats = self._losses = 0
        self._lead = self._heading = self._header = ""
        self._columns: list[list[int]] = []
        self._last: Form | None = None
        self._line_shown = self._in_list = False
        self._emptied = self._headed = False
        self.text = ""

    @property
    def order(self) -> list[int]:
        """Positions of the papers cited, in order of appearance."""
        return self._numbering.order

    @property
    def checks(self) -> Checks:
        return Checks(self._kept, self._repaired, self._dropped)

    @property
    def hopeless(self) -> bool:
        """Whether going on reading is no use: nonsense, or the same over and over."""
        return self._units.endless or self._repeats >= _REPEATS or self._losses >= _LOSSES

    def feed(self, piece: str) -> Iterator[str]:
        """Text to show, joined to what was shown before."""
        for unit in self._units.feed(piece):
            yield from self._unit(unit)

    def close(self) -> Iterator[str]:
        """What the end of the model's text completes."""
        if not self._units.endless:
            for unit in self._units.close():
                yield from self._unit(unit)

    def abandon(self) -> None:
        """Forget the unit that the model has begun and did not end."""
        self._units = Units(len(self._verdicts))

    def own(self, parts: Sequence[str | int], *, item: bool = False) -> str:
        """A paragraph or an item of ours after the model's text; a position in it becomes its marker."""
        text = "".join(part if isinstance(part, str) else f"[{self._numbering.number(part)}]" for part in parts)
        self._line_shown, self._lead, self._heading = False, "", ""
        separator = self._separator(Unit(Form.SENTENCE, "", item=item))
        self._in_list, self._last = item, Form.SENTENCE
        return self._show(separator + text)

    def citations(self) -> tuple[Citation, ...]:
        """The papers cited, in order of appearance, with the quote by which each was judged."""
        cited = [self._verdicts[position] for position in self.order]
        return tuple(Citation(n, verdict.paper, verdict.quote, verdict.relevance) for n, verdict in enumerate(cited, 1))

    # --- units

    def _unit(self, unit: Unit) -> Iterator[str]:
        if self.hopeless:
            return
        unit = replace(unit, text=self._read(unit.text), head=self._read(unit.head))
        if unit.form is Form.ROW:
            yield from self._row(unit.text)
            return
        self._header = ""
        # A lead-in that streams in piece by piece is told by its end only; it cites nothing itself.
        leads = unit.text.endswith(":") and not (unit.item or unit.head or self._numbering.cited(unit.text))
        if unit.form is Form.HEADING or leads:
            self._hold(unit.text)
            return
        if unit.opens:
            self._line_shown = False
            if self._emptied and not unit.item:
                # The list under a heading is over, and nothing of it was shown.
                self._lead = self._heading = ""
            self._emptied &= unit.item
        text = self._checked(f"{unit.head} {unit.text}".strip(), unit.head)
        if text:
            yield self._show(self._separator(unit) + self._numbering.shown(text))
            self._line_shown, self._in_list, self._last = True, unit.item, Form.SENTENCE
        else:
            self._emptied |= unit.item

    def _read(self, text: str) -> str:
        """The text with its markers in one form, and titles in place of the prompt's numbers."""
        count = len(self._verdicts)
        return renamed(beside_loosely(canonical(text, count), count, self._support.knows), self._titles)

    def _hold(self, text: str) -> None:
        """Keep a heading or a lead-in until something under it is shown."""
        label, lead = (
            unbracketed(plain(text)).replace("**", "").strip(),
            text.rstrip().endswith(":") and not text.lstrip().startswith(("*", "#")),
        )
        self._emptied = False
        if not (harmless(label) and self._support.heading(label.rstrip(":"))):
            # Its items must not stand under the heading before.
            self._dropped += 1
            self._lead, self._heading = "", _BREAK if self._headed else ""
        elif lead:
            self._lead = label
        else:
            self._heading = f"**{label.rstrip(':')}**"

    def _separator(self, unit: Unit) -> str:
        if self._line_shown:
            return " "
        mark = "- " if unit.item else ""
        if self._lead or self._heading:
            return self._released() + mark
        if not self.text:
            return mark
        return f"\n{mark}" if unit.item and self._in_list and self._last is Form.SENTENCE else f"\n\n{mark}"

    def _released(self) -> str:
        held = [text for text in (self._lead, self._heading) if text]
        self._headed |= bool(self._heading)
        self._lead = self._heading = ""
        return ("\n\n" if self.text else "") + "".join(f"{text}\n\n" for text in held)

    def _show(self, text: str) -> str:
        self.text += text
        return text

    # --- a sentence

    def _checked(self, raw: str, head: str = "") -> str | None:
        """The sentence as it may be shown, markers by position still; None when it may not. `head` is its bold beginning."""
        text = plain(raw[:MAX_UNIT]).replace("|", "¦")
        if not re.search(r"\w", unmarked(text)):
            return None
        if self._repeated(text) or self._remark(text):
            self._dropped += 1
            return None
        if not (fault := self._fault(text)):
            return self._told_of(text)
        if better := self._narrowed(text) or self._recited(text):
            return self._told_of(better, repaired=True)
        if self._support.paraphrases(bare(text), self._numbering.cited(text)):
            self.claims[text] = self._numbering.cited(text)
            if self._told.get(text):
                return self._passed(text)
        if better := self._rewritten(text, fault, plain(head)):
            return self._passed(better, repaired=True)
        self._dropped, self._losses = self._dropped + 1, self._losses + (text not in self.claims)
        return None

    def _told_of(self, text: str, *, repaired: bool = False) -> str | None:
        """A sentence that the rules pass, unless a model denied that its papers say it."""
        if not self._support.copied(bare(text), self._numbering.cited(text)):
            self.claims[text] = self._numbering.cited(text)
        if self._told.get(text, True):
            return self._passed(text, repaired=repaired)
        self._dropped += 1
        return None

    def _passed(self, text: str, *, repaired: bool = False) -> str:
        self._losses = 0
        if repaired:
            self._repaired += 1
        else:
            self._kept += 1
        return text

    def _repeated(self, text: str) -> bool:
        key = " ".join(re.findall(r"\w+", unmarked(text).lower()))
        if key in self._seen:
            self._repeats += 1
            return True
        self._seen.add(key)
        return False

    def _remark(self, text: str) -> bool:
        """Whether a sentence is talk, and no claim that a citation could be for."""
        sentence, cited = bare(text), self._numbering.cited(text) or range(len(self._verdicts))
        evidence = " ".join(f"{self._verdicts[p].paper.title} {trusted(self._verdicts[p].paper.abstract)}" for p in cited)
        return is_remark(sentence, len(set(content_words(sentence))), evidence)

    def _fault(self, text: str) -> str:
        return self._support.fault(bare(text), self._numbering.cited(text))

    def _narrowed(self, text: str) -> str | None:
        """The sentence with those of its several markers that are of papers which say a part of it."""
        sentence, cited = bare(text), self._numbering.cited(text)
        held = self._support.bearing(sentence, cited) if len(cited) > 1 else []
        if not held or len(held) == len(cited) or self._support.fault(sentence, held):
            return None
        return narrowed(text, held)

    def _recited(self, text: str) -> str | None:
        """The sentence with the marker of the paper that does support it, or with those of the papers that do so together."""
        sentence = bare(text)
        position = self._support.supporting(sentence)
        held = [position] if position is not None else self._support.joint(sentence)
        return f"{sentence} {''.join(f'[{p + 1}]' for p in held)}" if held else None

    def _rewritten(self, text: str, fault: str, head: str) -> str | None:
        """The sentence repaired by the model, when that passes; a remark that states no fact is not worth a call."""
        cited = self._numbering.cited(text)
        if not cited and not numbers(text):
            return None
        better = self._repair(bare(text), fault, cited)
        better = plain(self._read(" ".join(better.split()))).replace("|", "¦") if better else ""
        if not better or self._fault(better) or self._remark(better) or self._repeated(better):
            return None
        headed = f"{head} {better}"
        return better if not head or head in better or self._fault(headed) else headed

    # --- a table

    def _row(self, line: str) -> Iterator[str]:
        cells = [plain(cell) for cell in line[:MAX_UNIT].strip().strip("|").split("|")]
        if not self._header:
            self._columns = [self._numbering.cited(cell) for cell in cells]
            self._header = "|".join(["", *(self._label(cell) for cell in cells), ""])
            return
        width = len(self._columns)
        cells = (cells + [""] * width)[:width]
        rows = self._numbering.cited(cells[0])
        checked = [self._cell(cell, self._columns[i] or rows) for i, cell in enumerate(cells) if i]
        if not any(checked):
            return
        head = ""
        if self._last is not Form.ROW:
            released = self._released() if self._lead or self._heading else "\n\n" if self.text else ""
            head = f"{released}{self._numbering.row(self._header)}\n|{' --- |' * width}"
        shown = "|".join(["", *(f" {cell or '–'} " for cell in [self._label(cells[0]).strip(), *checked]), ""])
        yield self._show(f"{head}\n{self._numbering.row(shown)}")
        self._last, self._in_list, self._line_shown = Form.ROW, False, False

    def _label(self, cell: str) -> str:
        """A header's or a row's name, when it says nothing that question and papers do not."""
        label = bare(cell).replace("**", "")
        marks = "".join(f"[{position + 1}]" for position in self._numbering.cited(cell))
        if label and not (harmless(label) and self._support.heading(label)):
            label, self._dropped = "", self._dropped + 1
        return f" {label} {marks} "

    def _cell(self, cell: str, implied: Sequence[int]) -> str:
        """A table's cell with its marker, or nothing when no paper supports it."""
        said = bare(cell)
        if not re.search(r"\w", said):
            return ""
        cited = self._numbering.cited(cell) or list(implied)
        if not self._support.fault(said, cited):
            self._kept += 1
            own = self._numbering.cited(cell) or (cited if numbers(said) else [])
            return f"{said} {''.join(f'[{position + 1}]' for position in own)}".strip()
        if (position := self._support.supporting(said)) is not None:
            self._repaired += 1
            return f"{said} [{position + 1}]"
        self._dropped += 1
        return ""
