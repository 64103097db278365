"""The corpus tab: adding papers, the table with its filters, and the paper that was chosen."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from corpus import Paper
from rag import Assistant, PaperchatError
from rag.filters import first_day
from ui.page.adding import add, adding_html
from ui.page.corpus import MAX_PAGES, ORDERS, View, table_html
from ui.page.handlers import given_filters, whole
from ui.page.paper import NO_PAPER, paper_html
from ui.page.parts import Shared, brand, drawn, filter_controls, named, said
from ui.topics import Cartographer

_KINDS = [".txt", ".jsonl", ".json", ".ndjson", ".gz", ".zip", ".csv", ".tsv", ".bib", ".ris", ".nbib", ".enw", ".xml", ".pdf", ".md"]
_PASTE = "2406.01234, https://arxiv.org/abs/2406.01234, or BibTeX entries"
_ALL = "All topics"
_MOST = 500
"""Papers of one topic in a corpus that is too large to be on the map whole: those nearest to the topic's middle."""


class CorpusTab:
    """Holds components, no user's values."""

    def __init__(self, edits: bool, opened: Callable[[], Assistant], cartographer: Cartographer) -> None:
        self.opened, self.edits, self.cartographer = opened, edits, cartographer
        self.view = gr.State(View())
        self.undoing = gr.State()

    # --- layout

    def lay_out(self) -> None:
        with gr.Tab("Corpus", id="corpus") as self.tab:
            if self.edits:
                self._adding()
            with gr.Row(elem_id="pc-find"):
                self.words = gr.Textbox(label="Search titles and abstracts", placeholder="all these words", max_lines=1, scale=3)
                self.topic = gr.Dropdown([_ALL], value=_ALL, label="Topic", min_width=150, scale=1, allow_custom_value=True)
                self.controls = filter_controls()
            self.fault = drawn("pc-date-fault")
            with gr.Row(elem_id="pc-corpus", equal_height=False):
                with gr.Column(scale=3, min_width=320):
                    self.table = drawn("pc-table")
                with gr.Column(scale=2, min_width=320):
                    self.paper = drawn("pc-paper", NO_PAPER)

    def _adding(self) -> None:
        with gr.Column(elem_id="pc-add"):
            gr.HTML('<h2 class="pc-section">Add papers</h2>', apply_default_css=False)
            with gr.Row(equal_height=True):
                self.upload = gr.File(
                    label="Files", show_label=False, file_count="multiple", file_types=_KINDS, height=112, elem_id="pc-drop"
                )
                self.pasted = gr.Textbox(
                    label="arXiv ids, DOIs, addresses, or BibTeX", placeholder=_PASTE,
                    lines=3, max_lines=3, elem_id="pc-pasted",
                )  # fmt: skip
                self.add = gr.Button("Add", variant="primary", elem_id="pc-add-button", scale=0, min_width=90)
            self.report = drawn("pc-report")

    # --- events

    def wire(self, page: gr.Blocks, shared: Shared, quiet: dict[str, Any]) -> None:
        """`shared` are the parts of the page that events here change or read, too."""
        self.shared = shared
        controls = [self.words, self.topic, *self.controls.values()]
        found: dict[str, Any] = {
            "fn": self.on_find,
            "inputs": [self.view, *controls],
            "outputs": [self.table, self.view, self.fault],
            **quiet,
        }
        for control in controls:
            control.change(trigger_mode="always_last", **found)
        self.tab.select(**found).then(self.on_topics, None, [self.topic, self.controls["organisation"]], **quiet)
        self.table.act(self.on_table, [self.view], [self.table, self.view], **quiet)
        page.load(self.on_count, None, [shared.header], **quiet)
        if self.edits:
            once = {**quiet, "concurrency_limit": 1}
            done = [self.report, self.upload, self.pasted, self.undoing]
            for run in (
                self.add.click(self.on_add, [self.upload, self.pasted], done, **once),
                self.report.act(self.on_undo, [self.undoing], [self.report, self.undoing], **once),
            ):
                run.then(**found).then(self.on_count, None, [shared.header], **quiet)

    def on_count(self) -> str:
        return brand(len(self.opened().index))

    def on_find(self, view: View, words: str, topic: str | None, *values: str | None) -> tuple[Any, Any, str]:
        """The table for what the controls say; a wrong date is told beside them, and the table stays."""
        given = named(self.controls, values)
        if fault := date_fault(given.get("since"), given.get("until")):
            return gr.skip(), gr.skip(), fault
        order = "best" if words and not view.words else "newest" if view.words and not words else view.order
        view = View(words or "", given_filters(given), order, 0, self._within(topic))
        return self._table(view), view, ""

    def _within(self, topic: str | None) -> tuple[str, ...] | None:
        """Ids of the papers on a topic; None for all."""
        atlas = self.cartographer.atlas(self.opened()) if topic and topic != _ALL else None
        if atlas is None or topic not in atlas.labels:
            return None
        members = atlas.members(atlas.labels.index(topic))
        if len(atlas.ids) == atlas.held:
            return tuple(members)
        index = self.opened().index
        middle = np.mean(list(index.vectors(members).values()), axis=0)
        return tuple(paper_id for paper_id, _ in index.nearest(middle, _MOST))

    def _table(self, view: View) -> str:
        try:
            return table_html(self.opened(), view)
        except PaperchatError as error:
            return f'<p class="pc-fault" role="alert">{escape(str(error))}.</p>'

    def on_topics(self) -> tuple[Any, Any]:
        atlas = self.cartographer.atlas(self.opened())
        topics = gr.update(choices=[_ALL, *sorted(label for _, label, _ in atlas.topics())])
        return topics, gr.update(choices=self.opened().index.lexical.organisations())

    def on_table(self, view: View, event: gr.EventData) -> tuple[Any, Any]:
        """Turn the page, or sort by a column."""
        data = said(event)
        if data.get("action") == "sort" and data.get("order") in ORDERS:
            view = replace(view, order=data["order"], page=0)
        elif data.get("action") == "page":
            view = replace(view, page=min(max(whole(data, "page", 0), 0), MAX_PAGES - 1))
        return self._table(view), view

    def show(self, paper_id: str) -> dict[Any, Any]:
        """A paper, beside the table."""
        return {self.shared.tabs: gr.Tabs(selected="corpus"), self.paper: paper_html(self.opened(), paper_id)}

    def show_topic(self, number: int) -> dict[Any, Any]:
        """A topic's papers in the table."""
        labels = self.cartographer.atlas(self.opened()).labels
        if not 0 <= number < len(labels):
            return {}
        view = View(within=self._within(labels[number]))
        chosen = gr.update(value=labels[number], choices=[_ALL, *sorted(label for label in labels if label)])
        return {self.shared.tabs: gr.Tabs(selected="corpus"), self.topic: chosen, self.table: self._table(view), self.view: view}

    # --- adding, removing, and taking either back

    def on_add(self, files: list[str] | None, pasted: str | None) -> Iterator[tuple[Any, ...]]:
        pasted = pasted or ""
        if not files and not pasted.strip():
            yield (
                '<p class="pc-note" role="status">Drop files, or paste ids or BibTeX, then press Add.</p>',
                gr.skip(),
                gr.skip(),
                gr.skip(),
            )
            return
        paths = [Path(name) for name in files or ()]
        try:
            for state in add(self.opened(), paths, pasted):
                done = state.report is not None
                undo = ("added", state.added) if done else gr.skip()
                yield adding_html(state), None if state.ended else gr.skip(), "" if done else gr.skip(), undo
        finally:
            for path in paths:
                path.unlink(missing_ok=True)

    def remove(self, ids: Sequence[str], view: View) -> dict[Any, Any]:
        """Take papers out; they are kept until the next change, so that it can be undone."""
        if not self.edits:
            return {}
        papers = self.opened().index.papers(ids)
        count = self.opened().index.remove([paper.paper_id for paper in papers])
        report = f'<p class="pc-report" role="status">{count:,} removed. {_UNDO}</p>'
        held = self.on_count()
        return {self.report: report, self.undoing: ("removed", tuple(papers)), self.table: self._table(view), self.shared.header: held}

    def on_undo(self, undoing: tuple[str, tuple[Any, ...]] | None) -> tuple[str, None]:
        """Take out what was added last, or put back what was removed."""
        if not undoing:
            return '<p class="pc-note" role="status">There is nothing to undo.</p>', None
        kind, what = undoing
        if kind == "removed":
            papers: list[Paper] = list(what)
            count = self.opened().add(papers).added
            return f'<p class="pc-report" role="status">{count:,} put back.</p>', None
        count = self.opened().index.remove(what)
        return f'<p class="pc-report" role="status">Undone: {count:,} taken out again.</p>', None


_UNDO = '<button type="button" class="pc-link" data-action="undo">Undo</button>'


def date_fault(since: str | None, until: str | None) -> str:
    """What is wrong with the dates, as HTML; empty when nothing is."""
    for label, date in (("From", since), ("Until", until)):
        try:
            if date and date.strip():
                first_day(date.strip())
        except PaperchatError as error:
            return f'<p class="pc-fault" role="alert">{label}: {escape(str(error))}.</p>'
    return ""
