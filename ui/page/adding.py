"""Adding papers on the page: files that were dropped, ids and BibTeX that were pasted; progress, a report, and taking it back."""

import re
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from queue import SimpleQueue

from corpus import CorpusError, Paper
from corpus.gather import Item, gather
from rag import Assistant, PaperchatError, Report
from ui.mcp.adding import named

SHOWN_FAULTS = 20
MAX_TEXT = 4_000_000
_ENTRY = re.compile(r"@\s*\w+\s*[{(]")
_TOLD_AFTER = 1.0
"""Seconds after which the time left is told: sooner, it would be a guess."""


@dataclass(frozen=True, slots=True)
class Adding:
    """How far adding is: papers done, the share of the bytes read in [0, 1], seconds until now; at the end the report or the error.

    `added` are the ids of papers that were not held before: those that undoing removes.
    """

    done: int = 0
    share: float = 0.0
    seconds: float = 0.0
    faults: tuple[str, ...] = ()
    refused: int = 0
    report: Report | None = None
    error: str = ""
    added: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        return self.report is not None or bool(self.error)


def pasted(text: str, folder: Path) -> tuple[list[Item], list[str]]:
    """What a pasted text names: a file of its BibTeX, or its ids; and a line for each word that is neither."""
    if _ENTRY.search(text):
        file = folder / "pasted.bib"
        file.write_text(text[:MAX_TEXT], "utf-8")
        return [file], []
    refused: list[str] = []
    return list(named(text[:MAX_TEXT].replace(",", " ").split(), refused)), refused


def add(assistant: Assistant, files: Sequence[Path], text: str) -> Iterator[Adding]:
    """Add papers of files and of a pasted text, with the state as it advances; the last one has the report."""
    with tempfile.TemporaryDirectory() as folder:
        items, refused = pasted(text, Path(folder))
        states: SimpleQueue[Adding | None] = SimpleQueue()
        threading.Thread(target=_Work(assistant, [*files, *items], refused, states).run, daemon=True).start()
        while (state := states.get()) is not None:
            yield state


class _Work:
    """One adding, in a thread of its own."""

    def __init__(self, assistant: Assistant, items: Sequence[Item], faults: list[str], states: "SimpleQueue[Adding | None]") -> None:
        self._assistant, self._items, self._states = assistant, items, states
        self._faults = faults
        self._size = sum(item.stat().st_size for item in items if isinstance(item, Path) and item.is_file())
        self._read = self._done = 0
        self._began = time.monotonic()
        self._given: list[str] = []

    def run(self) -> None:
        try:
            self._states.put(Adding())
            held = self._assistant.index.lexical.ids()
            report = self._assistant.add(self._papers(), self._advance)
            self._faults += report.failed
            new = set(self._given) & (self._assistant.index.lexical.ids() - held)
            self._states.put(replace(self._state(), report=report, added=tuple(sorted(new))))
        except (PaperchatError, CorpusError) as error:
            self._states.put(replace(self._state(), error=str(error)))
        except Exception as error:
            told = f"an unexpected fault ({type(error).__name__}) while adding; what was added is kept"
            self._states.put(replace(self._state(), error=told))
        finally:
            self._states.put(None)

    def _papers(self) -> Iterator[Paper]:
        for paper in gather(self._items, lambda fault: self._faults.append(str(fault)), self._assistant.config.sites(), self._watch):
            self._given.append(paper.paper_id)
            yield paper

    def _watch(self, read: int) -> None:
        self._read += read

    def _advance(self, more: int) -> None:
        self._done += more
        self._states.put(self._state())

    def _state(self) -> Adding:
        share = min(self._read / self._size, 1.0) if self._size else 0.0
        return Adding(self._done, share, time.monotonic() - self._began, tuple(self._faults[:SHOWN_FAULTS]), len(self._faults))


# --- how it looks


def adding_html(state: Adding) -> str:
    """A bar with the papers done and the time left; then the report, with what was refused and why, and a way back."""
    if state.error:
        return f'<p class="pc-fault" role="alert">{escape(state.error)}.</p>{_refused(state)}'
    if state.report is None:
        value = f' value="{state.share:.3f}"' if state.share else ""
        told = f"{state.done:,} papers so far{_left(state)}" if state.done else "reading"
        return f'<p role="status" class="pc-progress"><progress aria-label="Adding papers"{value}></progress> {told} …</p>{_refused(state)}'
    report = state.report
    counts = ((report.added, "added"), (report.changed, "updated"), (report.unchanged, "already held"), (state.refused, "refused"))
    told = ", ".join(f"{count:,} {what}" for count, what in counts if count) or "Nothing was found in it"
    undo = '<button type="button" class="pc-link" data-action="undo">Undo</button>' if state.added else ""
    return f'<p class="pc-report" role="status">{told}. {undo}</p>{_refused(state)}'


def _left(state: Adding) -> str:
    if state.seconds < _TOLD_AFTER or not 0.02 < state.share < 1:
        return ""
    seconds = state.seconds * (1 - state.share) / state.share
    return f", {f'{seconds / 60:.0f} min' if seconds > 90 else f'{seconds:.0f} s'} left"


def _refused(state: Adding) -> str:
    if not state.faults:
        return ""
    faults = "".join(f"<li>{escape(fault)}</li>" for fault in state.faults)
    more = f"<li>… and {state.refused - len(state.faults):,} more</li>" if state.refused > len(state.faults) else ""
    return f'<h3>Refused</h3><ul class="pc-refused">{faults}{more}</ul>'
