"""The tabs beside the chat, corpus and pictures: their layout and which event calls what."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from rag import Assistant, PaperchatError
from ui.page.corpus import MAX_PAGES, ORDERS, View, add_files, adding_html, paper_html, table_html
from ui.page.handlers import MAX_QUESTION, given_filters
from ui.page.map import Cartographer, by_year, map_html, time_html
from ui.page.turn import memory_of

_MOUNT = "window.Paperchat.mount(element, trigger, props, watch, ['act', 'look', 'rate'])"
_KINDS = [".txt", ".jsonl", ".json", ".ndjson", ".gz", ".zip", ".csv", ".tsv", ".bib", ".ris"]


def drawn(name: str, value: str = "") -> Any:
    """A part that the server draws; its buttons report as the events `act`, `look` and `rate`."""
    return gr.HTML(value, elem_id=name, js_on_load=_MOUNT, apply_default_css=False, padding=False)


def filter_controls() -> list[Any]:
    dates: dict[str, Any] = {"placeholder": "YYYY-MM-DD", "max_lines": 1, "max_length": 10, "min_width": 110}
    return [
        gr.Textbox(label="From", **dates),
        gr.Textbox(label="Until", **dates),
        gr.Dropdown([], label="Organisation", value=None, allow_custom_value=True, min_width=150),
        gr.Textbox(label="Page or source", placeholder="file name", max_lines=1, max_length=300, min_width=150),
    ]


def texts(controls: tuple[str | None, ...]) -> tuple[str, str, str | None, str | None]:
    since, until, organisation, source = controls
    return since or "", until or "", organisation, source


@dataclass(frozen=True, slots=True)
class Shared:
    """Components that both the chat and the library use."""

    tabs: Any
    header: Any
    question: Any
    memory: Any


class Library:
    """The corpus and picture tabs. Holds components, no user's values."""

    def __init__(self, uploads: bool, opened: Callable[[], Assistant]) -> None:
        self.opened, self.uploads = opened, uploads
        self.cartographer = Cartographer()
        self.view = gr.State(View())

    def lay_out(self) -> None:
        with gr.Tab("Corpus", id="corpus") as self.corpus_tab:
            self._corpus_tab()
        with gr.Tab("Pictures", id="pictures") as self.picture_tab:
            gr.HTML('<h2 class="pc-section">Topics</h2>', apply_default_css=False)
            self.topic_map = drawn("pc-topics", '<p class="pc-none" role="status">Drawing the map …</p>')
            gr.HTML('<h2 class="pc-section">Papers over time</h2>', apply_default_css=False)
            self.over_time = drawn("pc-over-time")

    def _corpus_tab(self) -> None:
        with gr.Row(elem_id="pc-find"):
            self.words = gr.Textbox(label="Search titles and abstracts", placeholder="all these words", max_lines=1, scale=3)
            self.order = gr.Dropdown(list(ORDERS), value="Newest first", label="Order", min_width=140, scale=1)
            self.narrowed = filter_controls()
        with gr.Row(elem_id="pc-corpus", equal_height=False):
            with gr.Column(scale=3, min_width=320):
                self.table = drawn("pc-table")
            with gr.Column(scale=2, min_width=320):
                self.paper = drawn("pc-paper", '<p class="pc-none">Choose a paper to read its abstract and see its nearest neighbours.</p>')
        if self.uploads:
            with gr.Accordion("Add papers", open=False, elem_id="pc-add"):
                label = "Saved listing pages, JSONL, BibTeX, RIS, CSV"
                self.upload = gr.File(label=label, file_count="multiple", file_types=_KINDS, height=140)
                self.add = gr.Button("Add to the corpus", variant="primary", interactive=False)
                self.report = drawn("pc-report")

    def wire(self, page: gr.Blocks, shared: Shared, quiet: dict[str, Any]) -> None:
        """`shared` are the parts of the page that events here change or read, too."""
        self.shared = shared
        controls = [self.words, self.order, *self.narrowed]
        shown = [self.table, self.view]
        for control in controls:
            control.change(self.on_find, controls, shown, trigger_mode="always_last", **quiet)
        self.corpus_tab.select(self.on_find, controls, shown, **quiet)
        self.table.act(self.on_table, [self.view], [self.table, self.view, self.paper, self.order], **quiet)
        self.paper.act(self.on_paper, None, [self.paper, self.shared.tabs, self.shared.question], **quiet)
        self.picture_tab.select(self.on_pictures, [self.shared.memory], [self.topic_map, self.over_time], **quiet)
        self.topic_map.act(self.on_dot, None, [self.shared.tabs, self.paper], **quiet)
        page.load(self.on_count, None, [self.shared.header], **quiet)
        if self.uploads:
            self.upload.change(lambda files: gr.update(interactive=bool(files)), [self.upload], [self.add], **quiet)
            adding = self.add.click(self.on_add, [self.upload], [self.report, self.upload], **{**quiet, "concurrency_limit": 1})
            adding.then(self.on_find, controls, shown, **quiet).then(self.on_count, None, [self.shared.header], **quiet)

    def on_count(self) -> str:
        return f'<header class="pc-brand"><strong>Paperchat</strong><span>{len(self.opened().index):,} papers</span></header>'

    def _table(self, view: View) -> str:
        try:
            return table_html(self.opened(), view)
        except PaperchatError as error:
            return f'<p class="pc-fault" role="alert">{error}.</p>'

    def on_find(self, words: str, order: str, *controls: str | None) -> tuple[str, View]:
        key = ORDERS.get(order, "newest")
        view = View(words or "", given_filters(*texts(controls)), key, 0)
        return self._table(view), view

    def on_table(self, view: View, event: gr.EventData) -> dict[Any, Any]:
        """Turn the page, sort by a column, or open a paper."""
        data = event._data
        if data.get("action") == "paper":
            return {self.paper: paper_html(self.opened(), str(data.get("paper", "")))}
        if data.get("action") == "sort" and data.get("order") in ORDERS.values():
            name = next(name for name, key in ORDERS.items() if key == data["order"])
            return {self.order: name}
        view = replace(view, page=min(max(int(data.get("page", 0)), 0), MAX_PAGES - 1))
        return {self.table: self._table(view), self.view: view}

    def on_paper(self, event: gr.EventData) -> dict[Any, Any]:
        """A neighbour, or a question about the paper that is shown."""
        if event._data.get("action") == "about":
            question = f"What does “{event._data.get('title', '')}” propose?"
            return {self.shared.tabs: gr.Tabs(selected="chat"), self.shared.question: question[:MAX_QUESTION]}
        return {self.paper: paper_html(self.opened(), str(event._data.get("paper", "")))}

    def on_dot(self, event: gr.EventData) -> dict[Any, Any]:
        return {self.shared.tabs: gr.Tabs(selected="corpus"), self.paper: paper_html(self.opened(), str(event._data.get("paper", "")))}

    def on_pictures(self, kept: Any) -> tuple[str, str]:
        """The map, with the papers that the last answer cited, and the papers over time."""
        assistant, turns = self.opened(), memory_of(kept).turns
        cited = {source.paper_id for source in turns[-1].sources} if turns else set()
        counts = by_year(assistant)
        undated = len(assistant.index) - sum(count for _, count in counts)
        return map_html(self.cartographer.map(assistant), cited), time_html(counts, undated)

    def on_add(self, files: list[str] | None) -> Iterator[tuple[str, Any]]:
        paths = [Path(name) for name in files or ()]
        try:
            for state in add_files(self.opened(), paths):
                done = state.report is not None or bool(state.error)
                yield adding_html(state), None if done else gr.skip()
        finally:
            for path in paths:
                path.unlink(missing_ok=True)
